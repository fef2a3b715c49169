/* Notices that machines find no place in the kernel's table of neighbours (net/neighbours): what is
 * sent to them is lost, and they hang in the middle of a transfer with nothing to show why. */
#ifndef SERVE_NEIGHBOUR_WATCH_H
#define SERVE_NEIGHBOUR_WATCH_H

#include "base/event.h"

#include "net/loop.h"

struct neighbour_watch {
    struct loop *loop;
    struct event_sink sink;
    struct timer timer;
    int netlink_fd;
    uint64_t refused;
    struct instant quiet_until;
};

/* Is this to be told now (more were refused than at the look before, and it was not told within the
 * last minute)? Takes note of the number either way; one that was told is quiet for a minute. */
bool neighbour_watch_tells(struct neighbour_watch *watch, uint64_t refused, struct instant now,
                           uint64_t *ret_more);

/* Look every few seconds on this loop and tell `sink` (NEIGHBOURS_FULL). `netlink_fd` is from
 * iface_open_query(), stays the caller's, and is asked on the loop's thread. The watch stays in
 * place until neighbour_watch_stop(). 0, or a negative errno when memory ran out. */
must_check int neighbour_watch_start(struct neighbour_watch *watch, struct loop *loop,
                                     int netlink_fd, struct event_sink sink);
/* Does nothing for one that was never started. */
void neighbour_watch_stop(struct neighbour_watch *watch);

#endif
