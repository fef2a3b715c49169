/* See outcome.h. */
#include "dhcp/outcome.h"

struct event *outcome_event(struct dhcp4_outcome *out, enum event_id id, struct now now)
{
    if (out->event_count < DHCP4_EVENTS_MAX)
        out->event_count++;
    struct event *e = &out->events[out->event_count - 1];
    event_begin(e, id, now, mac_to_u64(out->client.mac));
    return e;
}

void outcome_refuse(struct dhcp4_outcome *out, enum dhcp4_flaw flaw, struct now now)
{
    out->action = DHCP4_SILENT;
    struct event *e = outcome_event(out, EVENT_DHCP_REFUSED, now);
    event_add_text(e, "flaw", dhcp4_flaw_text(flaw));
    event_add_text(e, "name", dhcp4_flaw_name(flaw));
}

void outcome_ignore(struct dhcp4_outcome *out, const char *reason, struct now now)
{
    out->action = DHCP4_SILENT;
    event_add_text(outcome_event(out, EVENT_DHCP_IGNORED, now), "reason", reason);
}

const char *outcome_arch_text(const struct client *client)
{
    if (client->arch != ARCH_NONE)
        return arch_name(client->arch);
    return client->has_arch ? arch_wire_text(client->arch_wire) : "unknown";
}
