/* Tokens: their form, that no two are alike, and that their digest is SHA-256. */
/* cmocka.h needs the headers before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "crypto/token.h"

static void tokens_are_unlike_and_of_their_alphabet(void **state)
{
    char a[TOKEN_TEXT_MAX], b[TOKEN_TEXT_MAX];
    (void)state;
    assert_int_equal(token_make(a), 0);
    assert_int_equal(token_make(b), 0);
    assert_string_not_equal(a, b);
    assert_int_equal(strlen(a), TOKEN_TEXT_MAX - 1);
    assert_int_equal(strspn(a, "abcdefghijklmnopqrstuvwxyz234567"), TOKEN_TEXT_MAX - 1);
}

static void the_digest_is_sha256(void **state)
{
    /* FIPS 180-4, the example "abc". */
    static const uint8_t want[] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea };
    struct token_digest d, other;
    (void)state;
    assert_int_equal(token_digest_of(span_text("abc"), &d), 0);
    assert_memory_equal(d.bytes, want, sizeof want);
    assert_int_equal(token_digest_of(span_text("abd"), &other), 0);
    assert_false(token_digest_equals(&d, &other));
    assert_int_equal(token_digest_of(span_text("abc"), &other), 0);
    assert_true(token_digest_equals(&d, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_unlike_and_of_their_alphabet),
        cmocka_unit_test(the_digest_is_sha256),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
