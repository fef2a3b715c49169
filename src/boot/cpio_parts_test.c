/* Headers of archive members against bytes written out by hand; names that must not come about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "boot/cpio_parts.h"

#include <cmocka.h>

static uint8_t memory[8192];

static void a_file_at_the_top(void **state)
{
    static const char want[] = "070701"
                               "00000005" /* inode */
                               "000081a4" /* a file, rw-r--r-- */
                               "0000000000000000"
                               "00000001" /* one link */
                               "00000000"
                               "00012345" /* bytes */
                               "00000000000000000000000000000000"
                               "00000008" /* name and NUL */
                               "00000000"
                               "a.toml1\0\0"; /* 110 + 8 + 2 */
    struct arena arena = arena_over(memory, sizeof memory);
    uint32_t next = 0;
    (void)state;
    struct span got = cpio_header(&arena, "//a.toml1", 0x12345, 5, &next);
    assert_int_equal(got.len, 120);
    assert_memory_equal(got.data, want, got.len);
    assert_int_equal(next, 6);
}

static void folders_come_first(void **state)
{
    struct arena arena = arena_over(memory, sizeof memory);
    uint32_t next = 0;
    (void)state;
    struct span got = cpio_header(&arena, "etc/a/b", 1, 1, &next);
    assert_int_equal(next, 4);
    assert_int_equal(got.len % CPIO_ALIGN, 0);
    /* "etc": 110 + 4, to 116; "etc/a": 110 + 6; "etc/a/b": 110 + 8, to 120 */
    assert_int_equal(got.len, 116 + 116 + 120);
    assert_memory_equal(got.data + 14, "000041ed", 8);
    assert_memory_equal(got.data + 110, "etc\0\0\0", 6);
    assert_memory_equal(got.data + 116 + 14, "000041ed", 8);
    assert_memory_equal(got.data + 232 + 14, "000081a4", 8);
    assert_memory_equal(got.data + 232 + 110, "etc/a/b\0\0\0", 10);
}

static void what_is_no_member(void **state)
{
    static char long_name[CPIO_NAME_MAX + 2];
    static const struct {
        const char *name;
        uint64_t size;
        size_t memory;
        bool is_sound;
    } rows[] = {
        { "x", UINT32_MAX, sizeof memory, true },
        { "x", (uint64_t)UINT32_MAX + 1, sizeof memory, false },
        { "", 1, sizeof memory, false },
        { "/", 1, sizeof memory, false },
        { "a/", 1, sizeof memory, false },
        { "a//b", 1, sizeof memory, false },
        { "../x", 1, sizeof memory, false },
        { "a/..", 1, sizeof memory, false },
        { "./x", 1, sizeof memory, false },
        { "..x/y..", 1, sizeof memory, true },
        { long_name, 1, sizeof memory, false },
        { "x", 1, 100, false },
    };
    (void)state;
    memset(long_name, 'n', sizeof long_name - 1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena arena = arena_over(memory, rows[i].memory);
        uint32_t next;
        struct span got = cpio_header(&arena, rows[i].name, rows[i].size, 1, &next);
        if ((got.data != NULL) != rows[i].is_sound)
            fail_msg("row %zu: %s", i, rows[i].name);
    }
}

static void padding_reaches_the_next_border(void **state)
{
    (void)state;
    for (uint64_t length = 0; length < 9; length++)
        assert_int_equal((length + cpio_padding(length)) % CPIO_ALIGN, 0);
    assert_true(cpio_padding(4) == 0 && cpio_padding(5) == 3);
    assert_int_equal(cpio_trailer().len % CPIO_ALIGN, 0);
    assert_memory_equal(cpio_trailer().data + 110, "TRAILER!!!", 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_at_the_top),
        cmocka_unit_test(folders_come_first),
        cmocka_unit_test(what_is_no_member),
        cmocka_unit_test(padding_reaches_the_next_border),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
