/* What counts as a jump of the calendar clock. */
#include "serve/clock_watch.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)

static const struct {
    const char *name;
    int64_t steady_ms, calendar_ms; /* how far each went */
    int64_t jump_ms;
} cases[] = {
    { "both at the same pace", 1000, 1000, 0 },
    { "standing still", 0, 0, 0 },
    { "slewed a little", 1000, 1001, 0 },
    { "just not a jump", 1000, 3000, 0 },
    { "just not a jump back", 1000, -1000, 0 },
    { "just a jump", 1000, 3001, 2001 },
    { "just a jump back", 1000, -1001, -2001 },
    { "a day ahead", 1000, DAY_MS + 1000, DAY_MS },
    { "an hour back", 1000, 1000 - HOUR_MS, -HOUR_MS },
    { "out of a suspend: both clocks went on", 8 * HOUR_MS, 8 * HOUR_MS, 0 },
    { "from 1970 to now, as on a board without a clock", 1000, INT64_C(1700000000000) + 1000,
      INT64_C(1700000000000) },
};

static void jumps(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct now former = { { 5000000000 }, { INT64_C(1700000000000) } };
        const struct now now = { { former.steady.ns + cases[i].steady_ms * 1000000 },
                                 { former.calendar.ms + cases[i].calendar_ms } };
        if (clock_watch_jump_ms(former, now) != cases[i].jump_ms)
            fail_msg("%s: %lld", cases[i].name, (long long)clock_watch_jump_ms(former, now));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(jumps) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
