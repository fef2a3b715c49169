/* What the headers of a PE file say, in both widths; and headers that lie, each by its own name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "image/pe.h"
#include "image/test_pe.h"

#include <cmocka.h>

/* Offsets in the file of `plain`: COFF header 0x80, optional header 0x98, sections 0x188. */
static const struct test_pe plain = { .directories = 16, .section_flags = 0xe000 };
static const struct test_pe narrow = { .is_pe32 = true, .directories = 16 };
static const struct test_pe few = { .directories = 4 };

static enum pe_flaw read_file(struct test_file *f, struct pe *pe)
{
    struct span bytes = span_of(f->data, f->len);
    struct image_source source = image_source_over(&bytes);
    return pe_read(&source, "", pe);
}

static void headers_are_read(void **state)
{
    static struct test_file f;
    struct pe pe;
    (void)state;

    size_t optional = test_make_whole_pe(&f, &plain);
    assert_int_equal(read_file(&f, &pe), PE_SOUND);
    assert_true(pe.is_pe32_plus);
    assert_int_equal(pe.file_bytes, TEST_PE_END);
    assert_int_equal(pe.machine, 0x8664);
    assert_int_equal(pe_arches(&pe), arch_bit(ARCH_EFI_X64));
    assert_int_equal(pe.subsystem, PE_SUBSYSTEM_APPLICATION);
    assert_int_equal(pe.headers_bytes, TEST_PE_HEADERS);
    assert_int_equal(pe.image_bytes, 0x3000);
    assert_int_equal(pe.section_alignment, 0x1000);
    assert_int_equal(pe.checksum, 0x11223344);
    assert_int_equal(pe.checksum_at, optional + 64);
    assert_int_equal(pe.security_at, optional + 144);
    assert_int_equal(pe.certificate_bytes, 0);
    assert_int_equal(pe.section_count, 2);
    assert_string_equal(pe.sections[0].name, ".text");
    assert_int_equal(pe_find_section(&pe, ".data")->raw_at, TEST_PE_SECOND);
    assert_null(pe_find_section(&pe, ".dat"));
    assert_true(pe_is_nx_compatible(&pe));
    assert_string_equal(pe_find_writable_code(&pe)->name, ".data");

    f = (struct test_file){ 0 };
    optional = test_make_whole_pe(&f, &narrow);
    assert_int_equal(read_file(&f, &pe), PE_SOUND);
    assert_false(pe.is_pe32_plus);
    assert_int_equal(pe_arches(&pe), arch_bit(ARCH_EFI_IA32));
    assert_int_equal(pe.checksum_at, optional + 64);
    assert_int_equal(pe.security_at, optional + 128);
    assert_null(pe_find_writable_code(&pe));

    f = (struct test_file){ 0 };
    (void)test_make_whole_pe(&f, &few);
    assert_int_equal(read_file(&f, &pe), PE_SOUND);
    assert_int_equal(pe.security_at, 0);
}

static void lies_are_named(void **state)
{
    static const struct {
        const char *name;
        size_t at;
        unsigned value, bytes;
        enum pe_flaw flaw;
    } cases[] = {
        { "no MZ", 0, 0x4d4d, 2, PE_NOT_PE },
        { "no PE", 0x80, 0x4551, 2, PE_NOT_PE },
        { "header beyond the end", 0x3c, 0xfffffff0, 4, PE_NOT_PE },
        { "header at the very end", 0x3c, TEST_PE_END - 4, 4, PE_NOT_PE },
        { "ROM magic", 0x98, 0x107, 2, PE_MAGIC },
        { "Itanium", 0x84, 0x0200, 2, PE_MACHINE },
        { "no machine", 0x84, 0, 2, PE_MACHINE },
        { "97 sections", 0x86, 97, 2, PE_TOO_MANY_SECTIONS },
        { "optional header too short for its fields", 0x94, 100, 2, PE_CUT },
        { "section table beyond the end", 0x94, 0xffff, 2, PE_CUT },
        { "17 directory entries", 0x98 + 108, 17, 4, PE_DIRECTORIES },
        { "15 directory entries in room for 16", 0x98 + 108, 15, 4, PE_DIRECTORIES },
        { "optional header longer than its entries", 0x94, 248, 2, PE_DIRECTORIES },
        { "headers end before the section table does", 0x98 + 60, 0x188 + 79, 4, PE_HEADERS_SIZE },
        { "headers beyond the end", 0x98 + 60, TEST_PE_END + 1, 4, PE_HEADERS_SIZE },
        { "section one byte beyond the end", 0x188 + 60, TEST_PE_END - 0x1ff, 4,
          PE_SECTION_OUTSIDE },
        { "section that wraps", 0x188 + 60, 0xffffff00, 4, PE_SECTION_OUTSIDE },
        { "section to the very end", 0x188 + 60, TEST_PE_END - 0x200, 4, PE_SOUND },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static struct test_file f;
        struct pe pe;
        f = (struct test_file){ 0 };
        (void)test_make_whole_pe(&f, &plain);
        test_put16(&f, cases[i].at, cases[i].value & 0xffff);
        if (cases[i].bytes == 4)
            test_put16(&f, cases[i].at + 2, cases[i].value >> 16);
        enum pe_flaw flaw = read_file(&f, &pe);
        if (flaw != cases[i].flaw)
            fail_msg("%s: %s", cases[i].name, pe_flaw_text(flaw));
    }
}

static void long_names_come_from_the_strings(void **state)
{
    static const struct {
        const char *written, *want;
    } cases[] = {
        { "/20", ".sbatlevel" }, /* behind two symbols of 18 bytes */
        { "/21", "sbatlevel" },
        { "/31", "longer-than-fifteen" }, /* cut */
        { "/x", "/x" },
        { "/", "/" },
        { "/9999999", "/9999999" },
        { "/30", "/30" }, /* empty */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static struct test_file f;
        struct pe pe;
        f = (struct test_file){ 0 };
        (void)test_make_whole_pe(&f, &plain);
        test_put(&f, 0x188 + 40, "\0\0\0\0\0\0\0\0", 8);
        test_put(&f, 0x188 + 40, cases[i].written, strlen(cases[i].written));
        test_put32(&f, 0x8c, TEST_PE_SECOND);
        test_put32(&f, 0x90, 2);
        test_put(&f, TEST_PE_SECOND + 36 + 20, ".sbatlevel\0longer-than-fifteen", 30);
        assert_int_equal(read_file(&f, &pe), PE_SOUND);
        char want[PE_NAME_MAX];
        span_to_text(span_text(cases[i].want), want, sizeof want);
        assert_string_equal(pe.sections[1].name, want);
    }
}

static void signatures_lie_within(void **state)
{
    static const struct {
        unsigned at, len;
        enum pe_flaw flaw;
    } cases[] = {
        { TEST_PE_END - 8, 8, PE_SOUND },
        { TEST_PE_END - 8, 9, PE_SIGNATURES_OUTSIDE },
        { TEST_PE_END + 8, 0, PE_SOUND }, /* not signed: nobody looks where */
        { 0xffffffff, 0xffffffff, PE_SIGNATURES_OUTSIDE },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static struct test_file f;
        struct pe pe;
        f = (struct test_file){ 0 };
        size_t optional = test_make_whole_pe(&f, &plain);
        test_put32(&f, optional + 144, cases[i].at);
        test_put32(&f, optional + 148, cases[i].len);
        assert_int_equal(read_file(&f, &pe), cases[i].flaw);
        assert_int_equal(pe.certificate_bytes, cases[i].len);
    }
}

/* Every length is looked at without harm, and only the whole file is sound. */
static void cut_files_are_not_sound(void **state)
{
    static struct test_file f;
    struct pe pe;
    (void)state;
    (void)test_make_whole_pe(&f, &plain);
    f.len = TEST_PE_SECOND + 0x200;
    assert_int_equal(read_file(&f, &pe), PE_SOUND);
    while (f.len-- > 0) {
        enum pe_flaw flaw = read_file(&f, &pe);
        assert_int_not_equal(flaw, PE_SOUND);
        assert_int_not_equal(pe_flaw_text(flaw)[0], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_read),
        cmocka_unit_test(lies_are_named),
        cmocka_unit_test(long_names_come_from_the_strings),
        cmocka_unit_test(signatures_lie_within),
        cmocka_unit_test(cut_files_are_not_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
