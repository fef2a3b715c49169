/* Is an address in use? Asked of the wire before it is offered for the first time (RFC 2131 4.4.1,
 * 2.2): by ARP on the link, by ICMP echo behind a relay. Answers come as callbacks on the loop. */
#ifndef SERVE_DHCP4_PROBE_H
#define SERVE_DHCP4_PROBE_H

#include "model/addr.h"
#include "model/mac.h"
#include "net/iface.h"
#include "net/loop.h"

struct dhcp4_probe;

/* `owner` is zero where only an echo came back. Called exactly once for each probe started. */
typedef void (*dhcp4_probe_done)(void *context, struct ipv4 address, bool in_use, struct mac owner);

/* The sockets stay the caller's; -1 = not available, and such probes find every address free. */
must_check int dhcp4_probe_new(struct loop *loop, int arp_fd, int icmp_fd, dhcp4_probe_done done,
                               void *context, struct dhcp4_probe **ret_probe);
void dhcp4_probe_free(struct dhcp4_probe *probe);

/* Begin to ask. False when as many probes are under way as there is room for. A second probe of an
 * address under way is the same probe. */
bool dhcp4_probe_start(struct dhcp4_probe *probe, const struct iface *iface, struct ipv4 address,
                       bool behind_relay);

#endif
