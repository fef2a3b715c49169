/* The DHCPv4 server: pools, reservations, leases (RFC 2131), with boot information. */
#ifndef DHCP_SERVER4_H
#define DHCP_SERVER4_H

#include "base/siphash.h"

#include "dhcp/exchange.h"
#include "model/subnet.h"

struct dhcp4_server;

struct dhcp4_server_settings {
    const struct subnet *subnets; /* kept; must outlive the server or the next reconfigure */
    size_t subnet_count;
    uint32_t leases_max;      /* rows of the lease table */
    uint32_t pending_max;     /* DISCOVERs waiting for a probe */
    struct hash_key hash_key; /* random, from the shell */
    bool probe;               /* ask the wire before first use of an address */
};

/* Bytes of memory a server with these settings needs. */
size_t dhcp4_server_memory(const struct dhcp4_server_settings *settings);

/* A server in the caller's memory (zeroed, aligned for any type). */
struct dhcp4_server *dhcp4_server_init(void *memory, const struct dhcp4_server_settings *settings);

/* New subnets after a reload; leases outside of them are kept until they expire. */
void dhcp4_server_reconfigure(struct dhcp4_server *server,
                              const struct dhcp4_server_settings *settings);

/* Take in a lease read from the store at start. False when the table is full. */
bool dhcp4_server_restore(struct dhcp4_server *server, const struct lease *lease, struct now now);

/* Decide what to answer to one DHCPv4 message.                    RFC 2131 4.3, PXE 2.1 2.2. */
void dhcp4_server_handle(struct dhcp4_server *server, const struct dhcp4_input *in,
                         struct arena *scratch, struct dhcp4_outcome *out);

/* The answer to a probe: the address is free, or in use by `owner`. The outcome is the held-back
 * OFFER, or a probe of the next address. */
void dhcp4_server_probed(struct dhcp4_server *server, struct ipv4 address, bool in_use,
                         struct mac owner, const struct catalog *catalog, uint16_t http_port,
                         struct now now, struct arena *scratch, struct dhcp4_outcome *out);

/* The change could not be made durable: put the table back to what is on disk. */
void dhcp4_server_withdraw(struct dhcp4_server *server, const struct change *change);

/* The change is on disk (the table may now promise it). */
void dhcp4_server_committed(struct dhcp4_server *server, const struct change *change);

struct instant dhcp4_server_next_deadline(const struct dhcp4_server *server);

/* Let offers, declines and leases run out. */
void dhcp4_server_expire(struct dhcp4_server *server, struct now now);

/* Walk the leases, for display: row 0, 1, ... until false. A row that holds no lease at the moment
 * gives one with address none. */
bool dhcp4_server_lease_at(const struct dhcp4_server *server, uint32_t row,
                           struct lease *ret_lease);

/* Do the tables' invariants hold? Slow: for tests and fuzzing. */
bool dhcp4_server_is_sound(const struct dhcp4_server *server);

#endif
