/* A dump over netlink: one question, and each message of the answer to a function. For rtnetlink,
 * and for netfilter, whose questions begin with the family as well. */
#ifndef NET_ROUTE_DUMP_H
#define NET_ROUTE_DUMP_H

#include <libmnl/libmnl.h>
#include <stdint.h>

#include "base/checked.h"

/* Ask for all of `type` (RTM_GETLINK, ...) of an address family (0 = all of them) and hand each
 * message to `each` with `context`. `sequence` tells the answer from a former one's, of which
 * nothing is left. The socket waits no longer than its time-out. 0 or a negative errno; -EINTR when
 * the table changed meanwhile, so that what was handed over may lack rows. */
must_check int route_dump(int netlink_fd, uint16_t type, uint8_t family, uint32_t sequence,
                          mnl_cb_t each, void *context);

#endif
