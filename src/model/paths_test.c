/* Names from outside: what becomes a safe path and what is refused, percent coding in both
 * directions, query strings, and the trail of a choice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "model/choice.h"
#include "model/safe_path.h"
#include "model/url.h"

#include <cmocka.h>

#define TEXT(s)                                                                                    \
    {                                                                                              \
        .data = (const uint8_t *)(s), .len = sizeof(s) - 1                                         \
    }

static void hostile_names_are_refused(void **state)
{
    static const struct {
        const char *name;
        struct span in;
        enum path_flaw flaw;
        const char *want;
    } cases[] = {
        { "plain", TEXT("ipxe.efi"), PATH_SOUND, "ipxe.efi" },
        { "empty", TEXT(""), PATH_SOUND, "" },
        { "slash", TEXT("/"), PATH_SOUND, "" },
        { "slashes", TEXT("///a//b///"), PATH_SOUND, "a/b" },
        { "backslashes", TEXT("\\Boot\\x64\\bcd"), PATH_SOUND, "Boot/x64/bcd" },
        { "mixed", TEXT("\\/a\\/./b"), PATH_SOUND, "a/b" },
        { "dots alone", TEXT("./././"), PATH_SOUND, "" },
        { "three dots", TEXT("..."), PATH_SOUND, "..." },
        { "dots in a name", TEXT("a..b/.c/d."), PATH_SOUND, "a..b/.c/d." },
        { "blank is a name", TEXT(" /.. "), PATH_SOUND, " /.. " },
        { "UTF-8", TEXT("\xc3\xa9/\xff"), PATH_SOUND, "\xc3\xa9/\xff" },
        { "coded dots stay a name", TEXT("%2e%2e/a"), PATH_SOUND, "%2e%2e/a" },
        { "drive", TEXT("C:\\boot"), PATH_SOUND, "C:/boot" },
        { "up", TEXT(".."), PATH_CLIMBS, "" },
        { "up at once", TEXT("../etc/passwd"), PATH_CLIMBS, "" },
        { "up from the root", TEXT("/../etc/passwd"), PATH_CLIMBS, "" },
        { "up inside", TEXT("a/../../b"), PATH_CLIMBS, "" },
        { "up and back", TEXT("a/../b"), PATH_CLIMBS, "" },
        { "up at the end", TEXT("a/.."), PATH_CLIMBS, "" },
        { "up by backslash", TEXT("a\\..\\b"), PATH_CLIMBS, "" },
        { "up, mixed", TEXT("a/..\\b"), PATH_CLIMBS, "" },
        { "up after dots", TEXT("./.././x"), PATH_CLIMBS, "" },
        { "NUL at the end", TEXT("a\0"), PATH_HAS_NUL, "" },
        { "NUL hides the rest", TEXT("a\0/../b"), PATH_HAS_NUL, "" },
        { "NUL alone", TEXT("\0"), PATH_HAS_NUL, "" },
        { "newline", TEXT("a\nb"), PATH_HAS_CONTROL, "" },
        { "escape", TEXT("\x1b[2J"), PATH_HAS_CONTROL, "" },
        { "delete", TEXT("a\x7f"), PATH_HAS_CONTROL, "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct safe_path path = { .len = 1, .text = "?" };
        enum path_flaw flaw = safe_path_parse(cases[i].in, &path);
        if (flaw != cases[i].flaw)
            fail_msg("%s: %s", cases[i].name, path_flaw_text(flaw));
        assert_string_equal(path.text, flaw == PATH_SOUND ? cases[i].want : "?");
        assert_int_equal(path.len, strlen(path.text));
    }
}

static void paths_have_a_length(void **state)
{
    char name[2 * SAFE_PATH_MAX];
    struct safe_path path;
    (void)state;
    memset(name, 'a', sizeof name);
    assert_int_equal(safe_path_parse(span_of(name, SAFE_PATH_MAX - 1), &path), PATH_SOUND);
    assert_int_equal(path.len, SAFE_PATH_MAX - 1);
    assert_int_equal(path.text[path.len], 0);
    assert_int_equal(safe_path_parse(span_of(name, SAFE_PATH_MAX), &path), PATH_TOO_LONG);
    assert_int_equal(safe_path_parse(span_of(name, sizeof name), &path), PATH_TOO_LONG);
    for (size_t i = 1; i < sizeof name; i += 2)
        name[i] = '/';
    assert_int_equal(safe_path_parse(span_of(name, SAFE_PATH_MAX - 1), &path), PATH_SOUND);
    assert_int_equal(safe_path_parse(span_of(name, SAFE_PATH_MAX + 1), &path), PATH_TOO_LONG);
    memset(name, '/', sizeof name);
    assert_int_equal(safe_path_parse(span_of(name, sizeof name), &path), PATH_SOUND);
    assert_int_equal(path.len, 0);
}

static void paths_have_parts(void **state)
{
    static const struct {
        const char *in, *base, *folder;
    } cases[] = {
        { "", "", "" }, { "a", "a", "" }, { "a/b", "b", "a" }, { "/a/b/c.efi", "c.efi", "a/b" }
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct safe_path path;
        assert_int_equal(safe_path_parse(span_text(cases[i].in), &path), PATH_SOUND);
        assert_true(span_is(safe_path_base(&path), cases[i].base));
        assert_true(span_is(safe_path_folder(&path), cases[i].folder));
    }
    for (int flaw = PATH_SOUND; flaw <= PATH_HAS_CONTROL; flaw++)
        assert_true(strlen(path_flaw_text((enum path_flaw)flaw)) > 0);
}

static void percent_is_decoded(void **state)
{
    static const struct {
        struct span in, want;
    } cases[] = {
        { TEXT("a%20b"), TEXT("a b") },     { TEXT("%41%4a%4A"), TEXT("AJJ") },
        { TEXT("100%"), TEXT("100%") },     { TEXT("100%4"), TEXT("100%4") },
        { TEXT("%zz%4g"), TEXT("%zz%4g") }, { TEXT("%00"), TEXT("\0") },
        { TEXT("%%41"), TEXT("%A") },       { TEXT("%2541"), TEXT("%41") },
        { TEXT("a+b"), TEXT("a+b") },       { TEXT(""), TEXT("") },
    };
    char block[32];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text t = text_over(block, sizeof block);
        assert_true(url_decode(cases[i].in, &t));
        assert_true(span_equals(text_span(&t), cases[i].want));
    }
    struct text small = text_over(block, 3);
    assert_false(url_decode(span_text("%41%42%43"), &small));
}

static void percent_is_encoded(void **state)
{
    char block[1024], back[300];
    uint8_t all[256];
    struct text t = text_over(block, sizeof block), b = text_over(back, sizeof back);
    (void)state;
    url_encode(&t, span_text("a/b c?d=\xc3\xa9&~_-.%"));
    assert_string_equal(block, "a/b%20c%3Fd%3D%C3%A9%26~_-.%25");
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (uint8_t)i;
    t = text_over(block, sizeof block);
    url_encode(&t, span_of(all, sizeof all));
    assert_true(url_decode(text_span(&t), &b));
    assert_true(span_equals(text_span(&b), span_of(all, sizeof all)));
}

static void queries_are_searched(void **state)
{
    static const struct {
        const char *query, *key, *want; /* NULL: not found */
    } cases[] = {
        { "mac=52%3a54&uuid=7", "mac", "52:54" },
        { "mac=52%3a54&uuid=7", "uuid", "7" },
        { "mac=1", "ma", NULL },
        { "mac=1", "macs", NULL },
        { "xmac=1", "mac", NULL },
        { "", "mac", NULL },
        { "&&=&mac=1", "mac", "1" },
        { "mac", "mac", "" },
        { "mac=&a=1", "mac", "" },
        { "a=1&a=2", "a", "1" },
        { "a=b=c", "a", "b=c" },
        { "a=one+two%2Bthree+", "a", "one+two+three+" },
        { "a=12345678901234567890", "a", NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char block[16];
        struct text t = text_over(block, sizeof block);
        bool found = url_query_find(span_text(cases[i].query), cases[i].key, &t);
        if (found != (cases[i].want != NULL) || (found && strcmp(block, cases[i].want) != 0))
            fail_msg("%s in %s: %s", cases[i].key, cases[i].query, block);
    }
}

static void trails_are_bounded(void **state)
{
    char big[400];
    struct trail trail = { .count = 0 };
    (void)state;
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = 0;
    trail_add(&trail, "host", "%s asks for %d", "node1", 7);
    trail_add(&trail, big, "%s", big);
    assert_string_equal(trail.steps[0].rule, "host");
    assert_string_equal(trail.steps[0].said, "node1 asks for 7");
    assert_int_equal(strlen(trail.steps[1].rule), sizeof trail.steps[1].rule - 1);
    assert_int_equal(strlen(trail.steps[1].said), sizeof trail.steps[1].said - 1);
    for (int i = 0; i < 2 * TRAIL_MAX; i++)
        trail_add(&trail, "more", "%d", i);
    assert_int_equal(trail.count, TRAIL_MAX);
    assert_string_equal(trail.steps[TRAIL_MAX - 1].said, "13");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_names_are_refused), cmocka_unit_test(paths_have_a_length),
        cmocka_unit_test(paths_have_parts),          cmocka_unit_test(percent_is_decoded),
        cmocka_unit_test(percent_is_encoded),        cmocka_unit_test(queries_are_searched),
        cmocka_unit_test(trails_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
