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

#endif
