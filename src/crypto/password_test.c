/* Passwords: the kept form is argon2id with a salt, and only the right one matches. */
/* cmocka.h needs the headers before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "crypto/password.h"

static void only_the_right_one_matches(void **state)
{
    char one[PASSWORD_HASH_MAX], two[PASSWORD_HASH_MAX];
    (void)state;
    assert_int_equal(password_hash(span_text("correct horse"), one), 0);
    assert_int_equal(password_hash(span_text("correct horse"), two), 0);
    assert_true(span_starts_with(span_text(one), "$argon2id$v=19$m=65536,"));
    assert_string_not_equal(one, two);
    assert_true(password_matches(one, span_text("correct horse")));
    assert_false(password_matches(one, span_text("correct horse ")));
    assert_false(password_matches(one, span_text("")));
    assert_false(password_matches("", span_text("")));
    assert_false(password_matches("$argon2id$v=19$m=65536,t=2,p=1$", span_text("x")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_right_one_matches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
