/* From a method and a path to a handler. Knows the rows of routes.def and nothing of what they do;
 * tells an unknown path (404) from a method the path does not have (405 with Allow, RFC 9110
 * 15.5.6). */
#include "api/call.h"
#include "model/url.h"

#define API_PREFIX "/api/v1"

static const struct route {
    const char *method, *path;
    enum api_role role;
    void (*handle)(struct api_call *call);
} routes[] = {
#define ROUTE(method_, path_, handler_, role_, text_)                                              \
    { .method = #method_, .path = path_, .role = API_ROLE_##role_, .handle = route_##handler_ },
#include "api/routes.def"
#undef ROUTE
};
#define ROUTE_COUNT (sizeof routes / sizeof routes[0])

/* The part of `path` up to the next slash; *path goes behind it. */
static struct span take_part(struct span *path)
{
    size_t n = span_find(*path, '/');
    struct span part = span_slice(*path, 0, n);
    *path = span_from(*path, n + 1);
    return part;
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
        if (!match_path(routes[i].path, path, call))
            continue;
        text_addf(&out, "%s%s", out.len > 0 ? ", " : "", routes[i].method);
        if (strcmp(routes[i].method, "GET") == 0)
            text_add(&out, ", HEAD");
    }
    return out.len > 0 ? buffer : NULL;
}

static const struct route *find_route(struct span method, struct span path, struct api_call *call)
{
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if (span_is(method, routes[i].method) && match_path(routes[i].path, path, call))
            return &routes[i];
    return NULL;
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
    if (request->body.len > API_BODY_MAX) {
        call_problem(&call, 413, "body-too-long", "A request may carry at most 64 KiB.");
        return;
    }
    const struct route *route = find_route(method, path, &call);
    if (route) {
        if (admit(&call, route, path))
            route->handle(&call);
        return;
    }
    const char *allow = allowed_methods(path, &call);
    if (allow) {
        call_problem(&call, 405, "method-not-allowed", "This path has other methods; see Allow.");
        out->allow = allow;
    } else {
        call_problem(&call, 404, "unknown-path",
                     "There is no such path; tugboot-serve(1) lists them.");
    }
}
