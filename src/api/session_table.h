/* Who is signed in at this moment. Sessions live in memory: a restart of the daemon ends them, and
 * what is kept of each is the digest of its cookie. Bounded; when it is full, the one that was idle
 * longest ends. Times are the caller's. */
#ifndef API_SESSION_TABLE_H
#define API_SESSION_TABLE_H

#include "base/clock.h"

#include "api/caller.h"

#define SESSIONS_MAX 256

struct session {
    bool is_used;
    enum api_door door; /* LINK or SESSION */
    bool is_secure;     /* began by TLS, and goes on by TLS alone */
    char name[API_NAME_MAX];
    char csrf[TOKEN_TEXT_MAX];
    char from[API_FROM_MAX];
    struct token_digest digest;
    struct instant begun, last;
    struct calendar begun_at;
};

struct session_table {
    struct session rows[SESSIONS_MAX];
    struct duration idle, longest;
};

/* Begin one; `token` gets what the cookie holds. 0, or a negative errno. */
must_check int session_begin(struct session_table *table, enum api_door door, const char *name,
                             const char *from, struct now now, char token[TOKEN_TEXT_MAX],
                             struct session **ret_session);

/* The session of this cookie, which counts as used now; NULL when there is none any more. */
struct session *session_find(struct session_table *table, struct span token, struct instant now);

/* The session with this digest; NULL when it has ended. */
struct session *session_of(struct session_table *table, const struct token_digest *digest,
                           struct instant now);

/* Is row `index` a session that goes on? */
bool session_is_on(const struct session_table *table, size_t index, struct instant now);

/* End one, or all of an account, or all begun by a link but the one with this digest. */
void session_end(struct session_table *table, const struct token_digest *digest);
void session_end_all(struct session_table *table, const char *name);
void session_end_links(struct session_table *table, const struct token_digest *but);

#endif
