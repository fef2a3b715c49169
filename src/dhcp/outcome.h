/* Small helpers of both cores to fill an outcome. */
#ifndef DHCP_OUTCOME_H
#define DHCP_OUTCOME_H

#include "dhcp/exchange.h"
#include "dhcp/flaw.h"
#include "dhcp/message4.h"

/* An event about the outcome's client, to be given fields in place. When DHCP4_EVENTS_MAX is
 * reached the last one is replaced. */
struct event *outcome_event(struct dhcp4_outcome *out, enum event_id id, struct now now);

/* Say nothing, and why: a broken message (DHCP_REFUSED), or one that is not for us. */
void outcome_refuse(struct dhcp4_outcome *out, enum dhcp4_flaw flaw, struct now now);
void outcome_ignore(struct dhcp4_outcome *out, const char *reason, struct now now);

/* What the client shall start, by boot/choose; the chain is noted in the outcome's client. A try of
 * another chain than the last, and a chain that Secure Boot refuses, are told once a boot.
 * `beside`: another server gives the address. */
void outcome_choose(struct dhcp4_outcome *out, const struct dhcp4_input *in,
                    const struct message4 *m, bool beside, struct choice *ret_choice);

/* Which chain it is, for the offers: chain, and for one that Secure Boot refuses the reason. */
void outcome_add_chain(struct event *e, const struct choice *choice);

/* "efi-x64", or the registry's words for a number we have no name for. */
const char *outcome_arch_text(const struct client *client);

#endif
