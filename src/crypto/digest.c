/* SHA-1 and SHA-2 through OpenSSL's EVP interface. Which of them is good enough for what is decided
 * by those who ask: SHA-1 is here because old signatures name it. */
#include "crypto/digest.h"

#include <assert.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>

struct digest_stream {
    EVP_MD_CTX *context;
    enum digest_kind kind;
    bool failed;
};

static const struct {
    const char *name;
    size_t bytes;
    const EVP_MD *(*method)(void);
} kinds[DIGEST_KINDS] = {
    [DIGEST_SHA1] = { "SHA-1", 20, EVP_sha1 },
    [DIGEST_SHA256] = { "SHA-256", 32, EVP_sha256 },
    [DIGEST_SHA384] = { "SHA-384", 48, EVP_sha384 },
    [DIGEST_SHA512] = { "SHA-512", 64, EVP_sha512 },
};

const char *digest_name(enum digest_kind kind)
{
    return kinds[kind].name;
}

size_t digest_bytes(enum digest_kind kind)
{
    return kinds[kind].bytes;
}

int digest_of(enum digest_kind kind, struct span data, struct digest *ret)
{
    struct digest_stream *stream;
    int r = digest_stream_new(kind, &stream);
    if (r < 0)
        return r;
    digest_stream_add(stream, data);
    r = digest_stream_finish(stream, ret);
    digest_stream_free(stream);
    return r;
}

int digest_stream_new(enum digest_kind kind, struct digest_stream **ret)
{
    struct digest_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return -ENOMEM;
    stream->kind = kind;
    stream->context = EVP_MD_CTX_new();
    int r =
        !stream->context
            ? -ENOMEM
            : (EVP_DigestInit_ex(stream->context, kinds[kind].method(), NULL) == 1 ? 0 : -ENOTSUP);
    if (r < 0)
        digest_stream_free(stream);
    else
        *ret = stream;
    return r;
}

void digest_stream_add(struct digest_stream *stream, struct span data)
{
    if (data.len > 0 && EVP_DigestUpdate(stream->context, data.data, data.len) != 1)
        stream->failed = true;
}

int digest_stream_finish(struct digest_stream *stream, struct digest *ret)
{
    struct digest digest = { .kind = stream->kind };
    unsigned len = 0;
    if (stream->failed || EVP_DigestFinal_ex(stream->context, digest.bytes, &len) != 1)
        return -ENOMEM;
    assert(len == kinds[stream->kind].bytes);
    *ret = digest;
    return 0;
}

void digest_stream_free(struct digest_stream *stream)
{
    if (!stream)
        return;
    EVP_MD_CTX_free(stream->context);
    free(stream);
}
