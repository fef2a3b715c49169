/* Building a reply: header, options of the network, options of the boot, in one order for all
 * kinds of clients. What differs between them is a table of boot styles. */
#ifndef DHCP_REPLY4_H
#define DHCP_REPLY4_H

#include "dhcp/message4.h"
#include "model/subnet.h"

struct reply4_plan {
    enum dhcp4_type type;        /* OFFER, ACK or NAK */
    struct ipv4 yiaddr;          /* none in a proxy's reply and for INFORM */
    const struct subnet *subnet; /* settings of the network; NULL = not ours to tell (proxy) */
    uint32_t lease_s;            /* 0 = no lease times */
    const struct choice *choice; /* what to start; NULL or CHOICE_NOTHING = no boot options */
    bool proxy;                  /* beside another server, which gives the address */
    const char *message;         /* option 56 of a NAK, NULL = none */
};

/* The reply's bytes in `scratch`, with the server identifier in->from.local. False when it does not
 * fit what the client accepts, or scratch. */
bool reply4_build(const struct dhcp4_input *in, const struct message4 *m,
                  const struct reply4_plan *plan, struct arena *scratch, struct span *ret_reply);

/* The name this client is told to load: the URL or the file of the choice; "" when nothing. */
const char *reply4_boot_name(const struct client *client, const struct choice *choice);

#endif
