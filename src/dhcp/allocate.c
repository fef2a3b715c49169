/* See allocate.h. */
#include "dhcp/allocate.h"

/* Free addresses that turn out to be reserved or our own are marked in the pool and passed over; so
 * many of them in one search, and the rest in the next. */
#define WALK_TRIES 256

static struct mac mac_of(const struct allocator *a)
{
    return a->m->identity.mac;
}

/* The reservation of this client in this network, if it can be had. */
static bool find_reserved(const struct allocator *a, const struct subnet *subnet,
                          struct ipv4 *ret_address)
{
    struct ipv4 address;

    if (!reservations_find(a->reservations, a->in->catalog, &a->m->client, &address) ||
        !ipv4_prefix_is_host(subnet->network, address) || ipv4_equals(address, a->in->from.local) ||
        !lease_table_is_takable(a->leases, address, mac_of(a)))
        return false;
    *ret_address = address;
    return true;
}

static bool is_free_of_claims(const struct allocator *a, const struct subnet *subnet,
                              struct ipv4 address)
{
    return ipv4_prefix_is_host(subnet->network, address) &&
           !ipv4_equals(address, a->in->from.local) && !ipv4_equals(address, subnet->router) &&
           !reservations_has_address(a->reservations, a->in->catalog, address);
}

bool allocate_is_permitted(const struct allocator *a, const struct subnet *subnet,
                           struct ipv4 address)
{
    struct ipv4 reserved;

    if (find_reserved(a, subnet, &reserved))
        return ipv4_equals(reserved, address);
    return pool_contains(a->pool, address) && is_free_of_claims(a, subnet, address);
}

static bool can_have(const struct allocator *a, const struct subnet *subnet, struct ipv4 address)
{
    return allocate_is_permitted(a, subnet, address) &&
           lease_table_is_takable(a->leases, address, mac_of(a));
}

static bool walk_pool(const struct allocator *a, const struct subnet *subnet,
                      struct ipv4 *ret_address)
{
    uint64_t seed = siphash(&a->hash_key, span_of(a->m->identity.mac.bytes, 6));

    for (int tries = 0; tries < WALK_TRIES; tries++) {
        struct ipv4 address;
        if (!pool_find_free(a->pool, subnet->network, seed, &address))
            return false;
        if (can_have(a, subnet, address)) {
            *ret_address = address;
            return true;
        }
        pool_mark(a->pool, address, true);
    }
    return false;
}

static bool try_subnet(const struct allocator *a, const struct subnet *subnet, bool walk,
                       struct allocation *found)
{
    const struct lease_row *row =
        lease_table_find_client(a->leases, mac_of(a), subnet->network.base);

    found->subnet = subnet;
    if (find_reserved(a, subnet, &found->address)) {
        found->reserved = true;
        found->held = row && ipv4_equals(row->address, found->address);
        return true;
    }
    if (row && can_have(a, subnet, row->address)) {
        found->address = row->address;
        found->held = true;
        return true;
    }
    if (!walk)
        return false;
    if (a->m->has_requested && can_have(a, subnet, a->m->requested)) {
        found->address = a->m->requested;
        return true;
    }
    return walk_pool(a, subnet, &found->address);
}

bool allocate_address(const struct allocator *a, struct allocation *ret_allocation)
{
    /* A reservation or an old lease in any of the networks goes before a new one in the first. */
    for (int walk = 0; walk <= 1; walk++)
        for (size_t i = 0; i < a->subnets->count; i++) {
            struct allocation found = { 0 };
            if (try_subnet(a, a->subnets->at[i], walk, &found)) {
                *ret_allocation = found;
                return true;
            }
        }
    return false;
}
