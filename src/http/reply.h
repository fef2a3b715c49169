/* One answer with a body: decided once from the request and the body's facts, then drained slice by
 * slice. Knows what is to be sent; never sends. A reply is a plain value without pointers, so it
 * may rest in a connection for as long as a slow client takes.
 *
 *     http_reply_begin(&reply, &request, &body, media_type, now, seed, &head_writer);
 *     send the head;
 *     while (http_reply_next(&reply, &body, media_type, scratch, &slice)) {
 *         send some of slice;
 *         http_reply_advance(&reply, sent);
 *     } */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include "base/clock.h"
#include "base/writer.h"

#include "http/range.h"
#include "http/request_parser.h"
#include "model/body.h"

#define HTTP_BOUNDARY_MAX  40
#define HTTP_SCRATCH_BYTES 16384

struct http_reply {
    uint16_t status;
    bool keep_alive;
    bool has_boundary;   /* several ranges: multipart/byteranges */
    bool reaches_end;    /* a GET whose last byte is the body's last byte */
    uint8_t range_count; /* 0 = nothing but the head */
    uint8_t element;     /* multipart: part head, range, part head, range, ..., end */
    uint64_t done;       /* bytes of the present element already sent */
    uint64_t sent;       /* bytes of the body (not of part heads) sent in all */
    uint64_t length;     /* Content-Length */
    uint64_t seed;       /* of the boundary */
    struct http_range ranges[HTTP_RANGES_MAX];
};

/* What to send next: bytes in memory, or of a file when fd >= 0. */
struct http_slice {
    int fd;
    uint64_t offset, length;
    const uint8_t *memory;
    bool last; /* nothing follows it in this answer */
};

/* Decide on a GET or HEAD of `body` (RFC 9110 13.2.2, 14.2) and write the head. `media_type` is
 * that of the body; `seed` makes the boundary and should be hard to guess. A failed writer means
 * the head did not fit in HTTP_HEAD_MAX, which only an absurd media type can cause. */
void http_reply_begin(struct http_reply *reply, const struct http_request *request,
                      const struct body *body, const char *media_type, struct calendar now,
                      uint64_t seed, struct writer *head);

/* The next unsent bytes; false when all are sent. `scratch` holds bytes that are made for this call
 * (a part's head, a piece of the body that is neither file nor memory) until the next one and needs
 * HTTP_SCRATCH_BYTES. A slice of length 0 means that the body's pieces are shorter than its size:
 * cut the connection. */
bool http_reply_next(struct http_reply *reply, const struct body *body, const char *media_type,
                     void *scratch, struct http_slice *ret_slice);

/* `bytes` of the last slice are sent; never more than its length. */
void http_reply_advance(struct http_reply *reply, uint64_t bytes);

#endif
