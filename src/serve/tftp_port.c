/* See tftp_port.h. Rows of transfers of a fixed number, found by the client's address and port and
 * the address of ours it speaks to, so that a repeated request meets its transfer in both modes.
 * One heap of deadlines and one timer of the loop serve them all; a deadline that moves away stays
 * in the heap and is looked at again when it comes up.
 *
 * When all rows are taken, a transfer that only lingers makes room, then the one that has waited
 * longest for a first answer: half-open transfers cannot keep others out. */
#include "serve/tftp_port.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/autoclean.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/table.h"

#include "net/udp.h"
#include "serve/body_read.h"
#include "serve/tftp_clients.h"
#include "tftp/request.h"
#include "tftp/transfer.h"

#define ARENA_BYTES    65536
#define SPARE_ARENAS   16
#define MTU_ROWS       8
#define NAME_KEPT      160
#define RECEIVE_ROUNDS 8
#define SEND_BUFFER    (256 * 1024)
#define MTU_TRUST      duration_seconds(10)
#define TELL_AGAIN     duration_seconds(10)
#define NO_DESCRIPTORS "TFTP transfers"
#define READ_FAILED    "the file changed or failed while it was read"

struct key {
    uint8_t bytes[10];
};

struct transfer_row {
    struct tftp_port *port;
    struct watch watch; /* fd -1 when the listening socket serves it */
    struct list link;   /* in free, starting, sending or lingering */
    struct key key;
    struct udp_route route;
    struct ipv4 local;
    uint64_t request_hash;
    struct tftp_transfer transfer;
    struct instant heap_due;
    bool plain, has_fetch;
    struct fetch fetch;
    uint8_t *memory; /* the arena of the fetch, NULL when it needs none */
    size_t oack_len;
    uint8_t oack[TFTP_OACK_MAX];
    char name[NAME_KEPT];
};

struct mtu_row {
    uint32_t interface, mtu;
    struct instant read_at;
};

struct tftp_port {
    struct tftp_port_settings settings;
    struct loop *loop;
    const struct provider *provider;
    struct watch watch;
    uint16_t local_port;
    struct timer timer;
    struct instant timer_due;
    struct udp_batch *batch, *single; /* of the listening socket; of transfers' sockets */
    struct tftp_clients *clients;
    struct transfer_row *rows;
    uint32_t rows_made; /* those beyond were never used: their memory is not touched */
    void *slots;
    struct table table;
    struct heap heap;
    struct heap_item *heap_items;
    uint32_t *heap_places;
    struct list free, starting, sending, lingering; /* each: oldest first */
    uint32_t active;
    uint8_t *spare[SPARE_ARENAS];
    uint32_t spare_count;
    struct mtu_row mtus[MTU_ROWS];
    uint32_t mtu_next;
    struct instant told_descriptors, told_full;
    struct iovec vectors[UDP_SEGMENTS];
    uint8_t buffer[UINT16_MAX + 1];
};

DEFINE_FREEP(struct tftp_port, tftp_port_free)

static struct key key_make(struct endpoint source, struct ipv4 local)
{
    struct key key = { 0 };
    struct writer w = writer_over(key.bytes, sizeof key.bytes);
    writer_be32(&w, source.addr.value);
    writer_be16(&w, source.port);
    writer_be32(&w, local.value);
    return key;
}

static struct span key_of(const void *rows, uint32_t row)
{
    const struct transfer_row *transfers = rows;
    return span_of(transfers[row].key.bytes, sizeof transfers[row].key.bytes);
}

static uint32_t index_of(const struct transfer_row *row)
{
    return (uint32_t)(row - row->port->rows);
}

static struct now now_of(const struct tftp_port *port)
{
    return loop_now(port->loop);
}

/* Telling. */

static struct event row_event(const struct transfer_row *row, enum event_id id)
{
    struct event e = event_make(id, now_of(row->port), mac_to_u64(row->fetch.client.mac));
    event_add_text(&e, "file", row->name);
    event_add_ipv4(&e, "client", row->route.to.addr.value);
    return e;
}

static void tell(const struct tftp_port *port, const struct event *e)
{
    event_emit(&port->provider->events, e);
}

static void tell_bytes(const struct transfer_row *row, enum event_id id, struct span reason)
{
    struct event e = row_event(row, id);
    event_add_bytes(&e, "bytes", tftp_transfer_bytes_acked(&row->transfer));
    if (reason.len > 0)
        event_add_span(&e, "reason", reason);
    tell(row->port, &e);
}

static void tell_started(const struct transfer_row *row)
{
    struct event e = row_event(row, EVENT_TFTP_STARTED);
    event_add_ipv4(&e, "server", row->local.value);
    event_add_bytes(&e, "size", row->transfer.size);
    event_add_number(&e, "blksize", row->transfer.terms.block_size);
    event_add_number(&e, "windowsize", row->transfer.terms.window);
    tell(row->port, &e);
}

static void tell_done(const struct transfer_row *row)
{
    struct event e = row_event(row, EVENT_TFTP_DONE);
    struct duration took = instant_since(now_of(row->port).steady, row->transfer.started);
    event_add_bytes(&e, "bytes", row->transfer.size);
    event_add_millis(&e, "ms", (uint64_t)duration_to_ms(took));
    tell(row->port, &e);
}

static void tell_probed(const struct transfer_row *row)
{
    struct event e = row_event(row, EVENT_TFTP_PROBED);
    event_add_bytes(&e, "bytes", row->transfer.size);
    tell(row->port, &e);
}

static void tell_limited(const struct tftp_port *port, struct ipv4 source, const char *what)
{
    struct event e = event_make(EVENT_RATE_LIMITED, now_of(port), 0);
    event_add_text(&e, "what", what);
    event_add_ipv4(&e, "source", source.value);
    tell(port, &e);
}

static void tell_no_descriptors(struct tftp_port *port)
{
    struct now now = now_of(port);
    if (!instant_reached(now.steady, port->told_descriptors))
        return;
    port->told_descriptors = instant_after(now.steady, TELL_AGAIN);
    struct event e = event_make(EVENT_DESCRIPTORS_EXHAUSTED, now, 0);
    event_add_text(&e, "what", NO_DESCRIPTORS);
    tell(port, &e);
}

/* Rows. */

static uint8_t *arena_borrow(struct tftp_port *port)
{
    return port->spare_count > 0 ? port->spare[--port->spare_count] : malloc(ARENA_BYTES);
}

static void arena_return(struct tftp_port *port, uint8_t *memory)
{
    if (memory && port->spare_count < SPARE_ARENAS)
        port->spare[port->spare_count++] = memory;
    else
        free(memory);
}

static void close_fetch(struct transfer_row *row)
{
    if (row->has_fetch)
        row->port->provider->close(row->port->provider->context, &row->fetch);
    row->has_fetch = false;
    arena_return(row->port, row->memory);
    row->memory = NULL;
}

static void move_to(struct list *list, struct transfer_row *row)
{
    list_remove(&row->link);
    list_append(list, &row->link);
}

/* The transfer no longer counts as one under way. */
static void retire(struct transfer_row *row)
{
    close_fetch(row);
    tftp_clients_ended(row->port->clients, row->route.to.addr);
    row->port->active--;
}

static void release(struct transfer_row *row)
{
    struct tftp_port *port = row->port;
    if (row->has_fetch)
        retire(row);
    heap_set(&port->heap, index_of(row), INSTANT_NEVER);
    (void)table_remove(&port->table, index_of(row));
    if (row->watch.fd >= 0) {
        loop_unwatch(port->loop, &row->watch);
        loop_close_later(port->loop, row->watch.fd);
    }
    row->watch.fd = -1;
    row->transfer.state = TFTP_OVER;
    /* the row used last is the one whose memory is warm */
    list_remove(&row->link);
    row->link.next = port->free.next;
    row->link.prev = &port->free;
    port->free.next->prev = &row->link;
    port->free.next = &row->link;
}

static struct transfer_row *first_of(const struct list *list)
{
    return list_is_empty(list) ? NULL : list_entry(list->next, struct transfer_row, link);
}

static void make_row(struct tftp_port *port)
{
    struct transfer_row *row = &port->rows[port->rows_made++];
    row->port = port;
    row->watch.fd = -1;
    list_append(&port->free, &row->link);
}

/* A row to use, at the cost of a transfer that matters less; NULL when all are under way. */
static struct transfer_row *take_row(struct tftp_port *port)
{
    if (list_is_empty(&port->free) && port->rows_made < port->settings.transfers_max) {
        make_row(port);
    } else if (list_is_empty(&port->free)) {
        struct transfer_row *victim = first_of(&port->lingering);
        if (!victim)
            victim = first_of(&port->starting);
        if (victim)
            release(victim);
    }
    return first_of(&port->free);
}

static void schedule(struct transfer_row *row)
{
    struct tftp_port *port = row->port;
    struct instant due = row->transfer.deadline;
    if (row->heap_due.ns <= due.ns)
        return;
    row->heap_due = due;
    heap_set(&port->heap, index_of(row), due);
    if (port->timer_due.ns <= due.ns)
        return;
    if (loop_arm(port->loop, &port->timer, due) == 0)
        port->timer_due = due;
}

/* Sending. */

static int socket_of(const struct transfer_row *row)
{
    return row->watch.fd >= 0 ? row->watch.fd : row->port->watch.fd;
}

static void send_error(int fd, const struct udp_route *route, enum tftp_error code,
                       const char *message)
{
    uint8_t bytes[TFTP_DATA_HEADER + 200];
    struct writer w = writer_over(bytes, sizeof bytes);
    tftp_packet_write_error(&w, code, message);
    if (!w.failed)
        /* a lost ERROR is like a lost packet: the client asks again or gives up */
        (void)!udp_send(fd, route, writer_span(&w));
}

/* Put `count` DATA packets, one behind the other, into the port's buffer. */
static int read_blocks(struct transfer_row *row, uint64_t first, uint32_t count,
                       struct span *ret_bytes)
{
    struct tftp_port *port = row->port;
    struct writer w = writer_over(port->buffer, sizeof port->buffer);
    uint64_t start = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint64_t offset = 0;
        size_t length = 0;
        tftp_transfer_locate(&row->transfer, first + i, &offset, &length);
        if (i == 0)
            start = offset;
        tftp_packet_write_data_header(&w, (uint16_t)(first + i));
        assert(!w.failed && length <= writer_left(&w));
        port->vectors[i] = (struct iovec){ .iov_base = w.data + w.len, .iov_len = length };
        w.len += length;
    }
    *ret_bytes = writer_span(&w);
    return body_read(&row->fetch.body, start, port->vectors, count);
}

/* 0, or a negative errno of reading the file. What cannot be sent is for the transfer to repeat. */
static int send_blocks(struct transfer_row *row, uint64_t first, uint32_t count)
{
    size_t packet = TFTP_DATA_HEADER + (size_t)row->transfer.terms.block_size;
    size_t most = min_size(UDP_SEGMENTS, max_size(1, UDP_SEGMENT_SUM / packet));

    while (count > 0) {
        uint32_t part = (uint32_t)min_size(count, most);
        struct span bytes = { 0 };
        int r = read_blocks(row, first, part, &bytes);
        if (r < 0)
            return r;
        r = udp_send_segments(socket_of(row), &row->route, bytes, packet, &row->plain);
        if (r == -EAGAIN || (r >= 0 && (uint32_t)r < part)) {
            tftp_transfer_hold_back(&row->transfer, first + (r > 0 ? (uint32_t)r : 0),
                                    now_of(row->port).steady);
            return 0;
        }
        if (r < 0)
            return 0; /* no route for now: as good as lost */
        first += part;
        count -= part;
    }
    return 0;
}

static void cut(struct transfer_row *row, int error)
{
    const char *reason = error == -ENODATA ? "it became shorter" : strerror(-error);
    struct event e = row_event(row, EVENT_TFTP_CUT);
    event_add_bytes(&e, "bytes", tftp_transfer_bytes_acked(&row->transfer));
    event_add_text(&e, "reason", reason);
    tell(row->port, &e);
    send_error(socket_of(row), &row->route, TFTP_ERROR_UNDEFINED, READ_FAILED);
    release(row);
}

static void finish(struct transfer_row *row, enum tftp_ending ending, struct span reason)
{
    struct tftp_port *port = row->port;
    switch (ending) {
    case TFTP_GOES_ON:
        return;
    case TFTP_COMPLETE:
        port->provider->delivered(port->provider->context, &row->fetch, now_of(port));
        tell_done(row);
        retire(row);
        move_to(&port->lingering, row);
        schedule(row);
        return;
    case TFTP_PROBE:
        tell_probed(row);
        break;
    case TFTP_GIVEN_UP:
        tell_bytes(row, EVENT_TFTP_ABORTED, reason.len > 0 ? reason : span_text("no reason given"));
        break;
    case TFTP_SILENT:
        tell_bytes(row, EVENT_TFTP_TIMED_OUT, (struct span){ 0 });
        break;
    case TFTP_FORGOTTEN:
        break;
    }
    release(row);
}

/* Carry a step out. The row may be free afterwards. */
static void carry_out(struct transfer_row *row, const struct tftp_step *step, struct span reason)
{
    int r = 0;
    if (step->answered) {
        move_to(&row->port->sending, row);
        tell_started(row);
    }
    switch (step->action) {
    case TFTP_DO_NOTHING:
        break;
    case TFTP_SEND_OACK:
        (void)!udp_send(socket_of(row), &row->route, span_of(row->oack, row->oack_len));
        break;
    case TFTP_SEND_DATA:
        r = send_blocks(row, step->first, step->count);
        break;
    }
    if (r < 0)
        cut(row, r);
    else if (step->ending != TFTP_GOES_ON)
        finish(row, step->ending, reason);
    else
        schedule(row);
}

/* Beginning. */

static uint32_t mtu_of(struct tftp_port *port, uint32_t interface)
{
    struct instant now = now_of(port).steady;
    struct mtu_row *row = NULL;
    for (size_t i = 0; i < MTU_ROWS && !row; i++)
        if (port->mtus[i].interface == interface)
            row = &port->mtus[i];
    if (row && instant_since(now, row->read_at).ns < MTU_TRUST.ns)
        return row->mtu;
    if (!row)
        row = &port->mtus[port->mtu_next++ % MTU_ROWS];
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
        tell_no_descriptors(port); /* the client asks again by itself */
        return;
    }
    if (error == -ENOENT || error == -EISDIR || error == -EINVAL)
        code = TFTP_ERROR_NOT_FOUND;
    else if (error == -EACCES)
        code = TFTP_ERROR_ACCESS;
    const char *why = fetch->why[0] != 0 ? fetch->why : "not here";
    struct event e = event_make(EVENT_TFTP_NOT_FOUND, now_of(port), mac_to_u64(fetch->client.mac));
    event_add_span(&e, "file", span_slice(request->name, 0, NAME_KEPT));
    event_add_ipv4(&e, "client", packet->source.addr.value);
    event_add_text(&e, "reason", why);
    tell(port, &e);
    send_error(port->watch.fd, route, code, why);
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
        .now = now_of(port),
    };
    row->memory = arena_borrow(port);
    if (!row->memory)
        return -ENOMEM;
    struct arena arena = arena_over(row->memory, ARENA_BYTES);
    int r = port->provider->open(port->provider->context, &request, &arena, &row->fetch);
    row->has_fetch = r == 0;
    if (r < 0 || arena.used == 0) {
        arena_return(port, row->memory);
        row->memory = NULL;
    }
    return r;
}

static void prepare(struct transfer_row *row, const struct udp_packet *packet,
                    const struct udp_route *route, const struct tftp_request *request)
{
    row->watch.fd = -1;
    row->key = key_make(packet->source, packet->local);
    row->route = *route;
    row->local = packet->local;
    row->request_hash = siphash(&row->port->settings.hash_key, packet->bytes);
    row->plain = row->has_fetch = false;
    row->heap_due = INSTANT_NEVER;
    row->fetch.why[0] = 0;
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
    tftp_transfer_start(&row->transfer, &terms, row->fetch.body.size, now_of(port).steady, &step);
    port->active++;
    (void)table_insert(&port->table, index_of(row));
    move_to(&port->starting, row);
    carry_out(row, &step, (struct span){ 0 });
}

static void open_transfer(struct tftp_port *port, const struct udp_packet *packet,
                          const struct udp_route *route, const struct tftp_request *request)
{
    if (!tftp_clients_begin(port->clients, packet->source.addr)) {
        if (instant_reached(now_of(port).steady, port->told_full)) {
            port->told_full = instant_after(now_of(port).steady, TELL_AGAIN);
            tell_limited(port, packet->source.addr, "TFTP transfers at a time");
        }
        return;
    }
    struct transfer_row *row = take_row(port);
    if (!row) {
        tftp_clients_ended(port->clients, packet->source.addr);
        return;
    }
    prepare(row, packet, route, request);
    int r = open_fetch(row, packet, request->name);
    if (r == 0)
        r = open_socket(row, packet->local);
    if (r < 0) {
        refuse_open(port, packet, route, request, &row->fetch, r);
        close_fetch(row);
        tftp_clients_ended(port->clients, packet->source.addr);
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
        struct event e = event_make(EVENT_TFTP_REFUSED, now_of(port), 0);
        event_add_text(&e, "flaw", tftp_flaw_text(flaw));
        event_add_ipv4(&e, "client", packet->source.addr.value);
        tell(port, &e);
    }
    if (tftp_flaw_is_answered(flaw, &code))
        send_error(port->watch.fd, route, code, tftp_flaw_text(flaw));
}

static bool may_ask(struct tftp_port *port, struct ipv4 source)
{
    switch (tftp_clients_ask(port->clients, source, now_of(port).steady)) {
    case TFTP_ALLOWED:
        return true;
    case TFTP_OVER_LIMIT:
        break;
    case TFTP_OVER_LIMIT_FIRST:
        tell_limited(port, source, "TFTP requests");
        break;
    }
    return false;
}

static struct transfer_row *find_row(struct tftp_port *port, const struct udp_packet *packet)
{
    struct key key = key_make(packet->source, packet->local);
    uint32_t row = table_find(&port->table, span_of(key.bytes, sizeof key.bytes));
    return row == TABLE_NONE ? NULL : &port->rows[row];
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
        if (!tftp_transfer_is_replaced(&row->transfer, same, now_of(port).steady, &step)) {
            carry_out(row, &step, (struct span){ 0 });
            return;
        }
        release(row);
    }
    open_transfer(port, packet, route, &request);
}

static void handle_packet(struct transfer_row *row, const struct tftp_packet *packet)
{
    struct tftp_step step;
    tftp_transfer_handle(&row->transfer, packet, now_of(row->port).steady, &step);
    carry_out(row, &step, packet->opcode == TFTP_ERROR ? packet->rest : (struct span){ 0 });
}

/* A packet to the listening socket. */
static void take_packet(struct tftp_port *port, const struct udp_packet *packet)
{
    struct tftp_packet parts = { 0 };
    enum tftp_flaw flaw = tftp_packet_decode(packet->bytes, &parts);
    bool is_request = flaw == TFTP_SOUND && (parts.opcode == TFTP_RRQ || parts.opcode == TFTP_WRQ);
    struct transfer_row *row = flaw == TFTP_SOUND ? find_row(port, packet) : NULL;

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
    send_error(watch->fd, &route, TFTP_ERROR_UNKNOWN_ID, tftp_flaw_text(TFTP_NOT_A_REQUEST));
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
        carry_out(row, &step, (struct span){ 0 });
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

static int make_tables(struct tftp_port *port)
{
    uint32_t limit = port->settings.transfers_max;
    port->rows = calloc(limit, sizeof *port->rows);
    port->slots = calloc(1, table_memory(limit));
    port->heap_items = calloc(limit, sizeof *port->heap_items);
    port->heap_places = calloc(limit, sizeof *port->heap_places);
    if (!port->rows || !port->slots || !port->heap_items || !port->heap_places)
        return -ENOMEM;
    table_init(&port->table, port->slots, limit, port->rows, key_of, port->settings.hash_key);
    heap_init(&port->heap, port->heap_items, port->heap_places, limit);
    return 0;
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

    const struct tftp_clients_settings clients = {
        .rows = port->settings.transfers_max + 64,
        .requests_per_second = port->settings.requests_per_second,
        .burst = port->settings.requests_burst,
        .open_max = port->settings.transfers_of_client,
        .hash_key = port->settings.hash_key,
    };
    int r = make_tables(port);
    if (r == 0)
        r = tftp_clients_new(&clients, &port->clients);
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

static void free_rows(struct tftp_port *port)
{
    for (uint32_t i = 0; i < port->rows_made; i++) {
        close_fetch(&port->rows[i]);
        if (port->rows[i].watch.fd < 0)
            continue;
        loop_unwatch(port->loop, &port->rows[i].watch);
        close(port->rows[i].watch.fd);
    }
}

void tftp_port_free(struct tftp_port *port)
{
    if (!port)
        return;
    if (port->rows)
        free_rows(port);
    if (port->watch.fd >= 0) {
        loop_unwatch(port->loop, &port->watch);
        close(port->watch.fd);
    }
    loop_disarm(port->loop, &port->timer);
    while (port->spare_count > 0)
        free(port->spare[--port->spare_count]);
    tftp_clients_free(port->clients);
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
