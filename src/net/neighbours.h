/* The kernel's table of IPv4 neighbours, which holds a fixed number for all networks of a machine
 * (net.ipv4.neigh.default.gc_thresh3, 1,024 as it comes). What is sent to a machine that finds no
 * place there is lost without an error. */
#ifndef NET_NEIGHBOURS_H
#define NET_NEIGHBOURS_H

#include <stdint.h>

#include "base/checked.h"
#include "base/span.h"

/* Open the kernel's counters, to be read later without further rights. The descriptor is the
 * caller's; a negative errno where the kernel shows none. */
must_check int neighbours_open(void);

/* How often so far, since the machine started, a neighbour found no place. False when the counters
 * cannot be read. */
bool neighbours_read_refused(int fd, uint64_t *ret_times);

/* The same out of the text of /proc/net/stat/arp_cache: a line of names, then one a processor. */
bool neighbours_parse_refused(struct span text, uint64_t *ret_times);

/* How many neighbours the table holds at most, 0 where that is not told (in a container). */
uint32_t neighbours_limit(void);

#endif
