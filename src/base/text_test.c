/* Text and JSON for people and scripts: failure sticks and keeps what fitted, foreign bytes come
 * out harmless, and JSON stays JSON whatever bytes go in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/json_write.h"
#include "base/text.h"

#include <cmocka.h>

static void text_failure_sticks(void **state)
{
    char block[8] = "xxxxxxx";
    struct text t = text_over(block, 6);
    (void)state;
    assert_string_equal(block, "");
    text_add(&t, "abc");
    text_addf(&t, "%d", 123);
    assert_true(t.failed);
    assert_string_equal(block, "abc");
    text_add(&t, "d");
    text_add_char(&t, 'd');
    text_addf(&t, "d");
    assert_string_equal(block, "abc");
    assert_int_equal(block[6], 'x');
    struct text exact = text_over(block, 4);
    text_add(&exact, "ab");
    text_addf(&exact, "c");
    assert_false(exact.failed);
    text_addf(&exact, "%s", "");
    text_add_span(&exact, (struct span){ 0 });
    assert_false(exact.failed);
    assert_true(span_is(text_span(&exact), "abc"));
    struct text least = text_over(block, 1);
    text_add(&least, "");
    assert_false(least.failed);
    text_add(&least, "a");
    assert_true(least.failed);
}

static void text_escapes_foreign_bytes(void **state)
{
    char block[64];
    struct text t = text_over(block, sizeof block);
    (void)state;
    text_add_escaped(&t, BYTES('a', ' ', '~', 0x1b, '[', 0, '\\', '\n', 0x7f, 0xff));
    assert_string_equal(block, "a ~\\x1b[\\x00\\x5c\\x0a\\x7f\\xff");
    struct text small = text_over(block, 4);
    text_add_escaped(&small, BYTES('a', 1, 'b'));
    assert_true(small.failed);
    assert_string_equal(block, "a");
}

static void text_shows_sizes(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *want;
    } cases[] = {
        { 0, "0 B" },
        { 1023, "1023 B" },
        { 1024, "1.0 KiB" },
        { 1536, "1.5 KiB" },
        { 1048575, "1.0 MiB" },
        { 1048523, "1023.9 KiB" },
        { UINT64_C(10) << 20, "10.0 MiB" },
        { UINT64_C(1) << 50, "1.0 PiB" },
        { UINT64_MAX, "16384.0 PiB" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char block[32];
        struct text t = text_over(block, sizeof block);
        text_add_bytes(&t, cases[i].bytes);
        assert_string_equal(block, cases[i].want);
    }
}

static void times_are_civil(void **state)
{
    static const struct {
        int64_t ms;
        const char *want;
    } cases[] = {
        { 0, "1970-01-01 1970-01-01T00:00:00Z" },
        { -1, "1969-12-31 1969-12-31T23:59:59Z" },
        { 951782399999, "2000-02-28 2000-02-28T23:59:59Z" },
        { 951782400000, "2000-02-29 2000-02-29T00:00:00Z" },
        { 1798934399000, "2027-01-02 2027-01-02T23:59:59Z" },
        { 4107542400000, "2100-03-01 2100-03-01T00:00:00Z" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char block[64];
        struct text t = text_over(block, sizeof block);
        text_add_date(&t, (struct calendar){ .ms = cases[i].ms });
        text_add_char(&t, ' ');
        text_add_time(&t, (struct calendar){ .ms = cases[i].ms });
        assert_string_equal(block, cases[i].want);
    }
}

static void json_has_commas_and_quotes(void **state)
{
    char block[256];
    struct text t = text_over(block, sizeof block);
    struct json_writer j = json_over(&t);
    (void)state;
    json_write_object_begin(&j, NULL);
    json_write_text(&j, "a", "b\"c");
    json_write_number(&j, "n", INT64_MIN);
    json_write_array_begin(&j, "list");
    json_write_array_end(&j);
    json_write_array_begin(&j, "more");
    json_write_bool(&j, NULL, true);
    json_write_null(&j, NULL);
    json_write_object_begin(&j, NULL);
    json_write_object_end(&j);
    json_write_number(&j, NULL, INT64_MAX);
    json_write_array_end(&j);
    json_write_bool(&j, "k\n", false);
    json_write_text(&j, "none", NULL);
    json_write_object_end(&j);
    assert_false(t.failed);
    assert_string_equal(block, "{\"a\":\"b\\\"c\",\"n\":-9223372036854775808,\"list\":[],"
                               "\"more\":[true,null,{},9223372036854775807],\"k\\n\":false,"
                               "\"none\":\"\"}");
}

static void json_is_valid_whatever_bytes_come(void **state)
{
    static const struct {
        const char *name;
        struct span in;
        const char *want;
    } cases[] = {
        { "controls",
          { (const uint8_t *)"\0\t\n\r\x1f\x7f\\", 7 },
          "\\u0000\\u0009\\n\\u000d\\u001f\\u007f\\\\" },
        { "two bytes", { (const uint8_t *)"\xc3\xa9", 2 }, "\xc3\xa9" },
        { "three bytes", { (const uint8_t *)"\xe2\x82\xac", 3 }, "\xe2\x82\xac" },
        { "four bytes", { (const uint8_t *)"\xf0\x9f\x98\x80", 4 }, "\xf0\x9f\x98\x80" },
        { "highest", { (const uint8_t *)"\xf4\x8f\xbf\xbf", 4 }, "\xf4\x8f\xbf\xbf" },
        { "cut after one", { (const uint8_t *)"\xe2", 1 }, "\\ufffd" },
        { "cut after two", { (const uint8_t *)"\xe2\x82", 2 }, "\\ufffd\\ufffd" },
        { "cut, then a letter", { (const uint8_t *)"\xe2\x82z", 3 }, "\\ufffd\\ufffdz" },
        { "overlong slash", { (const uint8_t *)"\xc0\xaf", 2 }, "\\ufffd\\ufffd" },
        { "overlong three", { (const uint8_t *)"\xe0\x80\xaf", 3 }, "\\ufffd\\ufffd\\ufffd" },
        { "overlong four",
          { (const uint8_t *)"\xf0\x80\x80\xaf", 4 },
          "\\ufffd\\ufffd\\ufffd\\ufffd" },
        { "surrogate", { (const uint8_t *)"\xed\xa0\x80", 3 }, "\\ufffd\\ufffd\\ufffd" },
        { "above the highest",
          { (const uint8_t *)"\xf4\x90\x80\x80", 4 },
          "\\ufffd\\ufffd\\ufffd\\ufffd" },
        { "never used", { (const uint8_t *)"\xfe\xff", 2 }, "\\ufffd\\ufffd" },
        { "tail alone", { (const uint8_t *)"\x80", 1 }, "\\ufffd" },
        { "quote inside a sequence", { (const uint8_t *)"\xe2\"", 2 }, "\\ufffd\\\"" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char block[128], want[128];
        struct text t = text_over(block, sizeof block), w = text_over(want, sizeof want);
        struct json_writer j = json_over(&t);
        json_write_string(&j, NULL, cases[i].in);
        text_addf(&w, "\"%s\"", cases[i].want);
        if (strcmp(block, want) != 0)
            fail_msg("%s: %s, not %s", cases[i].name, block, want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_failure_sticks),
        cmocka_unit_test(text_escapes_foreign_bytes),
        cmocka_unit_test(text_shows_sizes),
        cmocka_unit_test(times_are_civil),
        cmocka_unit_test(json_has_commas_and_quotes),
        cmocka_unit_test(json_is_valid_whatever_bytes_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
