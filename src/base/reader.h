/* The one way to take foreign bytes apart: a cursor with a sticky failure. A read past the end
 * yields zero and moves the cursor to the end, so that loops over "bytes left" always finish; the
 * caller asks once, at the end, whether anything failed. */
#ifndef BASE_READER_H
#define BASE_READER_H

#include "base/span.h"

struct reader {
    const uint8_t *at, *end;
    bool failed;
};

static inline struct reader reader_over(struct span s)
{
    static const uint8_t nothing[1];
    const uint8_t *at = s.data ? s.data : nothing;
    return (struct reader){ .at = at, .end = at + (s.data ? s.len : 0) };
}

static inline size_t reader_left(const struct reader *r)
{
    return (size_t)(r->end - r->at);
}

/* The next n bytes, or an empty span and a failed reader. */
static inline struct span reader_take(struct reader *r, size_t n)
{
    if (r->failed || n > reader_left(r)) {
        r->failed = true;
        r->at = r->end;
        return (struct span){ 0 };
    }
    struct span taken = { .data = r->at, .len = n };
    r->at += n;
    return taken;
}

/* All that is left. */
static inline struct span reader_rest(struct reader *r)
{
    return reader_take(r, reader_left(r));
}

static inline uint8_t reader_u8(struct reader *r)
{
    struct span s = reader_take(r, 1);
    return s.len == 1 ? s.data[0] : 0;
}

static inline uint16_t reader_be16(struct reader *r)
{
    struct span s = reader_take(r, 2);
    if (s.len != 2)
        return 0;
    return (uint16_t)(s.data[0] << 8 | s.data[1]);
}

static inline uint32_t reader_be32(struct reader *r)
{
    struct span s = reader_take(r, 4);
    if (s.len != 4)
        return 0;
    return (uint32_t)s.data[0] << 24 | (uint32_t)s.data[1] << 16 | (uint32_t)s.data[2] << 8 |
           s.data[3];
}

static inline uint16_t reader_le16(struct reader *r)
{
    struct span s = reader_take(r, 2);
    if (s.len != 2)
        return 0;
    return (uint16_t)(s.data[1] << 8 | s.data[0]);
}

static inline uint32_t reader_le32(struct reader *r)
{
    struct span s = reader_take(r, 4);
    if (s.len != 4)
        return 0;
    return (uint32_t)s.data[3] << 24 | (uint32_t)s.data[2] << 16 | (uint32_t)s.data[1] << 8 |
           s.data[0];
}

static inline uint64_t reader_be64(struct reader *r)
{
    struct reader at = reader_over(reader_take(r, 8));
    uint64_t high = reader_be32(&at);
    return high << 32 | reader_be32(&at);
}

static inline uint64_t reader_le64(struct reader *r)
{
    struct reader at = reader_over(reader_take(r, 8));
    uint64_t low = reader_le32(&at);
    return low | (uint64_t)reader_le32(&at) << 32;
}

static inline void reader_skip(struct reader *r, size_t n)
{
    (void)reader_take(r, n);
}

/* The bytes up to and without `stop`, which is passed over; fails if it never comes. */
static inline struct span reader_until(struct reader *r, uint8_t stop)
{
    struct span rest = { .data = r->at, .len = reader_left(r) };
    size_t n = span_find(rest, stop);
    if (r->failed || n == rest.len) {
        r->failed = true;
        r->at = r->end;
        return (struct span){ 0 };
    }
    struct span taken = reader_take(r, n);
    reader_skip(r, 1);
    return taken;
}

#endif
