/* A session of the dashboard as it is kept over a restart: of its cookie only the digest. Its CSRF
 * token is made from the cookie, and is known again when that is shown. */
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
