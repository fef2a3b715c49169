/* proxyDHCP: boot information beside another DHCP server (PXE 2.1 2.2). Never gives an address.
 * Stateless but for what it heard of other servers. */
#ifndef DHCP_PROXY_H
#define DHCP_PROXY_H

#include "dhcp/exchange.h"

/* Decide what to answer to one DHCPv4 message on port 67 or 4011. All of *out lives in `scratch`.
 * Never blocks, never reads a clock; refusals are events in *out. */
void dhcp4_proxy_handle(const struct dhcp4_input *in, struct arena *scratch,
                        struct dhcp4_outcome *out);

#endif
