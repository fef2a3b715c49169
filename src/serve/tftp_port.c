/* See tftp_port.h. From a packet to a transfer: who may ask, what is opened, and which transfer a
 * packet belongs to. The rows are in tftp_rows, sending in tftp_send, events in tftp_tell. */
#include "serve/tftp_port.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "model/answer_path.h"
#include "serve/tftp_rows.h"
#include "serve/tftp_send.h"
#include "serve/tftp_tell.h"

#define RECEIVE_ROUNDS 8
#define SEND_BUFFER    (256 * 1024)
#define MTU_TRUST      duration_seconds(10)

DEFINE_FREEP(struct tftp_port, tftp_port_free)

/* Beginning. */

static uint32_t mtu_of(struct tftp_port *port, uint32_t interface)
{
    struct instant now = tftp_port_now(port).steady;
    struct mtu_row *row = NULL;
    for (size_t i = 0; i < TFTP_MTU_ROWS && !row; i++)
        if (port->mtus[i].interface == interface)
            row = &port->mtus[i];
    if (row && instant_since(now, row->read_at).ns < MTU_TRUST.ns)
        return row->mtu;
    if (!row)
        row = &port->mtus[port->mtu_next++ % TFTP_MTU_ROWS];
    *row = (struct mtu_row){ .interface = interface,
                             .mtu = udp_interface_mtu(port->watch.fd, interface),
                             .read_at = now };
    return row->mtu;
}

static void refuse_open(struct tftp_port *port, const struct udp_packet *packet,
                        const struct udp_route *route, const struct tftp_request *request,
                        const struct fetch *fetch, int error)
{
    enum tftp_error code = TFTP_ERROR_UNDEFINED;
    if (error == -EMFILE || error == -ENFILE || error == -ENOMEM) {
        tftp_tell_no_descriptors(port); /* the client asks again by itself */
        return;
    }
    if (error == -ENOENT || error == -EISDIR || error == -EINVAL)
        code = TFTP_ERROR_NOT_FOUND;
    else if (error == -EACCES)
        code = TFTP_ERROR_ACCESS;
    const char *why = fetch->why[0] != 0 ? fetch->why : "not here";
    struct event e = event_make(fetch->is_optional ? EVENT_OPTIONAL_ABSENT : EVENT_TFTP_NOT_FOUND,
                                tftp_port_now(port), mac_to_u64(fetch->client.mac));
    char name[TFTP_NAME_KEPT + 8];
    struct text shown = text_over(name, sizeof name);
    answer_path_show(span_slice(request->name, 0, TFTP_NAME_KEPT), &shown);
    event_add_text(&e, "file", name);
    event_add_ipv4(&e, "source", packet->source.addr.value);
    if (!fetch->is_optional)
        event_add_text(&e, "reason", why);
    tftp_tell(port, &e);
    tftp_send_error(port->watch.fd, route, code, why);
}

static void socket_ready(struct watch *watch, uint32_t events);

static int open_socket(struct transfer_row *row, struct ipv4 local)
{
    struct tftp_port *port = row->port;
    const struct udp_settings settings = { .addr = local, .send_buffer = SEND_BUFFER };
    int fd = -1;
    if (port->settings.single_port)
        return 0;
    int r = udp_open(&settings, &fd);
    if (r < 0)
        return r;
    row->watch =
        (struct watch){ .fd = fd, .events = EPOLLIN, .ready = socket_ready, .context = row };
    r = loop_watch(port->loop, &row->watch);
    if (r < 0) {
        close(fd);
        row->watch.fd = -1;
        return r;
    }
    row->route.from = IPV4_NONE; /* the socket is bound to it */
    return 0;
}

static int open_fetch(struct transfer_row *row, const struct udp_packet *packet, struct span name)
{
    struct tftp_port *port = row->port;
    const struct fetch_request request = {
        .name = name,
        .transport = TRANSPORT_TFTP,
        .source = packet->source,
        .local = packet->local,
        .local_port = port->local_port,
        .now = tftp_port_now(port),
    };
    row->memory = tftp_rows_borrow_arena(port);
    if (!row->memory)
        return -ENOMEM;
    struct arena arena = arena_over(row->memory, TFTP_ARENA_BYTES);
    int r = port->provider->open(port->provider->context, &request, &arena, &row->fetch);
    row->has_fetch = r == 0;
    if (r < 0 || arena.used == 0) {
        tftp_rows_return_arena(port, row->memory);
        row->memory = NULL;
    }
    return r;
}

static void prepare(struct transfer_row *row, const struct udp_packet *packet,
                    const struct udp_route *route, const struct tftp_request *request)
{
    row->watch.fd = -1;
    row->key = tftp_rows_key(packet->source, packet->local);
    row->route = *route;
    row->local = packet->local;
    row->request_hash = siphash(&row->port->settings.hash_key, packet->bytes);
    row->plain = row->has_fetch = false;
    row->heap_due = INSTANT_NEVER;
    row->fetch.why[0] = 0;
    row->fetch.is_optional = false;
    row->fetch.client = (struct client){ 0 };
    span_to_text(request->name, row->name, sizeof row->name);
}

static void begin(struct transfer_row *row, const struct udp_packet *packet,
                  const struct tftp_request *request)
{
    struct tftp_port *port = row->port;
    const struct tftp_limits limits = {
        .block_size_max = port->settings.block_size_max,
        .window_max = port->settings.window_max,
        .mtu = mtu_of(port, packet->interface),
    };
    struct tftp_terms terms;
    struct tftp_step step;
    struct writer w = writer_over(row->oack, sizeof row->oack);
    tftp_options_grant(&request->options, &limits, row->fetch.body.size, &terms, &w);
    row->oack_len = w.len;
    tftp_transfer_start(&row->transfer, &terms, row->fetch.body.size, tftp_port_now(port).steady,
                        &step);
    tftp_rows_enter(row);
    tftp_send_step(row, &step, (struct span){ 0 });
}

static void open_transfer(struct tftp_port *port, const struct udp_packet *packet,
                          const struct udp_route *route, const struct tftp_request *request)
{
    if (!client_limits_begin(port->clients, packet->source.addr)) {
        tftp_tell_client_full(port, packet->source.addr);
        return;
    }
    struct transfer_row *row = tftp_rows_take(port);
    if (!row) {
        tftp_tell_rows_full(port, packet->source.addr); /* the client asks again by itself */
        client_limits_ended(port->clients, packet->source.addr);
        return;
    }
    prepare(row, packet, route, request);
    int r = open_fetch(row, packet, request->name);
    tftp_tell_packet(row, false, port->local_port, packet->bytes);
    if (r == 0)
        r = open_socket(row, packet->local);
    if (r < 0) {
        refuse_open(port, packet, route, request, &row->fetch, r);
        tftp_rows_close_fetch(row);
        client_limits_ended(port->clients, packet->source.addr);
        return;
    }
    begin(row, packet, request);
}

/* Receiving. */

static void refuse(struct tftp_port *port, const struct udp_packet *packet,
                   const struct udp_route *route, enum tftp_flaw flaw)
{
    enum tftp_error code;
    if (flaw != TFTP_NOT_A_REQUEST) {
        struct event e = event_make(EVENT_TFTP_REFUSED, tftp_port_now(port), 0);
        event_add_text(&e, "flaw", tftp_flaw_text(flaw));
        event_add_ipv4(&e, "client", packet->source.addr.value);
        tftp_tell(port, &e);
    }
    if (tftp_flaw_is_answered(flaw, &code))
        tftp_send_error(port->watch.fd, route, code, tftp_flaw_text(flaw));
}

static bool may_ask(struct tftp_port *port, struct ipv4 source)
{
    switch (client_limits_ask(port->clients, source, tftp_port_now(port).steady)) {
    case CLIENT_ALLOWED:
        return true;
    case CLIENT_OVER_LIMIT:
        break;
    case CLIENT_OVER_LIMIT_FIRST:
        tftp_tell_limited(port, source, "TFTP requests");
        break;
    }
    return false;
}

static void handle_request(struct tftp_port *port, const struct udp_packet *packet,
                           const struct udp_route *route, struct transfer_row *row)
{
    struct tftp_request request;
    struct tftp_step step;
    enum tftp_flaw flaw = tftp_request_decode(packet->bytes, &request);
    if (flaw != TFTP_SOUND) {
        refuse(port, packet, route, flaw);
        return;
    }
    if (row) {
        bool same = row->request_hash == siphash(&port->settings.hash_key, packet->bytes);
        if (!tftp_transfer_is_replaced(&row->transfer, same, tftp_port_now(port).steady, &step)) {
            tftp_send_step(row, &step, (struct span){ 0 });
            return;
        }
        tftp_rows_release(row);
    }
    open_transfer(port, packet, route, &request);
}

/* What a turn brought is answered when all of it has been read: the clients then get many packets
 * in a row, and are not put to sleep and woken between any two of them. */
static void answer_row(struct transfer_row *row)
{
    list_remove(&row->answering);
    tftp_send_step(row, &row->step, (struct span){ 0 });
}

static void answer_all(struct work *work)
{
    struct tftp_port *port = work->context;
    port->answer_due = false;
    while (!list_is_empty(&port->answering))
        answer_row(list_entry(port->answering.next, struct transfer_row, answering));
}

static void answer_later(struct transfer_row *row, const struct tftp_step *step)
{
    struct tftp_port *port = row->port;
    if (!port->answer_due)
        loop_defer(port->loop, &port->answer);
    port->answer_due = true;
    row->step = *step;
    list_append(&port->answering, &row->answering);
}

static void handle_packet(struct transfer_row *row, const struct tftp_packet *packet)
{
    struct tftp_step step;
    if (!list_is_empty(&row->answering)) {
        answer_row(row); /* one packet after the other */
        if (row->transfer.state == TFTP_OVER)
            return;
    }
    tftp_transfer_handle(&row->transfer, packet, tftp_port_now(row->port).steady, &step);
    if (step.action == TFTP_SEND_DATA)
        answer_later(row, &step);
    else
        tftp_send_step(row, &step,
                       packet->opcode == TFTP_ERROR ? packet->rest : (struct span){ 0 });
}

/* A packet to the listening socket. */
static void take_packet(struct tftp_port *port, const struct udp_packet *packet)
{
    struct tftp_packet parts = { 0 };
    enum tftp_flaw flaw = tftp_packet_decode(packet->bytes, &parts);
    bool is_request = flaw == TFTP_SOUND && (parts.opcode == TFTP_RRQ || parts.opcode == TFTP_WRQ);
    struct transfer_row *row = flaw == TFTP_SOUND ? tftp_rows_find(port, packet) : NULL;

    if (row && !is_request) {
        if (port->settings.single_port)
            handle_packet(row, &parts);
        return;
    }
    /* RFC 1123 4.2.3.5: what was sent to everybody is not answered */
    if (packet->source.port == 0 || !port->provider->serves(port->provider->context, packet->local))
        return;
    if (flaw == TFTP_SOUND && parts.opcode == TFTP_ERROR)
        return; /* RFC 1350 section 2: an ERROR is never answered */
    if (!may_ask(port, packet->source.addr))
        return;
    struct udp_route route = { .to = packet->source, .from = packet->local };
    if (flaw == TFTP_SOUND && !is_request)
        flaw = TFTP_NOT_A_REQUEST;
    if (flaw != TFTP_SOUND)
        refuse(port, packet, &route, flaw);
    else
        handle_request(port, packet, &route, row);
}

static void listener_ready(struct watch *watch, uint32_t events)
{
    struct tftp_port *port = watch->context;
    (void)events;
    for (int round = 0; round < RECEIVE_ROUNDS; round++) {
        int n = udp_receive(watch->fd, port->batch);
        for (int i = 0; i < n; i++)
            take_packet(port, udp_batch_packet(port->batch, i));
        if (n < UDP_BATCH_MAX)
            return;
    }
}

/* A packet to a transfer's own socket. */
static void socket_ready(struct watch *watch, uint32_t events)
{
    struct transfer_row *row = watch->context;
    struct tftp_port *port = row->port;
    (void)events;
    if (udp_receive_one(watch->fd, port->single) < 1)
        return;
    const struct udp_packet *packet = udp_batch_packet(port->single, 0);
    struct tftp_packet parts = { 0 };
    if (tftp_packet_decode(packet->bytes, &parts) != TFTP_SOUND)
        return;
    if (packet->source.port == row->route.to.port &&
        ipv4_equals(packet->source.addr, row->route.to.addr)) {
        handle_packet(row, &parts);
        return;
    }
    /* RFC 1350 section 4: the sender is told, the transfer is left alone */
    if (parts.opcode == TFTP_ERROR || packet->source.port == 0 ||
        !may_ask(port, packet->source.addr))
        return;
    struct udp_route route = { .to = packet->source };
    tftp_send_error(watch->fd, &route, TFTP_ERROR_UNKNOWN_ID, tftp_flaw_text(TFTP_NOT_A_REQUEST));
}

static void timer_fired(struct timer *timer, struct now now)
{
    struct tftp_port *port = timer->context;
    uint32_t at;
    port->timer_due = INSTANT_NEVER;
    while (heap_pop_due(&port->heap, now.steady, &at)) {
        struct transfer_row *row = &port->rows[at];
        struct tftp_step step;
        row->heap_due = INSTANT_NEVER;
        tftp_transfer_expire(&row->transfer, now.steady, &step);
        tftp_send_step(row, &step, (struct span){ 0 });
    }
    struct instant next = heap_next(&port->heap);
    if (next.ns < port->timer_due.ns && loop_arm(port->loop, &port->timer, next) == 0)
        port->timer_due = next;
}

/* Birth and end. */

static void fill_in(struct tftp_port_settings *s)
{
    if (s->block_size_max == 0)
        s->block_size_max = TFTP_BLOCK_MAX;
    if (s->window_max == 0)
        s->window_max = 64;
    if (s->window_max > INT16_MAX)
        s->window_max = INT16_MAX; /* else a block number would be ambiguous within the window */
    if (s->transfers_max == 0)
        s->transfers_max = 4096;
    if (s->transfers_of_client == 0)
        s->transfers_of_client = s->transfers_max - s->transfers_max / 4;
    if (s->requests_per_second == 0)
        s->requests_per_second = 2000;
    if (s->requests_burst == 0)
        s->requests_burst = 4 * s->requests_per_second;
}

int tftp_port_new(const struct tftp_port_settings *settings, struct loop *loop,
                  const struct provider *provider, int fd, struct tftp_port **ret_port)
{
    autoclean(tftp_port_freep) struct tftp_port *port = calloc(1, sizeof *port);
    if (!port)
        return -ENOMEM;
    port->settings = *settings;
    fill_in(&port->settings);
    port->loop = loop;
    port->provider = provider;
    port->watch = (struct watch){ .fd = -1 };
    port->timer_due = INSTANT_NEVER;
    timer_init(&port->timer, timer_fired, port);
    list_init(&port->free);
    list_init(&port->starting);
    list_init(&port->sending);
    list_init(&port->lingering);
    list_init(&port->answering);
    port->answer = (struct work){ .run = answer_all, .context = port };

    const struct client_limits_settings clients = {
        .rows = port->settings.transfers_max + 64,
        .requests_per_second = port->settings.requests_per_second,
        .burst = port->settings.requests_burst,
        .open_max = port->settings.transfers_of_client,
        .hash_key = port->settings.hash_key,
    };
    int r = tftp_rows_make(port);
    if (r == 0)
        r = client_limits_new(&clients, &port->clients);
    if (r == 0)
        r = udp_batch_new(&port->batch);
    if (r == 0)
        r = udp_batch_new(&port->single);
    if (r < 0)
        return r;
    struct watch watch = { .fd = fd, .events = EPOLLIN, .ready = listener_ready, .context = port };
    port->watch = watch;
    port->local_port = udp_local_port(fd);
    r = loop_watch(loop, &port->watch);
    if (r < 0) {
        port->watch.fd = -1; /* stays the caller's */
        return r;
    }
    *ret_port = take_ptr(&port);
    return 0;
}

void tftp_port_free(struct tftp_port *port)
{
    if (!port)
        return;
    if (port->rows)
        tftp_rows_free(port);
    if (port->watch.fd >= 0) {
        loop_unwatch(port->loop, &port->watch);
        close(port->watch.fd);
    }
    loop_disarm(port->loop, &port->timer);
    while (port->spare_count > 0)
        free(port->spare[--port->spare_count]);
    client_limits_free(port->clients);
    udp_batch_free(port->batch);
    udp_batch_free(port->single);
    free(port->rows);
    free(port->slots);
    free(port->heap_items);
    free(port->heap_places);
    free(port);
}

uint32_t tftp_port_transfers(const struct tftp_port *port)
{
    return port->active;
}
