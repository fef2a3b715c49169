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

static void begin(struct api_call *call, uint16_t status, enum api_door door, const char *account)
{
    struct api_caller caller = *call->caller;
    char cookie[TOKEN_TEXT_MAX];
    if (access_begin_session(call->backend->access, door, account, call->request->now, &caller,
                             cookie) < 0) {
        call_problem(call, 500, "failed", "The session could not be begun.");
        return;
    }
    reply_session(call, status, &caller);
    set_cookie(call, caller.is_secure, cookie);
    token_wipe(cookie, sizeof cookie);
}

/* Was it the account's password that was given, and is it still? While it was looked at somebody
 * may have given the account another. */
static bool knows_password(const struct api_call *call, const struct account *account)
{
    const struct api_password_outcome *outcome = call->request->outcome;
    return account && outcome->matched && strcmp(outcome->hash, account->hash) == 0;
}

static void sign_in_by_link(struct api_call *call, const char *link)
{
    struct access *access = call->backend->access;
    if (must_wait(call, ""))
        return;
    bool known = access_use_link(access, span_text(link), call->request->now);
    access_tried(access, call->caller, "", known, call->request->now);
    if (known)
        begin(call, 201, API_DOOR_LINK, "");
    else
        call_problem(call, 401, "unknown-link",
                     "This link has been used or is too old. 'tugboot login-link' makes another.");
}

/* A try is counted before it is checked, so that many at once cost as many. A name that is not
 * there takes as long as one that is. */
static void sign_in_by_password(struct api_call *call, const char *name, const char *password)
{
    struct access *access = call->backend->access;
    const struct account *account = access_find_account(access, name);

    if (!call->request->outcome) {
        if (must_wait(call, name))
            return;
        access_tried(access, call->caller, name, false, call->request->now);
        call_ask_password(call, account ? account->hash : NULL, password,
                          account ? NULL : password);
        return;
    }
    if (!knows_password(call, account)) {
        call_problem(call, 403, "wrong-password", "The name or the password is wrong.");
        return;
    }
    access_tried(access, call->caller, name, true, call->request->now);
    begin(call, 201, API_DOOR_SESSION, name);
}

void route_session_post(struct api_call *call)
{
    char link[TOKEN_TEXT_MAX] = "", name[API_NAME_MAX] = "", password[PASSWORD_MAX] = "";
    struct request_field fields[] = { { "name", name, sizeof name, false },
                                      { "password", password, sizeof password, false },
                                      { "link", link, sizeof link, false } };
    if (request_json_read(call, fields, 3)) {
        if (fields[2].found && !fields[0].found && !fields[1].found) {
            sign_in_by_link(call, link);
            span_to_text(span_text("a link"), call->reply->who, sizeof call->reply->who);
        } else if (fields[0].found && fields[1].found && !fields[2].found) {
            sign_in_by_password(call, name, password);
            span_to_text(span_text(name), call->reply->who, sizeof call->reply->who);
        } else {
            call_invalid(call, "Send a name and a password, or a link.");
        }
    }
    token_wipe(link, sizeof link);
    token_wipe(password, sizeof password);
}

/* The own account gets a new password; whoever had the old one is signed out. */
static void take_new_password(struct api_call *call)
{
    struct access *access = call->backend->access;
    const struct account *account = access_find_account(access, call->caller->name);
    struct account changed;
    char sentence[API_SENTENCE_MAX] = "";

    if (!knows_password(call, account)) {
        call_problem(call, 403, "wrong-password", "The old password is wrong.");
        return;
    }
    changed = *account;
    span_to_text(span_text(call->request->outcome->made), changed.hash, sizeof changed.hash);
    enum api_result result = call->backend->account_put(call->backend->context, &changed, sentence);
    if (result != API_DONE || access_put_account(access, &changed) < 0) {
        call_refused(call, result, sentence);
        return;
    }
    access_tried(access, call->caller, account->name, true, call->request->now);
    access_end_sessions_of(access, changed.name);
    begin(call, 200, API_DOOR_SESSION, changed.name);
}

void route_session_password(struct api_call *call)
{
    char old[PASSWORD_MAX] = "", new[PASSWORD_MAX] = "";
    struct request_field fields[] = { { "old", old, sizeof old, true },
                                      { "new", new, sizeof new, true } };
    const struct account *account = access_find_account(call->backend->access, call->caller->name);

    if (call->caller->door != API_DOOR_SESSION || !account)
        call_problem(call, 409, "no-password",
                     "Only who signed in with a password can change it here.");
    else if (call->request->outcome)
        take_new_password(call);
    else if (request_json_read(call, fields, 2) && !must_wait(call, account->name) &&
             call_password_is_sound(call, new)) {
        access_tried(call->backend->access, call->caller, account->name, false, call->request->now);
        call_ask_password(call, account->hash, old, new);
    }
    token_wipe(old, sizeof old);
    token_wipe(new, sizeof new);
}

/* The first account, made by whoever came by the link of the first screen: who then goes on as it.
 */
static void take_first_account(struct api_call *call, const char *name)
{
    struct access *access = call->backend->access;
    struct account account = { .role = "admin", .created = call->request->now.calendar };
    char sentence[API_SENTENCE_MAX] = "";

    span_to_text(span_text(name), account.name, sizeof account.name);
    span_to_text(span_text(call->request->outcome->made), account.hash, sizeof account.hash);
    enum api_result result = call->backend->account_put(call->backend->context, &account, sentence);
    if (result != API_DONE || access_put_account(access, &account) < 0) {
        call_refused(call, result, sentence);
        return;
    }
    access_end_links(access, call->caller);
    if (call->caller->door == API_DOOR_LINK) {
        access_end_session(access, call->caller);
        begin(call, 201, API_DOOR_SESSION, account.name);
    } else {
        reply_session(call, 201, call->caller);
    }
}

void route_setup(struct api_call *call)
{
    char name[API_NAME_MAX] = "", password[PASSWORD_MAX] = "";
    struct request_field fields[] = { { "name", name, sizeof name, true },
                                      { "password", password, sizeof password, true } };

    if (access_account_count(call->backend->access) > 0)
        call_problem(call, 409, "set-up", "There is an account already: sign in with it.");
    else if (request_json_read(call, fields, 2) && call_account_name_is_sound(call, name) &&
             call_password_is_sound(call, password)) {
        if (!call->request->outcome)
            call_ask_password(call, NULL, NULL, password);
        else if (call->request->outcome->made[0])
            take_first_account(call, name);
        else
            call_problem(call, 503, "sign-in-busy",
                         "There is not enough memory to keep a password.");
    }
    token_wipe(password, sizeof password);
}

void route_sessions(struct api_call *call)
{
    const struct api_caller *caller = call->caller;
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    const struct session *s;
    json_write_object_begin(&j, NULL);
    json_write_array_begin(&j, "sessions");
    for (size_t i = 0; (s = access_session_at(call->backend->access, i, call->request->now)); i++) {
        if (caller->role < API_ROLE_ADMIN && strcmp(s->name, caller->name) != 0)
            continue;
        json_write_object_begin(&j, NULL);
        json_write_text(&j, "name", s->name);
        json_write_text(&j, "door", api_door_name(s->door));
        json_write_text(&j, "from", s->from);
        json_write_time(&j, "begun", s->begun_at);
        json_write_number(&j, "idle_seconds",
                          instant_since(call->request->now.steady, s->last).ns / 1000000000);
        json_write_bool(&j, "current", token_digest_equals(&s->digest, &caller->session));
        json_write_object_end(&j);
    }
    json_write_array_end(&j);
    json_write_object_end(&j);
    call_reply_json(call, &body);
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
