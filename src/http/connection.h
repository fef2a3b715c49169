/* The life of one HTTP connection as a table: which state follows which event, and how long each
 * state may last. The shell (serve/http_port) carries the moves out. */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include "base/clock.h"

#include "http/flaw.h"

enum http_connection_state {
    HTTP_WAITING,  /* for a request's first byte */
    HTTP_READING,  /* a request has begun; the time runs from its first byte, not its latest */
    HTTP_OPENING,  /* waits until there are file descriptors again */
    HTTP_SENDING,  /* an answer is under way; the time runs from the latest progress */
    HTTP_DRAINING, /* the last answer is out, late bytes are read off so that it is not lost */
    HTTP_GREETING, /* TLS: the handshake is not over; the time runs from the connection's start */
    HTTP_CLOSED,
    HTTP_STATE_COUNT
};

enum http_connection_event {
    HTTP_EVENT_BEGUN,         /* part of a request came */
    HTTP_EVENT_NO_DESCRIPTOR, /* its file could not be opened for want of descriptors */
    HTTP_EVENT_BLOCKED,       /* the client takes no more for now */
    HTTP_EVENT_ANSWERED,      /* an answer is out, the connection stays */
    HTTP_EVENT_LAST_ANSWERED, /* an answer is out, the connection ends */
    HTTP_EVENT_GREETED,       /* the TLS handshake is done */
    HTTP_EVENT_DEADLINE,      /* the state's time is over */
    HTTP_EVENT_GONE,          /* the client closed, or the transfer was cut */
    HTTP_EVENT_COUNT
};

struct http_timeouts {
    struct duration idle, head, opening, stall, drain, greeting;
};

extern const struct http_timeouts http_timeouts_boot;

/* The state after `event`. */
enum http_connection_state http_connection_next(enum http_connection_state state,
                                                enum http_connection_event event);

/* How long `state` may last. */
struct duration http_connection_patience(enum http_connection_state state,
                                         const struct http_timeouts *timeouts);

/* What it means when a state's time is over: HTTP_SOUND for those that end quietly. */
enum http_flaw http_connection_late(enum http_connection_state state);

/* Does `event` start the state's time anew even when the state stays? */
bool http_connection_restarts(enum http_connection_state state, enum http_connection_event event);

#endif
