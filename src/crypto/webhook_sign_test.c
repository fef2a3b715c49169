/* Signatures of webhooks, against the example of the specification, and what is no secret. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include "crypto/webhook_sign.h"

#include <cmocka.h>

static void the_example_of_the_specification(void **state)
{
    struct webhook_key key = { 0 };
    char signature[WEBHOOK_SIGNATURE_MAX];
    (void)state;
    assert_true(webhook_secret_read(span_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), &key));
    assert_int_equal(key.len, 24);
    assert_int_equal(webhook_sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
                                  span_text("{\"test\": 2432232314}"), signature),
                     0);
    assert_string_equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static const struct {
    const char *name, *text;
    bool is_one;
} secrets[] = {
    { "24 bytes", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", true },
    { "with a line end", "  whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\r\n", true },
    { "nothing", "", false },
    { "only its beginning", "whsec_", false },
    { "without it", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false },
    { "too short", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaQ=", false },
    { "no base64", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaL-_w", false },
    { "cut", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", false },
    { "a blank inside", "whsec_MfKQ9r8GKYqr TwjUPD8ILPZIo2LaLaS", false },
    { "two lines", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\nx", false },
    { "65 bytes",
      "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
      false },
};

static void what_is_a_secret(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        struct webhook_key key = { 0 };
        if (webhook_secret_read(span_text(secrets[i].text), &key) != secrets[i].is_one ||
            (key.len != 0) != secrets[i].is_one)
            fail_msg("%s", secrets[i].name);
    }
}

static void one_that_is_made(void **state)
{
    char first[WEBHOOK_SECRET_MAX], second[WEBHOOK_SECRET_MAX];
    struct webhook_key key = { 0 };
    (void)state;
    assert_int_equal(webhook_secret_make(first), 0);
    assert_int_equal(webhook_secret_make(second), 0);
    assert_string_not_equal(first, second);
    assert_true(webhook_secret_read(span_text(first), &key));
    assert_int_equal(key.len, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_specification),
        cmocka_unit_test(what_is_a_secret),
        cmocka_unit_test(one_that_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
