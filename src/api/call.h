/* What a handler has in hand: the request, its path's parts, and helpers that make replies. Inside
 * api/ only. */
#ifndef API_CALL_H
#define API_CALL_H

#include "base/json_write.h"

#include "api/api.h"

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

/* An error as a problem document (RFC 9457): `code` is its short name for programs, `detail` the
 * sentence for people. */
void call_problem(struct api_call *call, uint16_t status, const char *code, const char *detail);

/* The problem that goes with a refusal of access. */
void call_refuse_access(struct api_call *call, enum access_verdict verdict);

/* 200, 201 or another status with the JSON in `body`. */
void call_reply_json_as(struct api_call *call, uint16_t status, const struct text *body);

/* 204. */
void call_reply_nothing(struct api_call *call);

/* Add a field to the head; the value is copied. */
void call_add_field(struct api_call *call, const char *name, struct span value);

/* The problem that goes with a backend's refusal; `sentence` may be "". */
void call_refused(struct api_call *call, enum api_result result, const char *sentence);

/* A number from the query. False, after a 400, when it is there and no number; untouched when it is
 * absent. */
bool call_query_number(struct api_call *call, const char *key, uint64_t *number);

/* A MAC address; false, after a 400, when `text` is none. */
bool call_parse_mac(struct api_call *call, const char *text, struct mac *ret_mac);

/* A list that grows row by row and ends early when the arena is full: begin, then for each row
 * page_row_begin / write the row / page_row_end, then page_end. */
struct page {
    struct text text;
    struct json_writer json;
    size_t row_start;
    bool row_comma;
    bool full;
};

void page_begin(struct page *page, struct api_call *call, const char *key);
void page_row_begin(struct page *page);
/* False when the row did not fit: it is taken back and the page is full. */
bool page_row_end(struct page *page);
/* Close the list; a full page gets "next": `next` (what to ask for as `after`). */
void page_end(struct page *page, struct api_call *call, const char *next);

#define ROUTE(method, path, handler, role, text) void route_##handler(struct api_call *call);
#include "api/routes.def"
#undef ROUTE

#endif
