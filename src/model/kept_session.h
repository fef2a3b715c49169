/* A session of the dashboard as it is kept over a restart. Of its cookie only the digest, and of
 * its CSRF token, which must be shown to the page again, what it is made from: nothing but that
 * digest and a key that is not in the database. */
#ifndef MODEL_KEPT_SESSION_H
#define MODEL_KEPT_SESSION_H

#include "base/clock.h"
#include "base/span.h"

struct kept_session {
    uint8_t digest[32]; /* SHA-256 of the cookie */
    bool by_link, is_secure;
    char name[64], from[64];
    struct calendar begun, last;
};

#endif
