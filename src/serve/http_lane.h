/* Shared by the files of the HTTP port only: one connection, one transfer, and the lane they are
 * in. */
#ifndef SERVE_HTTP_LANE_H
#define SERVE_HTTP_LANE_H

#include "base/autoclean.h"
#include "base/list.h"

#include "http/reply.h"
#include "http/response.h"
#include "net/tls.h"
#include "serve/client_limits.h"
#include "serve/http_port.h"
#include "serve/http_sources.h"

#define SMALL_MAX   ((uint64_t)65536) /* a body up to this leaves in one send with its head */
#define READ_MAX    24576             /* bytes read at once, head and body included */
#define ARENA_BYTES ((size_t)262144)

/* The bytes of a request (or of pipelined ones) that cannot be answered yet. */
struct pending {
    struct http_request_parser parser;
    uint32_t len, cap;
    uint8_t bytes[];
};

struct transfer {
    struct transfer *next_free;
    struct fetch fetch;
    struct http_reply reply;
    const char *media_type;
    struct instant started;
    struct instant told;     /* DISK_PROGRESS, last */
    struct instant told_way; /* FILE_PROGRESS, last */
    uint8_t *arena;          /* NULL, or ours: arena_cap bytes of mmap */
    size_t arena_cap;
    uint16_t head_len, head_sent;
    const uint8_t *head; /* in port->head during the first turn, later in kept_head */
    uint8_t *kept_head;
    char name[128]; /* for events, cut */
};

struct connection {
    struct watch watch;
    struct list link; /* in port->states[state], oldest first */
    struct http_port *port;
    struct pending *pending;
    struct transfer *transfer;
    struct tls *tls; /* NULL = plain, or its handshake has not begun */
    struct instant since;
    struct endpoint source;
    struct ipv4 local;
    uint32_t drained;
    uint32_t source_row;
    uint8_t state;
    bool is_starved; /* it waits for bytes that are still arriving here */
};

struct http_port {
    struct http_port_settings settings;
    struct loop *loop;
    const struct provider *provider;
    struct watch listener;
    struct timer tick;
    struct instant accept_again; /* INSTANT_NEVER when accepting */
    struct instant tell_exhausted_again;
    struct endpoint local;
    struct list states[HTTP_STATE_COUNT];
    uint32_t connection_count;
    struct http_sources *sources;
    struct client_limits *limits; /* of requests; those of connections are in `sources` */
    struct tls_lane *tls;         /* NULL = plain HTTP */
    struct transfer *free_transfers;
    uint32_t free_count;
    uint64_t sequence; /* of multipart boundaries */
    bool ticking;
    bool read_all; /* the last read left nothing in the socket */
    uint8_t *arena;
    uint8_t head[HTTP_HEAD_MAX];
    uint8_t in[READ_MAX];
    uint8_t out[HTTP_HEAD_MAX + SMALL_MAX];
    uint8_t scratch[HTTP_SCRATCH_BYTES]; /* bytes that are made when they are sent */
};

enum http_progress {
    PROGRESS_DONE,
    PROGRESS_BLOCKED,
    PROGRESS_GONE, /* the connection must be closed */
};

/* The connection's descriptor is ready: read, answer, send on, or close it. A loop's watch. */
void http_exchange_ready(struct watch *watch, uint32_t events);

/* What the connection says and hears, in plain or by TLS. As tcp_receive(), tcp_send() and
 * tcp_send_file(); with TLS bytes that were taken may wait here (http_stream_owes()). */
must_check int64_t http_stream_receive(struct connection *c, void *out, size_t cap);
must_check int64_t http_stream_send(struct connection *c, const void *data, size_t len, bool more);
must_check int64_t http_stream_send_file(struct connection *c, int fd, uint64_t offset,
                                         uint64_t len);

/* Bytes wait for the socket to take them: 0 once http_stream_flush() got rid of them. */
bool http_stream_owes(const struct connection *c);
must_check int http_stream_flush(struct connection *c);

/* Bytes wait to be read that epoll knows nothing of. */
bool http_stream_has_unread(const struct connection *c);

/* Nothing more is sent from here. */
void http_stream_finish(struct connection *c);

/* Go on with the handshake, which this begins: 0 when it is done, -EAGAIN, or another negative
 * errno when it came to nothing (what there is to tell has been told). */
must_check int http_stream_greet(struct connection *c);

/* Go on with what was kept while the connection could not read. `patient`: on want of descriptors
 * wait for some rather than answer 503. */
void http_exchange_resume(struct connection *c, bool patient);

/* Bytes it waited for may have arrived. */
void http_exchange_feed(struct connection *c);

/* The time of its state is over. */
void http_exchange_end_late(struct connection *c);

/* Cut what is under way and let go of everything. */
void http_exchange_close(struct connection *c);

/* An event about a transfer's file, not emitted yet. */
struct event http_tell_file(struct connection *c, enum event_id id, const struct transfer *t);
void http_tell(struct connection *c, const struct event *e);

/* A request or a connection is refused. */
void http_tell_refused(struct http_port *port, struct endpoint source, enum http_flaw flaw);

/* An address asks too often. */
void http_tell_limited(struct http_port *port, struct endpoint source);

/* There are no descriptors left for `what`. */
void http_tell_exhausted(struct http_port *port, const char *what);

/* A TLS handshake came to nothing. */
void http_tell_tls(struct connection *c, enum tls_flaw flaw);

/* A body went out to its end. */
void http_tell_done(struct connection *c, const struct transfer *t);

/* A boot disk begins, or is still under way: told of at times. Nothing for other files. */
void http_disk_begun(struct connection *c, struct transfer *t);
void http_disk_goes_on(struct connection *c, struct transfer *t);

/* Memory for a transfer, NULL when there is none; http_transfer_give_back() when no body is open in
 * it, http_transfer_close() when it is the connection's. */
struct transfer *http_transfer_take(struct http_port *port);
void http_transfer_give_back(struct http_port *port, struct transfer *t);

/* Close the body and let the memory go; harmless without a transfer. */
void http_transfer_close(struct connection *c);

/* ARENA_BYTES of scratch for the provider, the lane's own; NULL when memory ran out. */
uint8_t *http_transfer_arena(struct http_port *port);

/* The transfer outlives this turn: it takes over what lies in the lane's buffers. False when memory
 * ran out. */
bool http_transfer_keep(struct http_port *port, struct transfer *t);

/* What follows from a failed send or read (negative errno; 0 = the file ended early): events, and a
 * reset if the client could take what it has for the whole. */
enum http_progress http_transfer_fail(struct connection *c, int64_t error);

/* Head and a small body in one send. Reads from the files first, so that a file that fails is found
 * before a byte of it has left. */
enum http_progress http_transfer_send_small(struct connection *c);

/* Send on from where it stands. */
enum http_progress http_transfer_send(struct connection *c);

#endif
