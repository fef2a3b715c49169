/* The client's half of the control socket. Takes what our own daemon sends: a head of at most 8
 * KiB, then Content-Length bytes or all bytes until the close (RFC 9112 6.3). Whatever listens
 * there is not trusted further than that: every length is bounded and every wait has an end. */
#include "cli/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/autoclean.h"
#include "base/text.h"

#include "cli/remote.h"

#define HEAD_MAX     8192
#define LINE_MAX_LEN 16384
#define TIMEOUT_S    15

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static void say(char why[DAEMON_WHY_MAX], const char *format, const char *detail)
{
    struct text t = text_over(why, DAEMON_WHY_MAX);
    size_t stop = span_find(span_text(format), '%');
    text_add_span(&t, span_slice(span_text(format), 0, stop));
    if (format[stop]) {
        text_add_escaped(&t, span_text(detail));
        text_add(&t, format + stop + 1);
    }
}

/* A connected socket, or a negative errno with a sentence. */
static int connect_daemon(const char *path, char why[DAEMON_WHY_MAX])
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    struct timeval timeout = { .tv_sec = TIMEOUT_S };
    autoclean(close_fd) int fd = -1;

    if (strlen(path) >= sizeof to.sun_path) {
        say(why, "the path of the control socket is too long: %", path);
        return -ENAMETOOLONG;
    }
    memcpy(to.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0) {
        int error = errno;
        say(why, "no socket could be made: %", strerror(error));
        return -error;
    }
    if (connect(fd, (const struct sockaddr *)&to, sizeof to) != 0) {
        int error = errno;
        if (error == ENOENT || error == ECONNREFUSED) {
            say(why, "no daemon answers at %; start it with 'tugboot serve'", path);
            return -ECONNREFUSED;
        }
        if (error == EACCES)
            say(why, "you may not use %; try again as root", path);
        else
            say(why, "the daemon cannot be reached: %", strerror(error));
        return -error;
    }
    int connected = fd;
    fd = -1;
    return connected;
}

static int send_all(int fd, struct span s)
{
    for (size_t sent = 0; sent < s.len;) {
        struct span rest = span_from(s, sent);
        ssize_t n = send(fd, rest.data, rest.len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        sent += (size_t)n;
    }
    return 0;
}

static int send_request(int fd, const char *method, const char *target, struct span body)
{
    char data[4096];
    struct text head = text_over(data, sizeof data);
    text_addf(&head, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", method, target);
    if (body.len > 0)
        text_add(&head, "Content-Type: application/json\r\n");
    if (body.len > 0 || strcmp(method, "GET") != 0)
        text_addf(&head, "Content-Length: %zu\r\n", body.len);
    text_add(&head, "\r\n");
    if (head.failed)
        return -E2BIG;
    int r = send_all(fd, text_span(&head));
    return r == 0 && body.len > 0 ? send_all(fd, body) : r;
}

/* What has been received and not yet used. */
struct inbox {
    int fd;
    char *data;
    size_t len, cap;
    bool closed;
};

/* Receive more, up to `limit` bytes in all; 0, also at the close, or a negative errno. */
static int inbox_fill(struct inbox *in, size_t limit)
{
    if (in->len == in->cap) {
        size_t cap = in->cap > 0 ? in->cap * 2 : HEAD_MAX;
        if (in->len >= limit)
            return -EMSGSIZE;
        char *data = realloc(in->data, cap);
        if (!data)
            return -ENOMEM;
        in->data = data;
        in->cap = cap;
    }
    ssize_t n;
    do {
        n = recv(in->fd, in->data + in->len, in->cap - in->len, 0);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? -ETIMEDOUT : -errno;
    in->closed = n == 0;
    in->len += (size_t)n;
    return 0;
}

/* Where the head ends (behind its empty line), or 0. */
static size_t find_head_end(struct span s)
{
    const uint8_t *at = s.len > 0 ? memmem(s.data, s.len, "\r\n\r\n", 4) : NULL;
    return at ? (size_t)(at - s.data) + 4 : 0;
}

static bool parse_size(struct span text, uint64_t *ret_size)
{
    uint64_t n = 0;
    if (text.len == 0 || text.len > 12)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        n = n * 10 + (uint64_t)(text.data[i] - '0');
    }
    *ret_size = n;
    return true;
}

/* The status, and Content-Length or UINT64_MAX; false when it is no head of HTTP/1. */
static bool parse_head(struct span head, unsigned int *ret_status, uint64_t *ret_length)
{
    uint64_t status;
    *ret_length = UINT64_MAX;
    if (!span_starts_with(head, "HTTP/1.") || !parse_size(span_slice(head, 9, 3), &status))
        return false;
    *ret_status = (unsigned int)status;
    while (head.len > 0) {
        size_t n = span_find(head, '\n');
        struct span line = span_slice(head, 0, n);
        size_t colon = span_find(line, ':');
        head = span_from(head, n + 1);
        if (!span_is_nocase(span_slice(line, 0, colon), "content-length"))
            continue;
        struct span value = span_from(line, colon + 1);
        while (value.len > 0 && value.data[0] == ' ')
            value = span_from(value, 1);
        while (value.len > 0 &&
               (value.data[value.len - 1] == '\r' || value.data[value.len - 1] == ' '))
            value = span_slice(value, 0, value.len - 1);
        if (!parse_size(value, ret_length))
            return false;
    }
    return true;
}

/* Read the head and drop it from the inbox. */
static int read_head(struct inbox *in, unsigned int *ret_status, uint64_t *ret_length)
{
    size_t end;
    while ((end = find_head_end(span_of(in->data, in->len))) == 0) {
        int r = in->closed ? -EPROTO : inbox_fill(in, HEAD_MAX);
        if (r < 0)
            return r;
    }
    if (!parse_head(span_of(in->data, end), ret_status, ret_length))
        return -EPROTO;
    in->len -= end;
    memmove(in->data, in->data + end, in->len);
    return 0;
}

static int read_body(struct inbox *in, uint64_t length)
{
    if (length != UINT64_MAX && length > DAEMON_REPLY_MAX)
        return -EMSGSIZE;
    while (in->len < length && !in->closed) {
        int r = inbox_fill(in, DAEMON_REPLY_MAX);
        if (r < 0)
            return r;
    }
    if (length == UINT64_MAX)
        return 0;
    if (in->len < length)
        return -EPROTO;
    in->len = (size_t)length;
    return 0;
}

static int failed(int error, char why[DAEMON_WHY_MAX])
{
    if (error == -ETIMEDOUT)
        say(why, "the daemon did not answer in time", "");
    else if (error == -EPROTO)
        say(why, "what answers on the control socket is not a tugboot daemon", "");
    else if (error == -EMSGSIZE)
        say(why, "the daemon's answer is too long", "");
    else
        say(why, "the talk with the daemon broke off: %", strerror(-error));
    return error;
}

static void hand_over(struct inbox *in, unsigned int status, struct daemon_reply *ret_reply)
{
    ret_reply->status = status;
    ret_reply->body = span_of(in->data, in->len);
    ret_reply->memory = in->data;
    in->data = NULL;
}

static void inbox_done(struct inbox *in)
{
    free(in->data);
}

int daemon_ask(const struct daemon_place *place, const char *method, const char *target,
               struct span body, struct daemon_reply *ret_reply, char why[DAEMON_WHY_MAX])
{
    if (place->url && place->url[0])
        return remote_ask(place, method, target, body, ret_reply, why);
    unsigned int status = 0;
    uint64_t length = 0;
    autoclean(close_fd) int fd = connect_daemon(place->socket_path, why);
    if (fd < 0)
        return fd;
    autoclean(inbox_done) struct inbox in = { .fd = fd };

    int r = send_request(fd, method, target, body);
    if (r == 0)
        r = read_head(&in, &status, &length);
    if (r == 0 && status != 204)
        r = read_body(&in, length);
    if (r < 0)
        return failed(r, why);
    if (status == 204)
        in.len = 0;
    hand_over(&in, status, ret_reply);
    return 0;
}

void daemon_reply_done(struct daemon_reply *reply)
{
    free(reply->memory);
    *reply = (struct daemon_reply){ 0 };
}

/* Hand over the whole lines in the inbox; false when the reader has had enough. */
static bool hand_lines(struct inbox *in, bool (*line)(void *, struct span), void *context)
{
    struct span rest = span_of(in->data, in->len);
    bool more = true;
    for (size_t n; more && (n = span_find(rest, '\n')) < rest.len; rest = span_from(rest, n + 1))
        if (n > 0)
            more = line(context, span_slice(rest, 0, n));
    if (rest.len > 0)
        memmove(in->data, rest.data, rest.len);
    in->len = rest.len;
    return more;
}

int daemon_follow(const struct daemon_place *place, const char *target,
                  bool (*line)(void *context, struct span line), void *context,
                  struct daemon_reply *ret_reply, char why[DAEMON_WHY_MAX])
{
    if (place->url && place->url[0])
        return remote_follow(place, target, line, context, ret_reply, why);
    unsigned int status = 0;
    uint64_t length = 0;
    const struct timeval for_ever = { 0 };
    autoclean(close_fd) int fd = connect_daemon(place->socket_path, why);
    if (fd < 0)
        return fd;
    autoclean(inbox_done) struct inbox in = { .fd = fd };

    int r = send_request(fd, "GET", target, (struct span){ 0 });
    if (r == 0)
        r = read_head(&in, &status, &length);
    if (r == 0 && status != 200) {
        r = read_body(&in, length);
        if (r == 0)
            hand_over(&in, status, ret_reply);
        return r == 0 ? 0 : failed(r, why);
    }
    /* Silence is normal from now on: nothing may happen for hours. */
    if (r == 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &for_ever, sizeof for_ever) != 0)
        r = -errno;
    while (r == 0 && hand_lines(&in, line, context) && !in.closed)
        r = inbox_fill(&in, LINE_MAX_LEN);
    if (r < 0)
        return failed(r, why);
    *ret_reply = (struct daemon_reply){ .status = status };
    return 0;
}

struct daemon_stream {
    struct inbox in;
};

int daemon_stream_open(const char *socket_path, const char *target,
                       bool (*line)(void *context, struct span line), void *context,
                       struct daemon_stream **ret_stream, struct daemon_reply *ret_reply,
                       char why[DAEMON_WHY_MAX])
{
    unsigned int status = 0;
    uint64_t length = 0;
    autoclean(close_fd) int fd = connect_daemon(socket_path, why);
    if (fd < 0)
        return fd;
    autoclean(inbox_done) struct inbox in = { .fd = fd };

    int r = send_request(fd, "GET", target, (struct span){ 0 });
    if (r == 0)
        r = read_head(&in, &status, &length);
    if (r == 0 && status != 200)
        r = read_body(&in, length);
    if (r < 0)
        return failed(r, why);
    *ret_reply = (struct daemon_reply){ .status = status };
    if (status != 200) {
        hand_over(&in, status, ret_reply);
        return 0;
    }
    struct daemon_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return failed(-ENOMEM, why);
    (void)hand_lines(&in, line, context);
    stream->in = in;
    in.data = NULL;
    fd = -1;
    *ret_stream = stream;
    return 0;
}

void daemon_stream_free(struct daemon_stream *stream)
{
    if (!stream)
        return;
    close(stream->in.fd);
    inbox_done(&stream->in);
    free(stream);
}

int daemon_stream_fd(const struct daemon_stream *stream)
{
    return stream->in.fd;
}

int daemon_stream_take(struct daemon_stream *stream, bool (*line)(void *context, struct span line),
                       void *context)
{
    int r = inbox_fill(&stream->in, LINE_MAX_LEN);
    if (r < 0)
        return r;
    (void)hand_lines(&stream->in, line, context);
    return stream->in.closed ? -EPIPE : 0;
}
