/* Signing, table by table of what can be wrong with a program; what comes out is read back by
 * image/authenticode. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "image/authenticode.h"
#include "image/authenticode_sign.h"

#include <cmocka.h>

#define PROGRAM_BYTES 0x600u /* headers, then one section of 0x200 bytes at 0x400 */
#define HEADER_AT     0x80u
#define OPTIONAL_AT   (HEADER_AT + 24)
#define SECURITY_AT   (OPTIONAL_AT + 112 + 32)
#define SECTIONS_AT   (OPTIONAL_AT + 240)
#define ROOM          (PROGRAM_BYTES + 64 + 2 * AUTHENTICODE_SIGN_EXTRA)

struct signers {
    struct private_key *keys[2];
    uint8_t bytes[2][CERTIFICATE_DER_MAX];
    struct certificate_issuer rows[2];
};

static int make_signers(void **state)
{
    static struct signers s;
    struct certificate_wish wish = { .use = CERTIFICATE_SECURE_BOOT,
                                     .common_name = "db",
                                     .from = CERTIFICATE_BEGINNING,
                                     .until = { INT64_C(4000000000000) } };
    for (size_t i = 0; i < 2; i++) {
        struct writer der = writer_over(s.bytes[i], sizeof s.bytes[i]);
        assert_int_equal(private_key_new(KEY_RSA_2048, &s.keys[i]), 0);
        assert_int_equal(certificate_make(&wish, s.keys[i], NULL, &der), 0);
        s.rows[i] = (struct certificate_issuer){ writer_span(&der), s.keys[i] };
    }
    *state = &s;
    return 0;
}

static int free_signers(void **state)
{
    struct signers *s = *state;
    private_key_free(s->keys[0]);
    private_key_free(s->keys[1]);
    return 0;
}

static void put(uint8_t *data, size_t at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        data[at + i] = (uint8_t)(value >> 8 * i);
}

/* The smallest x64 program firmware would read. */
static void make_program(uint8_t data[PROGRAM_BYTES])
{
    memset(data, 0, PROGRAM_BYTES);
    memcpy(data, "MZ", 2);
    put(data, 0x3c, HEADER_AT, 4);
    memcpy(data + HEADER_AT, "PE\0\0", 4);
    put(data, HEADER_AT + 4, 0x8664, 2);
    put(data, HEADER_AT + 6, 1, 2);
    put(data, HEADER_AT + 20, 240, 2);
    put(data, OPTIONAL_AT, 0x20b, 2);
    put(data, OPTIONAL_AT + 32, 0x1000, 4); /* SectionAlignment */
    put(data, OPTIONAL_AT + 36, 0x200, 4);
    put(data, OPTIONAL_AT + 56, 0x2000, 4); /* SizeOfImage */
    put(data, OPTIONAL_AT + 60, 0x400, 4);  /* SizeOfHeaders */
    put(data, OPTIONAL_AT + 68, 10, 2);     /* EFI application */
    put(data, OPTIONAL_AT + 108, 16, 4);
    memcpy(data + SECTIONS_AT, ".text", 5);
    put(data, SECTIONS_AT + 8, 0x200, 4);
    put(data, SECTIONS_AT + 12, 0x1000, 4);
    put(data, SECTIONS_AT + 16, 0x200, 4);
    put(data, SECTIONS_AT + 20, 0x400, 4);
    memset(data + 0x400, 0x90, 0x200);
}

static struct span sign(struct span program, const struct certificate_issuer *signer,
                        uint8_t out[ROOM], enum sign_verdict *verdict, char why[128])
{
    struct writer w = writer_over(out, ROOM);
    struct text text = text_over(why, 128);
    assert_int_equal(authenticode_sign(program, signer, &w, verdict, &text), 0);
    return writer_span(&w);
}

/* How many signatures hold the digest of the file, as the reading side sees it. */
static size_t sound_signatures(struct span file)
{
    const struct image_source source = image_source_over(&file);
    struct authenticode_table table;
    struct digest digest;
    struct pe pe;
    size_t sound = 0;
    assert_int_equal(pe_read(&source, "", &pe), PE_SOUND);
    assert_int_equal(authenticode_digest(&source, "", &pe, DIGEST_SHA256, &digest), 0);
    authenticode_table_read(&source, "", &pe, &table);
    assert_true(table.is_whole && table.is_last);
    for (size_t i = 0; i < table.count; i++)
        for (size_t at = table.items[i].at; at + 32 <= table.items[i].at + table.items[i].len; at++)
            if (memcmp(file.data + at, digest.bytes, 32) == 0) {
                sound++;
                break;
            }
    assert_int_equal(sound, table.count);
    return sound;
}

static void signed_once_and_twice(void **state)
{
    const struct signers *s = *state;
    static uint8_t program[PROGRAM_BYTES + 5], once[ROOM], twice[ROOM], again[ROOM];
    enum sign_verdict verdict;
    char why[128] = "";

    /* with and without bytes behind the sections, which are padded and covered */
    for (size_t extra = 0; extra <= 5; extra += 5) {
        make_program(program);
        memset(program + PROGRAM_BYTES, 0x55, 5);
        struct span plain = span_of(program, PROGRAM_BYTES + extra);
        struct span first = sign(plain, &s->rows[0], once, &verdict, why);
        assert_int_equal(verdict, SIGN_DONE);
        assert_int_equal(first.len % 8, 0);
        assert_int_equal(sound_signatures(first), 1);
        assert_memory_equal(first.data + 0x400, program + 0x400, 0x200 + extra);

        struct span second = sign(first, &s->rows[1], twice, &verdict, why);
        assert_int_equal(verdict, SIGN_DONE);
        assert_int_equal(sound_signatures(second), 2);

        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(sign(second, &s->rows[i], again, &verdict, why).len, 0);
            assert_int_equal(verdict, SIGN_ALREADY);
        }
    }
}

static void checksum_is_the_format_s(void **state)
{
    const struct {
        const char *name;
        struct span file;
        size_t at;
        uint32_t want;
    } cases[] = {
        { "nothing", { 0 }, 0, 0 },
        { "its own bytes do not count", BYTES(1, 2, 0xff, 0xff, 0xff, 0xff), 2, 0x0201 + 6 },
        { "odd length", BYTES(1, 2, 3), 100, 0x0201 + 3 + 3 },
        { "carry comes back in", BYTES(0xff, 0xff, 2, 0), 100, 2 + 4 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (authenticode_checksum(cases[i].file, cases[i].at) != cases[i].want)
            fail_msg("%s: %x", cases[i].name, authenticode_checksum(cases[i].file, cases[i].at));
}

static void what_is_not_signed(void **state)
{
    const struct signers *s = *state;
    static const struct {
        const char *name;
        size_t at;
        uint64_t value;
        size_t bytes;
        size_t len;
        enum sign_verdict want;
    } cases[] = {
        { "empty", 0, 0, 0, 0, SIGN_NOT_EFI },
        { "no MZ", 0, 0, 1, PROGRAM_BYTES, SIGN_NOT_EFI },
        { "no PE", HEADER_AT, 0, 1, PROGRAM_BYTES, SIGN_NOT_EFI },
        { "a machine of no UEFI", HEADER_AT + 4, 0x1234, 2, PROGRAM_BYTES, SIGN_NOT_EFI },
        { "a Windows program", OPTIONAL_AT + 68, 3, 2, PROGRAM_BYTES, SIGN_NOT_EFI },
        { "cut", 0, 'M', 1, PROGRAM_BYTES - 1, SIGN_BROKEN },
        { "cut in its headers", 0, 'M', 1, HEADER_AT + 30, SIGN_BROKEN },
        { "table outside", SECURITY_AT, UINT64_C(0x800000000600), 8, PROGRAM_BYTES, SIGN_BROKEN },
        { "table at an odd place", SECURITY_AT, UINT64_C(0x10000005ef), 8, PROGRAM_BYTES,
          SIGN_BAD_TABLE },
        { "table before the end", SECURITY_AT, UINT64_C(0x10000000500), 8, PROGRAM_BYTES,
          SIGN_BAD_TABLE },
        { "table of zeros", SECURITY_AT, UINT64_C(0x8000000580), 8, PROGRAM_BYTES, SIGN_BAD_TABLE },
    };
    static uint8_t program[PROGRAM_BYTES], out[ROOM];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum sign_verdict verdict = SIGN_DONE;
        char why[128] = "";
        make_program(program);
        put(program, cases[i].at, cases[i].value, cases[i].bytes);
        memset(program + 0x500, 0, 0x100);
        struct span got = sign(span_of(program, cases[i].len), &s->rows[0], out, &verdict, why);
        if (verdict != cases[i].want || got.len != 0 || why[0] == 0)
            fail_msg("%s: verdict %d, \"%s\"", cases[i].name, (int)verdict, why);
    }
}

static void damage_is_not_vouched_for(void **state)
{
    const struct signers *s = *state;
    static uint8_t program[PROGRAM_BYTES], once[ROOM], out[ROOM];
    enum sign_verdict verdict;
    char why[128] = "";
    make_program(program);
    struct span first = sign(span_of(program, sizeof program), &s->rows[0], once, &verdict, why);
    once[0x450] ^= 1;
    assert_int_equal(sign(first, &s->rows[1], out, &verdict, why).len, 0);
    assert_int_equal(verdict, SIGN_DAMAGED);
}

static void room_runs_out(void **state)
{
    const struct signers *s = *state;
    static uint8_t program[PROGRAM_BYTES], out[ROOM];
    enum sign_verdict verdict;
    make_program(program);
    for (size_t room = 0; room < PROGRAM_BYTES + 1200; room += 100) {
        char why[128] = "";
        struct writer w = writer_over(out, room);
        struct text text = text_over(why, sizeof why);
        assert_int_equal(
            authenticode_sign(span_of(program, sizeof program), &s->rows[0], &w, &verdict, &text),
            -ENOSPC);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signed_once_and_twice), cmocka_unit_test(checksum_is_the_format_s),
        cmocka_unit_test(what_is_not_signed),    cmocka_unit_test(damage_is_not_vouched_for),
        cmocka_unit_test(room_runs_out),
    };
    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
