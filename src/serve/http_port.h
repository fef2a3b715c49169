/* The HTTP or HTTPS port of one lane: accepts on a listening socket and answers GET and HEAD from a
 * provider. Everything happens in the loop's thread; nothing is shared with other lanes.
 *
 *     fd = tcp_listen(endpoint, backlog, device);       before rights are dropped
 *     http_port_new(&settings, loop, provider, fd, &port);
 *     ... loop_run() ...
 *     http_port_stop_accepting(port);                   at SIGTERM: transfers go on
 *     http_port_free(port);                             before loop_free() */
#ifndef SERVE_HTTP_PORT_H
#define SERVE_HTTP_PORT_H

#include "base/siphash.h"

#include "http/connection.h"
#include "http/request_parser.h"
#include "net/loop.h"
#include "serve/provider.h"

/* A field that is 0 gets the value in brackets. */
struct http_port_settings {
    bool tls; /* HTTPS: with the provider's certificates */
    uint32_t
        connections_max; /* [16384] open at once in this lane; beyond it the oldest idle one goes */
    uint32_t per_source_max;       /* [1024] of one address */
    uint32_t requests_per_second;  /* [2000] of one address, over time, ... */
    uint32_t requests_burst;       /* [4 times that] ... and at once */
    struct http_limits limits;     /* [http_limits_boot] */
    struct http_timeouts timeouts; /* [http_timeouts_boot] */
    struct hash_key hash_key;      /* [random] for the table of sources and multipart boundaries */
};

struct http_port;

/* Serve `listen_fd`, which belongs to the port from a successful return on. The settings are
 * copied; loop and provider must outlive the port. 0, or a negative errno. */
must_check int http_port_new(const struct http_port_settings *settings, struct loop *loop,
                             const struct provider *provider, int listen_fd,
                             struct http_port **ret_port);

/* What the provider did not know, or had not yet of a body that grows, may be there now: those who
 * wait for it try again. In the loop's thread, not from within a provider's function. */
void http_port_wake(struct http_port *port);

/* Cut what is left and release everything. NULL is fine. */
void http_port_free(struct http_port *port);

#endif
