/* Who is signed in at this moment. What is known of a session, here and in what is kept over a
 * restart, is the digest of its cookie. Bounded; when it is full, the one that was idle longest
 * ends. Times are the caller's. */
#ifndef API_SESSION_TABLE_H
#define API_SESSION_TABLE_H

#include "base/clock.h"

#include "api/caller.h"
#include "model/kept_session.h"

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
    bool is_stored;  /* it may stand in the store: its end has to be told there */
    int64_t kept_ms; /* its last use, as it is kept; 0 = it is not */
};

struct session_table {
    struct session rows[SESSIONS_MAX];
    struct duration idle, longest;
    /* Kept ones that have ended since session_take_change() was asked: each row at most once, and
     * one more for the row that was taken for a new one. */
    struct token_digest ended[SESSIONS_MAX + 1];
    size_t ended_count;
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

/* Begin one again that was kept; false when it is over, or there is no room. */
must_check bool session_restore(struct session_table *table, const struct kept_session *kept,
                                struct now now);

/* What is to be kept that was not told yet: a session that is new or was used a minute later than
 * is known, or (*ret_removes) one that has ended. False when there is nothing. */
bool session_take_change(struct session_table *table, struct now now, struct kept_session *ret_kept,
                         bool *ret_removes);

/* What was taken so could not be kept: tell it again. */
void session_return_change(struct session_table *table, const struct kept_session *kept,
                           bool removes);

#endif
