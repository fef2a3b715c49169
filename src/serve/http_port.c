/* See http_port.h. The shell around http/: descriptors, memory and the loop. An idle connection is
 * one small struct; the bytes of a request are read into a buffer of the lane and kept only while
 * they are incomplete. Answers of at most 64 KiB leave in one send together with their head, larger
 * ones by sendfile. Times out by one list per state: a state's patience is the same for all, so the
 * list is in order of its deadlines by itself. */
#include "serve/http_port.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/autoclean.h"
#include "base/list.h"

#include "http/reply.h"
#include "http/response.h"
#include "http/target.h"
#include "net/tcp.h"
#include "serve/http_sources.h"

#define CONNECTIONS_MAX  16384
#define PER_SOURCE_MAX   1024
#define TICK_MS          100
#define SMALL_MAX        ((uint64_t)65536)
#define READ_MAX         12288
#define ARENA_BYTES      ((size_t)262144)
#define ACCEPTS_PER_TURN 64
#define PIPELINE_MAX     128
#define SEND_PER_TURN    ((uint64_t)4 << 20)
#define TRANSFERS_KEPT   64
#define ACCEPT_PAUSE_MS  100
#define DRAIN_BYTES_MAX  ((uint32_t)1 << 20)
#define NAME_MAX_BYTES   2048

/* The bytes of a request (or of pipelined ones) that cannot be answered yet. */
struct pending {
    struct http_request_parser parser;
    uint32_t len, cap;
    uint8_t bytes[];
};

struct transfer {
    struct transfer *next_free;
    struct fetch fetch;
    struct http_reply reply;
    const char *media_type;
    struct instant started;
    uint8_t *arena; /* NULL, or ours: arena_cap bytes of mmap */
    size_t arena_cap;
    uint16_t head_len, head_sent;
    const uint8_t *head; /* in port->head during the first turn, later in kept_head */
    uint8_t *kept_head;
    char name[128]; /* for events, cut */
};

struct connection {
    struct watch watch;
    struct list link; /* in port->states[state], oldest first */
    struct http_port *port;
    struct pending *pending;
    struct transfer *transfer;
    struct instant since;
    struct endpoint source;
    struct ipv4 local;
    uint32_t drained;
    uint32_t source_row;
    uint8_t state;
};

struct http_port {
    struct http_port_settings settings;
    struct loop *loop;
    const struct provider *provider;
    struct watch listener;
    struct timer tick;
    struct instant accept_again; /* INSTANT_NEVER when accepting */
    struct endpoint local;
    struct list states[HTTP_STATE_COUNT];
    uint32_t connection_count;
    struct http_sources *sources;
    struct transfer *free_transfers;
    uint32_t free_count;
    uint64_t sequence; /* of multipart boundaries */
    bool ticking;
    uint8_t *arena;
    uint8_t head[HTTP_HEAD_MAX];
    uint8_t in[READ_MAX];
    uint8_t out[HTTP_HEAD_MAX + SMALL_MAX];
};

/* Events. */

static uint64_t machine_of(const struct transfer *t)
{
    return mac_to_u64(t->fetch.client.mac);
}

static struct event file_event(struct connection *c, enum event_id id, const struct transfer *t)
{
    struct event e = event_make(id, loop_now(c->port->loop), machine_of(t));
    /* The same file has the same name as by TFTP, where no slash leads. */
    event_add_text(&e, "file", t->name + (t->name[0] == '/' && t->name[1] != 0));
    event_add_ipv4(&e, "source", c->source.addr.value);
    return e;
}

static void tell(struct connection *c, const struct event *e)
{
    event_emit(&c->port->provider->events, e);
}

static void tell_refused(struct http_port *port, struct endpoint source, enum http_flaw flaw)
{
    struct event e = event_make(EVENT_HTTP_REFUSED, loop_now(port->loop), 0);
    event_add_ipv4(&e, "source", source.addr.value);
    event_add_text(&e, "flaw", http_flaw_text(flaw));
    event_add_text(&e, "name", http_flaw_name(flaw));
    event_emit(&port->provider->events, &e);
}

static void tell_exhausted(struct http_port *port, const char *what)
{
    struct event e = event_make(EVENT_DESCRIPTORS_EXHAUSTED, loop_now(port->loop), 0);
    event_add_text(&e, "what", what);
    event_emit(&port->provider->events, &e);
}

static void tell_cut(struct connection *c, const struct transfer *t, const char *reason)
{
    struct event e = file_event(c, EVENT_HTTP_CUT, t);
    event_add_text(&e, "reason", reason);
    event_add_bytes(&e, "bytes", t->reply.sent);
    tell(c, &e);
}

static void tell_done(struct connection *c, const struct transfer *t)
{
    static const enum event_id ids[] = {
        [SERVED_FILE] = EVENT_HTTP_DONE,          [SERVED_LOADER] = EVENT_HTTP_LOADER_DONE,
        [SERVED_SCRIPT] = EVENT_HTTP_DONE,        [SERVED_KERNEL] = EVENT_HTTP_KERNEL_DONE,
        [SERVED_INITRD] = EVENT_HTTP_KERNEL_DONE,
    };
    struct now now = loop_now(c->port->loop);
    struct event e = file_event(c, ids[t->fetch.candidate.served_as], t);
    event_add_bytes(&e, "bytes", t->reply.sent);
    event_add_millis(&e, "ms", (uint64_t)duration_to_ms(instant_since(now.steady, t->started)));
    /* A script is told of by the provider, in words that fit it. */
    if (t->fetch.candidate.served_as != SERVED_SCRIPT)
        tell(c, &e);
}

/* Transfers. */

static struct transfer *take_transfer(struct http_port *port)
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

static void give_back(struct http_port *port, struct transfer *t)
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

static void close_transfer(struct connection *c)
{
    struct transfer *t = take_ptr(&c->transfer);
    if (!t)
        return;
    c->port->provider->close(c->port->provider->context, &t->fetch);
    give_back(c->port, t);
}

static uint8_t *lane_arena(struct http_port *port)
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
static bool keep_transfer(struct http_port *port, struct transfer *t)
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

/* Connections. */

static void start_ticking(struct http_port *port)
{
    if (port->ticking)
        return;
    struct instant due = instant_after(loop_now(port->loop).steady, duration_ms(TICK_MS));
    port->ticking = loop_arm(port->loop, &port->tick, due) == 0;
}

static void close_connection(struct connection *c)
{
    struct http_port *port = c->port;
    close_transfer(c);
    free(c->pending);
    loop_unwatch(port->loop, &c->watch);
    loop_close_later(port->loop, c->watch.fd);
    http_sources_drop(port->sources, c->source_row);
    list_remove(&c->link);
    port->connection_count--;
    free(c);
}

static void enter(struct connection *c, enum http_connection_event event)
{
    enum http_connection_state next = http_connection_next(c->state, event);
    if (next == c->state && !http_connection_restarts(next, event))
        return;
    c->state = (uint8_t)next;
    c->since = loop_now(c->port->loop).steady;
    list_remove(&c->link);
    list_append(&c->port->states[next], &c->link);
}

/* Readiness that fits the state; false when epoll failed and the connection must go. */
static bool set_interest(struct connection *c)
{
    uint32_t events = EPOLLIN;
    if (c->state == HTTP_SENDING)
        events = EPOLLOUT;
    else if (c->state == HTTP_OPENING)
        events = 0;
    return loop_rewatch(c->port->loop, &c->watch, events) == 0;
}

/* The last bytes are out: end the stream, read off what is still coming. */
static void drain(struct connection *c)
{
    close_transfer(c);
    free(take_ptr(&c->pending));
    tcp_finish(c->watch.fd);
    enter(c, HTTP_EVENT_LAST_ANSWERED);
}

/* Answers that have no body behind them. The head is far smaller than any socket buffer; if even
 * that is full, the client gets a closed connection. */
static bool send_short(struct connection *c, const struct http_response_head *head, bool head_only)
{
    uint8_t bytes[HTTP_HEAD_MAX];
    struct writer w = writer_over(bytes, sizeof bytes);
    http_response_short_write(&w, head, head_only);
    assert(!w.failed);
    return tcp_send(c->watch.fd, bytes, w.len, false) == (int64_t)w.len;
}

static void refuse(struct connection *c, enum http_flaw flaw)
{
    tell_refused(c->port, c->source, flaw);
    struct http_response_head head = {
        .status = http_flaw_status(flaw),
        .now = loop_now(c->port->loop).calendar,
        .allow = flaw == HTTP_METHOD_NOT_ALLOWED ? "GET, HEAD" : NULL,
        .close = true,
    };
    if (head.status != 0)
        (void)send_short(c, &head, false);
    drain(c);
}

enum progress {
    PROGRESS_DONE,
    PROGRESS_BLOCKED,
    PROGRESS_GONE, /* the connection must be closed */
};

/* Sending. */

static enum progress fail_sending(struct connection *c, int64_t error)
{
    struct transfer *t = c->transfer;
    if (error == -EAGAIN)
        return PROGRESS_BLOCKED;
    if (error == -EPIPE || error == -ECONNRESET || error == -ETIMEDOUT || error == -ENOTCONN) {
        struct event e = file_event(c, EVENT_HTTP_ABORTED, t);
        event_add_bytes(&e, "bytes", t->reply.sent);
        event_add_bytes(&e, "total", t->reply.length);
        tell(c, &e);
        return PROGRESS_GONE;
    }
    tell_cut(c, t, error == 0 ? "it is shorter than it was" : strerror((int)-error));
    tcp_set_reset(c->watch.fd);
    return PROGRESS_GONE;
}

/* Head and a small body in one send. Reads from the files first, so a file that fails is found
 * before a byte of it has left. */
static enum progress send_small(struct connection *c)
{
    struct http_port *port = c->port;
    struct transfer *t = c->transfer;
    struct http_reply at = t->reply;
    struct writer w = writer_over(port->out, sizeof port->out);
    uint8_t scratch[HTTP_PART_HEAD_MAX];
    struct http_slice slice;

    writer_bytes(&w, span_of(t->head, t->head_len));
    while (http_reply_next(&at, &t->fetch.body, t->media_type, scratch, &slice)) {
        int64_t n = (int64_t)min_size((size_t)slice.length, writer_left(&w));
        if (slice.fd >= 0 && n > 0)
            n = tcp_read_file(slice.fd, w.data + w.len, (size_t)n, slice.offset);
        else if (n > 0)
            memcpy(w.data + w.len, slice.memory, (size_t)n);
        if (n <= 0)
            return fail_sending(c, n);
        w.len += (size_t)n;
        http_reply_advance(&at, (uint64_t)n);
    }
    int64_t sent = tcp_send(c->watch.fd, w.data, w.len, false);
    if (sent == (int64_t)w.len) {
        t->reply = at;
        return PROGRESS_DONE;
    }
    if (sent < 0)
        return fail_sending(c, sent);
    t->head_sent = (uint16_t)min_size((size_t)sent, t->head_len);
    for (uint64_t left = (uint64_t)sent - t->head_sent; left > 0;) {
        if (!http_reply_next(&t->reply, &t->fetch.body, t->media_type, scratch, &slice))
            break;
        uint64_t n = left < slice.length ? left : slice.length;
        http_reply_advance(&t->reply, n);
        left -= n;
    }
    return PROGRESS_BLOCKED;
}

static enum progress send_head(struct connection *c)
{
    struct transfer *t = c->transfer;
    while (t->head_sent < t->head_len) {
        size_t left = (size_t)(t->head_len - t->head_sent);
        int64_t n = tcp_send(c->watch.fd, t->head + t->head_sent, left, t->reply.range_count > 0);
        if (n <= 0)
            return fail_sending(c, n);
        t->head_sent = (uint16_t)(t->head_sent + n);
    }
    return PROGRESS_DONE;
}

static enum progress send_slices(struct connection *c)
{
    struct transfer *t = c->transfer;
    uint8_t scratch[HTTP_PART_HEAD_MAX];
    struct http_slice slice;
    uint64_t budget = SEND_PER_TURN;

    while (http_reply_next(&t->reply, &t->fetch.body, t->media_type, scratch, &slice)) {
        int64_t n = 0;
        if (budget == 0)
            return PROGRESS_BLOCKED;
        if (slice.length > budget)
            slice.length = budget;
        if (slice.length > 0 && slice.fd >= 0)
            n = tcp_send_file(c->watch.fd, slice.fd, slice.offset, slice.length);
        else if (slice.length > 0)
            n = tcp_send(c->watch.fd, slice.memory, (size_t)slice.length, !slice.last);
        if (n <= 0)
            return fail_sending(c, n);
        http_reply_advance(&t->reply, (uint64_t)n);
        budget -= (uint64_t)n < budget ? (uint64_t)n : budget;
    }
    return PROGRESS_DONE;
}

static enum progress send_large(struct connection *c)
{
    enum progress p = send_head(c);
    return p == PROGRESS_DONE ? send_slices(c) : p;
}

/* The kernel has the last byte. */
static void finish_transfer(struct connection *c)
{
    struct transfer *t = c->transfer;
    bool keep_alive = t->reply.keep_alive;
    if (t->reply.reaches_end) {
        tell_done(c, t);
        c->port->provider->delivered(c->port->provider->context, &t->fetch,
                                     loop_now(c->port->loop));
    }
    close_transfer(c);
    if (keep_alive)
        enter(c, HTTP_EVENT_ANSWERED);
    else
        drain(c);
}

/* Requests. */

static uint16_t status_of_failure(int error)
{
    switch (error) {
    case -ENOENT:
    case -EISDIR:
    case -EINVAL:
    case -ENAMETOOLONG:
        return 404;
    case -EACCES:
        return 403;
    case -EMFILE:
    case -ENFILE:
    case -ENOMEM:
        return 503;
    default:
        return 500;
    }
}

static enum progress answer_failure(struct connection *c, const struct http_request *request,
                                    const struct transfer *t, int error)
{
    struct http_response_head head = {
        .status = status_of_failure(error),
        .now = loop_now(c->port->loop).calendar,
        .close = !request->keep_alive,
        .keep_alive = request->keep_alive && request->minor == 0,
    };
    head.retry_after = head.status == 503;
    struct event e = file_event(c, EVENT_HTTP_NOT_FOUND, t);
    event_add_text(&e, "reason", t->fetch.why);
    tell(c, &e);
    if (!send_short(c, &head, request->method == HTTP_HEAD))
        return PROGRESS_GONE;
    if (request->keep_alive)
        enter(c, HTTP_EVENT_ANSWERED);
    else
        drain(c);
    return PROGRESS_DONE;
}

static const char *media_type_of(const struct body *body, struct span name)
{
    if (body->media_type && strcmp(body->media_type, "application/octet-stream") != 0)
        return body->media_type;
    return http_media_type_of(name);
}

static enum progress start_reply(struct connection *c, const struct http_request *request,
                                 struct transfer *t, struct span name)
{
    struct http_port *port = c->port;
    struct writer head = writer_over(port->head, sizeof port->head);
    uint64_t number = ++port->sequence;

    t->media_type = media_type_of(&t->fetch.body, name);
    http_reply_begin(&t->reply, request, &t->fetch.body, t->media_type,
                     loop_now(port->loop).calendar,
                     siphash(&port->settings.hash_key, span_of(&number, sizeof number)), &head);
    t->head = port->head;
    t->head_len = (uint16_t)head.len;
    t->head_sent = 0;
    c->transfer = t;
    enum progress p;
    if (head.failed)
        return fail_sending(c, -EMSGSIZE);
    if (t->reply.range_count > 0 && t->reply.length > SMALL_MAX)
        p = send_large(c);
    else
        p = send_small(c);
    if (p == PROGRESS_BLOCKED) {
        if (!keep_transfer(port, t))
            return PROGRESS_GONE;
        enter(c, HTTP_EVENT_BLOCKED);
    } else if (p == PROGRESS_DONE) {
        finish_transfer(c);
    }
    return p;
}

static bool may_wait(const struct connection *c, int error)
{
    return (error == -EMFILE || error == -ENFILE) && c->state != HTTP_CLOSED;
}

/* Open what is asked for and begin the answer. `patient`: on want of descriptors stay in OPENING
 * rather than answer 503. */
static enum progress serve_request(struct connection *c, const struct http_request *request,
                                   bool patient)
{
    struct http_port *port = c->port;
    struct span path, query;
    char decoded[NAME_MAX_BYTES + 1];
    struct text name = text_over(decoded, sizeof decoded);
    enum http_flaw flaw = HTTP_METHOD_NOT_ALLOWED;

    if (request->method == HTTP_GET || request->method == HTTP_HEAD)
        flaw = http_target_split(request->target, &path, &query);
    if (flaw == HTTP_SOUND)
        flaw = http_target_decode(path, &name);
    if (flaw != HTTP_SOUND) {
        refuse(c, flaw);
        return PROGRESS_DONE;
    }
    struct transfer *t = take_transfer(port);
    uint8_t *block = lane_arena(port);
    if (!t || !block) {
        free(t);
        return PROGRESS_GONE;
    }
    struct arena arena = arena_over(block, ARENA_BYTES);
    struct fetch_request wanted = {
        .name = text_span(&name),
        .query = query,
        .transport = TRANSPORT_HTTP,
        .source = c->source,
        .local = c->local,
        .local_port = port->local.port,
        .now = loop_now(port->loop),
    };
    t->started = wanted.now.steady;
    span_to_text(wanted.name, t->name, sizeof t->name);
    int r = port->provider->open(port->provider->context, &wanted, &arena, &t->fetch);
    t->arena_cap = arena.used;
    if (r == 0)
        return start_reply(c, request, t, wanted.name);
    enum progress p = PROGRESS_BLOCKED;
    if (patient && may_wait(c, r)) {
        if (c->state != HTTP_OPENING)
            tell_exhausted(port, t->name);
        enter(c, HTTP_EVENT_NO_DESCRIPTOR);
    } else {
        p = answer_failure(c, request, t, r);
    }
    give_back(port, t);
    return p;
}

/* Keep `bytes` until more can be done with them; false when memory ran out. */
static bool keep_pending(struct connection *c, const struct http_request_parser *parser,
                         struct span bytes)
{
    struct pending *p = c->pending;
    if (!p || p->cap < bytes.len) {
        size_t cap = max_size(bytes.len + bytes.len / 2, 256);
        p = malloc(sizeof *p + cap);
        if (!p)
            return false;
        p->cap = (uint32_t)cap;
    }
    memmove(p->bytes, bytes.data, bytes.len);
    p->len = (uint32_t)bytes.len;
    p->parser = *parser;
    if (p != c->pending)
        free(c->pending);
    c->pending = p;
    return true;
}

/* Answer as many requests of `bytes` as can be; what is left over is kept. False when the
 * connection must be closed. `bytes` must not lie in c->pending. */
static bool serve_bytes(struct connection *c, struct http_request_parser *parser, struct span bytes,
                        bool patient)
{
    struct http_request request;

    for (unsigned turn = 0; c->state != HTTP_DRAINING; turn++) {
        enum http_parse result = http_request_parser_feed(parser, bytes);
        if (result == HTTP_PARSE_REFUSED) {
            refuse(c, parser->flaw);
            return true;
        }
        if (result == HTTP_PARSE_MORE) {
            if (bytes.len == 0)
                return true;
            enter(c, HTTP_EVENT_BEGUN);
            return keep_pending(c, parser, bytes);
        }
        http_request_view(parser, bytes, &request);
        enum progress p = serve_request(c, &request, patient);
        if (p == PROGRESS_GONE)
            return false;
        if (c->state == HTTP_OPENING)
            return keep_pending(c, parser, bytes);
        bytes = span_from(bytes, request.total_length);
        http_request_parser_init(parser, &c->port->settings.limits);
        if (p == PROGRESS_BLOCKED)
            return bytes.len == 0 || keep_pending(c, parser, bytes);
        if (turn >= PIPELINE_MAX && bytes.len > 0 && c->state == HTTP_WAITING) {
            /* Others are to have their turn; the next tick or byte goes on. */
            enter(c, HTTP_EVENT_NO_DESCRIPTOR);
            return keep_pending(c, parser, bytes);
        }
        if (bytes.len == 0)
            return true;
    }
    return true;
}

/* Move what is kept into the lane's buffer, and take on its parser. */
static size_t take_pending(struct connection *c, struct http_request_parser *parser)
{
    struct pending *p = c->pending;
    if (!p) {
        http_request_parser_init(parser, &c->port->settings.limits);
        return 0;
    }
    size_t len = p->len;
    memcpy(c->port->in, p->bytes, len);
    *parser = p->parser;
    free(take_ptr(&c->pending));
    return len;
}

/* Go on with what was kept while the connection could not read. */
static void resume(struct connection *c, bool patient)
{
    struct http_request_parser parser;
    size_t len = take_pending(c, &parser);
    if ((len > 0 && !serve_bytes(c, &parser, span_of(c->port->in, len), patient)) ||
        !set_interest(c))
        close_connection(c);
}

static void read_request(struct connection *c)
{
    struct http_request_parser parser;
    size_t len = take_pending(c, &parser);
    int64_t n = tcp_receive(c->watch.fd, c->port->in + len, sizeof c->port->in - len);

    if (n == -EAGAIN) {
        if (len > 0 && !keep_pending(c, &parser, span_of(c->port->in, len)))
            close_connection(c);
        return;
    }
    if (n <= 0) {
        close_connection(c);
        return;
    }
    if (!serve_bytes(c, &parser, span_of(c->port->in, len + (size_t)n), true) || !set_interest(c))
        close_connection(c);
}

static void send_on(struct connection *c)
{
    switch (send_large(c)) {
    case PROGRESS_GONE:
        close_connection(c);
        return;
    case PROGRESS_BLOCKED:
        enter(c, HTTP_EVENT_BLOCKED);
        return;
    case PROGRESS_DONE:
        finish_transfer(c);
        resume(c, true);
        return;
    }
}

static void read_off(struct connection *c)
{
    int64_t n = tcp_receive(c->watch.fd, c->port->in, sizeof c->port->in);
    if (n == -EAGAIN)
        return;
    if (n > 0)
        c->drained += (uint32_t)n;
    if (n <= 0 || c->drained > DRAIN_BYTES_MAX)
        close_connection(c);
}

static void connection_ready(struct watch *watch, uint32_t events)
{
    struct connection *c = watch->context;
    if (c->state == HTTP_SENDING)
        send_on(c); /* an error shows in the next send */
    else if (c->state == HTTP_DRAINING)
        read_off(c);
    else if (c->state == HTTP_OPENING && events & (EPOLLERR | EPOLLHUP))
        close_connection(c);
    else if (c->state != HTTP_OPENING)
        read_request(c);
}

/* Accepting. */

/* Fails only if epoll itself does; then the listener stays as it was, which is no harm. */
static void set_listening(struct http_port *port, bool on)
{
    int r = loop_rewatch(port->loop, &port->listener, on ? EPOLLIN : 0);
    (void)r;
}

static void pause_accepting(struct http_port *port)
{
    if (port->accept_again.ns == INT64_MAX)
        tell_exhausted(port, "new HTTP connections");
    port->accept_again = instant_after(loop_now(port->loop).steady, duration_ms(ACCEPT_PAUSE_MS));
    set_listening(port, false);
    start_ticking(port);
}

/* Over a limit: say so and let go. */
static void turn_away(struct http_port *port, int fd, struct endpoint source, enum http_flaw flaw)
{
    uint8_t bytes[HTTP_HEAD_MAX];
    struct writer w = writer_over(bytes, sizeof bytes);
    struct http_response_head head = {
        .status = http_flaw_status(flaw),
        .now = loop_now(port->loop).calendar,
        .retry_after = true,
        .close = true,
    };
    http_response_short_write(&w, &head, false);
    int64_t sent = tcp_send(fd, bytes, w.len, false);
    (void)sent; /* a client that is turned away may miss the reason */
    tell_refused(port, source, flaw);
    loop_close_later(port->loop, fd);
}

/* At the limit an idle kept-alive connection makes room for a new machine. */
static bool make_room(struct http_port *port)
{
    if (port->connection_count < port->settings.connections_max)
        return true;
    struct list *idle = &port->states[HTTP_WAITING];
    if (list_is_empty(idle))
        return false;
    close_connection(list_entry(idle->next, struct connection, link));
    return true;
}

static void add_connection(struct http_port *port, int fd, struct endpoint source)
{
    struct ipv4 local = ipv4_is_none(port->local.addr) ? tcp_local(fd).addr : port->local.addr;
    if (!port->provider->serves(port->provider->context, local)) {
        loop_close_later(port->loop, fd);
        return;
    }
    uint32_t row = http_sources_take(port->sources, source.addr);
    if (row == HTTP_SOURCES_NONE || !make_room(port)) {
        enum http_flaw flaw =
            row == HTTP_SOURCES_NONE ? HTTP_TOO_MANY_FROM_SOURCE : HTTP_TOO_MANY_CONNECTIONS;
        if (row != HTTP_SOURCES_NONE)
            http_sources_drop(port->sources, row);
        turn_away(port, fd, source, flaw);
        return;
    }
    struct connection *c = malloc(sizeof *c);
    if (c) {
        *c = (struct connection){
            .watch = { .fd = fd, .events = EPOLLIN, .ready = connection_ready, .context = c },
            .port = port,
            .since = loop_now(port->loop).steady,
            .source = source,
            .local = local,
            .source_row = row,
            .state = HTTP_WAITING,
        };
        if (loop_watch(port->loop, &c->watch) == 0) {
            list_append(&port->states[HTTP_WAITING], &c->link);
            port->connection_count++;
            start_ticking(port);
            return;
        }
    }
    free(c);
    http_sources_drop(port->sources, row);
    loop_close_later(port->loop, fd);
}

static void listener_ready(struct watch *watch, uint32_t events)
{
    struct http_port *port = watch->context;
    (void)events;
    for (unsigned i = 0; i < ACCEPTS_PER_TURN; i++) {
        struct endpoint source;
        int fd = tcp_accept(watch->fd, &source);
        if (fd == -EAGAIN)
            break;
        if (fd < 0) {
            pause_accepting(port);
            return;
        }
        add_connection(port, fd, source);
    }
    port->accept_again = INSTANT_NEVER;
}

/* Time. */

static void end_late(struct connection *c)
{
    enum http_flaw flaw = http_connection_late(c->state);
    if (c->state == HTTP_READING) {
        refuse(c, flaw);
        if (!set_interest(c))
            close_connection(c);
        return;
    }
    if (c->state == HTTP_OPENING) {
        resume(c, false);
        return;
    }
    if (c->state == HTTP_SENDING) {
        tell_refused(c->port, c->source, flaw);
        tcp_set_reset(c->watch.fd);
    }
    close_connection(c);
}

static void end_late_ones(struct http_port *port, struct now now)
{
    for (size_t s = 0; s < HTTP_CLOSED; s++) {
        struct duration patience = http_connection_patience(s, &port->settings.timeouts);
        while (!list_is_empty(&port->states[s])) {
            struct list *oldest = port->states[s].next;
            struct connection *c = list_entry(oldest, struct connection, link);
            if (!instant_reached(now.steady, instant_after(c->since, patience)))
                break;
            end_late(c);
            if (port->states[s].next == oldest)
                break;
        }
    }
}

/* Those that wait for descriptors try again, each once. */
static void retry_opening(struct http_port *port)
{
    struct list *waiting = &port->states[HTTP_OPENING];
    for (uint32_t left = port->connection_count; left > 0 && !list_is_empty(waiting); left--) {
        struct connection *c = list_entry(waiting->next, struct connection, link);
        resume(c, true);
        if (!list_is_empty(waiting) && waiting->next == &c->link)
            break; /* still no descriptors: the others need not ask */
    }
}

static void tick(struct timer *timer, struct now now)
{
    struct http_port *port = timer->context;
    port->ticking = false;
    if (port->accept_again.ns != INT64_MAX && instant_reached(now.steady, port->accept_again) &&
        port->listener.fd >= 0)
        set_listening(port, true);
    retry_opening(port);
    end_late_ones(port, now);
    if (port->connection_count > 0 || port->accept_again.ns != INT64_MAX)
        start_ticking(port);
}

/* Birth and end. */

static struct http_port_settings with_defaults(const struct http_port_settings *given)
{
    struct http_port_settings s = *given;
    const struct hash_key none = { 0 };
    if (s.connections_max == 0)
        s.connections_max = CONNECTIONS_MAX;
    if (s.per_source_max == 0)
        s.per_source_max = PER_SOURCE_MAX;
    if (s.limits.head_max == 0)
        s.limits = http_limits_boot;
    if (s.timeouts.idle.ns == 0)
        s.timeouts = http_timeouts_boot;
    /* Early in a boot there may be no entropy yet; a known key is better than waiting. */
    if (memcmp(&s.hash_key, &none, sizeof none) == 0 &&
        getrandom(&s.hash_key, sizeof s.hash_key, GRND_NONBLOCK) < 0)
        s.hash_key = none;
    return s;
}

int http_port_new(const struct http_port_settings *settings, struct loop *loop,
                  const struct provider *provider, int listen_fd, struct http_port **ret_port)
{
    struct http_port *port = calloc(1, sizeof *port);
    if (!port)
        return -ENOMEM;
    port->settings = with_defaults(settings);
    port->loop = loop;
    port->provider = provider;
    port->local = tcp_local(listen_fd);
    port->accept_again = INSTANT_NEVER;
    assert(port->settings.limits.head_max + port->settings.limits.body_max < READ_MAX);
    for (size_t s = 0; s < HTTP_STATE_COUNT; s++)
        list_init(&port->states[s]);
    timer_init(&port->tick, tick, port);
    port->listener = (struct watch){
        .fd = listen_fd, .events = EPOLLIN, .ready = listener_ready, .context = port
    };
    int r = http_sources_new(port->settings.connections_max, port->settings.per_source_max,
                             port->settings.hash_key, &port->sources);
    if (r == 0)
        r = loop_watch(loop, &port->listener);
    if (r < 0) {
        http_sources_free(port->sources);
        free(port);
        return r;
    }
    *ret_port = port;
    return 0;
}

void http_port_stop_accepting(struct http_port *port)
{
    if (port->listener.fd < 0)
        return;
    loop_unwatch(port->loop, &port->listener);
    loop_close_later(port->loop, port->listener.fd);
    port->listener.fd = -1;
    port->accept_again = INSTANT_NEVER;
    while (!list_is_empty(&port->states[HTTP_WAITING]))
        close_connection(list_entry(port->states[HTTP_WAITING].next, struct connection, link));
}

uint32_t http_port_connection_count(const struct http_port *port)
{
    return port->connection_count;
}

void http_port_free(struct http_port *port)
{
    if (!port)
        return;
    http_port_stop_accepting(port);
    loop_disarm(port->loop, &port->tick);
    for (size_t s = 0; s < HTTP_STATE_COUNT; s++) {
        while (!list_is_empty(&port->states[s])) {
            struct connection *c = list_entry(port->states[s].next, struct connection, link);
            if (c->transfer)
                tcp_set_reset(c->watch.fd);
            close_connection(c);
        }
    }
    while (port->free_transfers) {
        struct transfer *t = port->free_transfers;
        port->free_transfers = t->next_free;
        free(t);
    }
    if (port->arena)
        munmap(port->arena, ARENA_BYTES);
    http_sources_free(port->sources);
    free(port);
}
