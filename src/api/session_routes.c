/* Signing in and out, and links that do it once. What a cookie holds is shown here only, and in its
 * Set-Cookie field; the page gets the CSRF token in the body, which its writes must carry. */
#include "api/call.h"
#include "api/request_json.h"
#include "model/url.h"

/* The attributes of RFC 6265bis 4.1: not for scripts, not for other sites; over TLS the __Host-
 * prefix, which binds the cookie to this very host. */
static void set_cookie(struct api_call *call, bool secure, const char *value)
{
    char data[256];
    struct text t = text_over(data, sizeof data);
    text_addf(&t, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s",
              secure ? ACCESS_COOKIE_TLS : ACCESS_COOKIE, value, secure ? "; Secure" : "",
              value[0] ? "" : "; Max-Age=0");
    call_add_field(call, "Set-Cookie", text_span(&t));
    token_wipe(data, sizeof data);
}

static void reply_session(struct api_call *call, uint16_t status, const struct api_caller *caller)
{
    const struct access *access = call->backend->access;
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    json_write_object_begin(&j, NULL);
    json_write_bool(&j, "signed_in", caller->door != API_DOOR_NONE);
    json_write_text(&j, "name", caller->name);
    json_write_text(&j, "role", api_role_name(caller->role));
    json_write_text(&j, "door", api_door_name(caller->door));
    json_write_text(&j, "csrf", caller->csrf);
    json_write_bool(&j, "secure", caller->is_secure);
    json_write_bool(&j, "has_accounts", access_account_count(access) > 0);
    json_write_object_end(&j);
    call_reply_json_as(call, status, &body);
}

void route_session_get(struct api_call *call)
{
    reply_session(call, 200, call->caller);
}

/* Must this one wait before another try? Then 429 has been said. */
static bool must_wait(struct api_call *call, const char *account)
{
    char detail[160], seconds[16];
    struct text t = text_over(detail, sizeof detail), s = text_over(seconds, sizeof seconds);
    uint32_t wait = access_wait_s(call->backend->access, call->caller, account, call->request->now);
    if (wait == 0)
        return false;
    text_addf(&t, "Too many tries to sign in: wait %u seconds before the next.", wait);
    text_add_number(&s, wait);
    call_problem(call, 429, "too-many-tries", detail);
    call_add_field(call, "Retry-After", text_span(&s));
    return true;
}

static void begin(struct api_call *call, enum api_door door, const char *account)
{
    struct api_caller caller = *call->caller;
    char cookie[TOKEN_TEXT_MAX];
    if (access_begin_session(call->backend->access, door, account, call->request->now, &caller,
                             cookie) < 0) {
        call_problem(call, 500, "failed", "The session could not be begun.");
        return;
    }
    reply_session(call, 201, &caller);
    set_cookie(call, caller.is_secure, cookie);
    token_wipe(cookie, sizeof cookie);
}

void route_session_post(struct api_call *call)
{
    char link[TOKEN_TEXT_MAX];
    struct request_field fields[] = { { "link", link, sizeof link, true } };
    if (!request_json_read(call, fields, 1) || must_wait(call, ""))
        return;
    bool known = access_use_link(call->backend->access, span_text(link), call->request->now);
    access_tried(call->backend->access, call->caller, "", known, call->request->now);
    token_wipe(link, sizeof link);
    if (known)
        begin(call, API_DOOR_LINK, "");
    else
        call_problem(call, 401, "unknown-link",
                     "This link has been used or is too old. 'tugboot login-link' makes another.");
}

void route_session_delete(struct api_call *call)
{
    const struct api_caller *caller = call->caller;
    uint64_t everywhere = 0;
    if (!call_query_number(call, "everywhere", &everywhere))
        return;
    if (caller->door != API_DOOR_LINK && caller->door != API_DOOR_SESSION) {
        call_problem(call, 409, "no-session", "There is no session to be ended.");
        return;
    }
    if (everywhere == 1 && caller->door == API_DOOR_SESSION)
        access_end_sessions_of(call->backend->access, caller->name);
    access_end_session(call->backend->access, caller);
    call_reply_nothing(call);
    set_cookie(call, caller->is_secure, "");
}

void route_link_post(struct api_call *call)
{
    char token[TOKEN_TEXT_MAX], page[96], url[192];
    struct text t = text_over(url, sizeof url);

    call->backend->page_url(call->backend->context, page, sizeof page);
    if (page[0] == 0) {
        call_problem(call, 409, "not-served",
                     "The dashboard is not served: see 'admin' in the configuration, and what "
                     "'tugboot status' says of its port.");
        return;
    }
    if (access_make_link(call->backend->access, ACCESS_LINK_LATER, call->request->now, token) < 0) {
        call_problem(call, 500, "failed", "The link could not be made.");
        return;
    }
    text_addf(&t, "%s/sign-in#link=%s", page, token);
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    json_write_object_begin(&j, NULL);
    json_write_text(&j, "url", url);
    json_write_number(&j, "seconds", ACCESS_LINK_LATER.ns / 1000000000);
    json_write_object_end(&j);
    call_reply_json_as(call, 201, &body);
    token_wipe(token, sizeof token);
    token_wipe(url, sizeof url);
}
