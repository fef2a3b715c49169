/* What this site wants: which network a client is in, which addresses are reserved for whom, how
 * long a lease is. */
#ifndef DHCP_POLICY_H
#define DHCP_POLICY_H

#include "base/siphash.h"

#include "dhcp/message4.h"
#include "dhcp/pool.h"

#define POLICY_SUBNETS_MAX 8

/* The networks a client may get an address in, the likeliest first. */
struct policy_subnets {
    const struct subnet *at[POLICY_SUBNETS_MAX];
    size_t count;
};

/* By relay (giaddr, or link selection), else by the interface: those that have our address there,
 * then those configured for its name. */
void policy_find_subnets(const struct subnet *subnets, size_t count, const struct dhcp4_input *in,
                         const struct message4 *m, struct policy_subnets *ret_found);

/* The one among them that holds `address`, or NULL. */
const struct subnet *policy_subnet_with(const struct policy_subnets *found, struct ipv4 address);

/* Seconds to give: the network's lease time, or what the client asked for if that is less. */
uint32_t policy_lease_seconds(const struct subnet *subnet, const struct message4 *m);

/* Hosts of the catalog that have an address, indexed; rebuilt when the catalog is another. */
struct reservations;

size_t reservations_memory(uint32_t limit);
/* In the caller's memory, zeroed. */
struct reservations *reservations_init(void *memory, uint32_t limit, struct hash_key key);

/* Take in the catalog of this packet; does nothing when its generation is known. */
void reservations_refresh(struct reservations *r, const struct catalog *catalog);

/* The address reserved for this client; false when there is none. */
bool reservations_find(const struct reservations *r, const struct catalog *catalog,
                       const struct client *client, struct ipv4 *ret_address);

/* Is it reserved, for whomever? */
bool reservations_has_address(const struct reservations *r, const struct catalog *catalog,
                              struct ipv4 address);

#endif
