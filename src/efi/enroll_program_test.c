/* The enrol programs as they were built: that they have their section, and that what is put into it
 * stands there. Skipped where tugboot was built without them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "efi/enroll_program.h"
#include "efi/keys_section.h"
#include "efi/programs.h"
#include "image/pe.h"

#include <cmocka.h>

#define ROOM (KEYS_SECTION_BYTES + 65536)

static const enum arch arches[] = { ARCH_EFI_X64, ARCH_EFI_ARM64 };

static void programs_are_for_their_machines(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct span program = enroll_program_built(arches[i]);
        const struct image_source source = image_source_over(&program);
        struct pe pe;
        if (program.len == 0)
            skip();
        assert_int_equal(pe_read(&source, "", &pe), PE_SOUND);
        assert_int_equal(pe_arches(&pe), arch_bit(arches[i]));
        assert_int_equal(pe.subsystem, PE_SUBSYSTEM_APPLICATION);
        assert_true(pe_is_nx_compatible(&pe));
        assert_null(pe_find_writable_code(&pe));
        assert_int_equal(pe_find_section(&pe, KEYS_SECTION_NAME)->raw_size, KEYS_SECTION_BYTES);
    }
    assert_int_equal(enroll_program_built(ARCH_BIOS_X86).len, 0);
}

static void section_is_filled(void **state)
{
    static const struct enroll_update updates[] = {
        { "db", { (const uint8_t *)"first", 5 } },
        { "12345678", { (const uint8_t *)"second", 6 } },
    };
    static const uint8_t want[] =
        "tugboot keys 1\n\0db\0\0\0\0\0\0\5\0\0\0first12345678\6\0\0\0second";
    (void)state;
    uint8_t *room = malloc(ROOM);
    for (size_t i = 0; i < 2; i++) {
        struct span program = enroll_program_built(arches[i]);
        const struct image_source source = image_source_over(&program);
        struct writer w = writer_over(room, ROOM);
        struct pe pe;
        if (program.len == 0)
            skip();
        assert_int_equal(enroll_program_fill(program, updates, 2, &w), 0);
        assert_int_equal(w.len, program.len);
        assert_int_equal(pe_read(&source, "", &pe), PE_SOUND);
        size_t at = pe_find_section(&pe, KEYS_SECTION_NAME)->raw_at;
        assert_memory_equal(room + at, want, sizeof want - 1);
        for (size_t k = sizeof want - 1; k < KEYS_SECTION_BYTES; k++)
            assert_int_equal(room[at + k], 0);
        assert_memory_equal(room, program.data, at);
        size_t end = at + KEYS_SECTION_BYTES;
        assert_memory_equal(room + end, program.data + end, program.len - end);
    }
    free(room);
}

static void what_cannot_be_filled(void **state)
{
    static uint8_t large[KEYS_SECTION_BYTES];
    struct span program = enroll_program_built(ARCH_EFI_X64);
    const size_t most = KEYS_SECTION_BYTES - KEYS_MARK_BYTES - KEYS_HEAD_BYTES;
    const struct {
        const char *name;
        struct span program;
        struct enroll_update update;
        size_t room;
        int want;
    } cases[] = {
        { "just fits", program, { "db", span_of(large, most) }, ROOM, 0 },
        { "one too many", program, { "db", span_of(large, most + 1) }, ROOM, -EFBIG },
        { "long name", program, { "123456789", span_of(large, 1) }, ROOM, -EINVAL },
        { "no name", program, { "", span_of(large, 1) }, ROOM, -EINVAL },
        { "no program", span_text("MZ"), { "db", span_of(large, 1) }, ROOM, -EINVAL },
        { "no room", program, { "db", span_of(large, 1) }, 100, -ENOSPC },
    };
    (void)state;
    if (program.len == 0)
        skip();
    uint8_t *room = malloc(ROOM);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct writer w = writer_over(room, cases[i].room);
        int r = enroll_program_fill(cases[i].program, &cases[i].update, 1, &w);
        if (r != cases[i].want)
            fail_msg("%s: %d", cases[i].name, r);
        assert_int_equal(w.len, r == 0 ? program.len : 0);
    }
    free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(programs_are_for_their_machines),
        cmocka_unit_test(section_is_filled),
        cmocka_unit_test(what_cannot_be_filled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
