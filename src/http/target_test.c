/* Targets as firmware writes them. */
#include <setjmp.h>
#include <stdarg.h>

#include "http/target.h"

#include <cmocka.h>

static const struct {
    const char *target;
    enum http_flaw flaw;
    const char *name, *query;
} cases[] = {
    { "/", HTTP_SOUND, "/", "" },
    { "/a/b", HTTP_SOUND, "/a/b", "" },
    { "/a?b=1?c", HTTP_SOUND, "/a", "b=1?c" },
    { "/a?", HTTP_SOUND, "/a", "" },
    { "/a#b?c", HTTP_SOUND, "/a", "" },
    { "//a///b", HTTP_SOUND, "/a/b", "" },
    { "\\a\\\\b", HTTP_SOUND, "/a/b", "" },
    { "/a%5Cb%2f%2Fc", HTTP_SOUND, "/a/b/c", "" },
    { "/%41%zz%", HTTP_SOUND, "/A%zz%", "" },
    { "/../a", HTTP_SOUND, "/../a", "" },
    { "http://h/a", HTTP_SOUND, "/a", "" },
    { "http://[fe80::1]:80//a?q", HTTP_SOUND, "/a", "q" },
    { "HTTPS://h", HTTP_SOUND, "/", "" },
    { "http://h?q", HTTP_SOUND, "/", "q" },
    { "http://h\\a", HTTP_SOUND, "/a", "" },
    { "http://", HTTP_SOUND, "/", "" },
    { "/a%00", HTTP_TARGET_HAS_NUL, "", "" },
    { "/a%0d%0ab", HTTP_TARGET_HAS_NUL, "", "" },
    { "*", HTTP_TARGET_MALFORMED, "", "" },
    { "h:80", HTTP_TARGET_MALFORMED, "", "" },
    { "ftp://h/a", HTTP_TARGET_MALFORMED, "", "" },
    { "a", HTTP_TARGET_MALFORMED, "", "" },
    { "", HTTP_TARGET_MALFORMED, "", "" },
    { "/0123456789012345678901234567890123456789", HTTP_TARGET_TOO_LONG, "", "" },
};

static void all_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[32];
        struct text name = text_over(out, sizeof out);
        struct span path = { 0 }, query = { 0 };
        enum http_flaw flaw = http_target_split(span_text(cases[i].target), &path, &query);
        if (flaw == HTTP_SOUND)
            flaw = http_target_decode(path, &name);
        if (flaw != cases[i].flaw)
            fail_msg("%s: %s", cases[i].target, http_flaw_name(flaw));
        if (flaw == HTTP_SOUND &&
            (!span_is(text_span(&name), cases[i].name) || !span_is(query, cases[i].query)))
            fail_msg("%s: %s", cases[i].target, out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(all_cases) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
