/* Accounts: who they are and what they may. Nobody can take the last admin away by TCP, since then
 * nobody could sign in; over the unix socket it can be done, and 'tugboot login-link' begins anew.
 */
#include "api/call.h"
#include "api/request_json.h"

void call_ask_password(struct api_call *call, const char *hash, const char *given,
                       const char *wanted)
{
    struct api_password_job *job = &call->reply->job;
    call->reply->kind = API_REPLY_PASSWORD;
    job->checks = hash != NULL;
    job->makes = wanted != NULL;
    span_to_text(span_text(hash), job->hash, sizeof job->hash);
    span_to_text(span_text(hash ? given : NULL), job->given, sizeof job->given);
    span_to_text(span_text(wanted), job->wanted, sizeof job->wanted);
}

bool call_password_is_sound(struct api_call *call, const char *password)
{
    size_t len = strlen(password), same = 0;
    while (same < len && password[same] == password[0])
        same++;
    if (len >= PASSWORD_LEAST && same < len)
        return true;
    call_problem(call, 422, "weak-password",
                 "A password needs at least 8 bytes, not all of them the same.");
    return false;
}

bool call_account_name_is_sound(struct api_call *call, const char *name)
{
    size_t good =
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@");
    if (good > 0 && good == strlen(name) && good < API_NAME_MAX && name[0] != '.' && name[0] != '-')
        return true;
    call_problem(
        call, 422, "invalid",
        "A name is made of letters, digits, \".\", \"_\", \"-\" and \"@\", at most 63, and "
        "begins with a letter or digit.");
    return false;
}

static void write_account(struct json_writer *j, const struct account *account)
{
    json_write_object_begin(j, NULL);
    json_write_text(j, "name", account->name);
    json_write_text(j, "role", account->role);
    json_write_time(j, "created", account->created);
    json_write_object_end(j);
}

void route_users(struct api_call *call)
{
    const struct access *access = call->backend->access;
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    json_write_object_begin(&j, NULL);
    json_write_array_begin(&j, "users");
    for (size_t i = 0; i < access_account_count(access); i++)
        write_account(&j, access_account_at(access, i));
    json_write_array_end(&j);
    json_write_object_end(&j);
    call_reply_json(call, &body);
}

/* Would the change leave nobody who may change accounts? Then false, after a 409. */
static bool leaves_an_admin(struct api_call *call, const struct account *account)
{
    const struct access *access = call->backend->access;
    size_t admins = 0;
    if (call->caller->door == API_DOOR_SOCKET || strcmp(account->role, "admin") != 0)
        return true;
    for (size_t i = 0; i < access_account_count(access); i++)
        admins += strcmp(access_account_at(access, i)->role, "admin") == 0;
    if (admins > 1)
        return true;
    call_problem(call, 409, "last-admin",
                 "This is the last account with the role admin: make another one first.");
    return false;
}

static void put(struct api_call *call, const struct account *account, bool is_new)
{
    char sentence[API_SENTENCE_MAX] = "";
    struct access *access = call->backend->access;
    enum api_result result = API_FULL;
    bool is_first = access_account_count(access) == 0;
    if (!is_new || access_account_count(access) < ACCOUNTS_MAX)
        result = call->backend->account_put(call->backend->context, account, sentence);
    if (result != API_DONE || access_put_account(access, account) < 0) {
        call_refused(call, result, sentence);
        return;
    }
    if (is_first)
        access_end_links(access, call->caller);
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    write_account(&j, account);
    call_reply_json(call, &body);
}

/* The account as it would be; false after a problem. */
static bool changed_account(struct api_call *call, const char *role, bool has_password,
                            struct account *out)
{
    const struct account *old = access_find_account(call->backend->access, call->parameters[0]);
    enum api_role parsed;

    *out = old ? *old : (struct account){ .created = call->request->now.calendar };
    span_to_text(span_text(call->parameters[0]), out->name, sizeof out->name);
    if (role[0] && !api_role_parse(span_text(role), &parsed)) {
        call_invalid(call, "A role is viewer, operator or admin.");
        return false;
    }
    if (!old && (!role[0] || !has_password)) {
        call_invalid(call, "A new account needs a role and a password.");
        return false;
    }
    if (old && role[0] && strcmp(role, "admin") != 0 && !leaves_an_admin(call, old))
        return false;
    if (role[0])
        span_to_text(span_text(role), out->role, sizeof out->role);
    return true;
}

void route_user_put(struct api_call *call)
{
    char role[ACCOUNT_ROLE_MAX] = "", password[PASSWORD_MAX] = "";
    struct request_field fields[] = { { "role", role, sizeof role, false },
                                      { "password", password, sizeof password, false } };
    const struct api_password_outcome *outcome = call->request->outcome;
    bool is_new = !access_find_account(call->backend->access, call->parameters[0]);
    struct account account;

    if (!call_account_name_is_sound(call, call->parameters[0]) ||
        !request_json_read(call, fields, 2) ||
        !changed_account(call, role, fields[1].found, &account) ||
        (fields[1].found && !call_password_is_sound(call, password))) {
        token_wipe(password, sizeof password);
        return;
    }
    if (!fields[1].found) {
        put(call, &account, is_new);
    } else if (!outcome) {
        call_ask_password(call, NULL, NULL, password);
    } else if (!outcome->made[0]) {
        call_problem(call, 503, "sign-in-busy", "There is not enough memory to keep a password.");
    } else {
        span_to_text(span_text(outcome->made), account.hash, sizeof account.hash);
        access_end_sessions_of(call->backend->access, account.name);
        put(call, &account, is_new);
    }
    token_wipe(password, sizeof password);
}

void route_user_delete(struct api_call *call)
{
    struct access *access = call->backend->access;
    const struct account *account = access_find_account(access, call->parameters[0]);
    char sentence[API_SENTENCE_MAX] = "";

    if (!account) {
        call_problem(call, 404, "unknown-user",
                     "There is no such account; 'tugboot user list' has them.");
        return;
    }
    if (!leaves_an_admin(call, account))
        return;
    enum api_result result =
        call->backend->account_remove(call->backend->context, account, sentence);
    if (result != API_DONE) {
        call_refused(call, result, sentence);
        return;
    }
    access_remove_account(access, call->parameters[0]);
    call_reply_nothing(call);
}
