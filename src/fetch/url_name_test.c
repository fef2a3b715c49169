/* Tests of fetch/url_name. */
/* cmocka.h wants the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

#include "fetch/url_name.h"

static const struct {
    const char *url, *want; /* NULL: refused */
} rows[] = {
    { "http://h/debian.iso", "debian.iso" },
    { "https://h/a/b/debian.iso?x=/y.iso#z/q", "debian.iso" },
    { "HTTP://h/x.iso", "x.iso" },
    { "http://h/a%20b.iso", "a b.iso" },
    { "http://h/%C3%a4.iso", "\xc3\xa4.iso" },
    { "http://h", NULL },
    { "http://h/", NULL },
    { "http://h/a/?x.iso", NULL },
    { "http://h?x=/y.iso", NULL },
    { "http://h/.iso", NULL },
    { "http://h/..", NULL },
    { "http://h/%2e%2e", NULL },
    { "http://h/a%2f..%2fb", NULL },
    { "http://h/a%5cb", NULL },
    { "http://h/a%00.iso", NULL },
    { "http://h/a%0ab", NULL },
    { "http://h/a%", NULL },
    { "http://h/a%4", NULL },
    { "http://h/a%4?1", NULL },
    { "http://h/a%zz", NULL },
};

static void names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char got[URL_NAME_MAX + 1] = "untouched";
        bool is_good = url_file_name(rows[i].url, got);
        if (is_good != (rows[i].want != NULL) ||
            strcmp(got, rows[i].want ? rows[i].want : "untouched") != 0)
            fail_msg("%s: \"%s\"", rows[i].url, got);
    }
}

static void the_longest(void **state)
{
    char url[16 + URL_NAME_MAX + 1] = "http://h/", got[URL_NAME_MAX + 1];
    size_t begin = strlen(url);
    (void)state;
    memset(url + begin, 'a', URL_NAME_MAX);
    assert_true(url_file_name(url, got));
    assert_int_equal(strlen(got), URL_NAME_MAX);
    url[begin + URL_NAME_MAX] = 'a';
    assert_false(url_file_name(url, got));
}

static void secrets_are_cut(void **state)
{
    static const struct {
        const char *url, *want;
    } cases[] = {
        { "https://h/debian.iso", "https://h/debian.iso" },
        { "http://h", "http://h" },
        { "http://h:8080/a/b.iso", "http://h:8080/a/b.iso" },
        { "https://user:token@h/x.iso", "https://h/x.iso" },
        { "HTTPS://token@h:8443/x.iso", "HTTPS://h:8443/x.iso" },
        { "https://user:p@ss@h/x.iso", "https://h/x.iso" },
        { "https://user:token@[2001:db8::1]:443/x.iso", "https://[2001:db8::1]:443/x.iso" },
        { "https://[2001:db8::1]/x.iso", "https://[2001:db8::1]/x.iso" },
        { "https://h/x.iso?X-Amz-Signature=abc&b=/c", "https://h/x.iso" },
        { "https://h/x.iso#secret", "https://h/x.iso" },
        { "https://h?token", "https://h" },
        { "https://user:token@h?token#a", "https://h" },
        { "https://h/a@b.iso", "https://h/a@b.iso" },
        /* Not what was meant, and all the more not to be told. */
        { "https://user:to/ken@h/x.iso", "https://..." },
        { "https://user:to?ken@h/x.iso", "https://..." },
        { "https://user:to#ken@h/x.iso", "https://..." },
        { "https://user:to\\ken@h/x.iso", "https://..." },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[128];
        struct text t = text_over(got, sizeof got);
        url_add_public(&t, cases[i].url);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s: \"%s\"", cases[i].url, got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(names), cmocka_unit_test(the_longest),
                                        cmocka_unit_test(secrets_are_cut) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
