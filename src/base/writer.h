/* The one way to build bytes for the wire: a bounded buffer with a sticky failure. A write that
 * does not fit writes nothing and marks the writer failed; the caller asks once, at the end. */
#ifndef BASE_WRITER_H
#define BASE_WRITER_H

#include "base/span.h"

struct writer {
    uint8_t *data;
    size_t len, cap;
    bool failed;
};

static inline struct writer writer_over(void *data, size_t cap)
{
    return (struct writer){ .data = data, .cap = cap };
}

static inline size_t writer_left(const struct writer *w)
{
    return w->cap - w->len;
}

/* What has been written so far. */
static inline struct span writer_span(const struct writer *w)
{
    return (struct span){ .data = w->data, .len = w->len };
}

static inline void writer_bytes(struct writer *w, struct span s)
{
    if (w->failed || s.len > writer_left(w)) {
        w->failed = true;
        return;
    }
    if (s.len > 0)
        memcpy(w->data + w->len, s.data, s.len);
    w->len += s.len;
}

static inline void writer_fill(struct writer *w, uint8_t byte, size_t n)
{
    if (w->failed || n > writer_left(w)) {
        w->failed = true;
        return;
    }
    if (n > 0)
        memset(w->data + w->len, byte, n);
    w->len += n;
}

static inline void writer_u8(struct writer *w, uint8_t v)
{
    writer_bytes(w, span_of(&v, 1));
}

static inline void writer_be16(struct writer *w, uint16_t v)
{
    const uint8_t b[2] = { (uint8_t)(v >> 8), (uint8_t)v };
    writer_bytes(w, span_of(b, sizeof b));
}

static inline void writer_be32(struct writer *w, uint32_t v)
{
    const uint8_t b[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
    writer_bytes(w, span_of(b, sizeof b));
}

static inline void writer_le16(struct writer *w, uint16_t v)
{
    const uint8_t b[2] = { (uint8_t)v, (uint8_t)(v >> 8) };
    writer_bytes(w, span_of(b, sizeof b));
}

static inline void writer_le32(struct writer *w, uint32_t v)
{
    const uint8_t b[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24) };
    writer_bytes(w, span_of(b, sizeof b));
}

static inline void writer_be64(struct writer *w, uint64_t v)
{
    uint8_t b[8];
    for (int i = 0; i < 8; i++)
        b[i] = (uint8_t)(v >> (56 - 8 * i));
    writer_bytes(w, span_of(b, sizeof b));
}

static inline void writer_le64(struct writer *w, uint64_t v)
{
    uint8_t b[8];
    for (int i = 0; i < 8; i++)
        b[i] = (uint8_t)(v >> (8 * i));
    writer_bytes(w, span_of(b, sizeof b));
}

static inline void writer_text(struct writer *w, const char *text)
{
    writer_bytes(w, span_text(text));
}

/* Open a block that begins with a one-byte length; returns the mark for writer_len8_end(). */
static inline size_t writer_len8_begin(struct writer *w)
{
    size_t mark = w->len;
    writer_u8(w, 0);
    return mark;
}

/* Close it; a block over 255 bytes fails the writer. */
static inline void writer_len8_end(struct writer *w, size_t mark)
{
    if (w->failed || mark >= w->len || w->len - mark - 1 > UINT8_MAX) {
        w->failed = true;
        return;
    }
    w->data[mark] = (uint8_t)(w->len - mark - 1);
}

#endif
