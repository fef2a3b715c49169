/* DISCOVERs that wait while the wire is asked whether an address is in use: a few messages kept
 * whole, so that they can be handled again when the answer is there. */
#ifndef DHCP_PENDING_H
#define DHCP_PENDING_H

#include "dhcp/exchange.h"

#define PENDING_NONE      UINT32_MAX
#define PENDING_BYTES_MAX 1500 /* longer messages are not held */

struct pending;

size_t pending_memory(uint32_t limit);
struct pending *pending_init(void *memory, uint32_t limit);

/* Keep a copy; PENDING_NONE when all places are taken or the message is too long. */
uint32_t pending_hold(struct pending *p, const struct dhcp4_input *in);

/* Put a newer message of the same client in its place (a retransmission). */
void pending_replace(struct pending *p, uint32_t place, const struct dhcp4_input *in);

/* The kept bytes and arrival; the rest of *ret_in is the caller's to fill. Valid until dropped. */
void pending_get(const struct pending *p, uint32_t place, struct dhcp4_input *ret_in);

void pending_drop(struct pending *p, uint32_t place);

#endif
