/* The life of one control connection: bytes in, requests answered one after the other, bytes out.
 * The time of a request runs from its first byte, so that a client that sends it drop by drop is
 * ended like one that says nothing; that of an answer runs from the latest progress. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "net/tcp.h"
#include "serve/control_parts.h"

#define IN_STEP     ((size_t)16 * 1024)
#define ENDING      duration_seconds(2)
#define GREET_AGAIN duration_ms(100)

static struct loop *loop_of(const struct connection *c)
{
    return c->control->settings.loop;
}

/* Passwords and tokens go by here. */
static void wipe_and_free(uint8_t *bytes, size_t len)
{
    if (bytes)
        token_wipe(bytes, len);
    free(bytes);
}

void control_connection_drop(struct connection *c)
{
    if (c->state == CONTROL_STREAMING)
        control_stream_end(c);
    if (c->task)
        c->task->context = NULL;
    loop_disarm(loop_of(c), &c->timer);
    loop_unwatch(loop_of(c), &c->watch);
    loop_close_later(loop_of(c), c->watch.fd);
    list_remove(&c->link);
    c->door->count--;
    tls_free(c->tls);
    wipe_and_free(c->in, c->in_cap);
    wipe_and_free(c->out, c->out_cap);
    free(c);
}

/* Time. */

void control_enter(struct connection *c, enum control_state state)
{
    const struct control_kind *kind = c->door->kind;
    const struct duration patience[] = {
        [CONTROL_GREETING] = kind->greeting, [CONTROL_WAITING] = kind->idle,
        [CONTROL_READING] = kind->request,   [CONTROL_SENDING] = kind->stall,
        [CONTROL_STREAMING] = CONTROL_BEAT,  [CONTROL_THINKING] = { 0 },
        [CONTROL_ENDING] = ENDING,
    };
    c->state = state;
    if (patience[state].ns == 0) {
        loop_disarm(loop_of(c), &c->timer);
        return;
    }
    struct instant due = instant_after(loop_now(loop_of(c)).steady, patience[state]);
    /* Without memory for a timer it goes on untimed, bounded by the number of connections. */
    (void)!loop_arm(loop_of(c), &c->timer, due);
}

static bool greet(struct connection *c);

static void late(struct timer *timer, struct now now)
{
    struct connection *c = timer->context;
    if (c->state == CONTROL_STREAMING) {
        if (!control_stream_beat(c, now))
            control_connection_drop(c);
        return;
    }
    /* The certificate may be there by now. */
    if (c->state == CONTROL_GREETING && !instant_reached(now.steady, c->greet_until)) {
        if (!greet(c))
            control_connection_drop(c);
        return;
    }
    if (c->state == CONTROL_READING && control_refuse(c, HTTP_HEAD_TIMED_OUT) && control_flush(c))
        return;
    control_connection_drop(c);
}

/* Sending. */

bool control_queue(struct connection *c, struct span bytes, size_t most)
{
    size_t waiting = c->out_len - c->out_sent;
    if (bytes.len > most || waiting > most - bytes.len)
        return false;
    if (c->out_sent > 0) {
        memmove(c->out, c->out + c->out_sent, waiting);
        c->out_len = waiting;
        c->out_sent = 0;
    }
    if (c->out_len + bytes.len > c->out_cap) {
        size_t cap = max_size(2 * c->out_cap, c->out_len + bytes.len);
        uint8_t *out = realloc(c->out, cap);
        if (!out)
            return false;
        c->out = out;
        c->out_cap = cap;
    }
    if (bytes.len > 0)
        memcpy(c->out + c->out_len, bytes.data, bytes.len);
    c->out_len += bytes.len;
    return true;
}

/* Everything is sent: an idle connection holds no answer. */
static void forget_sent(struct connection *c)
{
    wipe_and_free(c->out, c->out_cap);
    c->out = NULL;
    c->out_len = c->out_sent = c->out_cap = 0;
}

/* By TCP the client closes first: what it still sends is read off, so that no reset takes the
 * answer from it. */
static bool end_sending(struct connection *c)
{
    if (!c->door->kind->is_tcp)
        return false;
    if (c->state != CONTROL_ENDING) {
        control_wire_finish(c);
        control_enter(c, CONTROL_ENDING);
    }
    return loop_rewatch(loop_of(c), &c->watch, EPOLLIN) == 0;
}

static bool wait_for_room(struct connection *c)
{
    bool streaming = c->state == CONTROL_STREAMING;
    if (!streaming && c->state != CONTROL_GREETING)
        control_enter(c, CONTROL_SENDING);
    /* Who does not read is not listened to; of a stream's reader we want to know the end. */
    return loop_rewatch(loop_of(c), &c->watch, streaming ? EPOLLIN | EPOLLOUT : EPOLLOUT) == 0;
}

bool control_flush(struct connection *c)
{
    if (c->state == CONTROL_ENDING)
        return true;
    int r = control_wire_flush(c);
    while (r == 0 && c->out_sent < c->out_len) {
        int64_t n = control_wire_send(c, span_of(c->out + c->out_sent, c->out_len - c->out_sent));
        if (n < 0) {
            r = (int)n;
            break;
        }
        c->out_sent += (size_t)n;
        c->progress = loop_now(loop_of(c)).steady;
        r = control_wire_flush(c);
    }
    if (r == -EAGAIN)
        return wait_for_room(c);
    if (r < 0)
        return false;
    forget_sent(c);
    if (c->closing)
        return end_sending(c);
    if (c->state == CONTROL_SENDING)
        control_enter(c, CONTROL_WAITING);
    return loop_rewatch(loop_of(c), &c->watch, EPOLLIN) == 0;
}

/* Receiving. */

static bool has_room(struct connection *c)
{
    const struct http_limits *limits = c->door->kind->limits;
    const size_t most = (size_t)limits->head_max + limits->body_max;
    if (c->in_len < c->in_cap)
        return true;
    size_t cap = c->in_cap == 0 ? IN_STEP : 2 * c->in_cap;
    if (cap > most)
        cap = most;
    uint8_t *in = cap > c->in_cap ? realloc(c->in, cap) : NULL;
    if (!in)
        return false;
    c->in = in;
    c->in_cap = cap;
    return true;
}

static void forget_request(struct connection *c, size_t length)
{
    c->in_len -= length;
    memmove(c->in, c->in + length, c->in_len);
    http_request_parser_init(&c->parser, c->door->kind->limits);
    if (c->in_len > 0)
        return;
    wipe_and_free(c->in, c->in_cap);
    c->in = NULL;
    c->in_cap = 0;
}

/* Handle what is complete in the buffer; false when the connection must go. The next request waits
 * until the last answer is read: a client that only asks cannot make answers pile up. */
static bool take_requests(struct connection *c)
{
    while (c->in_len > 0 && c->out_sent == c->out_len && !c->closing &&
           c->state != CONTROL_STREAMING && c->state != CONTROL_THINKING) {
        struct http_request request;
        const struct span bytes = span_of(c->in, c->in_len);
        switch (http_request_parser_feed(&c->parser, bytes)) {
        case HTTP_PARSE_MORE:
            if (c->state == CONTROL_WAITING && http_request_parser_has_begun(&c->parser))
                control_enter(c, CONTROL_READING);
            if (http_request_parser_wants_continue(&c->parser, bytes) && !c->was_told_to_go_on) {
                c->was_told_to_go_on = true;
                return control_queue(c, span_text("HTTP/1.1 100 Continue\r\n\r\n"), SIZE_MAX / 2);
            }
            return true;
        case HTTP_PARSE_REFUSED:
            return control_refuse(c, c->parser.flaw);
        case HTTP_PARSE_READY:
            http_request_view(&c->parser, bytes, &request);
            c->was_told_to_go_on = false;
            control_enter(c, CONTROL_WAITING);
            if (!control_answer(c, &request, NULL))
                return false;
            if (c->state == CONTROL_THINKING)
                return true;
            forget_request(c, request.total_length);
            break;
        }
    }
    return true;
}

/* Answer and send in turn, as far as the reader goes along; false when the connection must go. */
static bool converse(struct connection *c)
{
    for (;;) {
        size_t before = c->in_len;
        if (!take_requests(c))
            return false;
        if (c->state == CONTROL_THINKING)
            return loop_rewatch(loop_of(c), &c->watch, 0) == 0;
        if (c->state == CONTROL_STREAMING)
            c->in_len = 0; /* a reader of a stream has nothing more to say */
        if (!control_flush(c))
            return false;
        if (c->in_len == before || c->in_len == 0 || c->out_sent < c->out_len)
            return true;
    }
}

void control_go_on(struct connection *c, const struct api_password_outcome *outcome)
{
    struct http_request request;
    http_request_view(&c->parser, span_of(c->in, c->in_len), &request);
    control_enter(c, CONTROL_WAITING);
    if (!control_answer(c, &request, outcome)) {
        control_connection_drop(c);
        return;
    }
    forget_request(c, request.total_length);
    if (!converse(c) || (c->out_sent == c->out_len && c->state == CONTROL_WAITING &&
                         loop_rewatch(loop_of(c), &c->watch, EPOLLIN) < 0))
        control_connection_drop(c);
}

/* Read what is there; false when the connection must go. */
static bool receive(struct connection *c)
{
    uint8_t nowhere[1024];
    /* With nothing watched only the client's end is told of. */
    if (c->state == CONTROL_THINKING)
        return false;
    bool listens = c->state == CONTROL_WAITING || c->state == CONTROL_READING;
    if (listens && !has_room(c))
        return c->in_len > 0; /* full: the parser refuses what does not fit */
    int64_t n = listens ? control_wire_receive(c, c->in + c->in_len, c->in_cap - c->in_len)
                        : control_wire_receive(c, nowhere, sizeof nowhere);
    if (n == 0 || (n < 0 && n != -EAGAIN && n != -EINTR))
        return false;
    if (n > 0 && listens)
        c->in_len += (size_t)n;
    return true;
}

/* Wait for what the greeting needs; -EBUSY: there is no certificate yet, look again in a moment. */
static bool greet(struct connection *c)
{
    int r = control_wire_greet(c);
    if (r == 0) {
        control_enter(c, CONTROL_WAITING);
        return loop_rewatch(loop_of(c), &c->watch, EPOLLIN) == 0;
    }
    if (r == -EBUSY) {
        struct instant now = loop_now(loop_of(c)).steady;
        if (instant_reached(now, c->greet_until))
            return false;
        return loop_rewatch(loop_of(c), &c->watch, 0) == 0 &&
               loop_arm(loop_of(c), &c->timer, instant_after(now, GREET_AGAIN)) == 0;
    }
    if (r != -EAGAIN)
        return false;
    uint32_t events = c->tls && tls_owes(c->tls) ? EPOLLOUT : EPOLLIN;
    return loop_rewatch(loop_of(c), &c->watch, events) == 0;
}

static bool serve(struct connection *c, uint32_t events)
{
    if (c->state == CONTROL_GREETING) {
        if (!greet(c))
            return false;
        if (c->state == CONTROL_GREETING)
            return true;
    }
    do {
        if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !receive(c))
            return false;
        if (c->state != CONTROL_ENDING && !converse(c))
            return false;
    } while (control_wire_has_unread(c) && c->out_sent == c->out_len && !c->closing &&
             c->state != CONTROL_STREAMING && c->state != CONTROL_THINKING);
    return true;
}

static void connection_ready(struct watch *watch, uint32_t events)
{
    struct connection *c = watch->context;
    if (!serve(c, events))
        control_connection_drop(c);
}

/* Who connected, for the list of deeds; the socket's mode has let them in already. */
static uint32_t peer_uid(int fd)
{
    struct ucred who = { 0 };
    socklen_t len = sizeof who;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 ? who.uid : UINT32_MAX;
}

int control_connection_new(struct control_door *door, int fd, struct ipv4 from)
{
    struct loop *loop = door->control->settings.loop;
    struct connection *c = calloc(1, sizeof *c);
    if (!c)
        return -ENOMEM;
    c->control = door->control;
    c->door = door;
    c->from = from;
    c->uid = door->kind->is_tcp ? 0 : peer_uid(fd);
    c->watch =
        (struct watch){ .fd = fd, .events = EPOLLIN, .ready = connection_ready, .context = c };
    timer_init(&c->timer, late, c);
    http_request_parser_init(&c->parser, door->kind->limits);
    int r = loop_watch(loop, &c->watch);
    if (r < 0) {
        free(c);
        return r;
    }
    list_append(&door->connections, &c->link);
    door->count++;
    c->greet_until = instant_after(loop_now(loop).steady, door->kind->greeting);
    control_enter(c, door->kind->is_tcp ? CONTROL_GREETING : CONTROL_WAITING);
    return 0;
}
