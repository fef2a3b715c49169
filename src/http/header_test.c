/* Values of header fields: lists, numbers, dates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include "http/header.h"

#include <cmocka.h>

static const struct {
    const char *text;
    bool sound;
    int64_t seconds;
} dates[] = {
    { "Sun, 06 Nov 1994 08:49:37 GMT", true, 784111777 },
    { "Sunday, 06-Nov-94 08:49:37 GMT", true, 784111777 },
    { "Sun Nov  6 08:49:37 1994", true, 784111777 },
    { "Thu Jan 15 00:00:00 2026", true, 1768435200 },
    { "Thu, 01 Jan 1970 00:00:00 GMT", true, 0 },
    { "Wed, 31 Dec 1969 23:59:59 GMT", true, -1 },
    { "Thu, 29 Feb 2024 12:00:00 GMT", true, 1709208000 },
    { "Tue, 19 Jan 2038 03:14:08 GMT", true, INT64_C(2147483648) },
    { "Fri, 01-Jan-69 00:00:00 GMT", false, 0 }, /* short name with a dashed date */
    { "Tuesday, 01-Jan-69 00:00:00 GMT", true, INT64_C(3124224000) },
    { "", false, 0 },
    { ",", false, 0 },
    { "Sun, 06 Nov 1994 08:49:37 GMT ", false, 0 },
    { "Sun, 06 Nov 1994 08:49:37", false, 0 },
    { "Sun, 06 Nov 1994 24:49:37 GMT", false, 0 },
    { "Sun, 06 Non 1994 08:49:37 GMT", false, 0 },
    { "Sun, 00 Nov 1994 08:49:37 GMT", false, 0 },
    { "Sun, 6 Nov 1994 08:49:37 GMT", false, 0 },
    { "Sun Nov  6 08:49:37 94", false, 0 },
    { "784111777", false, 0 },
};

static void dates_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        int64_t seconds = 42;
        bool sound = http_date_parse(span_text(dates[i].text), &seconds);
        if (sound != dates[i].sound || seconds != (sound ? dates[i].seconds : 42))
            fail_msg("%s: %d %lld", dates[i].text, sound, (long long)seconds);
    }
}

static void dates_are_written(void **state)
{
    (void)state;
    for (int64_t s = INT64_C(-62135596800); s <= INT64_C(253402300799); s += 86400 * 97 + 12345) {
        uint8_t out[HTTP_DATE_BYTES];
        struct writer w = writer_over(out, sizeof out);
        int64_t back = 0;
        http_date_write(&w, s);
        assert_false(w.failed);
        assert_int_equal(w.len, HTTP_DATE_BYTES);
        assert_true(http_date_parse(writer_span(&w), &back));
        assert_int_equal(back, s);
    }
    uint8_t out[HTTP_DATE_BYTES];
    struct writer w = writer_over(out, sizeof out);
    http_date_write(&w, 784111777);
    assert_true(span_is(writer_span(&w), "Sun, 06 Nov 1994 08:49:37 GMT"));
    w = writer_over(out, sizeof out);
    http_date_write(&w, INT64_MAX);
    assert_true(w.failed);
    w = writer_over(out, sizeof out);
    http_date_write(&w, INT64_MIN);
    assert_true(w.failed);
}

static void numbers(void **state)
{
    (void)state;
    uint64_t n = 7;
    assert_true(http_number_parse(span_text("18446744073709551615"), &n) && n == UINT64_MAX);
    assert_true(http_number_parse(span_text("007"), &n) && n == 7);
    assert_false(http_number_parse(span_text("18446744073709551616"), &n));
    assert_false(http_number_parse(span_text("99999999999999999999999"), &n));
    assert_false(http_number_parse(span_text(""), &n));
    assert_false(http_number_parse(span_text("+1"), &n));
    assert_false(http_number_parse(span_text("1 "), &n));
    assert_int_equal(n, 7);
}

static void lists(void **state)
{
    (void)state;
    struct span item, list = span_text(" a ,, \"b,c\"\t,W/\"d\" ,");
    assert_true(http_list_next(&list, &item) && span_is(item, "a"));
    assert_true(http_list_next(&list, &item) && span_is(item, "\"b,c\""));
    assert_true(http_list_next(&list, &item) && span_is(item, "W/\"d\""));
    assert_false(http_list_next(&list, &item));
    assert_true(http_list_has(span_text("keep-alive, Close"), "close"));
    assert_false(http_list_has(span_text("closed"), "close"));
    assert_false(http_list_has(span_text(""), "close"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_read),
        cmocka_unit_test(dates_are_written),
        cmocka_unit_test(numbers),
        cmocka_unit_test(lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
