/* Which address a client gets: its reservation, the one it has or had, the one it asks for, else a
 * free one from the pools, chosen by a hash of its MAC so that it tends to be the same each time.
 */
#ifndef DHCP_ALLOCATE_H
#define DHCP_ALLOCATE_H

#include "dhcp/lease_table.h"
#include "dhcp/policy.h"

/* The tables an allocation looks into, and the exchange it is for. */
struct allocator {
    struct lease_table *leases;
    struct pool *pool;
    struct reservations *reservations;
    struct hash_key hash_key;
    const struct dhcp4_input *in;
    const struct message4 *m;
    const struct policy_subnets *subnets;
};

struct allocation {
    struct ipv4 address;
    const struct subnet *subnet;
    bool reserved; /* the owner said so: nothing to ask the wire */
    bool held;     /* the client had it last */
};

/* May this client have this address in this network: reserved for it, or of a pool and reserved for
 * nobody. Says nothing about whether somebody has it now. */
bool allocate_is_permitted(const struct allocator *a, const struct subnet *subnet,
                           struct ipv4 address);

/* False when no address is left. */
bool allocate_address(const struct allocator *a, struct allocation *ret_allocation);

#endif
