/* What a handler has in hand: the request, its path's parts, and helpers that make replies. Inside
 * api/ only. */
#ifndef API_CALL_H
#define API_CALL_H

#include "base/json_write.h"

#include "api/api.h"
#include "api/contract.h"

#define API_PARAMETERS_MAX     2
#define API_PARAMETER_TEXT_MAX 128

struct api_call {
    const struct api_backend *backend;
    const struct api_request *request;
    const struct api_caller *caller; /* never NULL */
    struct arena *arena;
    struct api_reply *reply;
    char parameters[API_PARAMETERS_MAX][API_PARAMETER_TEXT_MAX]; /* decoded, in path order */
};

/* The rest of the arena as one text; cap 1 and failing when there is no room. */
struct text call_text(struct api_call *call);

/* 200 with the JSON in `body`; 500 when it did not fit. */
void call_reply_json(struct api_call *call, const struct text *body);

/* Ask the carrier to check `given` against `hash` (both NULL: nothing to check) and, with `wanted`
 * not NULL, to hash that. */
void call_ask_password(struct api_call *call, const char *hash, const char *given,
                       const char *wanted);

/* Long enough, and not the same letter over and over; else false, after a 422. */
bool call_password_is_sound(struct api_call *call, const char *password);

/* Letters, digits, dots, dashes, underscores and @; else false, after a 422. */
bool call_account_name_is_sound(struct api_call *call, const char *name);

/* 204. */
void call_reply_nothing(struct api_call *call);

/* Add a field to the head; the value is copied. */
void call_add_field(struct api_call *call, const char *name, struct span value);

/* A field of the request's head; data NULL when it is absent. */
struct span call_field(const struct api_call *call, const char *name);

/* An error as a problem document (RFC 9457): `code` is its row in problems.def, `detail` the
 * sentence for people. */
void call_problem(struct api_call *call, uint16_t status, const char *code, const char *detail);

/* 422 with each fault of the body and its place; the first one is the detail. */
struct body_faults;
void call_refuse_body(struct api_call *call, const struct body_faults *faults);

/* 422 for one fault; a sentence that begins with the name of a field in quotes is about that field.
 */
void call_invalid(struct api_call *call, const char *sentence);
/* The problem that goes with a refusal of access. */
void call_refuse_access(struct api_call *call, enum access_verdict verdict);

/* 200, 201 or another status with the JSON in `body`. */
void call_reply_json_as(struct api_call *call, uint16_t status, const struct text *body);

/* The problem that goes with a backend's refusal; `sentence` may be "". */
void call_refused(struct api_call *call, enum api_result result, const char *sentence);

/* Values of the query, which was checked against the route's contract before. A number is untouched
 * when it is absent; false, after a 400, when it is none. A text is "" when it is absent. */
bool call_query_number(struct api_call *call, const char *key, uint64_t *number);
void call_query_text(struct api_call *call, const char *key, char *out, size_t cap);

/* 200 with an answer file that was made. */
void call_reply_rendered(struct api_call *call, const struct api_rendered *made);

/* A MAC address; false, after a 400, when `text` is none. */
bool call_parse_mac(struct api_call *call, const char *text, struct mac *ret_mac);

#define ROUTE(method, path, handler, role, text) void route_##handler(struct api_call *call);
#include "api/routes.def"
#undef ROUTE

#endif
