/* Sockets that a service manager opened for us (sd_listen_fds(3)): descriptors from 3 on, their
 * number in $LISTEN_FDS, their names in $LISTEN_FDNAMES, meant for the process $LISTEN_PID. */
#ifndef NET_ACTIVATION_H
#define NET_ACTIVATION_H

#include "base/checked.h"
#include "base/text.h"

#define ACTIVATION_MAX      16
#define ACTIVATION_NAME_MAX 64

struct activation {
    struct activation_socket {
        int fd; /* -1: taken */
        char name[ACTIVATION_NAME_MAX];
    } rows[ACTIVATION_MAX];
    uint8_t count;
};

/* Take note of what was handed over, and of nothing when it was meant for another process; the
 * variables are gone then, the descriptors close on exec and do not block. 0, or a negative errno
 * with a sentence in `why` when what the variables say is not so. To be called once, before any
 * descriptor is opened. */
must_check int activation_read(struct activation *ret_given, struct text *why);

/* A socket's kind, as getsockopt(2) and bind(2) know it. */
enum activation_kind {
    ACTIVATION_TCP, /* listening, IPv4 */
    ACTIVATION_UDP, /* bound, IPv4 */
    ACTIVATION_UNIX /* listening stream */
};

/* Take the socket of this name. Its descriptor, the caller's from now on; -ENOENT when none was
 * given; another negative errno with a sentence in `why` when it is of another kind or (unless
 * `port` is 0) bound to another port. */
must_check int activation_take(struct activation *given, const char *name,
                               enum activation_kind kind, uint16_t port, struct text *why);

/* The name of one that nobody took, NULL when there is none: somebody meant something by it. */
const char *activation_left(const struct activation *given);

/* Close what nobody took. */
void activation_close(struct activation *given);

#endif
