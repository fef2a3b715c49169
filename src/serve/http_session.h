/* One HTTP connection of a port. Inside serve/http_* only. An idle one holds a few hundred bytes:
 * requests are read into the port's scratch memory and kept only while they are incomplete. */
#ifndef SERVE_HTTP_SESSION_H
#define SERVE_HTTP_SESSION_H

#include "base/list.h"
#include "base/table.h"

#include "http/connection.h"
#include "http/reply.h"
#include "http/response.h"
#include "serve/http_port.h"

#define HTTP_SMALL_BODY  65536 /* bodies up to this go out with their head in one send */
#define HTTP_INPUT_MAX   8192  /* a request's head */
#define HTTP_ARENA_BYTES ((size_t)96 * 1024)

/* Everything of an answer under way; only then is it there. */
struct http_transfer {
    struct fetch fetch;
    struct http_reply reply;
    struct instant started;
    bool is_open; /* the fetch must be closed */
    bool is_get;
    char *generated; /* a generated body, copied out of the arena */
};

struct http_session {
    struct list link;
    struct http_port *port;
    struct watch watch;
    struct timer timer;
    struct endpoint peer, local;
    enum http_connection_state state;
    struct instant opening_until; /* while descriptors are waited for; 0 = not */
    uint8_t *kept;                /* an incomplete request, or one waiting for descriptors */
    uint16_t kept_len;
    uint8_t *unsent; /* what a head or a small answer has left */
    uint32_t unsent_len, unsent_done;
    struct http_transfer *transfer;
    bool last_answer; /* the connection ends after it */
};

/* How many connections an address has. */
struct http_source {
    uint8_t key[4];
    uint32_t connections;
};

struct http_port {
    struct http_port_settings settings;
    struct loop *loop;
    const struct provider *provider;
    struct watch watch;
    struct timer accept_again;
    struct list sessions;
    uint32_t count;
    struct http_source *sources;
    struct table sources_by_address;
    uint32_t *free_sources;
    uint32_t free_source_count;
    void *slots;
    uint64_t seed; /* of multipart boundaries */
    struct instant told_exhausted;
    struct instant refusals_since;
    uint32_t refusals_told;
    uint8_t input[HTTP_INPUT_MAX * 2];
    uint8_t output[HTTP_SMALL_BODY + HTTP_HEAD_MAX];
    uint8_t arena_memory[HTTP_ARENA_BYTES];
};

/* Take over an accepted connection; false when there is no memory for it (the descriptor is then
 * closed). */
bool http_session_start(struct http_port *port, int fd, struct endpoint peer,
                        struct endpoint local);

/* Close it at once; nothing is told. */
void http_session_drop(struct http_session *session);

/* Tellings, in http_port_tell.c. */
void http_port_tell_refused(struct http_port *port, struct ipv4 source, enum http_flaw flaw);
void http_port_tell_exhausted(struct http_port *port);
void http_port_tell_missing(struct http_port *port, const struct fetch *fetch, struct span name);
/* The whole answer is out. */
void http_port_tell_done(struct http_port *port, const struct http_transfer *transfer);
void http_port_tell_aborted(struct http_port *port, const struct http_transfer *transfer);
void http_port_tell_cut(struct http_port *port, const struct http_transfer *transfer,
                        const char *reason);

/* One connection of this source is gone. */
void http_port_forget(struct http_port *port, struct ipv4 source);

#endif
