/* See dhcp4_port.h. One turn of the loop: all datagrams that are there go through the cores, the
 * lease changes they caused become one batch for the store at the end of the turn, and the replies
 * that wait for it leave when the store says that it is on disk. */
#include "serve/dhcp4_port.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>

#include "base/list.h"

#include "dhcp/limit.h"
#include "dhcp/proxy.h"
#include "dhcp/server4.h"
#include "net/raw.h"
#include "net/udp.h"
#include "serve/dhcp4_foreign.h"
#include "serve/dhcp4_probe.h"

#define PENDING_MAX     1024
#define DHCP4_BATCH_MAX 256
#define SCRATCH_BYTES   32768
#define SERVER_PORT     67
#define LIMITED_CLIENTS 4096
#define HEARD_PER_TURN  256

/* A reply that waits for its lease to be on disk. */
struct pending {
    struct pending *next;
    struct change change;
    struct destination to;
    struct event events[DHCP4_EVENTS_MAX];
    uint8_t event_count;
    uint64_t machine;
    uint32_t delay_ms;
    uint16_t reply_len, fallback_len;
    uint8_t reply[DHCP4_REPLY_MAX], fallback[DHCP4_REPLY_MAX];
};

/* A reply that a slow client wants later. */
struct delayed {
    struct list link;
    struct timer timer;
    struct dhcp4_port *port;
    struct destination to;
    uint64_t machine;
    uint16_t reply_len;
    uint8_t reply[DHCP4_REPLY_MAX];
};

/* What went to the store together. */
struct batch {
    struct batch *next, *next_made;
    struct store_batch store;
    struct dhcp4_port *port;
    struct pending *pending[DHCP4_BATCH_MAX];
    struct change changes[DHCP4_BATCH_MAX];
    size_t count;
};

struct dhcp4_port {
    struct dhcp4_port_settings settings;
    struct loop *loop;
    struct view_cache views;
    uint64_t generation;
    struct event_sink sink;
    struct watch server_watch, proxy_watch, ear_watch;
    struct udp_batch *datagrams;
    struct timer deadline;
    struct dhcp4_server *server; /* NULL until a subnet is configured */
    void *server_memory;
    struct shared_config *server_config; /* what the server's subnets lie in */
    struct hash_key hash_key;
    struct dhcp4_probe *probe;
    struct dhcp4_foreign foreign;
    struct pending *free_pending;
    struct pending *pending_rows;
    size_t pending_used; /* rows taken so far: those never used cost no memory */
    struct batch *free_batches, *open_batch, *made_batches;
    struct list delayed;
    struct limit *limit;
    uint8_t scratch[SCRATCH_BYTES];
};

static struct now port_now(const struct dhcp4_port *port)
{
    return loop_now(port->loop);
}

/* Telling. */

static uint64_t machine_of(const struct dhcp4_outcome *out)
{
    return out->has_client ? mac_to_u64(out->client.mac) : 0;
}

static void tell(struct dhcp4_port *port, const struct event *events, uint8_t count)
{
    for (uint8_t i = 0; i < count; i++)
        event_emit(&port->sink, &events[i]);
}

/* Sending. */

static void send_reply(struct dhcp4_port *port, const struct destination *to, struct span reply,
                       uint64_t machine)
{
    int fd =
        to->from_port == SERVER_PORT ? port->settings.sockets.server : port->settings.sockets.proxy;
    struct udp_route route = { .to = to->to, .from = to->from };
    int r = 0;

    switch (to->kind) {
    case TO_NOBODY:
        return;
    case TO_HARDWARE:
        if (port->settings.sockets.ear >= 0) {
            r = raw_send_udp(port->settings.sockets.ear, to->interface, to->mac,
                             (struct endpoint){ to->from, to->from_port }, to->to, reply);
            break;
        }
        /* Without a packet socket every client known takes a broadcast as well. */
        route.to.addr = IPV4_BROADCAST;
        route.interface = to->interface;
        r = udp_send(fd, &route, reply);
        break;
    case TO_BROADCAST:
        route.to.addr = IPV4_BROADCAST;
        route.interface = to->interface;
        r = udp_send(fd, &route, reply);
        break;
    case TO_UNICAST:
        r = udp_send(fd, &route, reply);
        break;
    }
    /* A reply that cannot leave is like one lost on the wire: the client asks again. */
    if (r == 0 && machine != 0)
        event_queue_packet(port->settings.events, machine, port_now(port), true,
                           (struct endpoint){ to->from, to->from_port }, route.to, reply);
}

static void delay_over(struct timer *timer, struct now now)
{
    struct delayed *d = timer->context;
    (void)now;
    send_reply(d->port, &d->to, span_of(d->reply, d->reply_len), d->machine);
    list_remove(&d->link);
    free(d);
}

/* Old Raspberry Pi ROMs are deaf for a while after they have asked. */
static void send_later(struct dhcp4_port *port, const struct destination *to, struct span reply,
                       uint64_t machine, uint32_t delay_ms)
{
    struct delayed *d = delay_ms > 0 && reply.len <= DHCP4_REPLY_MAX ? calloc(1, sizeof *d) : NULL;
    if (!d) {
        send_reply(port, to, reply, machine);
        return;
    }
    d->port = port;
    d->to = *to;
    d->machine = machine;
    d->reply_len = (uint16_t)reply.len;
    memcpy(d->reply, reply.data, reply.len);
    list_append(&port->delayed, &d->link);
    timer_init(&d->timer, delay_over, d);
    if (loop_arm(port->loop, &d->timer,
                 instant_after(port_now(port).steady, duration_ms(delay_ms))) < 0)
        delay_over(&d->timer, port_now(port));
}

/* Durability. */

static void release_pending(struct dhcp4_port *port, struct pending *p)
{
    p->next = port->free_pending;
    port->free_pending = p;
}

static void finish_pending(struct dhcp4_port *port, struct pending *p, int result)
{
    if (result == 0) {
        dhcp4_server_committed(port->server, &p->change);
        if (p->reply_len > 0)
            send_later(port, &p->to, span_of(p->reply, p->reply_len), p->machine, p->delay_ms);
        tell(port, p->events, p->event_count);
    } else {
        dhcp4_server_withdraw(port->server, &p->change);
        if (p->fallback_len > 0)
            send_reply(port, &p->to, span_of(p->fallback, p->fallback_len), p->machine);
    }
    release_pending(port, p);
}

static void batch_done(struct store_batch *store)
{
    struct batch *batch = store->context;
    struct dhcp4_port *port = batch->port;
    for (size_t i = 0; i < batch->count; i++)
        finish_pending(port, batch->pending[i], store->result);
    batch->count = 0;
    batch->next = port->free_batches;
    port->free_batches = batch;
}

static void submit_open_batch(struct dhcp4_port *port)
{
    struct batch *batch = port->open_batch;
    if (!batch)
        return;
    port->open_batch = NULL;
    batch->store = (struct store_batch){ .changes = batch->changes,
                                         .in_place = true,
                                         .count = batch->count,
                                         .loop = port->loop,
                                         .done = batch_done,
                                         .context = batch };
    int r = store_thread_submit(port->settings.store, &batch->store);
    if (r < 0) {
        batch->store.result = r;
        batch_done(&batch->store);
    }
}

/* Room for one more change; false when everything waits for the disk: the client asks again. */
static bool open_batch(struct dhcp4_port *port)
{
    if (!port->free_pending && port->pending_used < PENDING_MAX)
        release_pending(port, &port->pending_rows[port->pending_used++]);
    if (!port->free_pending)
        return false;
    if (port->open_batch && port->open_batch->count == DHCP4_BATCH_MAX)
        submit_open_batch(port);
    if (port->open_batch)
        return true;
    struct batch *batch = port->free_batches;
    if (!batch) {
        batch = calloc(1, sizeof *batch);
        if (!batch)
            return false;
        batch->port = port;
        batch->next_made = port->made_batches;
        port->made_batches = batch;
    } else {
        port->free_batches = batch->next;
    }
    port->open_batch = batch;
    return true;
}

static void wait_for_disk(struct dhcp4_port *port, const struct dhcp4_outcome *out)
{
    if (!open_batch(port)) {
        dhcp4_server_withdraw(port->server, &out->change);
        return;
    }
    struct pending *p = port->free_pending;
    port->free_pending = p->next;
    p->change = out->change;
    p->to = out->to;
    p->machine = machine_of(out);
    p->delay_ms = out->delay_ms;
    p->event_count = out->event_count;
    for (uint8_t i = 0; i < out->event_count; i++)
        event_copy(&p->events[i], &out->events[i]);
    p->reply_len =
        out->action == DHCP4_REPLY ? (uint16_t)min_size(out->reply.len, sizeof p->reply) : 0;
    if (p->reply_len > 0)
        memcpy(p->reply, out->reply.data, p->reply_len);
    p->fallback_len = (uint16_t)min_size(out->reply_if_not_durable.len, sizeof p->fallback);
    if (p->fallback_len > 0)
        memcpy(p->fallback, out->reply_if_not_durable.data, p->fallback_len);
    port->open_batch->changes[port->open_batch->count] = out->change;
    port->open_batch->pending[port->open_batch->count++] = p;
}

static void end_of_turn(void *context)
{
    struct dhcp4_port *port = context;
    submit_open_batch(port);
    if (port->server &&
        loop_arm(port->loop, &port->deadline, dhcp4_server_next_deadline(port->server)) < 0)
        return; /* tried again at the end of the next turn */
}

/* Carrying an outcome out. */

static void carry_out(struct dhcp4_port *port, const struct dhcp4_outcome *out,
                      const struct iface *iface)
{
    if (out->has_client && !mac_is_doctor(out->client.mac)) {
        registry_note(port->settings.registry, &out->client, port_now(port));
        if (port->settings.recall)
            recall_give(port->settings.recall, &out->client, port_now(port).steady);
    }
    /* Firmware that speaks DHCP begins a boot: where the last one fetched from is past. */
    if (out->has_client && (out->client.kind == CLIENT_PXE || out->client.kind == CLIENT_HTTP))
        registry_set_loader(port->settings.registry, out->client.mac, (struct span){ 0 }, "");
    /* A change may come with any action: a declined address, a conflict found by a probe. */
    if (out->change.kind != CHANGE_NONE) {
        wait_for_disk(port, out);
    } else {
        if (out->action == DHCP4_REPLY)
            send_later(port, &out->to, out->reply, machine_of(out), out->delay_ms);
        tell(port, out->events, out->event_count);
    }
    /* When too many probes are under way the client asks again. */
    if (out->action == DHCP4_PROBE && iface)
        (void)!dhcp4_probe_start(port->probe, iface, out->probe, !ipv4_is_none(out->probe_relay));
}

static void probe_done(void *context, struct ipv4 address, bool in_use, struct mac owner)
{
    struct dhcp4_port *port = context;
    struct arena scratch = arena_over(port->scratch, sizeof port->scratch);
    const struct view *view = view_cache_get(&port->views);
    struct dhcp4_outcome out = { 0 };

    dhcp4_server_probed(port->server, address, in_use, owner, view->catalog,
                        view->config->http.port, port_now(port), &scratch, &out);
    const struct iface *iface =
        out.has_client ? iface_by_index(&view->ifaces, out.client.interface) : NULL;
    carry_out(port, &out, iface);
}

/* The server follows the configuration. */

static void follow_view(struct dhcp4_port *port, const struct view *view)
{
    const struct config *config = view->config;
    struct dhcp4_server_settings settings = { .subnets = config->dhcp.subnets,
                                              .subnet_count = config->dhcp.subnet_count,
                                              .leases_max = config->dhcp.leases_max,
                                              .pending_max = 256,
                                              .hash_key = port->hash_key,
                                              .probe = config->dhcp.probe };
    if (port->generation == view->generation)
        return;
    port->generation = view->generation;
    if (port->server) {
        dhcp4_server_reconfigure(port->server, &settings);
    } else if (config->dhcp.subnet_count > 0) {
        port->server_memory = calloc(1, dhcp4_server_memory(&settings));
        if (port->server_memory)
            port->server = dhcp4_server_init(port->server_memory, &settings);
    }
    struct shared_config *former = port->server_config;
    port->server_config = shared_config_ref(view->shared);
    shared_config_unref(former);
}

/* Receiving. */

static bool describe_arrival(const struct view *view, const struct udp_packet *packet,
                             uint16_t port_number, struct arrival *out, const struct iface **ret)
{
    const struct iface *iface = iface_by_index(&view->ifaces, packet->interface);
    const struct iface_address *own = NULL;

    if (!iface || !view_serves(view, iface))
        return false;
    const struct iface *addressed = iface_by_address(&view->ifaces, packet->local);
    own = iface_address_for(iface, addressed ? packet->local : packet->source.addr);
    if (!own)
        return false;
    *out = (struct arrival){ .interface = packet->interface,
                             .local = addressed ? packet->local : own->addr,
                             .link = own->link,
                             .port = port_number,
                             .source = packet->source,
                             .destination = packet->local,
                             .mtu = iface->mtu };
    *ret = iface;
    return true;
}

static void handle(struct dhcp4_port *port, const struct view *view,
                   const struct udp_packet *packet, uint16_t port_number)
{
    struct arena scratch = arena_over(port->scratch, sizeof port->scratch);
    struct dhcp4_outcome out = { 0 };
    const struct iface *iface;
    struct dhcp4_input in = { .bytes = packet->bytes,
                              .now = port_now(port),
                              .catalog = view->catalog,
                              .http_port = view->config->http.port,
                              .https_port = view->https_port,
                              .offer_https = view->config->https.offer,
                              .limit = port->limit };

    if (port->settings.recall)
        in.recall = recall_source(port->settings.recall);

    if (!describe_arrival(view, packet, port_number, &in.from, &iface))
        return;
    enum dhcp_mode mode = view_mode(view, iface);
    if (mode == DHCP_OFF)
        return;
    in.interface_name = iface->name;
    /* Port 4011 is the boot server's in both modes (PXE 2.1 2.2.3). */
    if (mode == DHCP_SERVER && port->server && port_number == SERVER_PORT)
        dhcp4_server_handle(port->server, &in, &scratch, &out);
    else
        dhcp4_proxy_handle(&in, &scratch, &out);
    if (out.has_client && out.client.kind != CLIENT_OS)
        event_queue_packet(port->settings.events, machine_of(&out), in.now, false, packet->source,
                           (struct endpoint){ packet->local, port_number }, packet->bytes);
    carry_out(port, &out, iface);
}

static void receive(struct dhcp4_port *port, int fd, uint16_t port_number)
{
    const struct view *view = view_cache_get(&port->views);
    follow_view(port, view);
    /* A bounded number a turn: the store's answers and the timers get their share. */
    for (int round = 0; round < 8; round++) {
        int count = udp_receive(fd, port->datagrams);
        for (int i = 0; i < count; i++)
            handle(port, view, udp_batch_packet(port->datagrams, i), port_number);
        if (count < UDP_BATCH_MAX)
            return;
    }
}

static void server_ready(struct watch *watch, uint32_t events)
{
    (void)events;
    receive(watch->context, watch->fd, SERVER_PORT);
}

static void proxy_ready(struct watch *watch, uint32_t events)
{
    (void)events;
    receive(watch->context, watch->fd, 4011);
}

static void ear_ready(struct watch *watch, uint32_t events)
{
    struct dhcp4_port *port = watch->context;
    const struct view *view = view_cache_get(&port->views);
    uint8_t frame[2048];
    struct raw_udp datagram;

    (void)events;
    for (int i = 0; i < HEARD_PER_TURN; i++) {
        if (raw_receive_udp(watch->fd, frame, sizeof frame, &datagram) <= 0)
            return;
        dhcp4_foreign_hear(&port->foreign, &datagram, view, port_now(port), &port->sink);
    }
}

static void deadline_fired(struct timer *timer, struct now now)
{
    struct dhcp4_port *port = timer->context;
    dhcp4_server_expire(port->server, now);
}

void dhcp4_port_look_around(struct dhcp4_port *port)
{
    const struct view *view = view_cache_get(&port->views);
    uint32_t xid;

    if (port->settings.sockets.ear < 0 || getrandom(&xid, sizeof xid, 0) != sizeof xid)
        return;
    for (uint8_t i = 0; i < view->ifaces.count; i++) {
        const struct iface *iface = &view->ifaces.rows[i];
        if (view_mode(view, iface) == DHCP_OFF || !iface->ethernet)
            continue;
        /* An interface that cannot send now is asked again when it comes up. */
        int r = dhcp4_foreign_ask(port->settings.sockets.ear, iface, xid);
        (void)r;
    }
}

bool dhcp4_port_restore(struct dhcp4_port *port, const struct lease *lease)
{
    follow_view(port, view_cache_get(&port->views));
    return !port->server || dhcp4_server_restore(port->server, lease, port_now(port));
}

static int start_watch(struct dhcp4_port *port, struct watch *watch, int fd,
                       void (*ready)(struct watch *, uint32_t))
{
    *watch = (struct watch){ .fd = fd, .events = EPOLLIN, .ready = ready, .context = port };
    return fd >= 0 ? loop_watch(port->loop, watch) : 0;
}

int dhcp4_port_new(const struct dhcp4_port_settings *settings, struct loop *loop,
                   struct dhcp4_port **ret_port)
{
    struct dhcp4_port *port = calloc(1, sizeof *port);
    if (!port)
        return -ENOMEM;
    port->settings = *settings;
    port->loop = loop;
    port->sink = event_queue_sink(settings->events);
    view_cache_init(&port->views, settings->views);
    timer_init(&port->deadline, deadline_fired, port);
    list_init(&port->delayed);
    port->pending_rows = calloc(PENDING_MAX, sizeof *port->pending_rows);
    int r = port->pending_rows ? udp_batch_new(&port->datagrams) : -ENOMEM;
    if (r == 0 && getrandom(&port->hash_key, sizeof port->hash_key, 0) < 0)
        r = -errno;
    void *limit_rows = calloc(1, limit_memory(LIMITED_CLIENTS));
    if (limit_rows)
        port->limit = limit_init(limit_rows, LIMITED_CLIENTS, port->hash_key);
    else
        r = -ENOMEM;
    if (r == 0)
        r = dhcp4_probe_new(loop, settings->sockets.arp, settings->sockets.icmp, probe_done, port,
                            &port->probe);
    if (r == 0)
        r = start_watch(port, &port->server_watch, settings->sockets.server, server_ready);
    if (r == 0)
        r = start_watch(port, &port->proxy_watch, settings->sockets.proxy, proxy_ready);
    if (r == 0)
        r = start_watch(port, &port->ear_watch, settings->sockets.ear, ear_ready);
    if (r < 0) {
        dhcp4_port_free(port);
        return r;
    }
    loop_set_end_of_turn(loop, end_of_turn, port);
    *ret_port = port;
    return 0;
}

void dhcp4_port_free(struct dhcp4_port *port)
{
    if (!port)
        return;
    dhcp4_probe_free(port->probe);
    loop_disarm(port->loop, &port->deadline);
    for (struct batch *batch = port->made_batches; batch;) {
        struct batch *next = batch->next_made;
        free(batch);
        batch = next;
    }
    while (!list_is_empty(&port->delayed)) {
        struct delayed *d = list_entry(port->delayed.next, struct delayed, link);
        loop_disarm(port->loop, &d->timer);
        list_remove(&d->link);
        free(d);
    }
    free(port->limit);
    udp_batch_free(port->datagrams);
    free(port->pending_rows);
    free(port->server_memory);
    shared_config_unref(port->server_config);
    view_cache_done(&port->views);
    free(port);
}
