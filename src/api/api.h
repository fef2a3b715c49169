/* The daemon's API: one request in, one reply out, independent of how either is carried. Spoken as
 * HTTP/1.1 over the daemon's unix socket, whose file mode is the access control. Routes are rows of
 * routes.def; errors are problem documents (RFC 9457). */
#ifndef API_API_H
#define API_API_H

#include "api/access.h"
#include "api/backend.h"
#include "crypto/password.h"
#include "http/response.h"

#define API_PREFIX "/api/v1"

/* Largest request body that is looked at; more is refused with 413. */
#define API_BODY_MAX 65536
/* ... but for the bytes of an upload. */
#define API_PIECE_MAX INTAKE_PIECE_MAX

/* A good size for the arena of one request: replies are pages that fit into it. A pcap needs room
 * for the ring of one machine. */
#define API_ARENA_BYTES ((size_t)1024 * 1024)

struct api_request {
    struct span method;              /* "GET", as sent */
    struct span path;                /* of the target, still percent-coded, without the query */
    struct span query;               /* after '?', still coded; may be empty */
    struct span body;                /* whole */
    const struct http_request *http; /* its fields; NULL = it has none */
    const struct api_password_outcome *outcome; /* NULL = the first call */
    const struct api_caller *caller;            /* who asks; NULL = nobody */
    struct now now;
};

#define API_FIELDS_MAX 6

/* Passwords are checked and hashed by somebody who may take a tenth of a second for it: a reply of
 * kind API_REPLY_PASSWORD asks the carrier to do this job and then to call api_handle() again with
 * the same request and the job's outcome. Wipe both when done. */
struct api_password_job {
    bool checks; /* is `given` the password of `hash`? */
    char hash[PASSWORD_HASH_MAX];
    char given[PASSWORD_MAX];
    bool makes; /* hash `wanted`; when something was checked too, only if that went well */
    char wanted[PASSWORD_MAX];
};

struct api_password_outcome {
    bool matched;
    char hash[PASSWORD_HASH_MAX]; /* the job's: what `given` was held against; "" = nothing */
    char made[PASSWORD_HASH_MAX]; /* "" = none */
};

enum api_reply_kind {
    API_REPLY_BODY,
    API_REPLY_PASSWORD, /* no reply yet: `job` has to be done */
    API_REPLY_STREAM,   /* 200, then an endless body of JSON lines: see `follow` */
};

/* What a stream wants: first the remembered events after `after` (each_event), then each new one,
 * of one machine or (0) of all, as event_json() in one line. */
struct api_follow {
    uint64_t after;
    uint64_t machine;
    bool as_sse; /* as server-sent events (text/event-stream) instead of JSON lines */
};

struct api_reply {
    enum api_reply_kind kind;
    uint16_t status;
    const char *media_type; /* "application/json", "application/problem+json", ... */
    const char *allow;      /* the Allow field of a 405 and of OPTIONS, else NULL */
    const char *etag;       /* NULL = none */
    struct span body;       /* in the arena */
    struct http_field fields[API_FIELDS_MAX]; /* further fields of the head; values in the arena */
    uint8_t field_count;
    struct api_follow follow;
    struct api_password_job job;
    char who[API_NAME_MAX]; /* the account somebody tried to sign in to, for the list of deeds */
};

/* Answer one request. Everything in *out lives in `arena`; nothing of the request is kept. Cannot
 * fail: what is wrong is a reply. HEAD is answered like GET, the carrier leaves out the body. */
void api_handle(const struct api_backend *backend, const struct api_request *request,
                struct arena *arena, struct api_reply *out);

/* The reply for somebody who is not let in (access_identify()). */
void api_refuse(enum access_verdict verdict, struct arena *arena, struct api_reply *out);

/* Does an event belong into this stream: newer than what was sent, and of its machine. */
static inline bool api_follow_wants(const struct api_follow *follow, uint64_t sequence,
                                    uint64_t machine)
{
    return sequence > follow->after && (follow->machine == 0 || follow->machine == machine);
}

#endif
