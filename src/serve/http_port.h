/* HTTP in a lane: a listening socket, a loop and a provider make a read-only server of many slow
 * connections. What a request means is decided in http/; this accepts, reads, sends and tells. */
#ifndef SERVE_HTTP_PORT_H
#define SERVE_HTTP_PORT_H

#include "net/loop.h"
#include "serve/provider.h"

struct http_port;

/* A field that is 0 gets the value in brackets. */
struct http_port_settings {
    uint32_t connections_max;       /* [10000] */
    uint32_t connections_of_source; /* of one address [a quarter of connections_max] */
};

/* Serve on `listen_fd`, a socket of tcp_listen(), which becomes the port's own on success. Loop and
 * provider must outlive the port. 0 or a negative errno. */
must_check int http_port_new(const struct http_port_settings *settings, struct loop *loop,
                             const struct provider *provider, int listen_fd,
                             struct http_port **ret_port);

/* Cuts all connections and closes the socket. Not from within a handler of the loop's turn. */
void http_port_free(struct http_port *port);

/* Connections open now. */
uint32_t http_port_connections(const struct http_port *port);

#endif
