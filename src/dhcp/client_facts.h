/* From a message's options to facts about the machine: what speaks (PXE, HTTP, iPXE, an operating
 * system, ...), its architecture, UUID and names. */
#ifndef DHCP_CLIENT_FACTS_H
#define DHCP_CLIENT_FACTS_H

#include "dhcp/identity.h"
#include "dhcp/quirks.h"
#include "model/client.h"

/* Fill *ret_client (address and interface are left to the caller). Returns the quirk_effect bits of
 * its firmware. Nothing here can fail: what is not understood stays unknown. */
unsigned client_facts_read(const struct dhcp4_header *header, const struct dhcp4_options *options,
                           struct mac mac, struct client *ret_client);

/* Does this kind ask for a boot program? A proxy answers nobody else. */
bool client_facts_boots(enum client_kind kind);

#endif
