/* Where a reply goes (RFC 2131 4.1; PXE 2.1 2.2.3 for port 4011). */
#ifndef DHCP_DESTINATION_H
#define DHCP_DESTINATION_H

#include "dhcp/message4.h"

/* For a reply of `type` that gives `yiaddr` (none in a proxy's). */
struct destination destination_of(const struct dhcp4_input *in, const struct message4 *m,
                                  enum dhcp4_type type, struct ipv4 yiaddr);

#endif
