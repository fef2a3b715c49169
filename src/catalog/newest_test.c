/* Versions in their order, and the newest of what listings of several kinds name. */
#include <stdlib.h>

#include "catalog/newest.h"
#include "catalog/version_order.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
/* clang-format on */

#include <cmocka.h>

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

static void versions_have_an_order(void **state)
{
    static const struct {
        const char *a, *b;
        int want;
    } cases[] = {
        { "9", "10", -1 },
        { "13.1.0", "13.1", 1 },
        { "24.04.3", "24.04.10", -1 },
        { "1.0", "1.0", 0 },
        { "007", "7", 0 },
        { "7.0-rc1", "7.0", -1 },
        { "2.0~b1", "2.0", -1 },
        { "", "", 0 },
        { "", "1", -1 },
        { "3.2.2-5", "3.2.2-15", -1 },
        { "20261130", "20260901", 1 },
        { "9-2", "9-1", 1 },
        { "99999999999999999999999", "100000000000000000000000", -1 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct span a = span_text(cases[i].a), b = span_text(cases[i].b);
        if (sign(version_compare(a, b)) != cases[i].want ||
            sign(version_compare(b, a)) != -cases[i].want)
            fail_msg("%s and %s", cases[i].a, cases[i].b);
    }
    assert_true(version_is_within(span_text("24.04.3"), span_text("24.04")));
    assert_true(version_is_within(span_text("13"), span_text("13")));
    assert_false(version_is_within(span_text("24.040"), span_text("24.04")));
    assert_false(version_is_within(span_text("1"), span_text("13")));
}

static void newest_is_found(void **state)
{
    static const struct {
        const char *name, *text, *pattern;
        bool is_word, is_number;
        const char *asked, *want; /* of ${release}; NULL = nothing */
    } cases[] = {
        { "a listing of a web server",
          "<a href=\"9/\">9/</a> <a href=\"10/\">10/</a><a href='beta/'>", "^${release}/$", true,
          true, "", "10" },
        { "on one line, with sizes", "<td>8.10/</td><td>8.9/</td>", "^${release}/$", true, true, "",
          "8.10" },
        { "JSON",
          "[{\"link\": \"https://x/F-Server-42.iso\"}, {\"link\": \"https://x/F-Server-43.iso\"}]",
          "/F-Server-${release}.iso$", true, false, "", "43" },
        { "lines with blanks", "Version: 22.04.5 LTS\nVersion: 24.04.3 LTS\n",
          "^Version: ${release} LTS", false, false, "", "24.04.3" },
        { "a release that is asked for", "22.04.5/ 24.04.3/ 24.04.2/", "^${release}/$", true, true,
          "24.04", "24.04.3" },
        { "one that is not there", "22.04.5/ 24.04.3/", "^${release}/$", true, true, "20.04",
          NULL },
        { "no way up", "../ ..%2f/ 1..2/", "^${release}/$", true, false, "", NULL },
        { "no way down", "a/b/", "^${release}/$", true, false, "", NULL },
        { "what is known stands for itself", "x-arm64-9.iso x-amd64-2.iso",
          "x-${arch}-${release}.iso", true, false, "", "2" },
        { "nothing", "", "^${release}/$", true, true, "", NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct captures captures = { 0 };
        const struct newest_wish wish = { .pattern = cases[i].pattern,
                                          .is_word = cases[i].is_word,
                                          .is_number = cases[i].is_number,
                                          .asked = cases[i].asked };
        assert_true(captures_add(&captures, span_text("arch"), span_text("amd64")));
        bool found = newest_find(span_text(cases[i].text), &wish, &captures);
        const char *got = captures_find(&captures, span_text("release"));
        if (found != (cases[i].want != NULL) || (found && strcmp(got, cases[i].want) != 0))
            fail_msg("%s: %s", cases[i].name, got ? got : "nothing");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_have_an_order),
        cmocka_unit_test(newest_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
