/* See outcome.h. */
#include "dhcp/outcome.h"

#include "boot/memory.h"

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

static void tell_chain(struct dhcp4_outcome *out, const struct choice *choice, struct now now)
{
    if (choice->started_over) {
        struct event *e = outcome_event(out, EVENT_CHAIN_AGAIN, now);
        event_add_text(e, "chain", choice->chain);
    } else if (choice->came_back) {
        struct event *e = outcome_event(out, EVENT_CHAIN_NEXT, now);
        event_add_text(e, "former", choice->came_back);
        event_add_text(e, "chain", choice->chain);
    }
    if (choice->hint[0]) {
        struct event *e = outcome_event(out, EVENT_CHAIN_UNSIGNED, now);
        event_add_text(e, "chain", choice->chain);
        event_add_text(e, "reason", choice->refusal);
        event_add_text(e, "hint", choice->hint);
    }
}

void outcome_choose(struct dhcp4_outcome *out, const struct dhcp4_input *in,
                    const struct message4 *m, bool beside, struct choice *ret_choice)
{
    struct reach reach = dhcp4_reach(in);
    bool begins = m->type == DHCP4_DISCOVER;
    struct recollection recalled = { 0 };

    reach.beside = beside;
    if (in->recall && choose_by_chain(m->client.kind))
        in->recall->recall(in->recall->context, &m->client, begins, in->now, &recalled);
    choose_loader(in->catalog, &m->client, &reach, &recalled, ret_choice);
    if (ret_choice->kind != CHOICE_LOADER)
        return;
    out->client.chain = ret_choice->chain;
    if (begins && !recalled.is_under_way)
        tell_chain(out, ret_choice, in->now);
}

void outcome_add_chain(struct event *e, const struct choice *choice)
{
    if (choice->kind != CHOICE_LOADER)
        return;
    event_add_text(e, "chain", choice->chain);
    if (!choice->is_signed)
        event_add_text(e, "refusal", choice->refusal);
    if (choice->hint[0])
        event_add_text(e, "hint", choice->hint);
    if (choice->is_pinned)
        event_add_number(e, "pinned", 1);
}

const char *outcome_arch_text(const struct client *client)
{
    if (client->arch != ARCH_NONE)
        return arch_name(client->arch);
    return client->has_arch ? arch_wire_text(client->arch_wire) : "unknown";
}
