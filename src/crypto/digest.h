/* Digests by OpenSSL: of a whole run of bytes, or of bytes that come one after another. */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include "base/checked.h"
#include "base/span.h"

#define DIGEST_BYTES_MAX 64

enum digest_kind {
    DIGEST_SHA1, /* only to read what others signed long ago */
    DIGEST_SHA256,
    DIGEST_SHA384,
    DIGEST_SHA512,
};

#define DIGEST_KINDS 4

/* A finished digest; a plain value. */
struct digest {
    enum digest_kind kind;
    uint8_t bytes[DIGEST_BYTES_MAX];
};

/* "SHA-256". */
const char *digest_name(enum digest_kind kind);

/* How many bytes a digest of this kind has. */
size_t digest_bytes(enum digest_kind kind);

static inline struct span digest_span(const struct digest *d)
{
    return span_of(d->bytes, digest_bytes(d->kind));
}

static inline bool digest_equals(const struct digest *a, const struct digest *b)
{
    return a->kind == b->kind && span_equals(digest_span(a), digest_span(b));
}

/* The digest of `data`. 0, -ENOMEM, or -ENOTSUP when this OpenSSL does not offer the kind. */
must_check int digest_of(enum digest_kind kind, struct span data, struct digest *ret);

/* A digest in the making. */
struct digest_stream;

/* 0, -ENOMEM or -ENOTSUP; freed by digest_stream_free(). */
must_check int digest_stream_new(enum digest_kind kind, struct digest_stream **ret);
/* More bytes. A failure is kept and told by digest_stream_finish(). */
void digest_stream_add(struct digest_stream *stream, struct span data);
/* The digest of all that was added; nothing may be added afterwards. 0 or -ENOMEM. */
must_check int digest_stream_finish(struct digest_stream *stream, struct digest *ret);
void digest_stream_free(struct digest_stream *stream);

#endif
