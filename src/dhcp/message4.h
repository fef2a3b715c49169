/* One DHCPv4 message from a client, taken apart as far as both cores need it. */
#ifndef DHCP_MESSAGE4_H
#define DHCP_MESSAGE4_H

#include "dhcp/client_facts.h"
#include "dhcp/exchange.h"
#include "dhcp/relay.h"

/* RFC 2132 9.6 */
enum dhcp4_type {
    DHCP4_DISCOVER = 1,
    DHCP4_OFFER = 2,
    DHCP4_REQUEST = 3,
    DHCP4_DECLINE = 4,
    DHCP4_ACK = 5,
    DHCP4_NAK = 6,
    DHCP4_RELEASE = 7,
    DHCP4_INFORM = 8,
};

struct message4 {
    struct dhcp4_header header;
    struct dhcp4_options options;
    enum dhcp4_type type;
    struct identity identity;
    struct relay relay;
    struct client client;
    unsigned quirks; /* quirk_effect bits */
    bool has_server_id, has_requested;
    struct ipv4 server_id, requested;
    bool unicast; /* sent to an address of ours, not through a relay */
};

/* Take a message apart. SOUND only if every part that is read is believable. */
enum dhcp4_flaw message4_decode(const struct dhcp4_input *in, struct arena *scratch,
                                struct message4 *ret_message);

/* The beginning of both cores: clear *out, decode, count against the rate limit, note the client.
 * NULL when the message ends here; *out then says why. */
struct message4 *message4_open(const struct dhcp4_input *in, struct arena *scratch,
                               struct dhcp4_outcome *out);

#endif
