/* See http_session.h. Bytes go: socket -> the port's scratch -> parser; provider -> reply -> one
 * send for small bodies, head and sendfile for large ones. Which state follows is http/connection's
 * table; how long it may last is too. */
#include "serve/http_session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "http/request_parser.h"
#include "http/target.h"
#include "net/tcp.h"

#define SEND_PER_TURN (UINT64_C(4) * 1024 * 1024) /* then the other connections have their turn */
#define OPEN_AGAIN_MS 50

static struct now session_now(const struct http_session *s)
{
    return loop_now(s->port->loop);
}

/* Answers under way. */

static void end_transfer(struct http_session *s)
{
    struct http_transfer *t = s->transfer;
    if (!t)
        return;
    if (t->is_open)
        s->port->provider->close(s->port->provider->context, &t->fetch);
    free(t->generated);
    free(t);
    s->transfer = NULL;
}

void http_session_drop(struct http_session *session)
{
    struct http_session *s = session;
    end_transfer(s);
    loop_disarm(s->port->loop, &s->timer);
    loop_unwatch(s->port->loop, &s->watch);
    loop_close_later(s->port->loop, s->watch.fd);
    list_remove(&s->link);
    s->port->count--;
    http_port_forget(s->port, s->peer.addr);
    free(s->kept);
    free(s->unsent);
    free(s);
}

/* Move to the state after `event`; false when the connection is over and gone. */
static bool move(struct http_session *s, enum http_connection_event event)
{
    enum http_connection_state former = s->state;
    s->state = http_connection_next(former, event);
    if (s->state == HTTP_CLOSED) {
        http_session_drop(s);
        return false;
    }
    if (s->state != former || http_connection_restarts(s->state, event)) {
        struct duration patience = http_connection_patience(s->state, &http_timeouts_boot);
        if (s->state == HTTP_OPENING)
            patience = duration_ms(OPEN_AGAIN_MS);
        if (loop_arm(s->port->loop, &s->timer, instant_after(session_now(s).steady, patience)) <
            0) {
            http_session_drop(s);
            return false;
        }
    }
    uint32_t events = s->state == HTTP_SENDING ? EPOLLOUT : s->state == HTTP_OPENING ? 0 : EPOLLIN;
    if (loop_rewatch(s->port->loop, &s->watch, events) < 0) {
        http_session_drop(s);
        return false;
    }
    return true;
}

enum flow {
    FLOW_GONE,     /* the session is dropped */
    FLOW_WAITS,    /* for the socket or a timer */
    FLOW_ANSWERED, /* the answer is out, the connection stays */
};

/* The connection's end: what the client has not got must not look whole. */
static enum flow cut(struct http_session *s, const char *reason)
{
    http_port_tell_cut(s->port, s->transfer, reason);
    tcp_set_reset(s->watch.fd);
    http_session_drop(s);
    return FLOW_GONE;
}

static enum flow aborted(struct http_session *s)
{
    if (s->transfer && s->transfer->is_get && s->transfer->reply.status < 300)
        http_port_tell_aborted(s->port, s->transfer);
    http_session_drop(s);
    return FLOW_GONE;
}

static enum flow blocked(struct http_session *s)
{
    return move(s, HTTP_EVENT_BLOCKED) ? FLOW_WAITS : FLOW_GONE;
}

static enum flow answered(struct http_session *s)
{
    struct http_transfer *t = s->transfer;
    const struct provider *provider = s->port->provider;
    if (t && t->is_get && t->reply.reaches_end) {
        http_port_tell_done(s->port, t);
        provider->delivered(provider->context, &t->fetch, session_now(s));
    }
    end_transfer(s);
    if (s->last_answer) {
        tcp_finish(s->watch.fd);
        return move(s, HTTP_EVENT_LAST_ANSWERED) ? FLOW_WAITS : FLOW_GONE;
    }
    return move(s, HTTP_EVENT_ANSWERED) ? FLOW_ANSWERED : FLOW_GONE;
}

/* Keep what the socket did not take. */
static bool keep_unsent(struct http_session *s, struct span rest)
{
    uint8_t *copy = malloc(rest.len);
    if (!copy)
        return false;
    memcpy(copy, rest.data, rest.len);
    free(s->unsent);
    s->unsent = copy;
    s->unsent_len = (uint32_t)rest.len;
    s->unsent_done = 0;
    return true;
}

/* Send bytes in memory; FLOW_ANSWERED here means "all gone". */
static enum flow send_bytes(struct http_session *s, struct span bytes, bool more)
{
    while (bytes.len > 0) {
        int64_t n = tcp_send(s->watch.fd, bytes.data, bytes.len, more);
        if (n == -EAGAIN)
            return keep_unsent(s, bytes) ? blocked(s) : aborted(s);
        if (n < 0)
            return aborted(s);
        bytes = span_from(bytes, (size_t)n);
    }
    return FLOW_ANSWERED;
}

static enum flow flush_unsent(struct http_session *s)
{
    while (s->unsent) {
        int64_t n = tcp_send(s->watch.fd, s->unsent + s->unsent_done,
                             s->unsent_len - s->unsent_done, s->transfer != NULL);
        if (n == -EAGAIN)
            return blocked(s);
        if (n < 0)
            return aborted(s);
        s->unsent_done += (uint32_t)n;
        if (s->unsent_done == s->unsent_len) {
            free(s->unsent);
            s->unsent = NULL;
        }
    }
    return FLOW_ANSWERED;
}

/* Send of the body what the socket takes. */
static enum flow pump(struct http_session *s)
{
    struct http_transfer *t = s->transfer;
    uint8_t scratch[HTTP_PART_HEAD_MAX];
    struct http_slice slice;
    uint64_t budget = SEND_PER_TURN;
    enum flow flow = flush_unsent(s);

    if (flow != FLOW_ANSWERED)
        return flow;
    while (t &&
           http_reply_next(&t->reply, &t->fetch.body, t->fetch.body.media_type, scratch, &slice)) {
        if (slice.length == 0)
            return cut(s, "its parts are shorter than they should be");
        if (budget == 0)
            return blocked(s);
        uint64_t want = slice.length < budget ? slice.length : budget;
        int64_t n = slice.fd >= 0 ? tcp_send_file(s->watch.fd, slice.fd, slice.offset, want)
                                  : tcp_send(s->watch.fd, slice.memory, (size_t)want, !slice.last);
        if (n == -EAGAIN)
            return blocked(s);
        if (n == 0)
            return cut(s, "it became shorter while it was sent");
        if (n == -EIO)
            return cut(s, "the disk cannot read it");
        if (n < 0)
            return aborted(s);
        http_reply_advance(&t->reply, (uint64_t)n);
        budget -= (uint64_t)n;
    }
    return answered(s);
}

/* Requests. */

static enum flow answer_short(struct http_session *s, uint16_t status, bool head_only, bool close,
                              const char *allow)
{
    struct writer w = writer_over(s->port->output, sizeof s->port->output);
    const struct http_response_head head = { .status = status,
                                             .now = session_now(s).calendar,
                                             .allow = allow,
                                             .retry_after = status == 503,
                                             .close = close };
    http_response_short_write(&w, &head, head_only);
    s->last_answer = close;
    enum flow flow = send_bytes(s, writer_span(&w), false);
    return flow == FLOW_ANSWERED ? answered(s) : flow;
}

static enum flow refuse(struct http_session *s, enum http_flaw flaw)
{
    http_port_tell_refused(s->port, s->peer.addr, flaw);
    uint16_t status = http_flaw_status(flaw);
    if (status == 0) {
        http_session_drop(s);
        return FLOW_GONE;
    }
    return answer_short(s, status, false, true, NULL);
}

static uint16_t status_of(int r)
{
    switch (r) {
    case -EACCES:
    case -EISDIR:
    case -EINVAL:
        return 403;
    case -EMFILE:
    case -ENFILE:
    case -ENOMEM:
        return 503;
    case -EIO:
        return 500;
    default:
        return 404;
    }
}

/* A small file or text leaves with its head in one send. */
static enum flow send_small(struct http_session *s, struct writer *head)
{
    struct http_transfer *t = s->transfer;
    uint8_t scratch[HTTP_PART_HEAD_MAX];
    struct http_slice slice;

    while (http_reply_next(&t->reply, &t->fetch.body, t->fetch.body.media_type, scratch, &slice)) {
        uint8_t *at = head->data + head->len;
        int64_t n = -ENOSPC;
        if (slice.length > writer_left(head))
            break;
        if (slice.fd < 0) {
            memcpy(at, slice.memory, (size_t)slice.length);
            n = (int64_t)slice.length;
        } else {
            n = tcp_read_file(slice.fd, at, (size_t)slice.length, slice.offset);
        }
        if (n <= 0)
            return cut(s,
                       n == 0 ? "it became shorter while it was sent" : "the disk cannot read it");
        head->len += (size_t)n;
        http_reply_advance(&t->reply, (uint64_t)n);
    }
    enum flow flow = send_bytes(s, writer_span(head), false);
    return flow == FLOW_ANSWERED ? pump(s) : flow;
}

/* The arena is the port's: a generated text that outlives this turn is copied. */
static bool keep_generated(struct http_transfer *t)
{
    struct body_piece *piece = &t->fetch.body.pieces[0];
    if (t->fetch.body.piece_count != 1 || piece->fd >= 0 || piece->length == 0)
        return true;
    t->generated = malloc((size_t)piece->length);
    if (!t->generated)
        return false;
    memcpy(t->generated, piece->memory, (size_t)piece->length);
    piece->memory = (const uint8_t *)t->generated;
    return true;
}

static enum flow begin_reply(struct http_session *s, const struct http_request *request)
{
    struct http_transfer *t = s->transfer;
    struct writer w = writer_over(s->port->output, sizeof s->port->output);

    t->is_get = request->method == HTTP_GET;
    t->started = session_now(s).steady;
    http_reply_begin(&t->reply, request, &t->fetch.body, t->fetch.body.media_type,
                     session_now(s).calendar, s->port->seed++, &w);
    s->last_answer = !t->reply.keep_alive;
    if (w.failed || !keep_generated(t))
        return aborted(s);
    if (t->reply.length <= HTTP_SMALL_BODY - 1024)
        return send_small(s, &w);
    enum flow flow = send_bytes(s, writer_span(&w), true);
    return flow == FLOW_ANSWERED ? pump(s) : flow;
}

static enum flow handle_request(struct http_session *s, const struct http_request *request)
{
    struct http_port *port = s->port;
    const struct provider *provider = port->provider;
    struct arena arena = arena_over(port->arena_memory, sizeof port->arena_memory);
    struct fetch_request question = { .transport = TRANSPORT_HTTP,
                                      .source = s->peer,
                                      .local = s->local.addr,
                                      .local_port = s->local.port,
                                      .now = session_now(s) };
    char name[2048];
    struct text path_text = text_over(name, sizeof name);
    struct span path;

    bool head_only = request->method == HTTP_HEAD;
    if (request->method != HTTP_GET && !head_only) {
        http_port_tell_refused(port, s->peer.addr, HTTP_METHOD_NOT_ALLOWED);
        return answer_short(s, 405, false, !request->keep_alive, "GET, HEAD");
    }
    enum http_flaw flaw = http_target_split(request->target, &path, &question.query);
    if (flaw == HTTP_SOUND)
        flaw = http_target_decode(path, &path_text);
    if (flaw != HTTP_SOUND)
        return refuse(s, flaw);
    question.name = text_span(&path_text);
    struct http_transfer *t = calloc(1, sizeof *t);
    if (!t)
        return answer_short(s, 503, head_only, !request->keep_alive, NULL);
    s->transfer = t;
    int r = provider->open(provider->context, &question, &arena, &t->fetch);
    if (r == 0) {
        t->is_open = true;
        s->opening_until.ns = 0;
        return begin_reply(s, request);
    }
    if (r == -EMFILE || r == -ENFILE) {
        end_transfer(s);
        http_port_tell_exhausted(port);
        return FLOW_WAITS; /* the caller keeps the request */
    }
    if (request->method == HTTP_GET)
        http_port_tell_missing(port, &t->fetch, question.name);
    end_transfer(s);
    return answer_short(s, status_of(r), head_only, !request->keep_alive, NULL);
}

/* Keep bytes of an incomplete or waiting request. */
static bool keep(struct http_session *s, struct span bytes)
{
    if (!s->kept) {
        s->kept = malloc(HTTP_INPUT_MAX);
        if (!s->kept)
            return false;
    }
    if (bytes.len > HTTP_INPUT_MAX)
        return false;
    memmove(s->kept, bytes.data, bytes.len);
    s->kept_len = (uint16_t)bytes.len;
    return true;
}

static void forget_kept(struct http_session *s)
{
    free(s->kept);
    s->kept = NULL;
    s->kept_len = 0;
}

/* Try again in a moment, for as long as firmware waits. */
static void wait_for_descriptor(struct http_session *s)
{
    if (s->opening_until.ns == 0)
        s->opening_until = instant_after(
            session_now(s).steady, http_connection_patience(HTTP_OPENING, &http_timeouts_boot));
    if (instant_reached(session_now(s).steady, s->opening_until)) {
        forget_kept(s);
        (void)answer_short(s, 503, false, true, NULL);
        return;
    }
    (void)move(s, HTTP_EVENT_NO_DESCRIPTOR);
}

/* Handle all whole requests in `bytes` (pipelining), keeping what is left. */
static void take_requests(struct http_session *s, struct span bytes)
{
    while (bytes.len > 0) {
        struct http_request_parser parser;
        struct http_request request;
        http_request_parser_init(&parser, &http_limits_boot);
        enum http_parse parsed = http_request_parser_feed(&parser, bytes);
        if (parsed == HTTP_PARSE_REFUSED) {
            (void)refuse(s, parser.flaw);
            return;
        }
        if (parsed == HTTP_PARSE_MORE) {
            bool begun = http_request_parser_has_begun(&parser);
            if (!keep(s, bytes))
                (void)refuse(s, HTTP_HEAD_TOO_LONG);
            else if (begun)
                (void)move(s, HTTP_EVENT_BEGUN);
            return;
        }
        http_request_view(&parser, bytes, &request);
        enum flow flow = handle_request(s, &request);
        if (flow == FLOW_GONE)
            return;
        bool no_descriptor = flow == FLOW_WAITS && !s->transfer && !s->unsent && !s->last_answer;
        struct span rest = no_descriptor ? bytes : span_from(bytes, request.total_length);
        if (no_descriptor || flow == FLOW_WAITS) {
            if (rest.len > 0 && !keep(s, rest)) {
                http_session_drop(s);
                return;
            }
            if (no_descriptor)
                wait_for_descriptor(s);
            return;
        }
        bytes = rest;
    }
    forget_kept(s);
}

static void read_more(struct http_session *s)
{
    uint8_t *input = s->port->input;
    size_t have = s->kept_len;
    if (have > 0)
        memcpy(input, s->kept, have);
    s->kept_len = 0;
    int64_t n = tcp_receive(s->watch.fd, input + have, HTTP_INPUT_MAX - have);
    if (n == -EAGAIN) {
        s->kept_len = (uint16_t)have;
        return;
    }
    if (n <= 0) {
        http_session_drop(s);
        return;
    }
    take_requests(s, span_of(input, have + (size_t)n));
}

/* After an answer that had to wait: the requests that came meanwhile. */
static void go_on(struct http_session *s)
{
    size_t have = s->kept_len;
    if (have == 0)
        return;
    memcpy(s->port->input, s->kept, have);
    s->kept_len = 0;
    take_requests(s, span_of(s->port->input, have));
}

static void drain(struct http_session *s)
{
    for (int i = 0; i < 8; i++) {
        int64_t n = tcp_receive(s->watch.fd, s->port->input, sizeof s->port->input);
        if (n == -EAGAIN)
            return;
        if (n <= 0) {
            http_session_drop(s);
            return;
        }
    }
}

static void session_ready(struct watch *watch, uint32_t events)
{
    struct http_session *s = watch->context;
    switch (s->state) {
    case HTTP_WAITING:
    case HTTP_READING:
        read_more(s);
        return;
    case HTTP_SENDING:
        if (events & (EPOLLERR | EPOLLHUP)) {
            (void)aborted(s);
            return;
        }
        if (pump(s) == FLOW_ANSWERED)
            go_on(s);
        return;
    case HTTP_DRAINING:
        drain(s);
        return;
    case HTTP_OPENING:
    case HTTP_CLOSED:
    case HTTP_STATE_COUNT:
        http_session_drop(s); /* only an error or hang-up wakes it here */
        return;
    }
}

static void timer_fired(struct timer *timer, struct now now)
{
    struct http_session *s = timer->context;
    enum http_flaw flaw = http_connection_late(s->state);

    (void)now;
    if (s->state == HTTP_OPENING) {
        s->state = HTTP_READING;
        go_on(s);
        return;
    }
    if (s->state == HTTP_SENDING) {
        http_port_tell_refused(s->port, s->peer.addr, flaw);
        tcp_set_reset(s->watch.fd);
        (void)aborted(s);
        return;
    }
    if (flaw != HTTP_SOUND) {
        (void)refuse(s, flaw);
        return;
    }
    http_session_drop(s);
}

bool http_session_start(struct http_port *port, int fd, struct endpoint peer, struct endpoint local)
{
    struct http_session *s = calloc(1, sizeof *s);
    if (!s) {
        close(fd);
        http_port_forget(port, peer.addr);
        return false;
    }
    s->port = port;
    s->peer = peer;
    s->local = local;
    s->state = HTTP_WAITING;
    s->watch = (struct watch){ .fd = fd, .events = EPOLLIN, .ready = session_ready, .context = s };
    timer_init(&s->timer, timer_fired, s);
    list_append(&port->sessions, &s->link);
    port->count++;
    struct duration patience = http_connection_patience(HTTP_READING, &http_timeouts_boot);
    if (loop_watch(port->loop, &s->watch) < 0 ||
        loop_arm(port->loop, &s->timer, instant_after(session_now(s).steady, patience)) < 0) {
        http_session_drop(s);
        return false;
    }
    /* Most clients have sent their request by now. */
    read_more(s);
    return true;
}
