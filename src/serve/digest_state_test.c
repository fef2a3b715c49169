/* Tests of serve/digest_state: what is written is read, and other lines are none. */
/* cmocka.h wants the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

#include "serve/digest_state.h"

static void what_is_written_is_read(void **state)
{
    static const struct digest_state rows[] = {
        { .checked_s = 1764543210 },
        { .checked_s = 1, .bad = 2, .verdict = IMAGE_DIGEST_DAMAGED, .path = "a b/c.iso" },
        { .checked_s = 0, .bad = UINT32_MAX, .verdict = IMAGE_DIGEST_GONE, .path = "x" },
        { .checked_s = 9, .bad = 1, .verdict = IMAGE_DIGEST_UNREADABLE, .path = "DAMAGED" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char data[DIGEST_STATE_PATH_MAX + 64];
        struct text line = text_over(data, sizeof data);
        struct digest_state again;
        digest_state_write(&rows[i], &line);
        assert_false(line.failed);
        assert_true(digest_state_parse(text_span(&line), &again));
        assert_int_equal(again.checked_s, rows[i].checked_s);
        assert_int_equal(again.bad, rows[i].bad);
        assert_int_equal(again.verdict, rows[i].verdict);
        assert_string_equal(again.path, rows[i].path);
    }
}

static void other_lines_are_none(void **state)
{
    static const char *const rows[] = {
        "",
        "# checked",
        "# checked ",
        "# checked x 0 intact ",
        "# checked 1 4294967296 intact ",
        "# checked 1234567890123456789 0 intact ",
        "# checked 1 0 fine ",
        "# checked 1  intact ",
        "# 1 2.3",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef  x",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct digest_state ignored;
        if (digest_state_parse(span_text(rows[i]), &ignored))
            fail_msg("%s", rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(other_lines_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
