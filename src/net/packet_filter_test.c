/* The kernel is asked, as whoever runs this; what it says of a real filter is seen by
 * tests/peers/doctor_peers.py, in a network of its own. */
#include "net/packet_filter.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

static void a_name_is_there_when_it_was_found(void **state)
{
    char said[200] = "";
    struct text out = text_over(said, sizeof said);

    (void)state;
    int r = packet_filter_describe(&out);
    assert_true(r <= 1);
    assert_int_equal(said[0] != 0, r == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_name_is_there_when_it_was_found) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
