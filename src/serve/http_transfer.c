/* One transfer of the HTTP port: its memory, what is told of it, and how its bytes leave. A body of
 * at most 64 KiB is read and sent together with its head; a larger one goes by sendfile. What fails
 * under way ends in a reset, never in a short body that looks whole. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "net/tcp.h"
#include "serve/http_lane.h"

#define TELL_EXHAUSTED_AGAIN duration_seconds(10)
#define SEND_PER_TURN        ((uint64_t)4 << 20)
#define TRANSFERS_KEPT       64

/* Events. */

static uint64_t machine_of(const struct transfer *t)
{
    return mac_to_u64(t->fetch.client.mac);
}

struct event http_tell_file(struct connection *c, enum event_id id, const struct transfer *t)
{
    struct event e = event_make(id, loop_now(c->port->loop), machine_of(t));
    /* The same file has the same name as by TFTP, where no slash leads. */
    event_add_text(&e, "file", t->name + (t->name[0] == '/' && t->name[1] != 0));
    event_add_ipv4(&e, "source", c->source.addr.value);
    return e;
}

void http_tell(struct connection *c, const struct event *e)
{
    event_emit(&c->port->provider->events, e);
}

void http_tell_refused(struct http_port *port, struct endpoint source, enum http_flaw flaw)
{
    struct event e = event_make(EVENT_HTTP_REFUSED, loop_now(port->loop), 0);
    event_add_ipv4(&e, "source", source.addr.value);
    event_add_text(&e, "flaw", http_flaw_text(flaw));
    event_add_text(&e, "name", http_flaw_name(flaw));
    event_emit(&port->provider->events, &e);
}

void http_tell_limited(struct http_port *port, struct endpoint source)
{
    struct event e = event_make(EVENT_RATE_LIMITED, loop_now(port->loop), 0);
    event_add_text(&e, "what", "HTTP requests");
    event_add_ipv4(&e, "source", source.addr.value);
    event_emit(&port->provider->events, &e);
}

void http_tell_exhausted(struct http_port *port, const char *what)
{
    struct now now = loop_now(port->loop);
    /* Everybody who asks now meets the same; it is worth telling once in a while. */
    if (!instant_reached(now.steady, port->tell_exhausted_again))
        return;
    port->tell_exhausted_again = instant_after(now.steady, TELL_EXHAUSTED_AGAIN);
    struct event e = event_make(EVENT_DESCRIPTORS_EXHAUSTED, now, 0);
    event_add_text(&e, "what", what);
    event_emit(&port->provider->events, &e);
}

void http_tell_tls(struct connection *c, enum tls_flaw flaw)
{
    const struct provider *p = c->port->provider;
    struct now now = loop_now(c->port->loop);
    struct client client = { 0 };
    if (p->identify)
        p->identify(p->context, c->source, c->local, now, &client);
    struct event e = event_make(EVENT_TLS_FAILED, now, mac_to_u64(client.mac));
    event_add_text(&e, "why", tls_flaw_text(flaw));
    event_add_text(&e, "name", tls_flaw_name(flaw));
    event_add_ipv4(&e, "source", c->source.addr.value);
    http_tell(c, &e);
}

static void tell_cut(struct connection *c, const struct transfer *t, const char *reason)
{
    struct event e = http_tell_file(c, EVENT_HTTP_CUT, t);
    event_add_text(&e, "reason", reason);
    event_add_bytes(&e, "bytes", t->reply.sent);
    http_tell(c, &e);
}

void http_tell_done(struct connection *c, const struct transfer *t)
{
    static const enum event_id ids[] = {
        [SERVED_FILE] = EVENT_HTTP_DONE,          [SERVED_LOADER] = EVENT_HTTP_LOADER_DONE,
        [SERVED_SCRIPT] = EVENT_HTTP_DONE,        [SERVED_KERNEL] = EVENT_HTTP_KERNEL_DONE,
        [SERVED_INITRD] = EVENT_HTTP_KERNEL_DONE, [SERVED_GRUB_CONFIG] = EVENT_HTTP_DONE,
        [SERVED_POINTER] = EVENT_HTTP_DONE,       [SERVED_DISK] = EVENT_DISK_DONE,
        [SERVED_ANSWER] = EVENT_HTTP_DONE,        [SERVED_WAIT] = EVENT_HTTP_DONE,
    };
    enum served_as as = t->fetch.candidate.served_as;
    struct now now = loop_now(c->port->loop);
    struct event e = http_tell_file(c, ids[as], t);
    if (as == SERVED_DISK)
        event_add_text(&e, "what", t->fetch.candidate.what);
    event_add_bytes(&e, "bytes", t->reply.sent);
    event_add_millis(&e, "ms", (uint64_t)duration_to_ms(instant_since(now.steady, t->started)));
    /* Scripts and answers are told of by the provider, in words that fit them. */
    if (as != SERVED_SCRIPT && as != SERVED_GRUB_CONFIG && as != SERVED_ANSWER && as != SERVED_WAIT)
        http_tell(c, &e);
}

/* Transfers. */

struct transfer *http_transfer_take(struct http_port *port)
{
    struct transfer *t = port->free_transfers;
    if (t) {
        port->free_transfers = t->next_free;
        port->free_count--;
    } else {
        t = malloc(sizeof *t);
    }
    if (t) {
        t->arena = NULL;
        t->kept_head = NULL;
    }
    return t;
}

void http_transfer_give_back(struct http_port *port, struct transfer *t)
{
    if (t->arena)
        munmap(t->arena, t->arena_cap);
    free(t->kept_head);
    if (port->free_count >= TRANSFERS_KEPT) {
        free(t);
        return;
    }
    t->next_free = port->free_transfers;
    port->free_transfers = t;
    port->free_count++;
}

void http_transfer_close(struct connection *c)
{
    struct transfer *t = take_ptr(&c->transfer);
    if (!t)
        return;
    c->port->provider->close(c->port->provider->context, &t->fetch);
    http_transfer_give_back(c->port, t);
}

uint8_t *http_transfer_arena(struct http_port *port)
{
    if (!port->arena) {
        void *block =
            mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        port->arena = block == MAP_FAILED ? NULL : block;
    }
    return port->arena;
}

/* The transfer outlives this turn: it takes the arena its texts lie in, less the unused pages, and
 * the part of its head that is not sent yet. False when memory ran out. */
bool http_transfer_keep(struct http_port *port, struct transfer *t)
{
    if (t->head_sent < t->head_len) {
        t->kept_head = malloc(t->head_len);
        if (!t->kept_head)
            return false;
        memcpy(t->kept_head, t->head, t->head_len);
    }
    t->head = t->kept_head;
    if (t->arena_cap == 0)
        return true;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t keep = min_size((t->arena_cap + page - 1) / page * page, ARENA_BYTES);
    t->arena = take_ptr(&port->arena);
    t->arena_cap = keep;
    if (keep < ARENA_BYTES)
        munmap(t->arena + keep, ARENA_BYTES - keep);
    return true;
}

/* Sending. */

enum http_progress http_transfer_fail(struct connection *c, int64_t error)
{
    struct transfer *t = c->transfer;
    if (error == -EAGAIN)
        return PROGRESS_BLOCKED;
    if (error == -EPIPE || error == -ECONNRESET || error == -ETIMEDOUT || error == -ENOTCONN) {
        struct event e = http_tell_file(c, EVENT_HTTP_ABORTED, t);
        event_add_bytes(&e, "bytes", t->reply.sent);
        event_add_bytes(&e, "total", t->reply.length);
        http_tell(c, &e);
        return PROGRESS_GONE;
    }
    tell_cut(c, t, error == 0 ? "it is shorter than it was" : strerror((int)-error));
    tcp_set_reset(c->watch.fd);
    return PROGRESS_GONE;
}

/* Head and a small body in one send. Reads from the files first, so a file that fails is found
 * before a byte of it has left. */
enum http_progress http_transfer_send_small(struct connection *c)
{
    struct http_port *port = c->port;
    struct transfer *t = c->transfer;
    struct http_reply at = t->reply;
    struct writer w = writer_over(port->out, sizeof port->out);
    struct http_slice slice;

    writer_bytes(&w, span_of(t->head, t->head_len));
    while (http_reply_next(&at, &t->fetch.body, t->media_type, port->scratch, &slice)) {
        int64_t n = (int64_t)min_size((size_t)slice.length, writer_left(&w));
        if (slice.fd >= 0 && n > 0)
            n = tcp_read_file(slice.fd, w.data + w.len, (size_t)n, slice.offset);
        else if (n > 0)
            memcpy(w.data + w.len, slice.memory, (size_t)n);
        if (n <= 0)
            return http_transfer_fail(c, n);
        w.len += (size_t)n;
        http_reply_advance(&at, (uint64_t)n);
    }
    int64_t sent = http_stream_send(c, w.data, w.len, false);
    if (sent == (int64_t)w.len) {
        t->reply = at;
        t->head_sent = t->head_len;
        return http_stream_owes(c) ? PROGRESS_BLOCKED : PROGRESS_DONE;
    }
    if (sent < 0)
        return http_transfer_fail(c, sent);
    t->head_sent = (uint16_t)min_size((size_t)sent, t->head_len);
    for (uint64_t left = (uint64_t)sent - t->head_sent; left > 0;) {
        if (!http_reply_next(&t->reply, &t->fetch.body, t->media_type, port->scratch, &slice))
            break;
        uint64_t n = left < slice.length ? left : slice.length;
        http_reply_advance(&t->reply, n);
        left -= n;
    }
    return PROGRESS_BLOCKED;
}

/* In plain the head leaves alone. Held back to join the body, it would shift that by its length,
 * and the kernel would have to split every page: a quarter more work for a large file. */
static enum http_progress send_head(struct connection *c)
{
    struct transfer *t = c->transfer;
    bool joins = c->tls && t->reply.range_count > 0;
    while (t->head_sent < t->head_len) {
        size_t left = (size_t)(t->head_len - t->head_sent);
        int64_t n = http_stream_send(c, t->head + t->head_sent, left, joins);
        if (n <= 0)
            return http_transfer_fail(c, n);
        t->head_sent = (uint16_t)(t->head_sent + n);
    }
    return PROGRESS_DONE;
}

/* How far it is, once a second: not of parts that are asked for one by one. */
static void tell_way(struct connection *c, struct transfer *t)
{
    struct now now = loop_now(c->port->loop);
    if (t->reply.range_count != 1 ||
        instant_since(now.steady, t->told_way).ns < duration_seconds(1).ns)
        return;
    t->told_way = now.steady;
    struct event e = http_tell_file(c, EVENT_FILE_PROGRESS, t);
    event_add_bytes(&e, "bytes", t->reply.ranges[0].first + t->reply.sent);
    event_add_bytes(&e, "total", t->fetch.body.size);
    http_tell(c, &e);
}

/* A body that grows: no more than has arrived. False when there is nothing now; a negative errno in
 * *ret_error when there will not be. */
static bool cut_to_ready(struct connection *c, struct http_slice *slice, int64_t *ret_error)
{
    const struct provider *provider = c->port->provider;
    const struct transfer *t = c->transfer;

    c->is_starved = false;
    *ret_error = 0;
    if (!t->fetch.is_growing || slice->fd < 0)
        return true;
    int64_t ready = provider->ready(provider->context, &t->fetch, slice->offset);
    c->is_starved = ready == 0;
    *ret_error = ready < 0 ? ready : 0;
    if (ready > 0 && slice->length > (uint64_t)ready)
        slice->length = (uint64_t)ready;
    return ready > 0;
}

static enum http_progress send_slices(struct connection *c)
{
    struct transfer *t = c->transfer;
    struct http_slice slice;
    uint64_t budget = SEND_PER_TURN;

    while (http_reply_next(&t->reply, &t->fetch.body, t->media_type, c->port->scratch, &slice)) {
        int64_t n = 0;
        if (budget == 0)
            return PROGRESS_BLOCKED;
        if (!cut_to_ready(c, &slice, &n))
            return n < 0 ? http_transfer_fail(c, n) : PROGRESS_BLOCKED;
        if (slice.length > budget)
            slice.length = budget;
        if (slice.length > 0 && slice.fd >= 0)
            n = http_stream_send_file(c, slice.fd, slice.offset, slice.length);
        else if (slice.length > 0)
            n = http_stream_send(c, slice.memory, (size_t)slice.length, !slice.last);
        if (n <= 0)
            return http_transfer_fail(c, n);
        http_reply_advance(&t->reply, (uint64_t)n);
        budget -= (uint64_t)n < budget ? (uint64_t)n : budget;
    }
    return PROGRESS_DONE;
}

enum http_progress http_transfer_send(struct connection *c)
{
    enum http_progress p = send_head(c);
    if (p == PROGRESS_DONE)
        p = send_slices(c);
    if (p == PROGRESS_BLOCKED) {
        http_disk_goes_on(c, c->transfer);
        tell_way(c, c->transfer);
    }
    if (p != PROGRESS_DONE)
        return p;
    int r = http_stream_flush(c);
    return r < 0 ? http_transfer_fail(c, r) : PROGRESS_DONE;
}
