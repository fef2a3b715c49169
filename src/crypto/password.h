/* Passwords as what is kept of them: argon2id (RFC 9106) by libsodium, in its usual text form. One
 * takes 64 MiB and about a tenth of a second, which is what makes guessing dear: call these from a
 * thread that may wait, one at a time. */
#ifndef CRYPTO_PASSWORD_H
#define CRYPTO_PASSWORD_H

#include "base/checked.h"
#include "base/span.h"

#define PASSWORD_HASH_MAX 128 /* with the NUL */
#define PASSWORD_MAX      257 /* with the NUL */
#define PASSWORD_LEAST    8   /* bytes */

/* What is to be kept. 0 or -ENOMEM. */
must_check int password_hash(struct span password, char out[PASSWORD_HASH_MAX]);

/* Is it the password of this hash? False also when there is no memory to tell. */
bool password_matches(const char *hash, struct span password);

#endif
