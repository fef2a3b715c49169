/* The bytes of a control connection, in plain or by TLS: the only file of the port that knows
 * which. On the admin port the first byte tells: 0x16 begins a TLS record (RFC 8446 5.1), and no
 * request of HTTP. */
#include <errno.h>
#include <sys/socket.h>

#include "net/tcp.h"
#include "serve/control_parts.h"

#define TLS_HANDSHAKE 0x16

int64_t control_wire_receive(struct connection *c, void *out, size_t cap)
{
    return c->tls ? tls_receive(c->tls, out, cap) : tcp_receive(c->watch.fd, out, cap);
}

int64_t control_wire_send(struct connection *c, struct span bytes)
{
    if (!c->tls)
        return tcp_send(c->watch.fd, bytes.data, bytes.len, false);
    size_t n = bytes.len < TLS_SEND_MAX ? bytes.len : TLS_SEND_MAX;
    return tls_send(c->tls, bytes.data, n, false);
}

bool control_wire_has_unread(const struct connection *c)
{
    return c->tls && tls_has_unread(c->tls);
}

int control_wire_flush(struct connection *c)
{
    return c->tls && tls_owes(c->tls) ? tls_flush(c->tls) : 0;
}

static int begin_tls(struct connection *c)
{
    const struct view *view = site_view(c->control->settings.site);
    if (view->config->admin.tls == CONFIG_ADMIN_TLS_OFF)
        return -EPROTONOSUPPORT;
    /* Keys take a moment to be made at the first start. */
    return view->tls ? tls_new(view->tls, c->control->tls, c->watch.fd, &c->tls) : -EBUSY;
}

int control_wire_greet(struct connection *c)
{
    uint8_t first;
    if (!c->tls) {
        ssize_t n = recv(c->watch.fd, &first, 1, MSG_PEEK | MSG_DONTWAIT);
        if (n < 0)
            return errno == EINTR ? -EAGAIN : -errno;
        if (n == 0)
            return -ECONNRESET;
        if (first != TLS_HANDSHAKE)
            return 0;
        int r = begin_tls(c);
        if (r < 0)
            return r;
    }
    return tls_accept(c->tls);
}

void control_wire_finish(struct connection *c)
{
    if (c->tls)
        tls_finish(c->tls);
    tcp_finish(c->watch.fd);
}
