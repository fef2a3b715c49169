/* When it is told that the kernel's table of neighbours is full. */
#include "serve/neighbour_watch.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

static const struct {
    const char *name;
    int64_t at_s;
    uint64_t refused;
    uint64_t told; /* 0 = nothing */
} looks[] = {
    { "as before tugboot started", 5, 100, 0 },
    { "the first", 10, 103, 3 },
    { "no more", 15, 103, 0 },
    { "more, but it was just told", 20, 110, 0 },
    { "still", 69, 120, 0 },
    { "a minute later all since are told", 70, 121, 18 },
    { "quiet again", 135, 121, 0 },
    { "a counter that was set back is no refusal", 200, 4, 0 },
    { "and counts from there", 205, 5, 1 },
};

static void what_is_told(void **state)
{
    struct neighbour_watch watch = { .refused = 100 };
    (void)state;
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        uint64_t more = 0;
        bool tells = neighbour_watch_tells(&watch, looks[i].refused,
                                           (struct instant){ looks[i].at_s * 1000000000 }, &more);
        if (tells != (looks[i].told > 0) || more != looks[i].told)
            fail_msg("%s: %d, %llu", looks[i].name, tells, (unsigned long long)more);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_told) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
