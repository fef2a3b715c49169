/* DISCOVER (RFC 2131 4.3.1): choose an address, ask the wire whether somebody uses it (2.2), and
 * offer it. While the wire is asked the row stands in STATE_PROBING and the message is held in
 * dhcp/pending; a retransmission in that time takes the place of the one that is held. */
#include "dhcp/outcome.h"
#include "dhcp/server4_turn.h"

/* How long an offer is held. EDK2 waits out its whole window before it chooses. */
#define OFFER_HOLD_S 120
/* With no address free, the oldest offer that was not taken for so long makes room: machines that
 * were never there must not keep others out for the whole time. EDK2's longest window is 32 s. */
#define OFFER_LEAST_S 40
/* A probe nobody reported on is given up. */
#define PROBE_PATIENCE_S 10

static struct instant later(const struct turn *t, int64_t seconds)
{
    return instant_after(t->in->now.steady, duration_seconds(seconds));
}

static void offer(struct turn *t, struct lease_row *row, const struct subnet *subnet)
{
    struct reply4_plan plan = { .type = DHCP4_OFFER,
                                .yiaddr = row->address,
                                .subnet = subnet,
                                .lease_s = policy_lease_seconds(subnet, t->m) };

    /* An address that is acknowledged already is offered again as it is. */
    if (row->state != STATE_ACTIVE &&
        !lease_table_step(t->server->leases, row, STEP_OFFER, later(t, OFFER_HOLD_S)))
        return;
    turn_choose(t, row->address);
    if (!turn_reply(t, &plan))
        return;
    struct event *e = outcome_event(t->out, EVENT_DHCP_OFFER_SENT, t->in->now);
    event_add_ipv4(e, "address", row->address.value);
    event_add_text(e, "file", reply4_boot_name(&t->m->client, &t->choice));
    outcome_add_chain(e, &t->choice);
}

static void probe(struct turn *t, struct lease_row *row)
{
    row->pending = pending_hold(t->server->pending, t->in);
    if (row->pending == PENDING_NONE) {
        /* Too many at once: the client asks again, when others have their answer. */
        if (row->state == STATE_FREE)
            lease_table_put(t->server->leases, row, STATE_FREE, INSTANT_NEVER);
        outcome_ignore(t->out, "too many probes under way", t->in->now);
        return;
    }
    (void)lease_table_step(t->server->leases, row, STEP_PROBE, later(t, PROBE_PATIENCE_S));
    t->out->action = DHCP4_PROBE;
    t->out->probe = row->address;
    if (!ipv4_is_none(t->m->relay.giaddr) && !ipv4_prefix_contains(t->in->from.link, row->address))
        t->out->probe_relay = t->m->relay.giaddr;
}

static void tell_empty(struct turn *t)
{
    char text[IPV4_TEXT_MAX + 4];
    struct text name = text_over(text, sizeof text);
    const struct ipv4_prefix *network = &t->subnets.at[0]->network;

    text_add_ipv4(&name, network->base);
    text_addf(&name, "/%u", network->length);
    event_add_text(outcome_event(t->out, EVENT_DHCP_POOL_EMPTY, t->in->now), "subnet", text);
}

/* True when an address became free. */
static bool take_back_offer(struct turn *t)
{
    struct instant due = later(t, OFFER_HOLD_S - OFFER_LEAST_S);

    for (size_t i = 0; i < t->subnets.count; i++) {
        struct lease_row *row =
            lease_table_oldest_offer(t->server->leases, t->subnets.at[i]->network.base, due);
        if (row)
            return lease_table_step(t->server->leases, row, STEP_RELEASE, INSTANT_NEVER);
    }
    return false;
}

void turn_discover(struct turn *t)
{
    struct allocation found;

    if (!allocate_address(&t->allocator, &found) &&
        !(take_back_offer(t) && allocate_address(&t->allocator, &found))) {
        tell_empty(t);
        return;
    }
    struct lease_row *row = lease_table_take(t->server->leases, found.address, t->m->identity.mac,
                                             found.subnet->network.base);
    if (!row) {
        tell_empty(t);
        return;
    }
    if (row->state == STATE_PROBING) {
        if (row->pending != PENDING_NONE)
            pending_replace(t->server->pending, row->pending, t->in);
        outcome_ignore(t->out, "its address is being probed", t->in->now);
        return;
    }
    turn_note_names(t, row);
    if (t->server->settings.probe && !found.reserved && !found.held)
        probe(t, row);
    else
        offer(t, row, found.subnet);
}

void turn_offer_probed(struct turn *t, struct lease_row *row)
{
    const struct subnet *subnet = policy_subnet_with(&t->subnets, row->address);

    /* The configuration may have changed while the wire was asked. */
    if (!subnet || !allocate_is_permitted(&t->allocator, subnet, row->address)) {
        (void)lease_table_step(t->server->leases, row, STEP_RUN_OUT, INSTANT_NEVER);
        turn_discover(t);
        return;
    }
    offer(t, row, subnet);
}
