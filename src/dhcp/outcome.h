/* Small helpers of both cores to fill an outcome. */
#ifndef DHCP_OUTCOME_H
#define DHCP_OUTCOME_H

#include "dhcp/exchange.h"
#include "dhcp/flaw.h"

/* An event about the outcome's client, to be given fields in place. When DHCP4_EVENTS_MAX is
 * reached the last one is replaced. */
struct event *outcome_event(struct dhcp4_outcome *out, enum event_id id, struct now now);

/* Say nothing, and why: a broken message (DHCP_REFUSED), or one that is not for us. */
void outcome_refuse(struct dhcp4_outcome *out, enum dhcp4_flaw flaw, struct now now);
void outcome_ignore(struct dhcp4_outcome *out, const char *reason, struct now now);

/* "efi-x64", or the registry's words for a number we have no name for. */
const char *outcome_arch_text(const struct client *client);

#endif
