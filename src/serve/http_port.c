/* See http_port.h. The shell around http/: descriptors, memory and the loop. An idle connection is
 * one small struct; the bytes of a request are read into a buffer of the lane and kept only while
 * they are incomplete. Times out by one list per state: a state's patience is the same for all, so
 * the list is in order of its deadlines by itself. How an answer's bytes leave is in
 * http_transfer.c. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "http/target.h"
#include "net/tcp.h"
#include "serve/http_lane.h"

#define CONNECTIONS_MAX  16384
#define PER_SOURCE_MAX   1024
#define TICK_MS          100
#define ACCEPTS_PER_TURN 64
#define PIPELINE_MAX     128
#define ACCEPT_PAUSE_MS  100
#define DRAIN_BYTES_MAX  ((uint32_t)1 << 20)
#define NAME_MAX_BYTES   2048

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
    http_transfer_close(c);
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
    http_transfer_close(c);
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
    http_tell_refused(c->port, c->source, flaw);
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

/* The kernel has the last byte. */
static void finish_transfer(struct connection *c)
{
    struct transfer *t = c->transfer;
    bool keep_alive = t->reply.keep_alive;
    if (t->reply.reaches_end) {
        http_tell_done(c, t);
        c->port->provider->delivered(c->port->provider->context, &t->fetch,
                                     loop_now(c->port->loop));
    }
    http_transfer_close(c);
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

static enum http_progress answer_failure(struct connection *c, const struct http_request *request,
                                         const struct transfer *t, int error)
{
    struct http_response_head head = {
        .status = status_of_failure(error),
        .now = loop_now(c->port->loop).calendar,
        .close = !request->keep_alive,
        .keep_alive = request->keep_alive && request->minor == 0,
    };
    head.retry_after = head.status == 503;
    struct event e =
        http_tell_file(c, t->fetch.is_optional ? EVENT_OPTIONAL_ABSENT : EVENT_HTTP_NOT_FOUND, t);
    if (!t->fetch.is_optional)
        event_add_text(&e, "reason", t->fetch.why);
    http_tell(c, &e);
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

static enum http_progress start_reply(struct connection *c, const struct http_request *request,
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
    enum http_progress p;
    if (head.failed)
        return http_transfer_fail(c, -EMSGSIZE);
    http_disk_begun(c, t);
    if (t->reply.range_count > 0 && t->reply.length > SMALL_MAX)
        p = http_transfer_send(c);
    else
        p = http_transfer_send_small(c);
    if (p == PROGRESS_BLOCKED) {
        if (!http_transfer_keep(port, t))
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
static enum http_progress serve_request(struct connection *c, const struct http_request *request,
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
    struct transfer *t = http_transfer_take(port);
    uint8_t *block = http_transfer_arena(port);
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
    t->started = t->told = wanted.now.steady;
    span_to_text(wanted.name, t->name, sizeof t->name);
    int r = port->provider->open(port->provider->context, &wanted, &arena, &t->fetch);
    t->arena_cap = arena.used;
    if (r == 0)
        return start_reply(c, request, t, wanted.name);
    enum http_progress p = PROGRESS_BLOCKED;
    if (patient && may_wait(c, r)) {
        if (c->state != HTTP_OPENING)
            http_tell_exhausted(port, t->name);
        enter(c, HTTP_EVENT_NO_DESCRIPTOR);
    } else {
        p = answer_failure(c, request, t, r);
    }
    http_transfer_give_back(port, t);
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
        enum http_progress p = serve_request(c, &request, patient);
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
    switch (http_transfer_send(c)) {
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
        http_tell_exhausted(port, "new HTTP connections");
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
    http_tell_refused(port, source, flaw);
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
        http_tell_refused(c->port, c->source, flaw);
        tcp_set_reset(c->watch.fd);
    }
    close_connection(c);
}

static void end_late_ones(struct http_port *port, struct now now)
{
    for (size_t s = 0; s < HTTP_CLOSED; s++) {
        enum http_connection_state state = (enum http_connection_state)s;
        struct duration patience = http_connection_patience(state, &port->settings.timeouts);
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
