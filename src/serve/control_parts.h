/* What the files of the control port share: one connection, however its bytes are carried, and the
 * limits of each kind. Inside serve/control* only. */
#ifndef SERVE_CONTROL_PARTS_H
#define SERVE_CONTROL_PARTS_H

#include "base/list.h"

#include "api/api.h"
#include "http/request_parser.h"
#include "model/addr.h"
#include "net/loop.h"
#include "net/tls.h"
#include "serve/control.h"
#include "serve/control_audit.h"
#include "serve/password_worker.h"

/* Where a connection came in, and what it is allowed there. */
struct control_kind {
    bool is_tcp;
    uint32_t connections_max;
    uint32_t per_source_max; /* connections of one address; 0 = no bound */
    const struct http_limits *limits;
    /* How long each may last, 0 = as long as it likes: the greeting of TLS from its first moment; a
     * request from its first byte; a client between requests; one that takes no more bytes. */
    struct duration greeting, request, idle, stall;
};

struct control_door {
    struct control *control;
    const struct control_kind *kind;
    struct watch watch; /* fd -1 = not served */
    struct timer accept_again;
    struct list connections;
    uint32_t count;
};

enum control_state {
    CONTROL_GREETING, /* TCP: is it TLS? and then its handshake */
    CONTROL_WAITING,
    CONTROL_READING,
    CONTROL_THINKING, /* a password is being checked; the request stays in the buffer */
    CONTROL_SENDING,
    CONTROL_STREAMING,
    CONTROL_ENDING, /* all is sent; the client is to close */
};

struct connection {
    struct list link;
    struct control *control;
    struct control_door *door;
    struct watch watch;
    struct timer timer;
    enum control_state state;
    struct ipv4 from;           /* TCP */
    uint32_t uid;               /* who connected to the unix socket */
    struct password_task *task; /* while THINKING */
    struct tls *tls;            /* NULL = plain */
    struct http_request_parser parser;
    uint8_t *in;
    size_t in_len, in_cap;
    uint8_t *out; /* bytes waiting to be sent */
    size_t out_len, out_sent, out_cap;
    bool closing;           /* when all is sent */
    bool was_told_to_go_on; /* "100 Continue" */
    struct instant greet_until;
    struct instant progress;  /* when bytes were last taken, or none waited */
    struct api_caller caller; /* of the stream */
    struct api_follow follow;
    struct recorder_listener listener;
};

struct control {
    struct control_settings settings;
    struct api_backend backend;
    struct control_door unix_door, tcp_door;
    struct tls_lane *tls;
    struct password_worker *passwords;
    struct control_audit *audit;
    struct timer housekeeping;
    void *arena_memory;
};

/* The connection's life (control_connection.c). */
must_check int control_connection_new(struct control_door *door, int fd, struct ipv4 from);
void control_connection_drop(struct connection *c);
/* Queue bytes; false when more than `most` would wait, or memory ran out. */
bool control_queue(struct connection *c, struct span bytes, size_t most);
/* Send what waits; false when the connection must go. */
bool control_flush(struct connection *c);
/* Enter a state and give it its time. */
void control_enter(struct connection *c, enum control_state state);

/* Answering (control_answer.c): false when the connection must go. `outcome` is that of the
 * password job this request asked for, else NULL. When the state is THINKING afterwards, the
 * request must be kept, and answered again with an outcome. */
bool control_answer(struct connection *c, const struct http_request *request,
                    const struct api_password_outcome *outcome);
/* The request that waited for a password goes on (control_connection.c). */
void control_go_on(struct connection *c, const struct api_password_outcome *outcome);
bool control_refuse(struct connection *c, enum http_flaw flaw);

/* Streams (control_stream.c). */
bool control_stream_begin(struct connection *c, const struct api_reply *reply,
                          const struct api_caller *caller);
void control_stream_end(struct connection *c);
/* Time for a heart-beat; false when the connection must go. */
bool control_stream_beat(struct connection *c, struct now now);
#define CONTROL_BEAT duration_seconds(15)

/* The bytes, in plain or by TLS (control_wire.c). -EAGAIN as for a socket. */
int64_t control_wire_receive(struct connection *c, void *out, size_t cap);
int64_t control_wire_send(struct connection *c, struct span bytes);
bool control_wire_has_unread(const struct connection *c);
/* 0 when nothing of TLS waits for the socket any more; -EAGAIN. */
int control_wire_flush(struct connection *c);
/* Find out which it is, and greet: 0 when requests can be read; -EAGAIN (c->tls owes: wait for
 * EPOLLOUT); another negative errno. */
int control_wire_greet(struct connection *c);
void control_wire_finish(struct connection *c);

#endif
