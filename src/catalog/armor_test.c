/* ASCII armour: one block and several, and what is none. */
#include <errno.h>
#include <stdlib.h>

#include "catalog/armor.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
/* clang-format on */

#include <cmocka.h>

#define BEGIN "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
#define END   "-----END PGP PUBLIC KEY BLOCK-----\n"

static void armour_comes_off(void **state)
{
    static const struct {
        const char *what, *text, *want; /* NULL = refused */
    } cases[] = {
        { "one block", BEGIN "Comment: x\n\naGVsbG8=\n=abcd\n" END, "hello" },
        { "without headers, with CR", BEGIN "\r\naGVs\r\nbG8h\r\n" END, "hello!" },
        { "two, with text between", "keys:\n" BEGIN "\naGVs\n" END "and\n" BEGIN "\nbG8=\n" END,
          "hello" },
        { "without an end", BEGIN "\naGVsbG8=\n", NULL },
        { "without an empty line", BEGIN "aGVsbG8=\n" END, NULL },
        { "with other characters", BEGIN "\naGV*bG8=\n" END, NULL },
        { "an empty block", BEGIN "\n" END, NULL },
        { "no block", "hello\n", NULL },
        { "nothing", "", NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t *bytes = NULL;
        size_t len = 0;
        int r = armor_strip(span_text(cases[i].text), &bytes, &len);
        if (r != (cases[i].want ? 0 : -EBADMSG) ||
            (r == 0 && !span_is(span_of(bytes, len), cases[i].want)))
            fail_msg("%s: %d", cases[i].what, r);
        free(bytes);
    }
    assert_true(armor_is(span_text("a-b\n" BEGIN)));
    assert_false(armor_is(span_text("--- \x99\x01")));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(armour_comes_off) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
