/* Who may use tugboot, as it is kept: accounts with a password, tokens of programs, and the list of
 * who did what. Roles are kept by their names. */
#ifndef MODEL_ACCOUNT_H
#define MODEL_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#define ACCOUNT_NAME_MAX   64  /* with the NUL; of a token's name, too */
#define ACCOUNT_ROLE_MAX   16  /* with the NUL */
#define ACCOUNT_HASH_MAX   128 /* with the NUL: argon2id in its usual text form */
#define ACCOUNT_PREFIX_MAX 64  /* with the NUL */
#define ACCOUNTS_MAX       128
#define ACCESS_TOKENS_MAX  256
/* Deeds that are kept, and those among them of nobody known (door "none", or a sign-in that was
 * refused); it may be up to AUDIT_TRIM_EVERY more, since they are counted once in so many. */
#define AUDIT_KEPT        20000
#define AUDIT_NOBODY_KEPT 4000
#define AUDIT_TRIM_EVERY  100

struct account {
    char name[ACCOUNT_NAME_MAX];
    char role[ACCOUNT_ROLE_MAX];
    char hash[ACCOUNT_HASH_MAX]; /* of the password; shown nowhere */
    struct calendar created;
};

struct access_token {
    uint64_t id; /* from 1; never given twice */
    char name[ACCOUNT_NAME_MAX];
    char role[ACCOUNT_ROLE_MAX];
    char prefix[ACCOUNT_PREFIX_MAX]; /* only paths that begin so; "" = all */
    uint8_t digest[32];              /* the token itself is kept nowhere */
    struct calendar created;
    struct calendar expires;   /* 0 = never */
    struct calendar last_used; /* 0 = not yet; to the minute */
};

/* One thing that somebody did, or tried. */
struct audit_entry {
    uint64_t sequence; /* given by the store */
    struct calendar at;
    char who[ACCOUNT_NAME_MAX]; /* account or token, "" = nobody known */
    char door[16];              /* how they came in */
    char from[48];              /* their address, "" = the unix socket */
    char method[16];
    char path[192]; /* escaped, cut when longer */
    uint16_t status;
};

#endif
