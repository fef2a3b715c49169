/* See server4.h. The tables' memory, the way of a message to its handler, the small messages
 * (INFORM, DECLINE, RELEASE; RFC 2131 4.3.3-4.3.5), and what is known to be on disk. DISCOVER is in
 * server4_offer.c, REQUEST in server4_grant.c. On port 4011 the server answers as a proxy does: it
 * is the boot server discovery, and gives no address. */
#include "dhcp/server4.h"

#include <assert.h>

#include "dhcp/destination.h"
#include "dhcp/outcome.h"
#include "dhcp/proxy.h"
#include "dhcp/server4_turn.h"

/* How long an address that is used by somebody else is kept out of use. */
#define DECLINE_HOLD_S 600
#define PI_DELAY_MS    1000
/* A calendar that was set wrongly must not make leases of centuries. */
#define LEASE_LONGEST_S (INT64_C(10) * 366 * 24 * 3600)

static size_t rounded(size_t n)
{
    return (n + 63) & ~(size_t)63;
}

size_t dhcp4_server_memory(const struct dhcp4_server_settings *settings)
{
    return rounded(sizeof(struct dhcp4_server)) +
           rounded(lease_table_memory(settings->leases_max)) + rounded(pool_memory()) +
           rounded(reservations_memory(settings->leases_max)) +
           rounded(pending_memory(settings->pending_max));
}

struct dhcp4_server *dhcp4_server_init(void *memory, const struct dhcp4_server_settings *settings)
{
    struct dhcp4_server *s = memory;
    uint8_t *at = (uint8_t *)memory + rounded(sizeof *s);

    s->settings = *settings;
    s->pool = pool_init(at);
    at += rounded(pool_memory());
    s->leases = lease_table_init(at, settings->leases_max, settings->hash_key, s->pool);
    at += rounded(lease_table_memory(settings->leases_max));
    s->reservations = reservations_init(at, settings->leases_max, settings->hash_key);
    at += rounded(reservations_memory(settings->leases_max));
    s->pending = pending_init(at, settings->pending_max);
    pool_configure(s->pool, settings->subnets, settings->subnet_count);
    return s;
}

static struct ipv4 network_of(const void *context, struct ipv4 address)
{
    const struct dhcp4_server_settings *settings = context;
    for (size_t i = 0; i < settings->subnet_count; i++)
        if (ipv4_prefix_contains(settings->subnets[i].network, address))
            return settings->subnets[i].network.base;
    return IPV4_NONE;
}

void dhcp4_server_reconfigure(struct dhcp4_server *server,
                              const struct dhcp4_server_settings *settings)
{
    /* Sizes and the hash key are from birth. */
    server->settings.subnets = settings->subnets;
    server->settings.subnet_count = settings->subnet_count;
    server->settings.probe = settings->probe;
    pool_configure(server->pool, settings->subnets, settings->subnet_count);
    lease_table_rebase(server->leases, network_of, &server->settings);
}

/* The steady instant of a calendar time, as far from now as the calendar says. */
static struct instant instant_of(struct calendar at, struct now now)
{
    int64_t ms;
    if (__builtin_sub_overflow(at.ms, now.calendar.ms, &ms) || ms > LEASE_LONGEST_S * 1000)
        ms = at.ms < now.calendar.ms ? 0 : LEASE_LONGEST_S * 1000;
    return instant_after(now.steady, duration_ms(ms < 0 ? 0 : ms));
}

static enum lease_state state_of(enum lease_status status)
{
    switch (status) {
    case LEASE_ACTIVE:
        return STATE_ACTIVE;
    case LEASE_DECLINED:
        return STATE_DECLINED;
    case LEASE_RELEASED:
        break;
    }
    return STATE_REMEMBERED;
}

bool dhcp4_server_restore(struct dhcp4_server *server, const struct lease *lease, struct now now)
{
    struct lease_table *leases = server->leases;
    struct instant due = instant_of(lease->expires, now);
    bool over = lease->expires.ms <= now.calendar.ms;
    enum lease_state state = state_of(lease->status);

    if (over && state == STATE_DECLINED)
        return true; /* its time of rest is over */
    struct ipv4 network = network_of(&server->settings, lease->address);
    const struct lease_row *newer = lease_table_find_client(leases, lease->mac, network);
    bool is_older = newer && newer->disk.expires.ms > lease->expires.ms;
    struct lease_row *row = lease_table_take(leases, lease->address, lease->mac, network);

    if (!row)
        return false;
    row->client_id = lease->client_id;
    row->hostname = lease->hostname;
    row->since = lease->since;
    row->expires = lease->expires;
    row->promised = due;
    row->disk = (struct lease_on_disk){
        .is_there = true, .status = lease->status, .due = due, .expires = lease->expires
    };
    lease_table_put(leases, row, over ? STATE_REMEMBERED : state, due);
    /* A declined address is nobody's; an older lease gives way to the newer one. */
    if (is_older || state == STATE_DECLINED)
        lease_table_set_keyed(leases, row, false);
    if (is_older) {
        struct lease_row *again = lease_table_find_address(leases, newer->address);
        lease_table_set_keyed(leases, again, true);
    }
    return true;
}

void turn_note_names(const struct turn *t, struct lease_row *row)
{
    row->client_id = label_of(t->m->identity.client_id);
    row->hostname = t->m->client.hostname;
}

void turn_choose(struct turn *t, struct ipv4 address)
{
    struct client *client = &t->m->client;

    t->out->client.address = client->address = address;
    t->choice.kind = CHOICE_NOTHING;
    if (client->kind == CLIENT_OS || client->kind == CLIENT_UNKNOWN)
        return;
    outcome_choose(t->out, t->in, t->m, false, &t->choice);
    if (t->choice.kind != CHOICE_NOTHING || !client_facts_boots(client->kind))
        return;
    struct event *e = outcome_event(t->out, EVENT_DHCP_NO_LOADER, t->in->now);
    event_add_text(e, "arch", outcome_arch_text(client));
    event_add_text(e, "hint", t->choice.hint);
}

bool turn_reply(struct turn *t, struct reply4_plan *plan)
{
    plan->choice = &t->choice;
    if (!reply4_build(t->in, t->m, plan, t->scratch, &t->out->reply)) {
        outcome_refuse(t->out, DHCP4_REPLY_TOO_BIG, t->in->now);
        return false;
    }
    t->out->action = DHCP4_REPLY;
    t->out->to = destination_of(t->in, t->m, plan->type, plan->yiaddr);
    t->out->delay_ms = t->m->quirks & QUIRK_REPLY_LATER ? PI_DELAY_MS : 0;
    return true;
}

void turn_set_change(struct turn *t, struct lease_row *row, enum lease_status status)
{
    row->in_flight++;
    t->out->change.kind = CHANGE_LEASE_PUT;
    t->out->change.lease = (struct lease){ .address = row->address,
                                           .mac = row->key.mac,
                                           .client_id = row->client_id,
                                           .hostname = row->hostname,
                                           .since = row->since,
                                           .expires = row->expires,
                                           .status = status };
}

static void inform(struct turn *t)
{
    struct reply4_plan plan = { .type = DHCP4_ACK };
    struct ipv4 address = t->m->header.ciaddr;

    if (ipv4_is_none(address)) {
        outcome_refuse(t->out, DHCP4_ADDRESS_MISSING, t->in->now);
        return;
    }
    plan.subnet = policy_subnet_with(&t->subnets, address);
    if (!plan.subnet) {
        outcome_ignore(t->out, "no subnet for this network", t->in->now);
        return;
    }
    event_add_ipv4(outcome_event(t->out, EVENT_DHCP_INFORM, t->in->now), "address", address.value);
    turn_choose(t, address);
    (void)turn_reply(t, &plan);
}

/* Out of use for a while, also after a restart. */
static void block(struct turn *t, struct lease_row *row)
{
    struct duration hold = duration_seconds(DECLINE_HOLD_S);
    struct lease_table *leases = t->server->leases;

    if (!lease_table_step(leases, row, STEP_DECLINE, instant_after(t->in->now.steady, hold)))
        return;
    lease_table_set_keyed(leases, row, false);
    row->expires = calendar_after(t->in->now.calendar, hold);
    row->promised = instant_after(t->in->now.steady, hold);
    turn_set_change(t, row, LEASE_DECLINED);
}

static struct lease_row *row_of_client(const struct turn *t, struct ipv4 address)
{
    struct lease_row *row = lease_table_find_address(t->server->leases, address);
    return row && mac_equals(row->key.mac, t->m->identity.mac) ? row : NULL;
}

static void decline(struct turn *t)
{
    struct lease_row *row = row_of_client(t, t->m->requested);

    /* Only who was given the address may have it blocked. */
    if (!row || (row->state != STATE_OFFERED && row->state != STATE_ACTIVE)) {
        outcome_ignore(t->out, "declines what it does not have", t->in->now);
        return;
    }
    event_add_ipv4(outcome_event(t->out, EVENT_DHCP_DECLINE, t->in->now), "address",
                   row->address.value);
    block(t, row);
}

static void release(struct turn *t)
{
    struct lease_row *row = row_of_client(t, t->m->header.ciaddr);

    if (!row || row->state != STATE_ACTIVE) {
        outcome_ignore(t->out, "releases what it does not have", t->in->now);
        return;
    }
    event_add_ipv4(outcome_event(t->out, EVENT_DHCP_RELEASE, t->in->now), "address",
                   row->address.value);
    (void)lease_table_step(t->server->leases, row, STEP_RELEASE, INSTANT_NEVER);
    row->expires = t->in->now.calendar;
    row->promised = t->in->now.steady;
    turn_set_change(t, row, LEASE_RELEASED);
}

static void tell_asked(struct turn *t)
{
    const struct client *client = &t->m->client;
    struct event *e = outcome_event(t->out, EVENT_DHCP_DISCOVER, t->in->now);
    event_add_text(e, "kind", client_kind_name(client->kind));
    event_add_text(e, "arch", outcome_arch_text(client));
    event_add_span(e, "detail", label_span(&client->vendor_class));
}

/* Everything a message needs before its handler; false when no network of ours is concerned. */
static bool prepare(struct turn *t)
{
    struct dhcp4_server *s = t->server;

    reservations_refresh(s->reservations, t->in->catalog);
    policy_find_subnets(s->settings.subnets, s->settings.subnet_count, t->in, t->m, &t->subnets);
    t->allocator = (struct allocator){ .leases = s->leases,
                                       .pool = s->pool,
                                       .reservations = s->reservations,
                                       .hash_key = s->settings.hash_key,
                                       .in = t->in,
                                       .m = t->m,
                                       .subnets = &t->subnets };
    if (t->subnets.count > 0)
        return true;
    outcome_ignore(t->out, "no subnet for this network", t->in->now);
    return false;
}

static void dispatch(struct turn *t)
{
    switch (t->m->type) {
    case DHCP4_DISCOVER:
        tell_asked(t);
        turn_discover(t);
        break;
    case DHCP4_REQUEST:
        turn_request(t);
        break;
    case DHCP4_INFORM:
        inform(t);
        break;
    case DHCP4_DECLINE:
        decline(t);
        break;
    case DHCP4_RELEASE:
        release(t);
        break;
    case DHCP4_OFFER:
    case DHCP4_ACK:
    case DHCP4_NAK:
        break; /* message4_decode() lets none of them in */
    }
}

void dhcp4_server_handle(struct dhcp4_server *server, const struct dhcp4_input *in,
                         struct arena *scratch, struct dhcp4_outcome *out)
{
    if (in->from.port == DHCP4_PXE_SERVER_PORT) {
        dhcp4_proxy_handle(in, scratch, out);
        return;
    }
    struct turn t = { .server = server, .in = in, .scratch = scratch, .out = out };
    t.m = message4_open(in, scratch, out);
    if (t.m && prepare(&t))
        dispatch(&t);
}

static void tell_conflict(struct turn *t, struct ipv4 address, struct mac owner)
{
    char text[MAC_TEXT_MAX] = "another machine";
    if (!mac_is_zero(owner))
        mac_format(owner, text);
    struct event *e = outcome_event(t->out, EVENT_DHCP_PROBE_CONFLICT, t->in->now);
    event_add_ipv4(e, "address", address.value);
    event_add_text(e, "owner", text);
}

/* The message of a probe is handled once more, now that the answer is there. */
static void resume(struct turn *t, struct lease_row *row, bool in_use, struct mac owner)
{
    t->out->has_client = true;
    t->out->client = t->m->client;
    if (!prepare(t)) {
        (void)lease_table_step(t->server->leases, row, STEP_RUN_OUT, INSTANT_NEVER);
        return;
    }
    /* The machine itself may still hold it: an operating system's lease from before the boot. */
    if (!in_use || mac_equals(owner, t->m->identity.mac)) {
        turn_offer_probed(t, row);
        return;
    }
    tell_conflict(t, row->address, owner);
    block(t, row);
    turn_discover(t);
}

void dhcp4_server_probed(struct dhcp4_server *server, struct ipv4 address, bool in_use,
                         struct mac owner, const struct catalog *catalog, uint16_t http_port,
                         struct now now, struct arena *scratch, struct dhcp4_outcome *out)
{
    struct lease_row *row = lease_table_find_address(server->leases, address);
    struct dhcp4_input in = { .now = now, .catalog = catalog, .http_port = http_port };

    memset(out, 0, sizeof *out);
    if (!row || row->state != STATE_PROBING || row->pending == PENDING_NONE)
        return; /* given up in the meantime */
    uint32_t place = row->pending;
    row->pending = PENDING_NONE;
    pending_get(server->pending, place, &in);
    struct turn t = { .server = server, .in = &in, .scratch = scratch, .out = out };
    t.m = arena_new(scratch, struct message4);
    if (t.m && message4_decode(&in, scratch, t.m) == DHCP4_SOUND)
        resume(&t, row, in_use, owner);
    else
        (void)lease_table_step(server->leases, row, STEP_RUN_OUT, INSTANT_NEVER);
    pending_drop(server->pending, place);
}

/* The row a change was about, one fewer under way. */
static struct lease_row *settle(struct dhcp4_server *server, const struct change *change)
{
    if (change->kind != CHANGE_LEASE_PUT)
        return NULL;
    struct lease_row *row = lease_table_find_address(server->leases, change->lease.address);
    if (!row || row->in_flight == 0)
        return NULL;
    row->in_flight--;
    return row;
}

void dhcp4_server_withdraw(struct dhcp4_server *server, const struct change *change)
{
    struct lease_row *row = settle(server, change);

    /* A newer change of the same row is still under way: that one decides. */
    if (!row || row->in_flight > 0)
        return;
    enum lease_state state = row->disk.is_there ? state_of(row->disk.status) : STATE_REMEMBERED;
    /* What is blocked stays so until its time is over: forgetting it would help nobody. */
    if (row->state == STATE_DECLINED || row->state == STATE_PROBING)
        return;
    row->expires = row->disk.expires;
    row->promised = row->disk.due;
    if (!row->disk.is_there)
        row->since = (struct calendar){ 0 };
    lease_table_put(server->leases, row, state, row->disk.due);
}

void dhcp4_server_committed(struct dhcp4_server *server, const struct change *change)
{
    struct lease_row *row = settle(server, change);

    if (!row || !mac_equals(row->key.mac, change->lease.mac))
        return;
    /* A later change may have moved the row's end; their distance is the calendar's. */
    int64_t ms = change->lease.expires.ms - row->expires.ms;
    row->disk = (struct lease_on_disk){ .is_there = true,
                                        .status = change->lease.status,
                                        .due = instant_after(row->promised, duration_ms(ms)),
                                        .expires = change->lease.expires };
}

struct instant dhcp4_server_next_deadline(const struct dhcp4_server *server)
{
    return lease_table_next_deadline(server->leases);
}

void dhcp4_server_expire(struct dhcp4_server *server, struct now now)
{
    struct lease_row *row;

    while ((row = lease_table_pop_due(server->leases, now.steady)) != NULL) {
        if (row->state == STATE_PROBING && row->pending != PENDING_NONE)
            pending_drop(server->pending, row->pending);
        row->pending = PENDING_NONE;
        /* A change under way pins the row: it is freed by running out once more. */
        if (row->state == STATE_DECLINED && row->in_flight > 0)
            lease_table_put(server->leases, row, STATE_DECLINED,
                            instant_after(now.steady, duration_seconds(1)));
        else
            (void)lease_table_step(server->leases, row, STEP_RUN_OUT, INSTANT_NEVER);
    }
}

bool dhcp4_server_lease_at(const struct dhcp4_server *server, uint32_t row, struct lease *ret_lease)
{
    const struct lease_row *r = lease_table_at(server->leases, row);

    if (!r)
        return false;
    memset(ret_lease, 0, sizeof *ret_lease);
    if (r->state == STATE_FREE || r->state == STATE_PROBING || r->since.ms == 0)
        return true;
    *ret_lease = (struct lease){ .address = r->address,
                                 .mac = r->key.mac,
                                 .client_id = r->client_id,
                                 .hostname = r->hostname,
                                 .since = r->since,
                                 .expires = r->expires,
                                 .status = r->state == STATE_ACTIVE     ? LEASE_ACTIVE
                                           : r->state == STATE_DECLINED ? LEASE_DECLINED
                                                                        : LEASE_RELEASED };
    return true;
}

bool dhcp4_server_is_sound(const struct dhcp4_server *server)
{
    return lease_table_is_sound(server->leases);
}
