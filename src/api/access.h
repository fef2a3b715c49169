/* Who is let in: turns a connection and a request's fields into a caller, or into a refusal with a
 * name. Knows accounts, tokens, links and sessions; no sockets, no clock, no database (what changes
 * is told to the backend first, and then here). Lives on the control thread.
 *
 * Cookies are believed only from tugboot's own pages: a request of another site (Sec-Fetch-Site,
 * Origin) is refused, and a write must carry the session's X-CSRF-Token. Names in Host that are not
 * its own are refused, so that no name somebody else controls leads here (DNS rebinding). */
#ifndef API_ACCESS_H
#define API_ACCESS_H

#include "api/login_limit.h"
#include "api/session_table.h"
#include "http/request_parser.h"
#include "model/account.h"
#include "model/addr.h"

#define ACCESS_NAMES_MAX  32
#define ACCESS_LINKS_MAX  8
#define ACCESS_COOKIE     "tugboot"
#define ACCESS_COOKIE_TLS "__Host-tugboot"
#define ACCESS_LINK_FIRST duration_seconds(86400) /* the one of the first screen */
#define ACCESS_LINK_LATER duration_seconds(900)

enum access_verdict {
#define ACCESS(id, status, code, sentence) ACCESS_##id,
#include "api/access_verdict.def"
#undef ACCESS
    ACCESS_VERDICT_COUNT
};

/* Reverse proxies, and groups of theirs that are given a role. */
#define ACCESS_PROXIES_MAX      8
#define ACCESS_PROXY_GROUPS_MAX 24

struct access_refusal {
    uint16_t status;
    const char *code, *sentence;
};
const struct access_refusal *access_refusal_of(enum access_verdict verdict);

/* Reverse proxies that say who asks, and what groups of theirs are here. */
struct access_proxies {
    struct ipv4 addresses[ACCESS_PROXIES_MAX];
    size_t address_count;
    char user[64], groups[64]; /* the fields in which they say it */
    struct {
        char name[64];
        enum api_role role;
    } members[ACCESS_PROXY_GROUPS_MAX];
    size_t member_count;
};

struct access_settings {
    struct duration idle, longest;       /* of sessions */
    const char *names[ACCESS_NAMES_MAX]; /* what Host may say besides addresses */
    size_t name_count;
    struct access_proxies proxies;
};

struct access;

/* 0 or a negative errno. */
must_check int access_new(struct access **ret_access);
void access_free(struct access *access); /* NULL is fine; secrets are wiped */

/* Settings of the configuration; the names are copied. */
void access_configure(struct access *access, const struct access_settings *settings);

/* One request that came by TCP. */
struct access_question {
    const struct http_request *http;
    struct ipv4 from;
    bool over_tls;
};

/* Is the name this request was sent to one of ours? For pages, too. */
bool access_knows_host(const struct access *access, const struct access_question *question);

/* That name, with its port: the Host field, or what a proxy was called by. */
struct span access_host(const struct access *access, const struct access_question *question);

/* Did it come by TLS, to us or to a proxy? */
bool access_is_secure(const struct access *access, const struct access_question *question);

/* Whom a request comes from. *ret is filled in also with a refusal, as far as it is known. */
enum access_verdict access_identify(struct access *access, const struct access_question *question,
                                    struct now now, struct api_caller *ret);

/* Is a caller whose request is still under way (a stream) still let in? */
bool access_still(struct access *access, const struct api_caller *caller, struct now now);

/* May the caller use a route of this role below this path? ACCESS_ADMITTED, or why not. */
enum access_verdict access_permits(const struct api_caller *caller, enum api_role needed,
                                   struct span path);

/* One-time links. */

/* Make one: 0, or a negative errno. The oldest goes when there are too many. */
must_check int access_make_link(struct access *access, struct duration lasts, struct now now,
                                char token[TOKEN_TEXT_MAX]);
/* Use it up; false when it is none, or too old. */
bool access_use_link(struct access *access, struct span token, struct now now);

/* The first account is there: no link made before it works any more, and sessions begun by one end,
 * but for the caller's own. */
void access_end_links(struct access *access, const struct api_caller *caller);

/* Tries to sign in: how long an address (and an account, when not "") must wait before another,
 * in seconds; and how one went. */
uint32_t access_wait_s(const struct access *access, const struct api_caller *caller,
                       const char *account, struct now now);
void access_tried(struct access *access, const struct api_caller *caller, const char *account,
                  bool went_well, struct now now);

/* Sessions. The caller becomes the one of the session; `cookie` gets its value. */
must_check int access_begin_session(struct access *access, enum api_door door, const char *account,
                                    struct now now, struct api_caller *caller,
                                    char cookie[TOKEN_TEXT_MAX]);
void access_end_session(struct access *access, const struct api_caller *caller);
/* The sessions that go on, in no order: NULL at and behind the last. */
const struct session *access_session_at(const struct access *access, size_t index, struct now now);
void access_end_sessions_of(struct access *access, const char *account);

/* Sessions over a restart. False when one that was kept goes on no more: it is over, or its account
 * is gone. What is to be kept, as session_take_change() and session_return_change(). */
must_check bool access_restore_session(struct access *access, const struct kept_session *kept,
                                       struct now now);
bool access_take_session_change(struct access *access, struct now now,
                                struct kept_session *ret_kept, bool *ret_removes);
void access_return_session_change(struct access *access, const struct kept_session *kept,
                                  bool removes);

/* Accounts and tokens, in memory: what the store has. */

must_check int access_put_account(struct access *access, const struct account *account);
void access_remove_account(struct access *access, const char *name);
const struct account *access_find_account(const struct access *access, const char *name);
size_t access_account_count(const struct access *access);
/* In the order of their names. */
const struct account *access_account_at(const struct access *access, size_t index);

must_check int access_put_token(struct access *access, const struct access_token *token);
void access_remove_token(struct access *access, uint64_t id);
const struct access_token *access_find_token(const struct access *access, uint64_t id);
/* A number that no token has, nor had while this runs. */
uint64_t access_next_token(struct access *access);
/* A token that was used since it was last stored, a minute or longer ago: then it counts as stored.
 * NULL = none. */
const struct access_token *access_take_used_token(struct access *access, struct now now);
size_t access_token_count(const struct access *access);
const struct access_token *access_token_at(const struct access *access, size_t index);

#endif
