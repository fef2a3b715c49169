/* A short foreign text kept by value: what a client called itself, cut at 63 bytes. The bytes are
 * as they came; whoever shows them escapes them. */
#ifndef MODEL_LABEL_H
#define MODEL_LABEL_H

#include "base/span.h"

struct label {
    uint8_t len;
    char bytes[63];
};

static inline struct label label_of(struct span s)
{
    struct label l = { .len = (uint8_t)(s.len < sizeof l.bytes ? s.len : sizeof l.bytes) };
    if (l.len > 0)
        memcpy(l.bytes, s.data, l.len);
    return l;
}

static inline struct span label_span(const struct label *l)
{
    return span_of(l->bytes, l->len);
}

#endif
