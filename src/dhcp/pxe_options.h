/* The encapsulated options of boot clients: option 43 of PXE 2.1 (table 2-1) and option 175 of
 * iPXE. The texts that firmware compares byte for byte are here. */
#ifndef DHCP_PXE_OPTIONS_H
#define DHCP_PXE_OPTIONS_H

#include "base/span.h"

enum pxe_suboption {
    PXE_DISCOVERY_CONTROL = 6,
    PXE_BOOT_SERVERS = 8,
    PXE_BOOT_MENU = 9,
    PXE_MENU_PROMPT = 10,
    PXE_BOOT_ITEM = 71,
    PXE_END = 255,
};

enum ipxe_suboption {
    IPXE_PRIORITY = 1, /* signed; what comes from the higher one is used first */
    IPXE_NO_PXEDHCP = 176,
    IPXE_VERSION = 235,
};

/* "Just load the file of this offer": discovery control with bit 3, no menu (06 01 08 ff). */
struct span pxe_options_plain(void);

/* The menu a Raspberry Pi wants to see before it believes a server. */
struct span pxe_options_raspberry_pi(void);

/* For option 175 in server mode: do not wait two seconds for a proxy (no-pxedhcp = 1). */
struct span pxe_options_no_proxy(void);

/* For option 175 in a proxy's answer: the same, and what this answer says comes before what the
 * DHCP server's says (priority 1). Else ${next-server} of a script is that server's address, where
 * it sets siaddr to itself, as dnsmasq does. */
struct span pxe_options_as_proxy(void);

#endif
