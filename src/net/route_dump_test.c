/* Questions whose answers were never heard out, and what is asked after them. */
#include "net/route_dump.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/iface.h"

/* Ask, and leave the answer where it is. */
static void ask_and_go(int fd, uint16_t type, uint32_t sequence)
{
    uint8_t buffer[256] __attribute__((aligned(NLMSG_ALIGNTO)));
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);

    request->nlmsg_type = type;
    request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request->nlmsg_seq = sequence;
    (void)mnl_nlmsg_put_extra_header(request, sizeof(struct rtgenmsg));
    assert_int_equal(send(fd, request, request->nlmsg_len, 0), request->nlmsg_len);
}

static void what_is_left_of_one_answer_is_not_the_next(void **state)
{
    static const uint16_t types[] = { RTM_GETADDR, RTM_GETROUTE, RTM_GETLINK };
    struct iface_table sound, table;
    int fd = iface_open_query();

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(iface_read(fd, &sound), 0);
    assert_true(sound.count > 0);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        for (uint32_t sequence = 0; sequence < 3; sequence++) {
            ask_and_go(fd, types[i], sequence);
            assert_int_equal(iface_read(fd, &table), 0);
            assert_int_equal(table.count, sound.count);
            assert_string_equal(table.rows[0].name, sound.rows[0].name);
        }
    }
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(
        what_is_left_of_one_answer_is_not_the_next) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
