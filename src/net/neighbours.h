/* The kernel's table of IPv4 neighbours, which holds a fixed number for all networks of a machine
 * (net.ipv4.neigh.default.gc_thresh3, 1,024 as it comes). What is sent to a machine that finds no
 * place there is lost without an error. */
#ifndef NET_NEIGHBOURS_H
#define NET_NEIGHBOURS_H

#include <stdint.h>

#include "base/checked.h"

struct neighbour_table {
    uint64_t refused; /* how often one found no place, since the machine was started */
    uint32_t limit;   /* how many it holds at most */
};

/* Ask the kernel. `netlink_fd` is from iface_open_query(). 0 or a negative errno. */
must_check int neighbours_read(int netlink_fd, struct neighbour_table *ret_table);

#endif
