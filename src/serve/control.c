/* See control.h. One request a connection is the rule, keep-alive works; a stream of events goes on
 * until the reader leaves, and a reader that is too slow for it is cut. Everything is bounded:
 * connections, request size, bytes waiting to be sent. */
#include "serve/control.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/api.h"
#include "http/request_parser.h"
#include "http/response.h"
#include "http/target.h"
#include "serve/control_backend.h"

#define CONNECTIONS_MAX 32
#define HEAD_MAX        8192
#define STREAM_WAIT_MAX ((size_t)256 * 1024)
#define ACCEPT_PAUSE_MS 100

static const struct http_limits api_limits = {
    .head_max = HEAD_MAX, .target_max = 2048, .fields_max = 32, .body_max = API_BODY_MAX
};

struct connection {
    struct list link;
    struct control *control;
    struct watch watch;
    struct http_request_parser parser;
    uint8_t *in;
    size_t in_len;
    uint8_t *out; /* bytes waiting to be sent */
    size_t out_len, out_sent, out_cap;
    bool closing; /* when all is sent */
    bool streaming;
    struct api_follow follow;
    struct recorder_listener listener;
};

struct control {
    struct control_settings settings;
    struct api_backend backend;
    struct watch watch;
    struct timer accept_again;
    struct list connections;
    uint32_t count;
    void *arena_memory;
};

static void drop(struct connection *c)
{
    struct control *control = c->control;
    if (c->streaming)
        list_remove(&c->listener.link);
    loop_unwatch(control->settings.loop, &c->watch);
    loop_close_later(control->settings.loop, c->watch.fd);
    list_remove(&c->link);
    control->count--;
    free(c->in);
    free(c->out);
    free(c);
}

/* Sending. */

static bool queue_bytes(struct connection *c, struct span bytes, size_t most)
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

/* False when the connection is gone. */
static bool flush_out(struct connection *c)
{
    while (c->out_sent < c->out_len) {
        ssize_t n = send(c->watch.fd, c->out + c->out_sent, c->out_len - c->out_sent,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            /* Who does not read is not listened to; of a stream's reader we want to know the end.
             */
            return loop_rewatch(c->control->settings.loop, &c->watch,
                                c->streaming ? EPOLLIN | EPOLLOUT : EPOLLOUT) == 0;
        if (n < 0)
            return false;
        c->out_sent += (size_t)n;
    }
    if (c->closing)
        return false;
    return loop_rewatch(c->control->settings.loop, &c->watch, EPOLLIN) == 0;
}

static bool queue_reply(struct connection *c, const struct http_response_head *head,
                        struct span body)
{
    uint8_t memory[HTTP_HEAD_MAX];
    struct writer w = writer_over(memory, sizeof memory);
    http_response_head_write(&w, head);
    return !w.failed && queue_bytes(c, writer_span(&w), SIZE_MAX / 2) &&
           queue_bytes(c, body, SIZE_MAX / 2);
}

/* Streams. */

static void told(struct recorder_listener *listener, const struct event *event)
{
    struct connection *c = listener->context;
    text_buffer(line, EVENT_JSON_MAX + 1);
    struct text text = text_over(line, sizeof line);
    struct json_writer j = json_over(&text);

    if (!api_follow_wants(&c->follow, event->sequence, event->machine))
        return;
    event_json(event, &j, NULL);
    text_add_char(&text, '\n');
    c->follow.after = event->sequence;
    if (text.failed)
        return;
    if (!queue_bytes(c, text_span(&text), STREAM_WAIT_MAX) || !flush_out(c))
        drop(c);
}

static bool send_remembered(void *context, const struct api_event *event)
{
    struct connection *c = context;
    c->follow.after = event->sequence;
    return queue_bytes(c, event->json, STREAM_WAIT_MAX) &&
           queue_bytes(c, span_text("\n"), STREAM_WAIT_MAX);
}

static bool begin_stream(struct connection *c, const struct api_reply *reply)
{
    uint8_t memory[HTTP_HEAD_MAX];
    struct writer w = writer_over(memory, sizeof memory);
    /* Without a length the end of the connection ends the body (RFC 9112 6.3). */
    writer_text(&w, "HTTP/1.1 200 OK\r\nContent-Type: application/jsonl\r\n"
                    "Cache-Control: no-store\r\nConnection: close\r\n\r\n");
    if (!queue_bytes(c, writer_span(&w), STREAM_WAIT_MAX))
        return false;
    c->follow = reply->follow;
    const struct api_backend *backend = &c->control->backend;
    if (backend->each_event(backend->context, c->follow.machine, c->follow.after, 1000,
                            send_remembered, c) != API_DONE)
        return false;
    c->streaming = true;
    c->listener = (struct recorder_listener){ .told = told, .context = c };
    recorder_listen(c->control->settings.recorder, &c->listener);
    return true;
}

/* Requests. */

static bool refuse(struct connection *c, enum http_flaw flaw)
{
    uint8_t memory[HTTP_HEAD_MAX];
    struct writer w = writer_over(memory, sizeof memory);
    const struct http_response_head head = { .status = http_flaw_status(flaw),
                                             .now = loop_now(c->control->settings.loop).calendar,
                                             .close = true };
    http_response_short_write(&w, &head, false);
    c->closing = true;
    return !w.failed && queue_bytes(c, writer_span(&w), SIZE_MAX / 2);
}

static bool answer(struct connection *c, const struct http_request *request)
{
    struct arena arena = arena_over(c->control->arena_memory, API_ARENA_BYTES);
    struct api_request question = { .method = request->method_text,
                                    .body = request->body,
                                    .http = request };
    struct api_reply reply = { 0 };
    enum http_flaw flaw = http_target_split(request->target, &question.path, &question.query);

    if (flaw != HTTP_SOUND)
        return refuse(c, flaw);
    api_handle(&c->control->backend, &question, &arena, &reply);
    if (reply.kind == API_REPLY_STREAM)
        return begin_stream(c, &reply);
    const struct http_response_head head = {
        .status = reply.status,
        .now = loop_now(c->control->settings.loop).calendar,
        .content_length = reply.body.len,
        .media_type = reply.media_type,
        .allow = reply.allow,
        .etag = reply.etag,
        .extra = reply.fields,
        .extra_count = reply.field_count,
        .close = !request->keep_alive,
    };
    c->closing = !request->keep_alive;
    return queue_reply(c, &head, request->method == HTTP_HEAD ? (struct span){ 0 } : reply.body);
}

/* Handle what is complete in the buffer; false when the connection must go. The next request waits
 * until the last answer is read: a client that only asks cannot make answers pile up. */
static bool take_requests(struct connection *c)
{
    while (c->in_len > 0 && c->out_sent == c->out_len && !c->closing && !c->streaming) {
        struct http_request request;
        const struct span bytes = span_of(c->in, c->in_len);
        switch (http_request_parser_feed(&c->parser, bytes)) {
        case HTTP_PARSE_MORE:
            return true;
        case HTTP_PARSE_REFUSED:
            return refuse(c, c->parser.flaw);
        case HTTP_PARSE_READY:
            http_request_view(&c->parser, bytes, &request);
            if (!answer(c, &request))
                return false;
            c->in_len -= request.total_length;
            memmove(c->in, c->in + request.total_length, c->in_len);
            http_request_parser_init(&c->parser, &api_limits);
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
        if (c->streaming)
            c->in_len = 0; /* a reader of a stream has nothing more to say */
        if (!flush_out(c))
            return false;
        if (c->in_len == before || c->out_sent < c->out_len)
            return true;
    }
}

static void connection_ready(struct watch *watch, uint32_t events)
{
    struct connection *c = watch->context;
    const size_t cap = HEAD_MAX + API_BODY_MAX;

    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        ssize_t n = recv(watch->fd, c->in + c->in_len, cap - c->in_len, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
            drop(c);
            return;
        }
        if (n > 0)
            c->in_len += (size_t)n;
    }
    if (!converse(c))
        drop(c);
}

static void accept_on(struct timer *timer, struct now now)
{
    struct control *control = timer->context;
    /* If epoll itself fails it may be tried again. */
    if (loop_rewatch(control->settings.loop, &control->watch, EPOLLIN) < 0)
        (void)!loop_arm(control->settings.loop, timer,
                        instant_after(now.steady, duration_ms(ACCEPT_PAUSE_MS)));
}

/* Without descriptors the listener stays ready: looking away for a moment keeps the loop from
 * turning for nothing. */
static void pause_accepting(struct control *control)
{
    struct loop *loop = control->settings.loop;
    struct instant due = instant_after(loop_now(loop).steady, duration_ms(ACCEPT_PAUSE_MS));
    if (loop_arm(loop, &control->accept_again, due) == 0)
        (void)!loop_rewatch(loop, &control->watch, 0);
}

static void accept_ready(struct watch *watch, uint32_t events)
{
    struct control *control = watch->context;
    int fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)events;
    if (fd < 0) {
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
            pause_accepting(control);
        return;
    }
    struct connection *c = control->count < CONNECTIONS_MAX ? calloc(1, sizeof *c) : NULL;
    if (!c || !(c->in = malloc(HEAD_MAX + API_BODY_MAX))) {
        free(c);
        close(fd);
        return;
    }
    c->control = control;
    c->watch =
        (struct watch){ .fd = fd, .events = EPOLLIN, .ready = connection_ready, .context = c };
    http_request_parser_init(&c->parser, &api_limits);
    list_append(&control->connections, &c->link);
    control->count++;
    if (loop_watch(control->settings.loop, &c->watch) < 0)
        drop(c);
}

int control_listen(const char *path, int *ret_fd)
{
    struct sockaddr_un addr = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof addr.sun_path)
        return -ENAMETOOLONG;
    span_to_text(span_text(path), addr.sun_path, sizeof addr.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    /* Somebody who accepts is a living daemon; a refusal is what a dead one left behind. */
    int r = connect(fd, (const struct sockaddr *)&addr, sizeof addr) == 0 ? -EADDRINUSE : 0;
    if (r == 0 && errno == ECONNREFUSED)
        (void)unlink(path);
    close(fd);
    if (r < 0)
        return r;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (bind(fd, (const struct sockaddr *)&addr, sizeof addr) < 0 || chmod(path, 0660) < 0 ||
        listen(fd, CONNECTIONS_MAX) < 0) {
        r = -errno;
        close(fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

int control_new(const struct control_settings *settings, struct control **ret_control)
{
    struct control *control = calloc(1, sizeof *control);
    if (!control)
        return -ENOMEM;
    control->settings = *settings;
    control->backend = control_backend(&control->settings);
    control->arena_memory = malloc(API_ARENA_BYTES);
    control->watch = (struct watch){
        .fd = settings->listen_fd, .events = EPOLLIN, .ready = accept_ready, .context = control
    };
    list_init(&control->connections);
    timer_init(&control->accept_again, accept_on, control);
    int r = control->arena_memory ? loop_watch(settings->loop, &control->watch) : -ENOMEM;
    if (r < 0) {
        free(control->arena_memory);
        free(control);
        return r;
    }
    *ret_control = control;
    return 0;
}

void control_free(struct control *control)
{
    if (!control)
        return;
    while (!list_is_empty(&control->connections))
        drop(list_entry(control->connections.next, struct connection, link));
    loop_disarm(control->settings.loop, &control->accept_again);
    loop_unwatch(control->settings.loop, &control->watch);
    close(control->settings.listen_fd);
    free(control->arena_memory);
    free(control);
}
