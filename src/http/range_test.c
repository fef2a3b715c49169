/* Range values against a size. */
#include <setjmp.h>
#include <stdarg.h>

#include "http/range.h"

#include <cmocka.h>

static const struct {
    const char *value;
    uint64_t size;
    enum http_range_verdict verdict;
    struct http_range want[3];
} cases[] = {
    { "bytes=0-0", 10, HTTP_RANGE_SOUND, { { 0, 1 } } },
    { "bytes=0-9", 10, HTTP_RANGE_SOUND, { { 0, 10 } } },
    { "BYTES = 3-", 10, HTTP_RANGE_SOUND, { { 3, 7 } } },
    { "bytes=-3", 10, HTTP_RANGE_SOUND, { { 7, 3 } } },
    { "bytes=-30", 10, HTTP_RANGE_SOUND, { { 0, 10 } } },
    { "bytes=9-18446744073709551615", 10, HTTP_RANGE_SOUND, { { 9, 1 } } },
    { "bytes=0-1, ,4-5,-1", 10, HTTP_RANGE_SOUND, { { 0, 2 }, { 4, 2 }, { 9, 1 } } },
    { "bytes=5-6,0-1", 10, HTTP_RANGE_SOUND, { { 5, 2 }, { 0, 2 } } },
    { "bytes=20-,0-1", 10, HTTP_RANGE_SOUND, { { 0, 2 } } },
    { "bytes=0-18446744073709551615", UINT64_MAX, HTTP_RANGE_SOUND, { { 0, UINT64_MAX } } },
    { "bytes=10-", 10, HTTP_RANGE_UNSATISFIABLE, { { 0 } } },
    { "bytes=-0", 10, HTTP_RANGE_UNSATISFIABLE, { { 0 } } },
    { "bytes=0-", 0, HTTP_RANGE_UNSATISFIABLE, { { 0 } } },
    { "bytes=-5", 0, HTTP_RANGE_UNSATISFIABLE, { { 0 } } },
    { "bytes=5-4", 10, HTTP_RANGE_IGNORED, { { 0 } } },
    { "bytes=", 10, HTTP_RANGE_IGNORED, { { 0 } } },
    { "bytes=,", 10, HTTP_RANGE_IGNORED, { { 0 } } },
    { "bytes=-", 10, HTTP_RANGE_IGNORED, { { 0 } } },
    { "bytes=--1", 10, HTTP_RANGE_IGNORED, { { 0 } } },
    { "bytes=1", 10, HTTP_RANGE_IGNORED, { { 0 } } },
    { "bytes", 10, HTTP_RANGE_IGNORED, { { 0 } } },
    { "", 10, HTTP_RANGE_IGNORED, { { 0 } } },
    { "lines=1-2", 10, HTTP_RANGE_IGNORED, { { 0 } } },
    { "bytes=18446744073709551616-", 10, HTTP_RANGE_IGNORED, { { 0 } } },
    { "bytes=0-,0-", 10, HTTP_RANGE_IGNORED, { { 0 } } }, /* more than the whole */
    { "bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8", 10, HTTP_RANGE_IGNORED, { { 0 } } },
    { "bytes=0-1,x", 10, HTTP_RANGE_IGNORED, { { 0 } } },
};

static void all_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_ranges r = { 0 };
        enum http_range_verdict verdict =
            http_range_parse(span_text(cases[i].value), cases[i].size, &r);
        if (verdict != cases[i].verdict)
            fail_msg("%s: %d", cases[i].value, verdict);
        for (size_t k = 0; k < 3; k++)
            if (r.items[k].first != cases[i].want[k].first ||
                r.items[k].length != cases[i].want[k].length)
                fail_msg("%s: range %zu", cases[i].value, k);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(all_cases) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
