/* What a relay agent added (RFC 3046) and which network it speaks for (RFC 3527, RFC 3011). */
#ifndef DHCP_RELAY_H
#define DHCP_RELAY_H

#include "dhcp/options.h"

struct relay {
    struct ipv4 giaddr;    /* none = not relayed */
    struct span info;      /* option 82 as it came, to be echoed last; empty = none */
    bool has_selection;    /* 118 was asked, and must be echoed */
    struct ipv4 selection; /* 118 */
    struct ipv4 link;      /* an address of the client's network: 82.5, else 118, else giaddr */
};

void relay_read(const struct dhcp4_header *header, const struct dhcp4_options *options,
                struct relay *ret_relay);

#endif
