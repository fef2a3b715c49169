/* The bytes of an HTTP connection, in plain or by TLS: the only file of the port that knows which.
 * A handshake begins with the client's first byte, so that a connection that says nothing costs no
 * more than a plain one. */
#include <errno.h>

#include "net/tcp.h"
#include "serve/http_lane.h"

int64_t http_stream_receive(struct connection *c, void *out, size_t cap)
{
    return c->tls ? tls_receive(c->tls, out, cap) : tcp_receive(c->watch.fd, out, cap);
}

int64_t http_stream_send(struct connection *c, const void *data, size_t len, bool more)
{
    return c->tls ? tls_send(c->tls, data, len, more) : tcp_send(c->watch.fd, data, len, more);
}

int64_t http_stream_send_file(struct connection *c, int fd, uint64_t offset, uint64_t len)
{
    return c->tls ? tls_send_file(c->tls, fd, offset, len)
                  : tcp_send_file(c->watch.fd, fd, offset, len);
}

bool http_stream_owes(const struct connection *c)
{
    return c->tls && tls_owes(c->tls);
}

int http_stream_flush(struct connection *c)
{
    return c->tls ? tls_flush(c->tls) : 0;
}

bool http_stream_has_unread(const struct connection *c)
{
    return c->tls && tls_has_unread(c->tls);
}

void http_stream_finish(struct connection *c)
{
    if (c->tls)
        tls_finish(c->tls);
    tcp_finish(c->watch.fd);
}

static int begin(struct connection *c)
{
    const struct provider *provider = c->port->provider;
    struct tls_context *context = provider->tls(provider->context);
    int r = context ? tls_new(context, c->port->tls, c->watch.fd, &c->tls) : -ENOENT;
    tls_context_unref(context);
    if (r == -ENOMEM)
        http_tell_tls(c, TLS_NO_MEMORY);
    return r;
}

int http_stream_greet(struct connection *c)
{
    int r = c->tls ? 0 : begin(c);
    if (r < 0)
        return r;
    r = tls_accept(c->tls);
    if (r < 0 && r != -EAGAIN)
        http_tell_tls(c, tls_flaw(c->tls));
    return r;
}
