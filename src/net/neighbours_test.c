/* What the kernel says of its table of neighbours: the counters of all processors are added up, and
 * what is not as it should be is no number. */
#include "net/neighbours.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <unistd.h>

#define NAMES "entries  allocs   destroys forced_gc_runs table_fulls\n"

static const struct {
    const char *name, *text;
    bool read;
    uint64_t times;
} cases[] = {
    { "two processors",
      NAMES "00000003 000024e2 00001b44 00000005 000028d7\n"
            "00000003 00002067 00002a02 00000003 00000001\n",
      true, 0x28d8 },
    { "no newline at the end", NAMES "00000003 0 0 0 1f", true, 0x1f },
    { "longer numbers than there were", NAMES "0 0 0 0 1000000000\n", true, UINT64_C(1) << 36 },
    { "a column more, at the front", "a entries table_fulls\n1 2 3\n", true, 3 },
    { "a column after it", "entries table_fulls more\n1 2 3\n", true, 2 },
    { "an older kernel without the column", "entries allocs\n1 2\n", false, 0 },
    { "names alone", NAMES, false, 0 },
    { "nothing", "", false, 0 },
    { "a line that is cut", NAMES "1 2 3\n", false, 0 },
    { "no number", NAMES "1 2 3 4 x\n", false, 0 },
    { "a number of 17 digits", NAMES "1 2 3 4 11111111111111111\n", false, 0 },
};

static void counters(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t times = 0;
        bool read = neighbours_parse_refused(span_text(cases[i].text), &times);
        if (read != cases[i].read || times != cases[i].times)
            fail_msg("%s: %d, %llu", cases[i].name, read, (unsigned long long)times);
    }
}

static void this_kernels_counters_are_understood(void **state)
{
    uint64_t times = 0;
    int fd = neighbours_open();
    (void)state;
    assert_true(fd >= 0);
    assert_true(neighbours_read_refused(fd, &times));
    assert_true(neighbours_read_refused(fd, &times)); /* again by the same descriptor */
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(counters),
                                        cmocka_unit_test(this_kernels_counters_are_understood) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
