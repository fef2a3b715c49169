/* By what a client is known again: its Ethernet address. Firmware, iPXE, GRUB and the system all
 * send different client identifiers (option 61) in one boot, so a lease keyed by them would change
 * the address in mid-boot; option 61 is kept for display and echoed (RFC 6842). */
#ifndef DHCP_IDENTITY_H
#define DHCP_IDENTITY_H

#include "dhcp/options.h"
#include "model/label.h"

struct identity {
    struct mac mac;
    struct span client_id; /* option 61 as sent; empty = none */
};

/* HARDWARE_UNKNOWN or HARDWARE_VOID when nobody can be told apart by this chaddr. */
enum dhcp4_flaw identity_read(const struct dhcp4_header *header,
                              const struct dhcp4_options *options, struct identity *ret_identity);

#endif
