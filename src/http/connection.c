/* See connection.h. An event a state does not expect closes the connection: nothing is guessed. */
#include "http/connection.h"

const struct http_timeouts http_timeouts_boot = {
    .idle = { INT64_C(75) * 1000000000 },
    .head = { INT64_C(10) * 1000000000 },
    .opening = { INT64_C(4) * 1000000000 }, /* EDK2 waits five seconds (PcdHttpIoTimeout) */
    .stall = { INT64_C(60) * 1000000000 },
    .drain = { INT64_C(2) * 1000000000 },
    .greeting = { INT64_C(15) * 1000000000 }, /* firmware without AES in hardware takes seconds */
};

/* clang-format off */
#define MOVES(begun, no_descriptor, blocked, answered, last, greeted, deadline)                             \
    { HTTP_##begun, HTTP_##no_descriptor, HTTP_##blocked, HTTP_##answered, HTTP_##last,            \
      HTTP_##greeted, HTTP_##deadline, HTTP_CLOSED }

static const enum http_connection_state moves[HTTP_STATE_COUNT][HTTP_EVENT_COUNT] = {
    /*                        begun    no descr. blocked  answered last      greeted  deadline */
    [HTTP_WAITING]  = MOVES(READING, OPENING, SENDING, WAITING, DRAINING, CLOSED,  CLOSED),
    [HTTP_READING]  = MOVES(READING, OPENING, SENDING, WAITING, DRAINING, CLOSED,  DRAINING),
    [HTTP_OPENING]  = MOVES(CLOSED,  OPENING, SENDING, WAITING, DRAINING, CLOSED,  DRAINING),
    [HTTP_SENDING]  = MOVES(CLOSED,  CLOSED,  SENDING, WAITING, DRAINING, CLOSED,  CLOSED),
    [HTTP_DRAINING] = MOVES(DRAINING, CLOSED, DRAINING, CLOSED, DRAINING, CLOSED,  CLOSED),
    [HTTP_GREETING] = MOVES(CLOSED,  CLOSED,  CLOSED,  CLOSED,  DRAINING, WAITING, DRAINING),
    [HTTP_CLOSED]   = MOVES(CLOSED,  CLOSED,  CLOSED,  CLOSED,  CLOSED,   CLOSED,  CLOSED),
};
/* clang-format on */

enum http_connection_state http_connection_next(enum http_connection_state state,
                                                enum http_connection_event event)
{
    return moves[state][event];
}

struct duration http_connection_patience(enum http_connection_state state,
                                         const struct http_timeouts *timeouts)
{
    switch (state) {
    case HTTP_WAITING:
        return timeouts->idle;
    case HTTP_READING:
        return timeouts->head;
    case HTTP_OPENING:
        return timeouts->opening;
    case HTTP_SENDING:
        return timeouts->stall;
    case HTTP_DRAINING:
        return timeouts->drain;
    case HTTP_GREETING:
        return timeouts->greeting;
    case HTTP_CLOSED:
    case HTTP_STATE_COUNT:
        break;
    }
    return (struct duration){ 0 };
}

enum http_flaw http_connection_late(enum http_connection_state state)
{
    if (state == HTTP_READING)
        return HTTP_HEAD_TIMED_OUT;
    return state == HTTP_SENDING ? HTTP_WRITE_STALLED : HTTP_SOUND;
}

bool http_connection_restarts(enum http_connection_state state, enum http_connection_event event)
{
    return state == HTTP_SENDING || event == HTTP_EVENT_ANSWERED;
}
