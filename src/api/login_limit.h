/* How often somebody may guess: failed sign-ins are counted per address and per account. The first
 * few are free, then each costs a wait that doubles. Bounded; when the table is full the row that
 * was quiet longest goes. */
#ifndef API_LOGIN_LIMIT_H
#define API_LOGIN_LIMIT_H

#include "base/clock.h"
#include "base/siphash.h"
#include "base/span.h"

#define LOGIN_LIMIT_ROWS 512

struct login_limit_row {
    uint64_t key;
    uint32_t failures;
    struct instant last, until; /* the latest failure; no try before `until` */
};

struct login_limit {
    struct hash_key hash;
    uint32_t free;   /* failures without a wait */
    uint32_t most_s; /* the longest wait */
    struct login_limit_row rows[LOGIN_LIMIT_ROWS];
};

/* A table over the caller's storage; no wait is longer than `most_s` seconds. */
void login_limit_init(struct login_limit *limit, struct hash_key hash, uint32_t free_failures,
                      uint32_t most_s);

/* How many seconds `who` has to wait before another try; 0 = none. */
uint32_t login_limit_wait_s(const struct login_limit *limit, struct span who, struct instant now);

/* A try of `who` failed; or it went well, and the failures are forgotten. */
void login_limit_failed(struct login_limit *limit, struct span who, struct instant now);
void login_limit_passed(struct login_limit *limit, struct span who);

#endif
