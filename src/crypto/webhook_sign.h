/* The signature of what a webhook is sent, by Standard Webhooks 1.0 (standardwebhooks.com,
 * "Signature scheme", symmetric): HMAC-SHA256 over the message's id, the time and the body. */
#ifndef CRYPTO_WEBHOOK_SIGN_H
#define CRYPTO_WEBHOOK_SIGN_H

#include "base/checked.h"
#include "base/span.h"

#define WEBHOOK_KEY_MIN       24
#define WEBHOOK_KEY_MAX       64
#define WEBHOOK_SECRET_MAX    96 /* "whsec_" and base64 of a key, and the NUL */
#define WEBHOOK_SIGNATURE_MAX 48 /* "v1," and base64 of 32 bytes, and the NUL */

/* A key; wipe it with token_wipe(). There is nothing that writes one out. */
struct webhook_key {
    uint8_t bytes[WEBHOOK_KEY_MAX];
    uint8_t len; /* 0 = none */
};

/* Make a secret as text, of 32 random bytes. 0 or -EIO. */
must_check int webhook_secret_make(char out[WEBHOOK_SECRET_MAX]);

/* The key of a secret: "whsec_" and base64 of 24 to 64 bytes, blanks and line ends around it.
 * False when it is none. */
must_check bool webhook_secret_read(struct span text, struct webhook_key *ret_key);

/* "v1,<base64>" over "<id>.<seconds since 1970>.<body>". 0 or -EIO. */
must_check int webhook_sign(const struct webhook_key *key, const char *id, uint64_t seconds,
                            struct span body, char out[WEBHOOK_SIGNATURE_MAX]);

#endif
