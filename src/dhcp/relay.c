/* See relay.h. Option 82 is believed only with a giaddr: without one no relay has seen the message
 * and a client made it up (RFC 3046 2.1); it is echoed in any case. */
#include "dhcp/relay.h"

enum { RELAY_LINK_SELECTION = 5 };

void relay_read(const struct dhcp4_header *header, const struct dhcp4_options *options,
                struct relay *ret_relay)
{
    struct relay relay = { .giaddr = header->giaddr, .link = header->giaddr };

    relay.info = dhcp4_options_get(options, OPTION_RELAY_INFO);
    if (dhcp4_options_has(options, OPTION_SUBNET_SELECTION)) {
        relay.has_selection = true;
        relay.selection = dhcp4_options_ipv4(options, OPTION_SUBNET_SELECTION);
        relay.link = relay.selection;
    }
    /* RFC 3527 3: link selection goes before giaddr. */
    struct span link = dhcp4_suboption_find(relay.info, RELAY_LINK_SELECTION);
    if (!ipv4_is_none(relay.giaddr) && link.len == 4) {
        struct reader r = reader_over(link);
        relay.link.value = reader_be32(&r);
    }
    *ret_relay = relay;
}
