/* Random secrets that stand for somebody: sign-in links, sessions, API tokens. What is kept of one
 * is its digest, so that what is stolen from memory or from the database opens nothing. */
#ifndef CRYPTO_TOKEN_H
#define CRYPTO_TOKEN_H

#include "base/checked.h"
#include "base/span.h"

#define TOKEN_TEXT_MAX 33 /* 160 bits as 32 characters a-z and 2-7, and the NUL */

struct token_digest {
    uint8_t bytes[32]; /* SHA-256 */
};

/* A new one. 0, or -EIO when there is no randomness. Wipe it when it has been handed over. */
must_check int token_make(char out[TOKEN_TEXT_MAX]);

/* What is kept of a token. 0, -ENOMEM or -ENOTSUP. */
must_check int token_digest_of(struct span token, struct token_digest *ret);

/* In constant time. */
bool token_digest_equals(const struct token_digest *a, const struct token_digest *b);

/* Forget a secret, in a way that no compiler leaves out. */
void token_wipe(void *secret, size_t len);

#endif
