/* See http_port.h: accepting, and the bounds on connections. */
#include "serve/http_port.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

#include "net/tcp.h"
#include "serve/http_session.h"

#define ACCEPTS_A_TURN    64
#define CONNECTIONS_USUAL 10000
#define ACCEPT_AGAIN_MS   100

static struct span source_key(const void *rows, uint32_t row)
{
    return span_of(((const struct http_source *)rows)[row].key, 4);
}

static void make_key(struct ipv4 addr, uint8_t key[4])
{
    for (int i = 0; i < 4; i++)
        key[i] = (uint8_t)(addr.value >> (24 - 8 * i));
}

/* Count one more connection of this address; false when it has too many. */
static bool admit(struct http_port *port, struct ipv4 source)
{
    uint8_t key[4];
    make_key(source, key);
    uint32_t row = table_find(&port->sources_by_address, span_of(key, sizeof key));
    if (row == TABLE_NONE) {
        if (port->free_source_count == 0)
            return false;
        row = port->free_sources[--port->free_source_count];
        memcpy(port->sources[row].key, key, sizeof key);
        port->sources[row].connections = 0;
        table_insert(&port->sources_by_address, row);
    }
    if (port->sources[row].connections >= port->settings.connections_of_source)
        return false;
    port->sources[row].connections++;
    return true;
}

void http_port_forget(struct http_port *port, struct ipv4 source)
{
    uint8_t key[4];
    make_key(source, key);
    uint32_t row = table_find(&port->sources_by_address, span_of(key, sizeof key));
    if (row == TABLE_NONE || --port->sources[row].connections > 0)
        return;
    table_remove(&port->sources_by_address, row);
    port->free_sources[port->free_source_count++] = row;
}

/* A short answer into an empty socket buffer always fits; the rest is the client's loss. */
static void turn_away(struct http_port *port, int fd, struct ipv4 source, enum http_flaw flaw)
{
    uint8_t memory[HTTP_HEAD_MAX];
    struct writer w = writer_over(memory, sizeof memory);
    const struct http_response_head head = { .status = http_flaw_status(flaw),
                                             .now = loop_now(port->loop).calendar,
                                             .retry_after = true,
                                             .close = true };
    http_response_short_write(&w, &head, false);
    if (tcp_send(fd, w.data, w.len, false) >= 0)
        tcp_finish(fd);
    close(fd);
    http_port_tell_refused(port, source, flaw);
}

static void pause_accepting(struct http_port *port)
{
    http_port_tell_exhausted(port);
    if (loop_rewatch(port->loop, &port->watch, 0) == 0 &&
        loop_arm(port->loop, &port->accept_again,
                 instant_after(loop_now(port->loop).steady, duration_ms(ACCEPT_AGAIN_MS))) < 0)
        (void)!loop_rewatch(port->loop, &port->watch, EPOLLIN);
}

static void accept_again(struct timer *timer, struct now now)
{
    struct http_port *port = timer->context;
    (void)now;
    if (loop_rewatch(port->loop, &port->watch, EPOLLIN) < 0)
        pause_accepting(port);
}

static void accept_ready(struct watch *watch, uint32_t events)
{
    struct http_port *port = watch->context;
    (void)events;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        struct endpoint peer;
        int fd = tcp_accept(watch->fd, &peer);
        if (fd == -EMFILE || fd == -ENFILE || fd == -ENOMEM || fd == -ENOBUFS) {
            pause_accepting(port);
            return;
        }
        if (fd < 0)
            return;
        struct endpoint local = tcp_local(fd);
        if (!port->provider->serves(port->provider->context, local.addr))
            close(fd);
        else if (port->count >= port->settings.connections_max)
            turn_away(port, fd, peer.addr, HTTP_TOO_MANY_CONNECTIONS);
        else if (!admit(port, peer.addr))
            turn_away(port, fd, peer.addr, HTTP_TOO_MANY_FROM_SOURCE);
        else if (!http_session_start(port, fd, peer, local))
            http_port_tell_exhausted(port);
    }
}

static int make_sources(struct http_port *port)
{
    uint32_t rows = port->settings.connections_max;
    struct hash_key key;

    port->sources = calloc(rows, sizeof *port->sources);
    port->free_sources = calloc(rows, sizeof *port->free_sources);
    port->slots = calloc(1, table_memory(rows));
    if (!port->sources || !port->free_sources || !port->slots)
        return -ENOMEM;
    if (getrandom(&key, sizeof key, 0) != sizeof key ||
        getrandom(&port->seed, sizeof port->seed, 0) != sizeof port->seed)
        return -EIO;
    table_init(&port->sources_by_address, port->slots, rows, port->sources, source_key, key);
    while (port->free_source_count < rows) {
        port->free_sources[port->free_source_count] = rows - 1 - port->free_source_count;
        port->free_source_count++;
    }
    return 0;
}

int http_port_new(const struct http_port_settings *settings, struct loop *loop,
                  const struct provider *provider, int listen_fd, struct http_port **ret_port)
{
    struct http_port *port = calloc(1, sizeof *port);
    if (!port)
        return -ENOMEM;
    port->settings = *settings;
    if (port->settings.connections_max == 0)
        port->settings.connections_max = CONNECTIONS_USUAL;
    if (port->settings.connections_of_source == 0)
        port->settings.connections_of_source = port->settings.connections_max / 4 + 1;
    port->loop = loop;
    port->provider = provider;
    port->told_exhausted = (struct instant){ INT64_MIN / 2 };
    list_init(&port->sessions);
    timer_init(&port->accept_again, accept_again, port);
    port->watch = (struct watch){
        .fd = listen_fd, .events = EPOLLIN, .ready = accept_ready, .context = port
    };
    int r = make_sources(port);
    if (r == 0)
        r = loop_watch(loop, &port->watch);
    if (r < 0) {
        port->watch.fd = -1;
        http_port_free(port);
        return r;
    }
    *ret_port = port;
    return 0;
}

void http_port_free(struct http_port *port)
{
    if (!port)
        return;
    while (!list_is_empty(&port->sessions))
        http_session_drop(list_entry(port->sessions.next, struct http_session, link));
    loop_disarm(port->loop, &port->accept_again);
    if (port->watch.fd >= 0) {
        loop_unwatch(port->loop, &port->watch);
        close(port->watch.fd);
    }
    free(port->sources);
    free(port->free_sources);
    free(port->slots);
    free(port);
}

uint32_t http_port_connections(const struct http_port *port)
{
    return port->count;
}
