/* See destination.h. The rules in the order of RFC 2131 4.1, the first that fits. */
#include "dhcp/destination.h"

static struct destination unicast(struct destination d, struct ipv4 addr, uint16_t port)
{
    d.kind = TO_UNICAST;
    d.to = (struct endpoint){ addr, port };
    return d;
}

static struct destination broadcast(struct destination d)
{
    d.kind = TO_BROADCAST;
    d.to = (struct endpoint){ IPV4_BROADCAST, DHCP4_CLIENT_PORT };
    return d;
}

struct destination destination_of(const struct dhcp4_input *in, const struct message4 *m,
                                  enum dhcp4_type type, struct ipv4 yiaddr)
{
    struct destination d = { .from_port = in->from.port,
                             .from = in->from.local,
                             .mac = m->identity.mac,
                             .interface = in->from.interface };
    const struct endpoint *source = &in->from.source;
    bool source_is_real = ipv4_is_unicast(source->addr) && source->port != 0;

    /* PXE 2.1 2.2.3: the boot server discovery is answered where it came from; EDK2 listens on
     * 4011 for it, not on 68. */
    if (in->from.port == DHCP4_PXE_SERVER_PORT && source_is_real)
        return unicast(d, source->addr, source->port);
    if (!ipv4_is_none(m->header.giaddr))
        return unicast(d, m->header.giaddr, DHCP4_SERVER_PORT);
    if (type == DHCP4_NAK)
        return broadcast(d);
    if (ipv4_is_unicast(m->header.ciaddr))
        /* A client that sends from that address may use a port of its own. */
        return unicast(d, m->header.ciaddr,
                       source_is_real && ipv4_equals(source->addr, m->header.ciaddr)
                           ? source->port
                           : DHCP4_CLIENT_PORT);
    if (m->header.flags & DHCP4_FLAG_BROADCAST || !ipv4_is_unicast(yiaddr))
        return broadcast(d);
    d.kind = TO_HARDWARE;
    d.to = (struct endpoint){ yiaddr, DHCP4_CLIENT_PORT };
    return d;
}
