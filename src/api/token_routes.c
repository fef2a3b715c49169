/* API tokens, for programs: made here, shown once, kept as a digest. */
#include <errno.h>

#include "api/call.h"
#include "api/request_json.h"
#include "http/header.h"

#define DAYS_USUAL 90
#define DAYS_MOST  3650
#define DAY_MS     INT64_C(86400000)

/* What scopes are called, in the order of the roles they stand for. */
static const struct {
    const char *scope;
    enum api_role role;
} scopes[] = { { "read", API_ROLE_VIEWER },
               { "operate", API_ROLE_OPERATOR },
               { "admin", API_ROLE_ADMIN } };
#define SCOPE_COUNT (sizeof scopes / sizeof scopes[0])

static const char *scope_name(const char *role)
{
    for (size_t i = 0; i < SCOPE_COUNT; i++)
        if (strcmp(role, api_role_name(scopes[i].role)) == 0)
            return scopes[i].scope;
    return "";
}

static bool scope_parse(const char *scope, char role[ACCOUNT_ROLE_MAX])
{
    for (size_t i = 0; i < SCOPE_COUNT; i++) {
        if (strcmp(scope, scopes[i].scope) != 0)
            continue;
        span_to_text(span_text(api_role_name(scopes[i].role)), role, ACCOUNT_ROLE_MAX);
        return true;
    }
    return false;
}

/* `secret` NULL: not shown. */
static void write_token(struct json_writer *j, const struct access_token *token, struct now now,
                        const char *secret)
{
    json_write_object_begin(j, NULL);
    json_write_number(j, "id", (int64_t)token->id);
    json_write_text(j, "name", token->name);
    json_write_text(j, "scope", scope_name(token->role));
    json_write_text(j, "prefix", token->prefix);
    json_write_known_time(j, "created", token->created);
    json_write_known_time(j, "expires", token->expires);
    json_write_bool(j, "expired", token->expires.ms != 0 && token->expires.ms <= now.calendar.ms);
    json_write_known_time(j, "last_used", token->last_used);
    if (secret)
        json_write_text(j, "token", secret);
    json_write_object_end(j);
}

void route_tokens(struct api_call *call)
{
    const struct access *access = call->backend->access;
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    json_write_object_begin(&j, NULL);
    json_write_array_begin(&j, "tokens");
    for (size_t i = 0; i < access_token_count(access); i++)
        write_token(&j, access_token_at(access, i), call->request->now, NULL);
    json_write_array_end(&j);
    json_write_object_end(&j);
    call_reply_json(call, &body);
}

/* Make it, keep it, show it. */
static void make(struct api_call *call, struct access_token *token)
{
    struct access *access = call->backend->access;
    char secret[TOKEN_TEXT_MAX], sentence[API_SENTENCE_MAX] = "";
    struct token_digest digest;
    enum api_result result = API_FULL;

    if (token_make(secret) < 0 || token_digest_of(span_text(secret), &digest) < 0) {
        call_problem(call, 500, "failed", "The token could not be made.");
        return;
    }
    memcpy(token->digest, digest.bytes, sizeof token->digest);
    token->id = access_next_token(access);
    if (access_token_count(access) < ACCESS_TOKENS_MAX)
        result = call->backend->token_put(call->backend->context, token, sentence);
    if (result != API_DONE || access_put_token(access, token) < 0) {
        call_refused(call, result, sentence);
    } else {
        struct text body = call_text(call);
        struct json_writer j = json_over(&body);
        write_token(&j, token, call->request->now, secret);
        call_reply_json_as(call, 201, &body);
    }
    token_wipe(secret, sizeof secret);
}

void route_token_post(struct api_call *call)
{
    struct access_token token = { .created = call->request->now.calendar };
    char scope[16] = "";
    uint64_t days = DAYS_USUAL;
    struct request_field fields[] = { { "name", token.name, sizeof token.name, true },
                                      { "scope", scope, sizeof scope, true },
                                      { "prefix", token.prefix, sizeof token.prefix, false },
                                      { .name = "days", .number = &days } };

    if (!request_json_read(call, fields, 4) || !call_account_name_is_sound(call, token.name))
        return;
    if (!scope_parse(scope, token.role)) {
        call_invalid(call, "A scope is read, operate or admin.");
        return;
    }
    if (token.prefix[0] && token.prefix[0] != '/') {
        call_invalid(call, "A prefix is the beginning of a path below /api/v1, as /hosts.");
        return;
    }
    if (days > DAYS_MOST) {
        call_invalid(call, "A token lasts at most 3650 days; 0 never ends.");
        return;
    }
    if (days > 0)
        token.expires.ms = token.created.ms + (int64_t)days * DAY_MS;
    make(call, &token);
}

void route_token_delete(struct api_call *call)
{
    struct access *access = call->backend->access;
    char sentence[API_SENTENCE_MAX] = "";
    uint64_t id = 0;
    const struct access_token *token = http_number_parse(span_text(call->parameters[0]), &id)
                                           ? access_find_token(access, id)
                                           : NULL;
    if (!token) {
        call_problem(call, 404, "no-such-token",
                     "There is no token with this number; 'tugboot token list' has them.");
        return;
    }
    enum api_result result = call->backend->token_remove(call->backend->context, token, sentence);
    if (result != API_DONE) {
        call_refused(call, result, sentence);
        return;
    }
    access_remove_token(access, id);
    call_reply_nothing(call);
}
