/* See proxy.h. PXE 2.1 2.2: one OFFER with everything in it on port 67 (43.6 bit 3, so that no
 * second exchange is needed), and an ACK on 4011 for firmware that asks there all the same. A
 * REQUEST to another server is how a proxy hears which address the machine took. */
#include "dhcp/proxy.h"

#include "dhcp/destination.h"
#include "dhcp/outcome.h"
#include "dhcp/reply4.h"

#define PI_DELAY_MS 1000

static void add_asked(const struct dhcp4_input *in, const struct message4 *m,
                      struct dhcp4_outcome *out)
{
    struct event *e = outcome_event(out, EVENT_DHCP_DISCOVER, in->now);
    event_add_text(e, "kind", client_kind_name(m->client.kind));
    event_add_text(e, "arch", outcome_arch_text(&m->client));
    event_add_span(e, "detail", label_span(&m->client.vendor_class));
}

static void add_told(const struct dhcp4_input *in, const struct message4 *m, enum event_id id,
                     const struct choice *choice, struct dhcp4_outcome *out)
{
    struct event *e = outcome_event(out, id, in->now);
    event_add_text(e, "file", reply4_boot_name(&m->client, choice));
    event_add_ipv4(e, "server", in->from.local.value);
    event_add_text(e, "loader", choice->loader);
    outcome_add_chain(e, choice);
}

/* Tell the client what to start, in a message of `type`. */
static void tell(const struct dhcp4_input *in, struct message4 *m, enum dhcp4_type type,
                 enum event_id id, struct arena *scratch, struct dhcp4_outcome *out)
{
    struct choice choice = { 0 };

    outcome_choose(out, in, m, true, &choice);
    if (choice.kind == CHOICE_NOTHING) {
        struct event *e = outcome_event(out, EVENT_DHCP_NO_LOADER, in->now);
        event_add_text(e, "arch", outcome_arch_text(&m->client));
        event_add_text(e, "hint", choice.hint);
        return;
    }
    struct reply4_plan plan = { .type = type, .choice = &choice, .proxy = true };
    if (!reply4_build(in, m, &plan, scratch, &out->reply)) {
        outcome_refuse(out, DHCP4_REPLY_TOO_BIG, in->now);
        return;
    }
    out->action = DHCP4_REPLY;
    out->to = destination_of(in, m, type, IPV4_NONE);
    out->delay_ms = m->quirks & QUIRK_REPLY_LATER ? PI_DELAY_MS : 0;
    add_told(in, m, id, &choice, out);
}

/* A REQUEST on 67 is for whoever gave the address; we only listen. */
static void overhear(const struct dhcp4_input *in, const struct message4 *m,
                     struct dhcp4_outcome *out)
{
    out->client.address = m->has_requested ? m->requested : m->header.ciaddr;
    if (!m->has_server_id)
        return;
    struct event *e = outcome_event(out, EVENT_DHCP_OTHER_CHOSEN, in->now);
    event_add_ipv4(e, "address", out->client.address.value);
    event_add_ipv4(e, "server", m->server_id.value);
}

static void handle_request(const struct dhcp4_input *in, struct message4 *m, struct arena *scratch,
                           struct dhcp4_outcome *out)
{
    bool ours = m->has_server_id && ipv4_equals(m->server_id, in->from.local);

    if (in->from.port == DHCP4_PXE_SERVER_PORT || ours) {
        out->client.address = m->client.address = m->header.ciaddr;
        tell(in, m, DHCP4_ACK, EVENT_DHCP_PXE_ACK_SENT, scratch, out);
        return;
    }
    overhear(in, m, out);
}

static void handle_inform(const struct dhcp4_input *in, struct message4 *m, struct arena *scratch,
                          struct dhcp4_outcome *out)
{
    struct event *e = outcome_event(out, EVENT_DHCP_INFORM, in->now);

    out->client.address = m->client.address = m->header.ciaddr;
    event_add_ipv4(e, "address", m->header.ciaddr.value);
    tell(in, m, DHCP4_ACK, EVENT_DHCP_PXE_ACK_SENT, scratch, out);
}

void dhcp4_proxy_handle(const struct dhcp4_input *in, struct arena *scratch,
                        struct dhcp4_outcome *out)
{
    struct message4 *m = message4_open(in, scratch, out);
    if (!m)
        return;
    if (!client_facts_boots(m->client.kind)) {
        /* What address it takes is still worth knowing: it may be a machine that just booted. */
        if (m->type == DHCP4_REQUEST && in->from.port != DHCP4_PXE_SERVER_PORT)
            out->client.address = m->has_requested ? m->requested : m->header.ciaddr;
        outcome_ignore(out, "not a boot client", in->now);
        return;
    }
    switch (m->type) {
    case DHCP4_DISCOVER:
        add_asked(in, m, out);
        tell(in, m, DHCP4_OFFER, EVENT_DHCP_PROXY_OFFER_SENT, scratch, out);
        break;
    case DHCP4_REQUEST:
        handle_request(in, m, scratch, out);
        break;
    case DHCP4_INFORM:
        handle_inform(in, m, scratch, out);
        break;
    case DHCP4_DECLINE:
    case DHCP4_RELEASE:
        /* The address is not ours to take back. */
        break;
    case DHCP4_OFFER:
    case DHCP4_ACK:
    case DHCP4_NAK:
        break; /* message4_decode() lets none of them in */
    }
}
