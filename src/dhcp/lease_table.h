/* All addresses that were given out: rows of a fixed number, found by address and by client, with
 * their deadlines in a heap. Every row also knows what is on disk, so that nothing is promised that
 * is not stored. */
#ifndef DHCP_LEASE_TABLE_H
#define DHCP_LEASE_TABLE_H

#include "base/list.h"
#include "base/siphash.h"

#include "dhcp/lease_state.h"
#include "dhcp/pool.h"
#include "model/lease.h"

#define LEASE_NO_PENDING UINT32_MAX

/* A client in a network: one machine may hold an address in each. Hashed as bytes: no padding. */
struct lease_key {
    struct mac mac;
    uint8_t zero[2];
    uint32_t network; /* base address; 0 when the address is in no network of ours */
};

/* What the store holds for this address, as far as it concerns the row's client. */
struct lease_on_disk {
    bool is_there;
    enum lease_status status;
    struct instant due;
    struct calendar expires;
};

/* Read by others; written only by lease_table_*(), but for hostname, client_id, since, expires,
 * promised, pending, in_flight and disk, which are the server's. */
struct lease_row {
    struct ipv4 address;
    struct lease_key key;
    enum lease_state state;
    bool keyed;         /* in the index by client; false when the client has a newer row */
    uint32_t in_flight; /* changes handed out and not yet reported durable or withdrawn */
    uint32_t pending;   /* STATE_PROBING: the DISCOVER that waits, or LEASE_NO_PENDING */
    struct instant due; /* when the present state runs out */
    struct calendar since, expires;
    struct instant promised; /* `expires` on the steady clock */
    struct lease_on_disk disk;
    struct label client_id, hostname;
    struct list link; /* among the remembered or offered (oldest first) or the free rows */
};

struct lease_table;

size_t lease_table_memory(uint32_t limit);

/* An empty table in the caller's memory (zeroed, aligned for any type); marks `pool`. */
struct lease_table *lease_table_init(void *memory, uint32_t limit, struct hash_key key,
                                     struct pool *pool);

/* NULL when there is none. */
struct lease_row *lease_table_find_address(struct lease_table *t, struct ipv4 address);
struct lease_row *lease_table_find_client(struct lease_table *t, struct mac mac,
                                          struct ipv4 network);

/* Could `mac` have this address: it has it already, or nobody has and no change is under way? */
bool lease_table_is_takable(struct lease_table *t, struct ipv4 address, struct mac mac);

/* The row of `address`, made this client's if it is takable. NULL when it is not, or when all rows
 * are in use. A row that is new stands in STATE_FREE and must be stepped on at once. */
struct lease_row *lease_table_take(struct lease_table *t, struct ipv4 address, struct mac mac,
                                   struct ipv4 network);

/* One step of lease_state.h, with the deadline of the state it leads to. False and no change when
 * the step is not allowed. A row that becomes free is gone. */
bool lease_table_step(struct lease_table *t, struct lease_row *row, enum lease_step step,
                      struct instant due);

/* Put a row into a state without a step: what the disk says counts (restore, withdraw). */
void lease_table_put(struct lease_table *t, struct lease_row *row, enum lease_state state,
                     struct instant due);

/* The oldest offer in this network that ends before `due`, with no change under way, or NULL. */
struct lease_row *lease_table_oldest_offer(struct lease_table *t, struct ipv4 network,
                                           struct instant due);

/* The index by client shall (not) lead to this row. */
void lease_table_set_keyed(struct lease_table *t, struct lease_row *row, bool keyed);

/* The networks changed: `network_of` tells the new base for an address. Marks the pool anew. */
void lease_table_rebase(struct lease_table *t,
                        struct ipv4 (*network_of)(const void *context, struct ipv4 address),
                        const void *context);

struct instant lease_table_next_deadline(const struct lease_table *t);
/* A row whose state has run out, or NULL; it must be stepped on. */
struct lease_row *lease_table_pop_due(struct lease_table *t, struct instant now);

/* Rows 0, 1, ...; NULL behind the last. Rows in STATE_FREE are among them. */
const struct lease_row *lease_table_at(const struct lease_table *t, uint32_t row);

/* The invariants: every row found by its address and no other by it, keyed rows by their client,
 * deadlines and lists as the states demand. For tests and fuzzing; slow. */
bool lease_table_is_sound(const struct lease_table *t);

#endif
