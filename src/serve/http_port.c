/* See http_port.h. The shell around http/: descriptors, memory and the loop. An idle connection is
 * one small struct; times out by one list per state: a state's patience is the same for all, so the
 * list is in order of its deadlines by itself. What happens on a connection is in http_exchange.c,
 * how an answer's bytes leave in http_transfer.c. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "net/tcp.h"
#include "serve/http_lane.h"

#define CONNECTIONS_MAX 16384
#define PER_SOURCE_MAX  1024
#define LIMITED_CLIENTS 1024
/* A machine that boots asks some ten times; one that runs from an image over HTTP, range by range,
 * some hundred times a second. */
#define REQUESTS_PER_SECOND 2000
#define TICK_MS             100
#define ACCEPT_PAUSE_MS     100

/* Time. */

static void start_ticking(struct http_port *port)
{
    if (port->ticking)
        return;
    struct instant due = instant_after(loop_now(port->loop).steady, duration_ms(TICK_MS));
    port->ticking = loop_arm(port->loop, &port->tick, due) == 0;
}

static void end_late_ones(struct http_port *port, struct now now)
{
    for (size_t s = 0; s < HTTP_CLOSED; s++) {
        enum http_connection_state state = (enum http_connection_state)s;
        struct duration patience = http_connection_patience(state, &port->settings.timeouts);
        while (!list_is_empty(&port->states[s])) {
            struct list *oldest = port->states[s].next;
            struct connection *c = list_entry(oldest, struct connection, link);
            if (!instant_reached(now.steady, instant_after(c->since, patience)))
                break;
            http_exchange_end_late(c);
            if (port->states[s].next == oldest)
                break;
        }
    }
}

/* Those that wait for descriptors try again, each once. */
static void retry_opening(struct http_port *port)
{
    struct list *waiting = &port->states[HTTP_OPENING];
    for (uint32_t left = port->connection_count; left > 0 && !list_is_empty(waiting); left--) {
        struct connection *c = list_entry(waiting->next, struct connection, link);
        http_exchange_resume(c, true);
        if (!list_is_empty(waiting) && waiting->next == &c->link)
            break; /* still no descriptors: the others need not ask */
    }
}

/* All of one state, each once, whatever becomes of them meanwhile. */
static void each_once(struct http_port *port, enum http_connection_state state,
                      void (*visit)(struct connection *c))
{
    struct list *all = &port->states[state], left;
    list_init(&left);
    while (!list_is_empty(all)) {
        struct list *first = all->next;
        list_remove(first);
        list_append(&left, first);
    }
    while (!list_is_empty(&left)) {
        struct connection *c = list_entry(left.next, struct connection, link);
        list_remove(&c->link);
        list_append(all, &c->link);
        visit(c);
    }
}

static void ask_again(struct connection *c)
{
    http_exchange_resume(c, true);
}

void http_port_wake(struct http_port *port)
{
    each_once(port, HTTP_OPENING, ask_again);
    each_once(port, HTTP_SENDING, http_exchange_feed);
}

/* Accepting. */

/* Fails only if epoll itself does; then the listener stays as it was, which is no harm. */
static void set_listening(struct http_port *port, bool on)
{
    int r = loop_rewatch(port->loop, &port->listener, on ? EPOLLIN : 0);
    (void)r;
}

static void pause_accepting(struct http_port *port)
{
    port->accept_again = instant_after(loop_now(port->loop).steady, duration_ms(ACCEPT_PAUSE_MS));
    set_listening(port, false);
    start_ticking(port);
}

/* Over a limit: say so and let go. */
static void turn_away(struct http_port *port, int fd, struct endpoint source, enum http_flaw flaw)
{
    uint8_t bytes[HTTP_HEAD_MAX];
    struct writer w = writer_over(bytes, sizeof bytes);
    struct http_response_head head = {
        .status = http_flaw_status(flaw),
        .now = loop_now(port->loop).calendar,
        .retry_after = true,
        .close = true,
    };
    http_response_short_write(&w, &head, false);
    /* A client that is turned away may miss the reason; one of HTTPS gets no handshake for it. */
    if (!port->settings.tls)
        (void)!tcp_send(fd, bytes, w.len, false);
    http_tell_refused(port, source, flaw);
    loop_close_later(port->loop, fd);
}

/* At the limit an idle kept-alive connection makes room for a new machine. */
static bool make_room(struct http_port *port)
{
    if (port->connection_count < port->settings.connections_max)
        return true;
    struct list *idle = &port->states[HTTP_WAITING];
    if (list_is_empty(idle))
        return false;
    http_exchange_close(list_entry(idle->next, struct connection, link));
    return true;
}

static void add_connection(struct http_port *port, int fd, struct endpoint source)
{
    struct ipv4 local = ipv4_is_none(port->local.addr) ? tcp_local(fd).addr : port->local.addr;
    if (!port->provider->serves(port->provider->context, local)) {
        loop_close_later(port->loop, fd);
        return;
    }
    uint32_t row = http_sources_take(port->sources, source.addr);
    if (row == HTTP_SOURCES_NONE || !make_room(port)) {
        enum http_flaw flaw =
            row == HTTP_SOURCES_NONE ? HTTP_TOO_MANY_FROM_SOURCE : HTTP_TOO_MANY_CONNECTIONS;
        if (row != HTTP_SOURCES_NONE)
            http_sources_drop(port->sources, row);
        turn_away(port, fd, source, flaw);
        return;
    }
    struct connection *c = malloc(sizeof *c);
    if (c) {
        *c = (struct connection){
            .watch = { .fd = fd, .events = EPOLLIN, .ready = http_exchange_ready, .context = c },
            .port = port,
            .since = loop_now(port->loop).steady,
            .source = source,
            .local = local,
            .source_row = row,
            .state = port->settings.tls ? HTTP_GREETING : HTTP_WAITING,
        };
        if (!port->settings.tls || loop_watch(port->loop, &c->watch) == 0) {
            list_append(&port->states[c->state], &c->link);
            port->connection_count++;
            start_ticking(port);
            /* The request is often there already: then it may be answered without epoll. */
            if (!port->settings.tls)
                http_exchange_ready(&c->watch, EPOLLIN);
            return;
        }
    }
    free(c);
    http_sources_drop(port->sources, row);
    loop_close_later(port->loop, fd);
}

/* HTTPS before its certificates are made: the connections wait in the kernel's queue. */
static bool can_greet(struct http_port *port)
{
    if (!port->settings.tls)
        return true;
    struct tls_context *context = port->provider->tls(port->provider->context);
    tls_context_unref(context);
    return context != NULL;
}

static void listener_ready(struct watch *watch, uint32_t events)
{
    struct http_port *port = watch->context;
    (void)events;
    if (!can_greet(port)) {
        pause_accepting(port);
        return;
    }
    /* One a turn: to try for another that is not there costs as much as to be told of it. */
    struct endpoint source;
    int fd = tcp_accept(watch->fd, &source);
    if (fd == -EAGAIN)
        return;
    if (fd < 0) {
        if (port->accept_again.ns == INT64_MAX)
            http_tell_exhausted(port, "new HTTP connections");
        pause_accepting(port);
        return;
    }
    add_connection(port, fd, source);
    port->accept_again = INSTANT_NEVER;
}

static void tick(struct timer *timer, struct now now)
{
    struct http_port *port = timer->context;
    port->ticking = false;
    if (port->accept_again.ns != INT64_MAX && instant_reached(now.steady, port->accept_again) &&
        port->listener.fd >= 0)
        set_listening(port, true);
    retry_opening(port);
    end_late_ones(port, now);
    if (port->connection_count > 0 || port->accept_again.ns != INT64_MAX)
        start_ticking(port);
}

/* Birth and end. */

static struct http_port_settings with_defaults(const struct http_port_settings *given)
{
    struct http_port_settings s = *given;
    const struct hash_key none = { 0 };
    if (s.connections_max == 0)
        s.connections_max = CONNECTIONS_MAX;
    if (s.per_source_max == 0)
        s.per_source_max = PER_SOURCE_MAX;
    if (s.requests_per_second == 0)
        s.requests_per_second = REQUESTS_PER_SECOND;
    if (s.requests_burst == 0)
        s.requests_burst = 4 * s.requests_per_second;
    if (s.limits.head_max == 0)
        s.limits = http_limits_boot;
    if (s.timeouts.idle.ns == 0)
        s.timeouts = http_timeouts_boot;
    /* Early in a boot there may be no entropy yet; a known key is better than waiting. */
    if (memcmp(&s.hash_key, &none, sizeof none) == 0 &&
        getrandom(&s.hash_key, sizeof s.hash_key, GRND_NONBLOCK) < 0)
        s.hash_key = none;
    return s;
}

int http_port_new(const struct http_port_settings *settings, struct loop *loop,
                  const struct provider *provider, int listen_fd, struct http_port **ret_port)
{
    struct http_port *port = calloc(1, sizeof *port);
    if (!port)
        return -ENOMEM;
    port->settings = with_defaults(settings);
    port->loop = loop;
    port->provider = provider;
    port->local = tcp_local(listen_fd);
    port->accept_again = INSTANT_NEVER;
    assert(port->settings.limits.head_max + port->settings.limits.body_max < READ_MAX);
    for (size_t s = 0; s < HTTP_STATE_COUNT; s++)
        list_init(&port->states[s]);
    timer_init(&port->tick, tick, port);
    port->listener = (struct watch){
        .fd = listen_fd, .events = EPOLLIN, .ready = listener_ready, .context = port
    };
    const struct client_limits_settings limits = {
        .rows = LIMITED_CLIENTS,
        .requests_per_second = port->settings.requests_per_second,
        .burst = port->settings.requests_burst,
        .hash_key = port->settings.hash_key,
    };
    int r = http_sources_new(port->settings.connections_max, port->settings.per_source_max,
                             port->settings.hash_key, &port->sources);
    if (r == 0)
        r = client_limits_new(&limits, &port->limits);
    if (r == 0 && settings->tls)
        r = tls_lane_new(&port->tls);
    if (r == 0)
        r = loop_watch(loop, &port->listener);
    if (r < 0) {
        tls_lane_free(port->tls);
        client_limits_free(port->limits);
        http_sources_free(port->sources);
        free(port);
        return r;
    }
    *ret_port = port;
    return 0;
}

/* Close the listening socket and idle connections; what is under way goes on. */
static void stop_accepting(struct http_port *port)
{
    if (port->listener.fd < 0)
        return;
    loop_unwatch(port->loop, &port->listener);
    loop_close_later(port->loop, port->listener.fd);
    port->listener.fd = -1;
    port->accept_again = INSTANT_NEVER;
    while (!list_is_empty(&port->states[HTTP_WAITING]))
        http_exchange_close(list_entry(port->states[HTTP_WAITING].next, struct connection, link));
}

void http_port_free(struct http_port *port)
{
    if (!port)
        return;
    stop_accepting(port);
    loop_disarm(port->loop, &port->tick);
    for (size_t s = 0; s < HTTP_STATE_COUNT; s++) {
        while (!list_is_empty(&port->states[s])) {
            struct connection *c = list_entry(port->states[s].next, struct connection, link);
            if (c->transfer)
                tcp_set_reset(c->watch.fd);
            http_exchange_close(c);
        }
    }
    while (port->free_transfers) {
        struct transfer *t = port->free_transfers;
        port->free_transfers = t->next_free;
        free(t);
    }
    if (port->arena)
        munmap(port->arena, ARENA_BYTES);
    client_limits_free(port->limits);
    http_sources_free(port->sources);
    tls_lane_free(port->tls);
    free(port);
}
