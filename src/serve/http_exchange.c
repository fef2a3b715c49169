/* One connection of the HTTP port: requests are read, answered and followed by the next. The bytes
 * of a request are read into a buffer of the lane and kept only while they are incomplete. Which
 * state follows which is in http/connection.c. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "http/target.h"
#include "model/answer_path.h"
#include "model/media_type.h"
#include "net/tcp.h"
#include "serve/http_lane.h"

#define PIPELINE_MAX    128
#define DRAIN_BYTES_MAX ((uint32_t)1 << 20)
#define NAME_MAX_BYTES  2048

/* Connections. */

void http_exchange_close(struct connection *c)
{
    struct http_port *port = c->port;
    http_transfer_close(c);
    free(c->pending);
    tls_free(c->tls);
    loop_close_watch(port->loop, &c->watch);
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
    if (c->state == HTTP_OPENING || (c->state == HTTP_SENDING && c->is_starved))
        events = 0;
    else if (c->state == HTTP_SENDING || (http_stream_owes(c) && c->state != HTTP_DRAINING))
        events = EPOLLOUT;
    return loop_rewatch(c->port->loop, &c->watch, events) == 0;
}

/* The last bytes are out: end the stream, read off what is still coming. */
static void drain(struct connection *c)
{
    http_transfer_close(c);
    free(take_ptr(&c->pending));
    http_stream_finish(c);
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
    return http_stream_send(c, bytes, w.len, false) == (int64_t)w.len && !http_stream_owes(c);
}

static void answer_refusal(struct connection *c, enum http_flaw flaw)
{
    struct http_response_head head = {
        .status = http_flaw_status(flaw),
        .now = loop_now(c->port->loop).calendar,
        .allow = flaw == HTTP_METHOD_NOT_ALLOWED ? "GET, HEAD" : NULL,
        .retry_after = flaw == HTTP_TOO_MANY_REQUESTS,
        .close = true,
    };
    if (head.status != 0)
        (void)send_short(c, &head, false);
    drain(c);
}

static void refuse(struct connection *c, enum http_flaw flaw)
{
    http_tell_refused(c->port, c->source, flaw);
    answer_refusal(c, flaw);
}

/* Does the client ask too often? Then it is told so, and the operator once in a while. */
static bool is_limited(struct connection *c)
{
    struct http_port *port = c->port;
    enum client_allowance allowance =
        client_limits_ask(port->limits, c->source.addr, loop_now(port->loop).steady);
    if (allowance == CLIENT_ALLOWED)
        return false;
    if (allowance == CLIENT_OVER_LIMIT_FIRST)
        http_tell_limited(port, c->source);
    answer_refusal(c, HTTP_TOO_MANY_REQUESTS);
    return true;
}

/* The kernel has the last byte. Where the client has said that nothing more comes, and nothing has,
 * the connection can go at once: reading late bytes off, lest a reset overtakes the answer (RFC
 * 9112 9.6), is for others. */
static enum http_progress finish_transfer(struct connection *c, bool may_close)
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
    else if (may_close)
        return PROGRESS_GONE;
    else
        drain(c);
    return PROGRESS_DONE;
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
    case -ESTALE:
        return 410;
    case -EMFILE:
    case -ENFILE:
    case -ENOMEM:
    case -EAGAIN:
    case -EHOSTUNREACH:
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
        .sentence = t->fetch.says_why && t->fetch.why[0] ? t->fetch.why : NULL,
    };
    head.retry_after = head.status == 503;
    /* Of what is told to the client the provider has told the operator. */
    struct event e =
        http_tell_file(c, t->fetch.is_optional ? EVENT_OPTIONAL_ABSENT : EVENT_HTTP_NOT_FOUND, t);
    if (!t->fetch.is_optional)
        event_add_text(&e, "reason", t->fetch.why);
    if (!t->fetch.says_why)
        http_tell(c, &e);
    if (!send_short(c, &head, request->method == HTTP_HEAD))
        return PROGRESS_GONE;
    if (request->keep_alive)
        enter(c, HTTP_EVENT_ANSWERED);
    else
        drain(c);
    return PROGRESS_DONE;
}

static const char *type_of(const struct body *body, struct span name)
{
    if (body->media_type && strcmp(body->media_type, "application/octet-stream") != 0)
        return body->media_type;
    return media_type_of(name);
}

static enum http_progress start_reply(struct connection *c, const struct http_request *request,
                                      struct transfer *t, struct span name)
{
    struct http_port *port = c->port;
    struct writer head = writer_over(port->head, sizeof port->head);
    uint64_t number = ++port->sequence;

    t->media_type = type_of(&t->fetch.body, name);
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
    if (t->reply.range_count > 0 && (t->reply.length > SMALL_MAX || t->fetch.is_growing))
        p = http_transfer_send(c);
    else
        p = http_transfer_send_small(c);
    if (p == PROGRESS_BLOCKED) {
        if (!http_transfer_keep(port, t))
            return PROGRESS_GONE;
        enter(c, HTTP_EVENT_BLOCKED);
    } else if (p == PROGRESS_DONE) {
        p = finish_transfer(c, port->read_all && !c->tls && !request->keep_alive);
    }
    return p;
}

static bool may_wait(const struct connection *c, int error)
{
    return (error == -EMFILE || error == -ENFILE || error == -EAGAIN) && c->state != HTTP_CLOSED;
}

/* POST is for installers: to ask for their answers, and to say that they are done. What they send
 * along is read and passed over. Others send no body at all. */
static enum http_flaw check_method(const struct http_request *request, struct span name)
{
    struct safe_path path;
    struct span token, file;

    if (request->method != HTTP_POST)
        return request->body.len == 0 ? HTTP_SOUND : HTTP_BODY_TOO_LONG;
    return safe_path_parse(name, &path) == PATH_SOUND && answer_path_split(&path, &token, &file)
               ? HTTP_SOUND
               : HTTP_METHOD_NOT_ALLOWED;
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

    if (request->method == HTTP_GET || request->method == HTTP_HEAD || request->method == HTTP_POST)
        flaw = http_target_split(request->target, &path, &query);
    if (flaw == HTTP_SOUND)
        flaw = http_target_decode(path, &name);
    if (flaw == HTTP_SOUND)
        flaw = check_method(request, text_span(&name));
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
        .over_tls = c->tls != NULL,
        .head_only = request->method == HTTP_HEAD,
        .is_certified = c->tls && tls_client_is_known(c->tls),
        .now = loop_now(port->loop),
    };
    t->started = t->told = t->told_way = wanted.now.steady;
    struct text shown = text_over(t->name, sizeof t->name);
    answer_path_show(wanted.name, &shown);
    int r = port->provider->open(port->provider->context, &wanted, &arena, &t->fetch);
    t->arena_cap = arena.used;
    if (r == 0)
        return start_reply(c, request, t, wanted.name);
    enum http_progress p = PROGRESS_BLOCKED;
    if (patient && may_wait(c, r)) {
        if (c->state != HTTP_OPENING && r != -EAGAIN)
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
        if (c->state != HTTP_OPENING && is_limited(c))
            return true;
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

/* Read once and answer. -EAGAIN when there was nothing to read; another negative errno when the
 * connection must be closed. */
static int read_once(struct connection *c)
{
    struct http_request_parser parser;
    size_t len = take_pending(c, &parser);
    int64_t n = http_stream_receive(c, c->port->in + len, sizeof c->port->in - len);

    c->port->read_all = n > 0 && (size_t)n < sizeof c->port->in - len;
    if (n == -EAGAIN && len > 0 && !keep_pending(c, &parser, span_of(c->port->in, len)))
        return -ENOMEM;
    if (n <= 0)
        return n == 0 ? -ENOTCONN : (int)n;
    bool goes_on = serve_bytes(c, &parser, span_of(c->port->in, len + (size_t)n), true);
    return goes_on ? 0 : -ENOTCONN;
}

static bool reads(const struct connection *c)
{
    return c->state == HTTP_WAITING || c->state == HTTP_READING;
}

/* Read and answer; then, with TLS, what OpenSSL has read ahead, of which epoll knows nothing. False
 * when the connection must be closed. */
static bool read_on(struct connection *c)
{
    int r = read_once(c);
    while (r == 0 && reads(c) && http_stream_has_unread(c))
        r = read_once(c);
    return r == 0 || r == -EAGAIN;
}

static void read_request(struct connection *c)
{
    if (!read_on(c) || !set_interest(c))
        http_exchange_close(c);
}

/* Go on with what was kept while the connection could not read. */
void http_exchange_resume(struct connection *c, bool patient)
{
    struct http_request_parser parser;
    size_t len = take_pending(c, &parser);
    c->port->read_all = false;
    bool goes_on = len == 0 || serve_bytes(c, &parser, span_of(c->port->in, len), patient);
    if (goes_on && reads(c) && http_stream_has_unread(c))
        goes_on = read_on(c);
    if (!goes_on || !set_interest(c))
        http_exchange_close(c);
}

/* The TLS handshake goes on; a request may have come with its last message. */
static void greet(struct connection *c)
{
    int r = http_stream_greet(c);
    if (r == 0) {
        enter(c, HTTP_EVENT_GREETED);
        if (http_stream_has_unread(c)) {
            read_request(c);
            return;
        }
    } else if (r == -EPROTO) {
        drain(c); /* an alert is on its way; a reset could overtake it */
    } else if (r != -EAGAIN) {
        http_exchange_close(c);
        return;
    }
    if (!set_interest(c))
        http_exchange_close(c);
}

/* What waited for the socket may have gone; then there may be something to read. */
static void send_owed(struct connection *c)
{
    int r = http_stream_flush(c);
    if (r == 0)
        read_request(c);
    else if (r != -EAGAIN)
        http_exchange_close(c);
}

static void send_on(struct connection *c)
{
    switch (http_transfer_send(c)) {
    case PROGRESS_GONE:
        http_exchange_close(c);
        return;
    case PROGRESS_BLOCKED:
        enter(c, HTTP_EVENT_BLOCKED);
        if (!set_interest(c))
            http_exchange_close(c);
        return;
    case PROGRESS_DONE:
        (void)finish_transfer(c, false); /* it has been a while: something may have come */
        http_exchange_resume(c, true);
        return;
    }
}

void http_exchange_feed(struct connection *c)
{
    if (c->is_starved)
        send_on(c);
}

static void read_off(struct connection *c)
{
    int64_t n = tcp_receive(c->watch.fd, c->port->in, sizeof c->port->in);
    if (n == -EAGAIN)
        return;
    if (n > 0)
        c->drained += (uint32_t)n;
    if (n <= 0 || c->drained > DRAIN_BYTES_MAX)
        http_exchange_close(c);
}

void http_exchange_ready(struct watch *watch, uint32_t events)
{
    struct connection *c = watch->context;
    if (c->state == HTTP_SENDING && c->is_starved && events & (EPOLLERR | EPOLLHUP))
        http_exchange_close(c); /* nothing would be sent that could tell it */
    else if (c->state == HTTP_SENDING)
        send_on(c); /* an error shows in the next send */
    else if (c->state == HTTP_DRAINING)
        read_off(c);
    else if (c->state == HTTP_GREETING)
        greet(c);
    else if (c->state == HTTP_OPENING && events & (EPOLLERR | EPOLLHUP))
        http_exchange_close(c);
    else if (c->state != HTTP_OPENING && http_stream_owes(c))
        send_owed(c);
    else if (c->state != HTTP_OPENING)
        read_request(c);
}

/* Time. */

void http_exchange_end_late(struct connection *c)
{
    enum http_flaw flaw = http_connection_late(c->state);
    if (c->state == HTTP_READING) {
        refuse(c, flaw);
        if (!set_interest(c))
            http_exchange_close(c);
        return;
    }
    if (c->state == HTTP_GREETING) {
        if (c->tls) /* a client that said nothing at all is not worth a line */
            http_tell_tls(c, TLS_TIMED_OUT);
        http_exchange_close(c);
        return;
    }
    if (c->state == HTTP_OPENING) {
        http_exchange_resume(c, false);
        return;
    }
    if (c->state == HTTP_SENDING) {
        http_tell_refused(c->port, c->source, flaw);
        tcp_set_reset(c->watch.fd);
    }
    http_exchange_close(c);
}
