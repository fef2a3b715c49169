/* Patterns against lines: what matches, what is captured; and that hostile text costs little. */
#include "image/pattern.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

static const struct {
    const char *pattern, *text;
    const char *a, *b; /* what ${a} and ${b} are; NULL = not captured */
    bool matches;
} cases[] = {
    { "plain", "a plain text", NULL, NULL, true },
    { "plain", "Plain", NULL, NULL, false },
    { "^plain", "a plain text", NULL, NULL, false },
    { "text$", "a text", NULL, NULL, true },
    { "text$", "a texts", NULL, NULL, false },
    { "^a$", "a", NULL, NULL, true },
    { "^a$", "ab", NULL, NULL, false },
    { "v${a}", "x v12.5 y", "12.5", NULL, true },
    { "v${a}$", "v12.5 y", "12.5 y", NULL, true },
    { "v${a} (${b})", "v 12 (bookworm)", "12", "bookworm", true },
    { "v${a} (${b})", "v12 (bookworm", NULL, NULL, false },
    { "a*c", "xabcx", NULL, NULL, true },
    { "a*c${a}", "a--c-c1", "-c1", NULL, true }, /* the first place, and nothing is tried again */
    { "^${a} \"*\" - *", "Ubuntu 24.04 \"Noble\" - Release", "Ubuntu 24.04", NULL, true },
    { "v${a}", "v", NULL, NULL, false },
    { "v${a}", "v $x", NULL, NULL, false },      /* empty up to white space */
    { "v${a};", "v${mac};", NULL, NULL, false }, /* no variable gets in */
    { "v${a};", "v\"x\";", NULL, NULL, false },
    { "v${a}", "one\nv2\nv3", "2", NULL, true },
    { "v${a}", "v1\r\n", "1", NULL, true },
    { "${a", "${a", NULL, NULL, true }, /* not closed: a plain text */
};

static bool is_value(const struct captures *captures, const char *name, const char *want)
{
    const char *got = captures_find(captures, span_text(name));
    return want ? got && strcmp(got, want) == 0 : got == NULL;
}

static void patterns_match(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct captures captures = { .count = 0 };
        bool matches = pattern_match_text(cases[i].pattern, span_text(cases[i].text), &captures);
        if (matches != cases[i].matches || !is_value(&captures, "a", cases[i].a) ||
            !is_value(&captures, "b", cases[i].b))
            fail_msg("'%s' on '%s'", cases[i].pattern, cases[i].text);
    }
}

static void flaws_are_named(void **state)
{
    static const char *const bad[] = { "", "^", "a**", "${a}${b}", "a*${b}", "${a b}x" };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (!pattern_flaw(bad[i]))
            fail_msg("'%s' has no flaw", bad[i]);
    assert_null(pattern_flaw("^a ${b} \"*\" - ${c}$"));
}

static void names_fit_globs(void **state)
{
    static const struct {
        const char *glob, *name, *part; /* NULL: it does not fit */
    } globs[] = {
        { "vmlinuz-*", "vmlinuz-6.1", "6.1" },
        { "vmlinuz-*", "VMLINUZ-6.1", "6.1" },
        { "vmlinuz-*", "vmlinuz", NULL },
        { "*", "x", "x" },
        { "a*a", "a", NULL },
        { "a*a", "aa", "" },
        { "plain", "PLAIN", "" },
        { "plain", "plains", NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof globs / sizeof globs[0]; i++) {
        struct span part;
        bool fits = pattern_fits_name(span_text(globs[i].glob), span_text(globs[i].name), &part);
        if (fits != (globs[i].part != NULL) || (fits && !span_is(part, globs[i].part)))
            fail_msg("%s on %s", globs[i].glob, globs[i].name);
    }
}

static void captures_are_put_in(void **state)
{
    static const struct {
        const char *text, *kept, *strict; /* NULL: refused */
    } texts[] = {
        { "a ${x} b", "a 1 b", "a 1 b" }, { "${y}", "${y}", NULL },
        { "${y:-z}", "${y:-z}", NULL },   { "$${x} $x", "$${x} $x", "$${x} $x" },
        { "${x", "${x", "${x" },
    };
    struct captures captures = { .count = 0 };
    (void)state;
    assert_true(captures_add(&captures, span_text("x"), span_text("1")));
    assert_true(captures_add(&captures, span_text("x"), span_text("2"))); /* the first one stays */
    assert_false(captures_add(&captures, span_text("z"), span_text("a$b")));
    assert_false(captures_add(&captures, span_text("a b"), span_text("c")));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char kept[64], strict[64];
        struct text a = text_over(kept, sizeof kept), b = text_over(strict, sizeof strict);
        assert_true(captures_expand(&captures, texts[i].text, true, &a));
        assert_string_equal(kept, texts[i].kept);
        assert_int_equal(captures_expand(&captures, texts[i].text, false, &b),
                         texts[i].strict != NULL);
        if (texts[i].strict)
            assert_string_equal(strict, texts[i].strict);
    }
    /* The table has an end. */
    for (unsigned i = 0; i < CAPTURES_MAX + 4; i++) {
        char name[8] = { 'n', (char)('a' + (int)(i % 26)), (char)('a' + (int)(i / 26)), 0 };
        bool fits = captures_add(&captures, span_text(name), span_text("v"));
        assert_int_equal(fits, i < CAPTURES_MAX - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match),
        cmocka_unit_test(flaws_are_named),
        cmocka_unit_test(names_fit_globs),
        cmocka_unit_test(captures_are_put_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
