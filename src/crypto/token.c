/* See token.h. Letters and digits that cannot be taken for one another, so that a link can also be
 * typed (the alphabet of RFC 4648 6, in lower case). */
#include "crypto/token.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "crypto/digest.h"

int token_make(char out[TOKEN_TEXT_MAX])
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint8_t random[TOKEN_TEXT_MAX - 1];

    if (RAND_bytes(random, sizeof random) != 1)
        return -EIO;
    for (size_t i = 0; i < sizeof random; i++)
        out[i] = alphabet[random[i] & 31];
    out[sizeof random] = 0;
    OPENSSL_cleanse(random, sizeof random);
    return 0;
}

int token_digest_of(struct span token, struct token_digest *ret)
{
    struct digest digest;
    int r = digest_of(DIGEST_SHA256, token, &digest);
    if (r == 0)
        memcpy(ret->bytes, digest.bytes, sizeof ret->bytes);
    return r;
}

bool token_digest_equals(const struct token_digest *a, const struct token_digest *b)
{
    return CRYPTO_memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

void token_wipe(void *secret, size_t len)
{
    OPENSSL_cleanse(secret, len);
}
