/* From a method and a path to a handler. Knows the rows of routes.def and nothing of what they do;
 * tells an unknown path (404) from a method the path does not have (405 with Allow, RFC 9110
 * 15.5.6), and holds each request against its route's contract before a handler sees it: query,
 * conditions, body. */
#include "api/body_check.h"
#include "api/call.h"
#include "api/conditions.h"
#include "api/query_check.h"
#include "model/url.h"

static const struct route {
    enum api_role role;
    void (*handle)(struct api_call *call);
} routes[] = {
#define ROUTE(method_, path_, handler_, role_, text_)                                              \
    { .role = API_ROLE_##role_, .handle = route_##handler_ },
#include "api/routes.def"
#undef ROUTE
};
#define ROUTE_COUNT (sizeof routes / sizeof routes[0])

/* The part of `path` up to the next slash; *path goes behind it. */
static struct span take_part(struct span *path)
{
    return contract_next_word(path, '/');
}

/* Does the path fit the pattern? Decoded {parts} go to the call. */
static bool match_path(const char *pattern, struct span path, struct api_call *call)
{
    struct span want = span_text(pattern);
    size_t parameter = 0;

    while (want.len > 0 && path.len > 0) {
        struct span w = take_part(&want), p = take_part(&path);
        if (w.len > 0 && w.data[0] == '{') {
            if (p.len == 0 || parameter == API_PARAMETERS_MAX)
                return false;
            struct text out = text_over(call->parameters[parameter++], API_PARAMETER_TEXT_MAX);
            if (!url_decode(p, &out) || out.len == 0 || memchr(out.data, 0, out.len))
                return false;
        } else if (!span_equals(w, p)) {
            return false;
        }
    }
    return want.len == 0 && path.len == 0;
}

/* "GET, HEAD, PUT": the methods of a path, or NULL when no row has it. */
static const char *allowed_methods(struct span path, struct api_call *call)
{
    const size_t room = 64;
    char *buffer = arena_alloc(call->arena, room);
    if (!buffer)
        return NULL;
    struct text out = text_over(buffer, room);
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        const struct contract *row = contract_at(i);
        if (!match_path(row->path, path, call))
            continue;
        text_addf(&out, "%s%s", out.len > 0 ? ", " : "", row->method);
        if (strcmp(row->method, "GET") == 0)
            text_add(&out, ", HEAD");
    }
    if (out.len == 0)
        return NULL;
    text_add(&out, ", OPTIONS");
    return buffer;
}

/* The row of a request; ROUTE_COUNT when there is none. */
static size_t find_route(struct span method, struct span path, struct api_call *call)
{
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if (span_is(method, contract_at(i)->method) && match_path(contract_at(i)->path, path, call))
            return i;
    return ROUTE_COUNT;
}

static bool is_changing(const struct contract *contract)
{
    return strcmp(contract->method, "GET") != 0 && strcmp(contract->method, "POST") != 0;
}

/* What GET of the same path shows now: its ETag, "" when there is nothing. Leaves nothing in the
 * arena. */
static void look_at_present(const struct api_call *call, const struct contract *twin,
                            char etag[ETAG_MAX])
{
    const struct api_request request = { .method = span_text("GET"),
                                         .path = call->request->path,
                                         .caller = call->request->caller,
                                         .now = call->request->now };
    struct api_reply reply = { .kind = API_REPLY_BODY };
    struct api_call look = *call;
    size_t used = call->arena->used;

    look.request = &request;
    look.reply = &reply;
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if (contract_at(i) == twin)
            routes[i].handle(&look);
    etag[0] = 0;
    if (reply.status == 200)
        etag_write(reply.body, etag);
    call->arena->used = used;
}

/* Conditions of a change: a lost update is told before it happens. */
static bool conditions_hold(struct api_call *call, const struct contract *contract,
                            bool *ret_is_new)
{
    const struct contract *twin = is_changing(contract) ? contract_get_twin(contract) : NULL;
    struct span match = call_field(call, "If-Match"), none = call_field(call, "If-None-Match");
    bool is_put = strcmp(contract->method, "PUT") == 0;
    char etag[ETAG_MAX];

    *ret_is_new = false;
    if (!twin || (!is_put && !match.data && !none.data))
        return true;
    look_at_present(call, twin, etag);
    *ret_is_new = is_put && etag[0] == 0;
    if (match.data && (!etag[0] || !etag_is_named(match, etag, false))) {
        call_problem(call, 412, "precondition-failed",
                     etag[0] ? "It was changed since it was read: read it again, and repeat the "
                               "change on what is there now."
                             : "It is not there any more.");
        return false;
    }
    if (none.data && etag[0] && etag_is_named(none, etag, true)) {
        call_problem(call, 412, "precondition-failed", "It is there already.");
        return false;
    }
    if (is_put && etag[0] && !match.data && !none.data) {
        call_problem(call, 428, "precondition-required",
                     "This would write over what is there: send the ETag of what you read as "
                     "If-Match, or \"If-Match: *\" to write over anything.");
        return false;
    }
    return true;
}

static bool is_json(struct span media_type)
{
    struct span name = span_slice(media_type, 0, span_find(media_type, ';'));
    while (name.len > 0 && name.data[name.len - 1] == ' ')
        name = span_slice(name, 0, name.len - 1);
    return span_is_nocase(name, "application/json") ||
           span_is_nocase(name, "application/merge-patch+json");
}

/* The body as its shape says. A POST may leave an empty one out. */
static bool body_is_sound(struct api_call *call, const struct contract *contract)
{
    const struct api_request *request = call->request;
    struct body_faults *faults = arena_new(call->arena, struct body_faults);
    bool is_patch = strcmp(contract->method, "PATCH") == 0;
    struct span body = request->body, type = call_field(call, "Content-Type");

    if (!faults) {
        call_problem(call, 500, "failed", "The request's memory is used up.");
        return false;
    }
    if (body.len > 0 && type.data && !is_json(type)) {
        call_problem(call, 415, "unsupported-media-type",
                     "The body must be JSON: send \"Content-Type: application/json\".");
        return false;
    }
    if (body.len == 0 && strcmp(contract->method, "POST") == 0)
        body = span_text("{}");
    if (body_check(body, shape_find(contract->terms->takes), is_patch, faults))
        return true;
    call_refuse_body(call, faults);
    return false;
}

/* An ETag for what GET shows; 304 when the asker has it. */
static void finish_get(struct api_call *call)
{
    struct api_reply *reply = call->reply;
    char *etag = reply->kind == API_REPLY_BODY && reply->status == 200
                     ? arena_alloc(call->arena, ETAG_MAX)
                     : NULL;
    if (!etag)
        return;
    struct span none = call_field(call, "If-None-Match");
    etag_write(reply->body, etag);
    reply->etag = etag;
    if (!none.data || !etag_is_named(none, etag, true))
        return;
    reply->status = 304;
    reply->body = (struct span){ 0 };
    reply->media_type = NULL;
}

static void run(struct api_call *call, size_t route)
{
    const struct contract *contract = contract_at(route);
    char sentence[512];
    struct text why = text_over(sentence, sizeof sentence);
    bool is_new;

    if (!query_check(call->request->query, contract, &why)) {
        call_problem(call, 400, "bad-query", sentence);
        return;
    }
    if (contract->terms->takes[0] && !body_is_sound(call, contract))
        return;
    if (!conditions_hold(call, contract, &is_new))
        return;
    routes[route].handle(call);
    if (strcmp(contract->method, "GET") == 0)
        finish_get(call);
    else if (is_new && call->reply->status == 200)
        call->reply->status = 201;
    /* What is there after a change, for the next one. */
    const struct contract *twin = is_changing(contract) ? contract_get_twin(contract) : NULL;
    char *etag = twin && call->reply->status / 100 == 2 && call->reply->body.len > 0
                     ? arena_alloc(call->arena, ETAG_MAX)
                     : NULL;
    if (!etag)
        return;
    look_at_present(call, twin, etag);
    call->reply->etag = etag[0] ? etag : NULL;
}

/* Say no, unless the caller may use the route. */
static bool admit(struct api_call *call, const struct route *route, struct span path)
{
    enum access_verdict verdict = access_permits(call->caller, route->role, path);
    if (verdict == ACCESS_ADMITTED)
        return true;
    call_refuse_access(call, verdict);
    if (verdict == ACCESS_ROLE_TOO_LOW) {
        char detail[160];
        struct text t = text_over(detail, sizeof detail);
        text_addf(&t, "This needs the role %s; the caller's is %s.", api_role_name(route->role),
                  api_role_name(call->caller->role));
        call_problem(call, 403, "role", detail);
    }
    return false;
}

void api_refuse(enum access_verdict verdict, struct arena *arena, struct api_reply *out)
{
    struct api_call call = { .arena = arena, .reply = out };
    call_refuse_access(&call, verdict);
}

/* Bytes of an upload are no JSON, and more at once. */
static bool takes_bytes(size_t route)
{
    return strcmp(contract_at(route)->path, "/uploads/{number}/bytes") == 0;
}

void api_handle(const struct api_backend *backend, const struct api_request *request,
                struct arena *arena, struct api_reply *out)
{
    static const struct api_caller nobody;
    struct api_call call = { .backend = backend,
                             .request = request,
                             .caller = request->caller ? request->caller : &nobody,
                             .arena = arena,
                             .reply = out };
    struct span method = span_is(request->method, "HEAD") ? span_text("GET") : request->method;
    struct span path = span_from(request->path, strlen(API_PREFIX));

    *out = (struct api_reply){ .kind = API_REPLY_BODY };
    if (!span_starts_with(request->path, API_PREFIX "/")) {
        call_problem(&call, 404, "unknown-path", "The API begins at " API_PREFIX "/.");
        return;
    }
    size_t route = find_route(method, path, &call);
    if (request->body.len > API_BODY_MAX && !(route < ROUTE_COUNT && takes_bytes(route))) {
        call_problem(&call, 413, "body-too-long", "A request may carry at most 64 KiB.");
        return;
    }
    if (route < ROUTE_COUNT) {
        if (admit(&call, &routes[route], path))
            run(&call, route);
        return;
    }
    const char *allow = allowed_methods(path, &call);
    if (!allow)
        call_problem(&call, 404, "unknown-path",
                     "There is no such path; " API_PREFIX "/openapi.json lists them.");
    else if (span_is(method, "OPTIONS"))
        call_reply_nothing(&call);
    else
        call_problem(&call, 405, "method-not-allowed", "This path has other methods; see Allow.");
    out->allow = allow;
}
