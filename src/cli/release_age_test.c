/* The dates of a Release file: which are read, and what they mean at a given moment. */
#include <errno.h>

#include "cli/release_age.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
/* clang-format on */

#include <cmocka.h>

#define SEPTEMBER INT64_C(1757146451) /* Sat, 06 Sep 2025 08:14:11 UTC */
#define DATE      "Date: Sat, 06 Sep 2025 08:14:11 UTC\n"
#define HEAD      "Origin: Debian\nSuite: stable\n"

static void dates_are_read(void **state)
{
    static const struct {
        const char *name, *text;
        int64_t dated_s, until_s; /* -1: it is refused */
    } cases[] = {
        { "nothing", "", 0, 0 },
        { "no Release file", DATE, 0, 0 },
        { "a date", HEAD DATE, SEPTEMBER, 0 },
        { "by its code name alone", "Codename: x\n" DATE, SEPTEMBER, 0 },
        { "both", HEAD DATE "Valid-Until: Sat, 06 Sep 2025 08:14:12 UTC\n", SEPTEMBER,
          SEPTEMBER + 1 },
        { "GMT, lines of DOS", HEAD "Date: Sat, 06 Sep 2025 08:14:11 GMT\r\n", SEPTEMBER, 0 },
        { "a zone as a number", HEAD "Date: Sat, 06 Sep 2025 08:14:11 +0000\n", SEPTEMBER, 0 },
        { "one digit", HEAD "Date: Sat, 6 Sep 2025 08:14:11 UTC\n", SEPTEMBER, 0 },
        { "a name in small letters", HEAD "date: Sat, 06 Sep 2025 08:14:11 UTC\n", SEPTEMBER, 0 },
        { "without an end of line", "Suite: x\nDate: Sat, 06 Sep 2025 08:14:11 UTC", SEPTEMBER, 0 },
        { "within a digest's line", HEAD " Date: x\n", 0, 0 },
        { "no date", HEAD "Date: soon\n", -1, 0 },
        { "an empty one", HEAD "Date:\n", -1, 0 },
        { "another zone", HEAD "Date: Sat, 06 Sep 2025 08:14:11 CEST\n", -1, 0 },
        { "a zone alone", HEAD "Date: UTC\n", -1, 0 },
        { "a limit that is none", HEAD DATE "Valid-Until: 2025-09-06\n", -1, 0 },
        { "a day that is none", HEAD "Date: Sat, 46 Sep 2025 08:14:11 UTC\n", -1, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct release_age age = { 7, 7 };
        bool is_read = release_age_read(span_text(cases[i].text), &age);
        if (is_read != (cases[i].dated_s >= 0) ||
            (is_read && (age.dated_s != cases[i].dated_s || age.until_s != cases[i].until_s)) ||
            (!is_read && age.dated_s != 7))
            fail_msg("%s: %d %lld %lld", cases[i].name, is_read, (long long)age.dated_s,
                     (long long)age.until_s);
    }
}

static void they_are_held_against_the_clock(void **state)
{
    static const struct {
        const char *name;
        struct release_age age;
        int64_t now_s;
        const char *says; /* NULL: it may be believed */
    } cases[] = {
        { "no dates", { 0, 0 }, SEPTEMBER, NULL },
        { "an old one without a limit", { SEPTEMBER, 0 }, SEPTEMBER + 99999999, NULL },
        { "its last second", { SEPTEMBER, SEPTEMBER + 9 }, SEPTEMBER + 9, NULL },
        { "past it",
          { SEPTEMBER, SEPTEMBER + 9 },
          SEPTEMBER + 10,
          "good until 2025-09-06T08:14:20Z" },
        { "a clock somewhat behind", { SEPTEMBER, 0 }, SEPTEMBER - 10, NULL },
        { "a clock far behind", { SEPTEMBER, 0 }, SEPTEMBER - 11, "still to come" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char data[600] = "";
        struct text why = text_over(data, sizeof data);
        int r = release_age_check(&cases[i].age, (struct calendar){ .ms = cases[i].now_s * 1000 },
                                  "InRelease", &why);
        if ((r == 0) != !cases[i].says || (r != 0 && r != -EBADMSG) ||
            (cases[i].says && !strstr(data, cases[i].says)) || (!cases[i].says && data[0]))
            fail_msg("%s: %d %s", cases[i].name, r, data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_read),
        cmocka_unit_test(they_are_held_against_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
