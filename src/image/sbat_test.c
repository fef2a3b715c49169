/* SBAT sections and levels, and which level refuses which program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "image/sbat.h"

#include <cmocka.h>

#define FIRST "sbat,1,SBAT Version,sbat,1,https://example.org/SBAT.md\n"

static void sections_are_read(void **state)
{
    static const struct {
        const char *name, *text;
        enum sbat_flaw flaw;
        size_t count;
    } cases[] = {
        { "Debian's GRUB",
          FIRST "grub,5,FSF,grub,2.06,https://x/\ngrub.debian,5,Debian,grub2,2.06,https://y/\n",
          SBAT_SOUND, 2 },
        { "the first line alone", FIRST, SBAT_SOUND, 0 },
        { "no newline at the end", FIRST "a,1,b,c,d,e", SBAT_SOUND, 1 },
        { "Windows line ends", "sbat,1,a,b,c,d\r\na,1,b,c,d,e\r\n", SBAT_SOUND, 1 },
        { "empty lines", "\n\n" FIRST "\n\na,1,b,c,d,e\n\n", SBAT_SOUND, 1 },
        { "empty fields that do not decide", FIRST "a,1,,,,\n", SBAT_SOUND, 1 },
        { "more fields", FIRST "a,1,b,c,d,e,f,g\n", SBAT_SOUND, 1 },
        { "nothing", "", SBAT_EMPTY, 0 },
        { "line ends alone", "\r\n\n", SBAT_EMPTY, 0 },
        { "no SBAT line", "grub,5,a,b,c,d\n", SBAT_FIRST_LINE, 0 },
        { "five fields", FIRST "a,1,b,c,d\n", SBAT_FIELDS, 0 },
        { "no component", FIRST ",1,b,c,d,e\n", SBAT_NAME, 0 },
        { "a component of two words", FIRST "a b,1,b,c,d,e\n", SBAT_NAME, 0 },
        { "no generation", FIRST "a,,b,c,d,e\n", SBAT_NUMBER, 0 },
        { "generation 0", FIRST "a,0,b,c,d,e\n", SBAT_NUMBER, 0 },
        { "generation of letters", FIRST "a,1x,b,c,d,e\n", SBAT_NUMBER, 0 },
        { "negative generation", FIRST "a,-1,b,c,d,e\n", SBAT_NUMBER, 0 },
        { "generation of ten digits", FIRST "a,1234567890,b,c,d,e\n", SBAT_NUMBER, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sbat sbat;
        enum sbat_flaw flaw = sbat_read_section(span_text(cases[i].text), &sbat);
        if (flaw != cases[i].flaw || (flaw == SBAT_SOUND && sbat.count != cases[i].count))
            fail_msg("%s: %s, %zu", cases[i].name, sbat_flaw_text(flaw), sbat.count);
    }
}

static void sections_have_bounds(void **state)
{
    char data[SBAT_BYTES_MAX + 64];
    struct sbat sbat;
    struct text t = text_over(data, sizeof data);
    (void)state;
    text_add(&t, FIRST);
    for (unsigned i = 0; i < SBAT_ENTRIES_MAX; i++)
        text_addf(&t, "c%u,%u,,,,\n", i, i + 1);
    assert_int_equal(sbat_read_section(text_span(&t), &sbat), SBAT_SOUND);
    assert_int_equal(sbat.count, SBAT_ENTRIES_MAX);
    assert_string_equal(sbat.entries[31].component, "c31");
    assert_int_equal(sbat.entries[31].generation, 32);
    text_add(&t, "one-more,1,,,,\n");
    assert_int_equal(sbat_read_section(text_span(&t), &sbat), SBAT_TOO_LONG);

    memset(data, ',', sizeof data);
    assert_int_equal(sbat_read_section(span_of(data, SBAT_BYTES_MAX + 1), &sbat), SBAT_TOO_LONG);
    t = text_over(data, sizeof data);
    text_add(&t, FIRST "a23456789012345678901234567890123456789012345678,1,,,,\n");
    assert_int_equal(sbat_read_section(text_span(&t), &sbat), SBAT_NAME);
    /* Sections are padded to their alignment. */
    assert_int_equal(sbat_read_section(span_of(FIRST "a,1,,,,\n\0\0\0x", sizeof FIRST + 11), &sbat),
                     SBAT_SOUND);
    assert_int_equal(sbat.count, 1);
}

static void levels_are_read(void **state)
{
    struct sbat level;
    (void)state;
    assert_int_equal(sbat_read_level(span_text("sbat,1,2025021800\nshim,4\ngrub,5\n"), &level),
                     SBAT_SOUND);
    assert_string_equal(level.date, "2025021800");
    assert_int_equal(level.count, 2);
    assert_int_equal(sbat_read_level(span_text("sbat,1\n"), &level), SBAT_FIELDS);
    assert_int_equal(sbat_read_level(span_text("grub,5\n"), &level), SBAT_FIRST_LINE);
    assert_int_equal(sbat_read_level(span_text("sbat,1,2025\ngrub\n"), &level), SBAT_FIELDS);
}

/* Every published level is readable, they are in order, and each refuses what it should. */
static void published_levels_are_in_order(void **state)
{
    struct sbat level, before = { 0 }, usual;
    bool self_applied;
    size_t count = 0;
    (void)state;
    for (; sbat_published_level(count, &level, &self_applied); count++) {
        assert_true(strcmp(before.date, level.date) < 0);
        before = level;
    }
    assert_int_equal(count, 8);
    sbat_usual_level(&usual);
    assert_string_equal(usual.date, "2025021800");
}

static void old_programs_are_found(void **state)
{
    static const struct {
        const char *name, *section, *component; /* NULL: old enough */
    } cases[] = {
        { "GRUB of today", FIRST "grub,5,,,,\ngrub.debian,5,,,,\n", NULL },
        { "GRUB of 2024", FIRST "grub,4,,,,\ngrub.debian,4,,,,\n", "grub" },
        { "shim of 2021", FIRST "shim,1,,,,\nshim.debian,1,,,,\n", "shim" },
        { "a later generation", FIRST "shim,99,,,,\n", NULL },
        { "somebody else's", FIRST "systemd,1,,,,\nshim.ipxe,1,,,,\n", NULL },
        { "a name that begins alike", FIRST "grub.x,1,,,,\n", NULL },
    };
    struct sbat level;
    (void)state;
    sbat_usual_level(&level);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sbat program;
        assert_int_equal(sbat_read_section(span_text(cases[i].section), &program), SBAT_SOUND);
        const struct sbat_entry *found = sbat_find_too_old(&program, &level);
        if (!found != !cases[i].component ||
            (found && strcmp(found->component, cases[i].component) != 0))
            fail_msg("%s: %s", cases[i].name, found ? found->component : "accepted");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_are_read),      cmocka_unit_test(sections_have_bounds),
        cmocka_unit_test(levels_are_read),        cmocka_unit_test(published_levels_are_in_order),
        cmocka_unit_test(old_programs_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
