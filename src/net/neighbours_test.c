/* What the kernel says of its table of neighbours, asked twice by one socket. */
#include "net/neighbours.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <unistd.h>

#include "net/iface.h"

static void the_kernel_is_understood(void **state)
{
    struct neighbour_table first = { 0 }, again = { 0 };
    struct iface_table ifaces;
    int fd = iface_open_query();
    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(neighbours_read(fd, &first), 0);
    assert_true(first.limit > 0);
    /* Nothing of the answer is left behind for who asks next. */
    assert_int_equal(iface_read(fd, &ifaces), 0);
    assert_int_equal(neighbours_read(fd, &again), 0);
    assert_int_equal(again.limit, first.limit);
    assert_true(again.refused >= first.refused);
    close(fd);
}

static void no_socket_is_an_error(void **state)
{
    struct neighbour_table table;
    (void)state;
    assert_true(neighbours_read(-1, &table) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_kernel_is_understood),
                                        cmocka_unit_test(no_socket_is_an_error) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
