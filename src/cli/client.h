/* Speaks HTTP/1.1 with the daemon, over its unix socket or by TCP: one request a connection,
 * bounded in size and time. */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "base/checked.h"
#include "base/span.h"

#define DAEMON_REPLY_MAX ((size_t)16 * 1024 * 1024)
#define DAEMON_WHY_MAX   256

struct daemon_reply {
    unsigned int status;
    struct span body; /* in `memory` */
    void *memory;     /* freed by daemon_reply_done() */
};

/* Where the daemon is: its unix socket, or elsewhere by HTTP or HTTPS. Texts live as long as it. */
struct daemon_place {
    const char *socket_path;
    const char *url;     /* "https://boot.example:8067"; "" = by the socket */
    const char *token;   /* sent with each request by url; "" = none */
    const char *ca_file; /* whom to trust in place of the system's CAs; "" = those */
};

/* Ask. `target` is coded, from "/api/v1" on. 0 and a reply of any status; -ECONNREFUSED when no
 * daemon listens at that place; another negative errno. A sentence in `why` on failure. */
must_check int daemon_ask(const struct daemon_place *place, const char *method, const char *target,
                          struct span body, struct daemon_reply *ret_reply,
                          char why[DAEMON_WHY_MAX]);
void daemon_reply_done(struct daemon_reply *reply);

/* Ask for a stream and hand over each line of its body until it ends or `line` returns false.
 * Results as above; a reply other than 200 is returned in *ret_reply without its lines being handed
 * over. */
must_check int daemon_follow(const struct daemon_place *place, const char *target,
                             bool (*line)(void *context, struct span line), void *context,
                             struct daemon_reply *ret_reply, char why[DAEMON_WHY_MAX]);

/* The same for who has other things to wait for as well. */
struct daemon_stream;

/* Ask; 0 and a stream once the daemon has agreed, else as daemon_follow(). Lines that came along
 * with its reply are handed over at once. */
must_check int daemon_stream_open(const char *socket_path, const char *target,
                                  bool (*line)(void *context, struct span line), void *context,
                                  struct daemon_stream **ret_stream, struct daemon_reply *ret_reply,
                                  char why[DAEMON_WHY_MAX]);
void daemon_stream_free(struct daemon_stream *stream);
/* Readable when there is something to take. */
int daemon_stream_fd(const struct daemon_stream *stream);
/* Take what is there, once; hands over each whole line. 0, -EPIPE when the daemon has ended it, or
 * another negative errno. Never blocks when its descriptor is readable. */
must_check int daemon_stream_take(struct daemon_stream *stream,
                                  bool (*line)(void *context, struct span line), void *context);

#endif
