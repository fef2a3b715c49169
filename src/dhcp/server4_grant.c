/* REQUEST (RFC 2131 4.3.2, 4.3.6): which of the four it is decides what may be answered. An ACK
 * never promises more than is, or is about to be, on disk: the change in the outcome must be
 * durable before the reply is sent; the second form of the reply promises only what is on disk
 * already. */
#include "dhcp/outcome.h"
#include "dhcp/request_kind.h"
#include "dhcp/server4_turn.h"

/* A lease on disk is not written again while it has all but this part of its time left: a machine
 * asks three times in one boot (firmware, iPXE, system). */
#define FRESH_PART 64
/* With less than this left on disk a renewal is not worth a promise. */
#define DISK_LEAST_S 30

static uint32_t seconds_left_on_disk(const struct turn *t, const struct lease_row *row)
{
    if (!row->disk.is_there || row->disk.status != LEASE_ACTIVE)
        return 0;
    int64_t left = instant_since(row->disk.due, t->in->now.steady).ns / 1000000000;
    return left < 0 ? 0 : left >= UINT32_MAX ? UINT32_MAX - 1 : (uint32_t)left;
}

static bool label_equals(const struct label *a, const struct label *b)
{
    return span_equals(label_span(a), label_span(b));
}

static void tell_acknowledged(struct turn *t, const struct lease_row *row, uint32_t lease_s)
{
    struct event *e = outcome_event(t->out, EVENT_DHCP_ACK_SENT, t->in->now);
    event_add_ipv4(e, "address", row->address.value);
    event_add_seconds(e, "seconds", lease_s);
    event_add_text(e, "file", reply4_boot_name(&t->m->client, &t->choice));
    outcome_add_chain(e, &t->choice);
}

/* The lease as it is to be in memory; it is `lease_s` from now. */
static bool extend(struct turn *t, struct lease_row *row, uint32_t lease_s)
{
    const struct now *now = &t->in->now;
    struct duration lease = duration_seconds(lease_s);

    if (!lease_table_step(t->server->leases, row, STEP_GRANT, instant_after(now->steady, lease)))
        return false;
    if (row->since.ms == 0)
        row->since = now->calendar;
    row->expires = calendar_after(now->calendar, lease);
    row->promised = instant_after(now->steady, lease);
    turn_set_change(t, row, LEASE_ACTIVE);
    return true;
}

static void grant(struct turn *t, struct lease_row *row, const struct subnet *subnet)
{
    uint32_t lease_s = policy_lease_seconds(subnet, t->m), left = seconds_left_on_disk(t, row);
    struct label old_name = row->hostname;
    struct reply4_plan plan = { .type = DHCP4_ACK, .yiaddr = row->address, .subnet = subnet };
    bool fresh =
        row->state == STATE_ACTIVE && row->in_flight == 0 && left >= lease_s - lease_s / FRESH_PART;

    turn_note_names(t, row);
    turn_choose(t, row->address);
    if (fresh && label_equals(&old_name, &row->hostname)) {
        plan.lease_s = left < lease_s ? left : lease_s;
        if (turn_reply(t, &plan))
            tell_acknowledged(t, row, plan.lease_s);
        return;
    }
    if (left >= DISK_LEAST_S && row->state == STATE_ACTIVE) {
        plan.lease_s = left < lease_s ? left : lease_s;
        if (turn_reply(t, &plan))
            t->out->reply_if_not_durable = t->out->reply;
    }
    plan.lease_s = lease_s;
    if (!turn_reply(t, &plan)) {
        t->out->reply_if_not_durable = (struct span){ 0 };
        return;
    }
    if (!extend(t, row, lease_s)) {
        t->out->action = DHCP4_SILENT;
        t->out->reply = t->out->reply_if_not_durable = (struct span){ 0 };
        return;
    }
    tell_acknowledged(t, row, lease_s);
}

static void refuse(struct turn *t, struct ipv4 address, const char *reason)
{
    struct reply4_plan plan = { .type = DHCP4_NAK, .message = reason };

    if (!turn_reply(t, &plan))
        return;
    struct event *e = outcome_event(t->out, EVENT_DHCP_NAK_SENT, t->in->now);
    event_add_ipv4(e, "address", address.value);
    event_add_text(e, "reason", reason);
}

/* Make the row this client's and acknowledge; the caller knows that it may be. */
static void take_and_grant(struct turn *t, const struct subnet *subnet, struct ipv4 address)
{
    struct lease_row *row =
        lease_table_take(t->server->leases, address, t->m->identity.mac, subnet->network.base);
    if (!row) {
        refuse(t, address, "the address is with another machine");
        return;
    }
    if (row->state == STATE_PROBING) {
        outcome_ignore(t->out, "its address is being probed", t->in->now);
        return;
    }
    grant(t, row, subnet);
    if (row->state == STATE_FREE) /* it came to nothing: the answer did not fit */
        lease_table_put(t->server->leases, row, STATE_FREE, INSTANT_NEVER);
}

/* Is there a row of this client for this address? */
static bool is_known(const struct turn *t, struct ipv4 address)
{
    const struct lease_row *row = lease_table_find_address(t->server->leases, address);
    return row && mac_equals(row->key.mac, t->m->identity.mac) && row->state != STATE_DECLINED;
}

static void forget_offer(struct turn *t)
{
    for (size_t i = 0; i < t->subnets.count; i++) {
        struct lease_row *row = lease_table_find_client(t->server->leases, t->m->identity.mac,
                                                        t->subnets.at[i]->network.base);
        if (row && row->state == STATE_OFFERED)
            (void)lease_table_step(t->server->leases, row, STEP_RELEASE, INSTANT_NEVER);
    }
    t->out->client.address = t->m->requested;
    struct event *e = outcome_event(t->out, EVENT_DHCP_OTHER_CHOSEN, t->in->now);
    event_add_ipv4(e, "address", t->m->requested.value);
    event_add_ipv4(e, "server", t->m->server_id.value);
}

static void request_selecting(struct turn *t)
{
    struct ipv4 address = t->m->requested;
    const struct subnet *subnet = policy_subnet_with(&t->subnets, address);

    /* RFC 2131 4.3.2: an implicit decline of our offer */
    if (!ipv4_equals(t->m->server_id, t->in->from.local)) {
        forget_offer(t);
        return;
    }
    if (!subnet || !allocate_is_permitted(&t->allocator, subnet, address))
        refuse(t, address, "the address is not for this machine");
    else
        take_and_grant(t, subnet, address);
}

static void request_init_reboot(struct turn *t)
{
    struct ipv4 address = t->m->requested, reserved;
    const struct subnet *subnet = policy_subnet_with(&t->subnets, address);

    if (!subnet) {
        refuse(t, address, "the address is of another network");
        return;
    }
    bool is_reserved =
        reservations_find(t->server->reservations, t->in->catalog, &t->m->client, &reserved) &&
        ipv4_equals(reserved, address);
    /* RFC 2131 4.3.2: no record of this client, so it may belong to another server: silent. */
    if (!is_known(t, address) && !is_reserved) {
        if (lease_table_find_client(t->server->leases, t->m->identity.mac, subnet->network.base))
            refuse(t, address, "the machine has another address");
        else if (!lease_table_is_takable(t->server->leases, address, t->m->identity.mac))
            refuse(t, address, "the address is with another machine");
        else
            outcome_ignore(t->out, "no record of this machine", t->in->now);
        return;
    }
    if (!allocate_is_permitted(&t->allocator, subnet, address))
        refuse(t, address, "the address is not for this machine");
    else
        take_and_grant(t, subnet, address);
}

static void request_extending(struct turn *t, enum request_kind kind)
{
    struct ipv4 address = t->m->header.ciaddr;
    const struct subnet *subnet = policy_subnet_with(&t->subnets, address);

    if (!subnet) {
        refuse(t, address, "the address is of another network");
        return;
    }
    /* Unknown to us: by unicast it was ours to give once; by broadcast it may be another's. */
    if (!is_known(t, address) && kind == REQUEST_REBINDING) {
        outcome_ignore(t->out, "no record of this lease", t->in->now);
        return;
    }
    if (!allocate_is_permitted(&t->allocator, subnet, address))
        refuse(t, address, "the address is not for this machine");
    else
        take_and_grant(t, subnet, address);
}

void turn_request(struct turn *t)
{
    const struct message4 *m = t->m;
    enum request_kind kind = request_kind_of(m->has_server_id, m->has_requested,
                                             !ipv4_is_none(m->header.ciaddr), m->unicast);
    struct event *e = outcome_event(t->out, EVENT_DHCP_REQUEST, t->in->now);

    event_add_ipv4(e, "address", m->has_requested ? m->requested.value : m->header.ciaddr.value);
    event_add_text(e, "state", request_kind_name(kind));
    switch (kind) {
    case REQUEST_SELECTING:
        request_selecting(t);
        break;
    case REQUEST_INIT_REBOOT:
        request_init_reboot(t);
        break;
    case REQUEST_RENEWING:
    case REQUEST_REBINDING:
        request_extending(t, kind);
        break;
    case REQUEST_ILL_FORMED:
        outcome_refuse(t->out, DHCP4_REQUEST_ILL_FORMED, t->in->now);
        break;
    }
}
