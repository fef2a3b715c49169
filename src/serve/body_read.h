/* Bytes of a body into memory, across its pieces: for protocols that make packets of them. */
#ifndef SERVE_BODY_READ_H
#define SERVE_BODY_READ_H

#include <sys/uio.h>

#include "base/checked.h"

#include "model/body.h"

/* Fill the `count` vectors, one after another, with the bytes of `body` from `offset`; contents of
 * the array are not kept. 0, -ENODATA when the body ends before (a file shrank), or another
 * negative errno. */
must_check int body_read(const struct body *body, uint64_t offset, struct iovec *vectors,
                         size_t count);

/* Bytes read beyond what was asked, for a reader that goes through a body in small steps. Zeroed at
 * birth. */
struct body_ahead {
    uint8_t *memory; /* BODY_AHEAD_BYTES, or NULL */
    uint64_t start;
    size_t length;
};

#define BODY_AHEAD_BYTES 8192

/* The same for one range, read ahead where that spares a later call. Memory that is not to be had
 * only costs speed. */
must_check int body_read_ahead(const struct body *body, struct body_ahead *ahead, uint64_t offset,
                               void *out, size_t size);
void body_ahead_done(struct body_ahead *ahead);

#endif
