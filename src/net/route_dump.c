/* See route_dump.h. Every question's body begins with the family; what follows may be left out, or
 * zero as far as netfilter's four bytes go (linux/netfilter/nfnetlink.h). */
#include "net/route_dump.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

/* What an answer that was broken off (by a time-out, or because the table changed meanwhile) has
 * left behind would be taken for the answer to the next question. */
static void drain(int netlink_fd)
{
    uint8_t dropped[8192];
    while (recv(netlink_fd, dropped, sizeof dropped, MSG_DONTWAIT) > 0 || errno == EINTR)
        ;
}

int route_dump(int netlink_fd, uint16_t type, uint8_t family, uint32_t sequence, mnl_cb_t each,
               void *context)
{
    uint8_t buffer[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    struct rtgenmsg *body;

    /* Padded to four bytes, which are all zero but the family. */
    request->nlmsg_type = type;
    request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request->nlmsg_seq = sequence;
    body = mnl_nlmsg_put_extra_header(request, sizeof *body);
    body->rtgen_family = family;
    drain(netlink_fd);
    if (send(netlink_fd, request, request->nlmsg_len, 0) < 0)
        return -errno;
    for (;;) {
        ssize_t n = recv(netlink_fd, buffer, sizeof buffer, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        int r = mnl_cb_run(buffer, (size_t)n, sequence, 0, each, context);
        if (r < 0)
            return -errno;
        if (r == MNL_CB_STOP)
            return 0;
    }
}
