/* See password.h. The bounds are libsodium's for somebody who waits at a page. */
#include "crypto/password.h"

#include <errno.h>
#include <sodium.h>

_Static_assert(PASSWORD_HASH_MAX >= crypto_pwhash_STRBYTES, "a hash fits");

int password_hash(struct span password, char out[PASSWORD_HASH_MAX])
{
    if (sodium_init() < 0)
        return -ENOMEM;
    memset(out, 0, PASSWORD_HASH_MAX);
    int r =
        crypto_pwhash_str(out, (const char *)password.data, password.len,
                          crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE);
    return r == 0 ? 0 : -ENOMEM;
}

bool password_matches(const char *hash, struct span password)
{
    return sodium_init() >= 0 &&
           crypto_pwhash_str_verify(hash, (const char *)password.data, password.len) == 0;
}
