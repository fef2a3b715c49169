/* Inside of the server core only: the server's tables, and one message's way through them. */
#ifndef DHCP_SERVER4_TURN_H
#define DHCP_SERVER4_TURN_H

#include "dhcp/allocate.h"
#include "dhcp/pending.h"
#include "dhcp/reply4.h"
#include "dhcp/server4.h"

struct dhcp4_server {
    struct dhcp4_server_settings settings;
    struct lease_table *leases;
    struct pool *pool;
    struct reservations *reservations;
    struct pending *pending;
};

/* One message on its way through the server. */
struct turn {
    struct dhcp4_server *server;
    const struct dhcp4_input *in;
    struct message4 *m;
    struct arena *scratch;
    struct dhcp4_outcome *out;
    struct policy_subnets subnets;
    struct allocator allocator;
    struct choice choice;
};

/* DISCOVER: choose an address, ask the wire, offer.  server4_offer.c */
void turn_discover(struct turn *t);
/* The probe of this row is over and the address is free: offer it. */
void turn_offer_probed(struct turn *t, struct lease_row *row);

/* REQUEST: acknowledge, refuse or stay silent.  server4_grant.c */
void turn_request(struct turn *t);

/* Build a reply of this plan, with the choice of boot program, and aim it.  server4.c */
bool turn_reply(struct turn *t, struct reply4_plan *plan);
/* What the client shall start; noted once per turn. */
void turn_choose(struct turn *t, struct ipv4 address);
/* Note what option 61 and 12 said. */
void turn_note_names(const struct turn *t, struct lease_row *row);
/* The change that makes the row durable. */
void turn_set_change(struct turn *t, struct lease_row *row, enum lease_status status);

#endif
