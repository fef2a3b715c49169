/* Which addresses of the pools are taken: a bit for each, so that a free one is found in a few
 * steps however full the pools are. */
#ifndef DHCP_POOL_H
#define DHCP_POOL_H

#include "model/subnet.h"

/* More addresses or ranges than this are not used: no site has so many machines booting. */
#define POOL_ADDRESSES_MAX (UINT32_C(1) << 20)
#define POOL_RANGES_MAX    1024

struct pool;

size_t pool_memory(void);

/* An empty pool in the caller's memory (zeroed, aligned for any type). */
struct pool *pool_init(void *memory);

/* Take the ranges of these subnets in place of the old ones; every address is free then, but for
 * the networks' own, the broadcast and the routers' addresses. The caller marks what is taken. */
void pool_configure(struct pool *pool, const struct subnet *subnets, size_t count);

/* Is it in a range? */
bool pool_contains(const struct pool *pool, struct ipv4 address);

/* Note that it is taken or free; nothing happens to an address outside of the ranges. */
void pool_mark(struct pool *pool, struct ipv4 address, bool taken);

/* A free address of this network, the first from a place chosen by `seed`. False when none is. */
bool pool_find_free(const struct pool *pool, struct ipv4_prefix network, uint64_t seed,
                    struct ipv4 *ret_address);

#endif
