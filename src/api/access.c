/* See access.h. The order of the questions is the order of trust: is this our name, whose word is
 * it (a token before a cookie), and does the request come from where that word may come from. */
#include "api/access.h"

#include <errno.h>
#include <stdlib.h>

#include "api/access_fields.h"
#include "http/header.h"

#define FREE_TRIES_ADDRESS 5
#define FREE_TRIES_ACCOUNT 10
#define WAIT_ADDRESS_S     900
/* Anybody can make an account wait, whose owner then waits as well: short enough to bear, and long
 * enough that guessing from many addresses gets some three thousand tries a day. */
#define WAIT_ACCOUNT_S        30
#define TOKEN_STORED_EVERY_MS 60000

static const struct access_refusal refusals[] = {
#define ACCESS(id, status_, code_, sentence_)                                                      \
    [ACCESS_##id] = { .status = status_, .code = code_, .sentence = sentence_ },
#include "api/access_verdict.def"
#undef ACCESS
};

struct link {
    struct token_digest digest;
    struct instant until;
    bool is_used; /* the row, not the link */
};

struct access {
    struct session_table sessions;
    struct link links[ACCESS_LINKS_MAX];
    size_t next_link;
    struct login_limit by_address, by_account;
    char names[ACCESS_NAMES_MAX][128];
    size_t name_count;
    struct access_proxies proxies;
    char secret[TOKEN_TEXT_MAX]; /* CSRF tokens of proxies' users are made with it */
    struct account accounts[ACCOUNTS_MAX];
    size_t account_count;
    struct access_token tokens[ACCESS_TOKENS_MAX];
    int64_t stored_ms[ACCESS_TOKENS_MAX]; /* their last use, as it is stored */
    size_t token_count;
    uint64_t last_token;
};

const struct access_refusal *access_refusal_of(enum access_verdict verdict)
{
    return &refusals[verdict];
}

int access_new(struct access **ret_access)
{
    struct access *access = calloc(1, sizeof *access);
    struct token_digest digest;
    struct hash_key keys[2];

    int r = access ? token_make(access->secret) : -ENOMEM;
    if (r == 0)
        r = token_digest_of(span_text(access->secret), &digest);
    if (r == 0)
        r = token_make(access->secret);
    if (r < 0) {
        free(access);
        return r;
    }
    memcpy(keys, digest.bytes, sizeof keys);
    login_limit_init(&access->by_address, keys[0], FREE_TRIES_ADDRESS, WAIT_ADDRESS_S);
    login_limit_init(&access->by_account, keys[1], FREE_TRIES_ACCOUNT, WAIT_ACCOUNT_S);
    *ret_access = access;
    return 0;
}

void access_free(struct access *access)
{
    if (!access)
        return;
    token_wipe(access, sizeof *access);
    free(access);
}

void access_configure(struct access *access, const struct access_settings *settings)
{
    access->sessions.idle = settings->idle;
    access->sessions.longest = settings->longest;
    access->proxies = settings->proxies;
    access->name_count = 0;
    for (size_t i = 0; i < settings->name_count && i < ACCESS_NAMES_MAX; i++)
        span_to_text(span_text(settings->names[i]), access->names[access->name_count++],
                     sizeof access->names[0]);
}

static bool is_own_name(const struct access *access, struct span host)
{
    struct span name = access_host_name(host);
    if (name.len > 1 && name.data[name.len - 1] == '.')
        name.len--; /* the root of all names may be written out */
    if (name.len == 0)
        return false;
    if (access_host_is_address(name))
        return true;
    for (size_t i = 0; i < access->name_count; i++)
        if (span_is_nocase(name, access->names[i]))
            return true;
    return false;
}

static bool is_proxy(const struct access *access, struct ipv4 from)
{
    for (size_t i = 0; i < access->proxies.address_count; i++)
        if (ipv4_equals(access->proxies.addresses[i], from))
            return true;
    return false;
}

struct span access_host(const struct access *access, const struct access_question *question)
{
    struct span host = { 0 };
    if (is_proxy(access, question->from))
        host = http_request_field(question->http, "X-Forwarded-Host");
    return host.len > 0 ? host : http_request_field(question->http, "Host");
}

bool access_is_secure(const struct access *access, const struct access_question *question)
{
    return question->over_tls ||
           (is_proxy(access, question->from) &&
            span_is_nocase(http_request_field(question->http, "X-Forwarded-Proto"), "https"));
}

bool access_knows_host(const struct access *access, const struct access_question *question)
{
    return is_own_name(access, access_host(access, question));
}

/* Accounts and tokens. */

static size_t account_place(const struct access *access, const char *name)
{
    size_t at = 0;
    while (at < access->account_count && strcmp(access->accounts[at].name, name) < 0)
        at++;
    return at;
}

const struct account *access_find_account(const struct access *access, const char *name)
{
    size_t at = account_place(access, name);
    bool found = at < access->account_count && strcmp(access->accounts[at].name, name) == 0;
    return found ? &access->accounts[at] : NULL;
}

int access_put_account(struct access *access, const struct account *account)
{
    size_t at = account_place(access, account->name);
    if (!access_find_account(access, account->name)) {
        if (access->account_count == ACCOUNTS_MAX)
            return -ENOSPC;
        memmove(&access->accounts[at + 1], &access->accounts[at],
                (access->account_count - at) * sizeof access->accounts[0]);
        access->account_count++;
    }
    access->accounts[at] = *account;
    return 0;
}

void access_remove_account(struct access *access, const char *name)
{
    size_t at = account_place(access, name);
    if (!access_find_account(access, name))
        return;
    access->account_count--;
    memmove(&access->accounts[at], &access->accounts[at + 1],
            (access->account_count - at) * sizeof access->accounts[0]);
    session_end_all(&access->sessions, name);
}

size_t access_account_count(const struct access *access)
{
    return access->account_count;
}

const struct account *access_account_at(const struct access *access, size_t index)
{
    return &access->accounts[index];
}

static struct access_token *find_token(struct access *access, uint64_t id)
{
    for (size_t i = 0; i < access->token_count; i++)
        if (access->tokens[i].id == id)
            return &access->tokens[i];
    return NULL;
}

const struct access_token *access_find_token(const struct access *access, uint64_t id)
{
    for (size_t i = 0; i < access->token_count; i++)
        if (access->tokens[i].id == id)
            return &access->tokens[i];
    return NULL;
}

uint64_t access_next_token(struct access *access)
{
    return ++access->last_token;
}

const struct access_token *access_take_used_token(struct access *access, struct now now)
{
    for (size_t i = 0; i < access->token_count; i++) {
        struct access_token *token = &access->tokens[i];
        int64_t stored = access->stored_ms[i];
        if (token->last_used.ms <= stored || now.calendar.ms - stored < TOKEN_STORED_EVERY_MS)
            continue;
        access->stored_ms[i] = token->last_used.ms;
        return token;
    }
    return NULL;
}

int access_put_token(struct access *access, const struct access_token *token)
{
    struct access_token *row = find_token(access, token->id);
    if (!row && access->token_count == ACCESS_TOKENS_MAX)
        return -ENOSPC;
    if (!row)
        row = &access->tokens[access->token_count++];
    *row = *token;
    access->stored_ms[row - access->tokens] = token->last_used.ms;
    if (token->id > access->last_token)
        access->last_token = token->id;
    return 0;
}

void access_remove_token(struct access *access, uint64_t id)
{
    struct access_token *row = find_token(access, id);
    if (!row)
        return;
    access->token_count--;
    size_t at = (size_t)(row - access->tokens);
    memmove(row, row + 1, (access->token_count - at) * sizeof *row);
    memmove(&access->stored_ms[at], &access->stored_ms[at + 1],
            (access->token_count - at) * sizeof access->stored_ms[0]);
}

size_t access_token_count(const struct access *access)
{
    return access->token_count;
}

const struct access_token *access_token_at(const struct access *access, size_t index)
{
    return &access->tokens[index];
}

/* Links. */

int access_make_link(struct access *access, struct duration lasts, struct now now,
                     char token[TOKEN_TEXT_MAX])
{
    struct link *link = &access->links[access->next_link++ % ACCESS_LINKS_MAX];
    *link = (struct link){ 0 };
    int r = token_make(token);
    if (r == 0)
        r = token_digest_of(span_text(token), &link->digest);
    if (r == 0) {
        link->until = instant_after(now.steady, lasts);
        link->is_used = true;
    }
    return r;
}

bool access_use_link(struct access *access, struct span token, struct now now)
{
    struct token_digest digest;
    if (token_digest_of(token, &digest) < 0)
        return false;
    for (size_t i = 0; i < ACCESS_LINKS_MAX; i++) {
        struct link *link = &access->links[i];
        if (!link->is_used || !token_digest_equals(&link->digest, &digest))
            continue;
        bool in_time = !instant_reached(now.steady, link->until);
        *link = (struct link){ 0 };
        return in_time;
    }
    return false;
}

void access_end_links(struct access *access, const struct api_caller *caller)
{
    memset(access->links, 0, sizeof access->links);
    session_end_links(&access->sessions, &caller->session);
}

/* Tries. */

uint32_t access_wait_s(const struct access *access, const struct api_caller *caller,
                       const char *account, struct now now)
{
    uint32_t by_address =
        login_limit_wait_s(&access->by_address, span_text(caller->from), now.steady);
    uint32_t by_account =
        account[0] ? login_limit_wait_s(&access->by_account, span_text(account), now.steady) : 0;
    return by_address > by_account ? by_address : by_account;
}

void access_tried(struct access *access, const struct api_caller *caller, const char *account,
                  bool went_well, struct now now)
{
    if (went_well) {
        login_limit_passed(&access->by_address, span_text(caller->from));
        if (account[0])
            login_limit_passed(&access->by_account, span_text(account));
        return;
    }
    login_limit_failed(&access->by_address, span_text(caller->from), now.steady);
    if (account[0])
        login_limit_failed(&access->by_account, span_text(account), now.steady);
}

/* Sessions. */

static enum api_role role_of_account(const struct access *access, const char *name)
{
    const struct account *account = access_find_account(access, name);
    enum api_role role;
    return account && api_role_parse(span_text(account->role), &role) ? role : API_ROLE_NOBODY;
}

static void become_session(const struct access *access, const struct session *s,
                           struct api_caller *caller)
{
    caller->door = s->door;
    caller->session = s->digest;
    /* An account's role is looked up each time: what is taken away is gone at once. */
    caller->role = s->door == API_DOOR_LINK ? API_ROLE_ADMIN : role_of_account(access, s->name);
    span_to_text(span_text(s->name), caller->name, sizeof caller->name);
    span_to_text(span_text(s->csrf), caller->csrf, sizeof caller->csrf);
}

int access_begin_session(struct access *access, enum api_door door, const char *account,
                         struct now now, struct api_caller *caller, char cookie[TOKEN_TEXT_MAX])
{
    struct session *s;
    int r = session_begin(&access->sessions, door, account, caller->from, now, cookie, &s);
    if (r < 0)
        return r;
    s->is_secure = caller->is_secure;
    become_session(access, s, caller);
    return 0;
}

void access_end_session(struct access *access, const struct api_caller *caller)
{
    session_end(&access->sessions, &caller->session);
}

const struct session *access_session_at(const struct access *access, size_t index, struct now now)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        if (session_is_on(&access->sessions, i, now.steady) && index-- == 0)
            return &access->sessions.rows[i];
    return NULL;
}

void access_end_sessions_of(struct access *access, const char *account)
{
    session_end_all(&access->sessions, account);
}

bool access_restore_session(struct access *access, const struct kept_session *kept, struct now now)
{
    bool has_account = kept->by_link || access_find_account(access, kept->name);
    return has_account && session_restore(&access->sessions, kept, now);
}

bool access_take_session_change(struct access *access, struct now now,
                                struct kept_session *ret_kept, bool *ret_removes)
{
    return session_take_change(&access->sessions, now, ret_kept, ret_removes);
}

void access_return_session_change(struct access *access, const struct kept_session *kept,
                                  bool removes)
{
    session_return_change(&access->sessions, kept, removes);
}

/* Who is it. */

static bool is_expired(const struct access_token *token, struct now now)
{
    return token->expires.ms != 0 && token->expires.ms <= now.calendar.ms;
}

static enum access_verdict identify_token(struct access *access, struct span text, struct now now,
                                          struct api_caller *ret)
{
    struct token_digest digest;
    if (token_digest_of(text, &digest) < 0)
        return ACCESS_TOKEN_UNKNOWN;
    for (size_t i = 0; i < access->token_count; i++) {
        struct access_token *token = &access->tokens[i];
        struct token_digest its;
        memcpy(its.bytes, token->digest, sizeof its.bytes);
        if (!token_digest_equals(&its, &digest))
            continue;
        span_to_text(span_text(token->name), ret->name, sizeof ret->name);
        if (is_expired(token, now))
            return ACCESS_TOKEN_EXPIRED;
        if (!api_role_parse(span_text(token->role), &ret->role))
            return ACCESS_TOKEN_UNKNOWN;
        ret->door = API_DOOR_TOKEN;
        ret->token = token->id;
        span_to_text(span_text(token->prefix), ret->prefix, sizeof ret->prefix);
        token->last_used = now.calendar;
        return ACCESS_ADMITTED;
    }
    return ACCESS_TOKEN_UNKNOWN;
}

static bool writes(const struct http_request *http)
{
    return http->method != HTTP_GET && http->method != HTTP_HEAD && http->method != HTTP_OPTIONS;
}

/* Browsers say from what page a request comes; a page of another site has no business here. */
static bool is_cross_site(const struct http_request *http, struct span host)
{
    struct span site = http_request_field(http, "Sec-Fetch-Site");
    struct span origin = http_request_field(http, "Origin");
    if (site.data && !span_is(site, "same-origin") && !span_is(site, "none"))
        return true;
    return origin.data && !access_origin_is(origin, host);
}

static bool carries_csrf(const struct http_request *http, const struct api_caller *caller)
{
    struct token_digest given, wanted;
    struct span field = http_request_field(http, "X-CSRF-Token");
    return field.len > 0 && token_digest_of(field, &given) == 0 &&
           token_digest_of(span_text(caller->csrf), &wanted) == 0 &&
           token_digest_equals(&given, &wanted);
}

static bool is_json(const struct http_request *http)
{
    struct span type = http_request_field(http, "Content-Type");
    return span_is_nocase(http_trim(span_slice(type, 0, span_find(type, ';'))), "application/json");
}

/* One word, as users are called in directories. */
static bool is_sound_user(struct span name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.data[i] <= ' ' || name.data[i] >= 0x7f)
            return false;
    return name.len > 0 && name.len < API_NAME_MAX;
}

static enum api_role role_of_groups(const struct access *access, struct span groups)
{
    const struct access_proxies *proxies = &access->proxies;
    enum api_role role = API_ROLE_NOBODY;
    struct span group;
    while (http_list_next(&groups, &group))
        for (size_t i = 0; i < proxies->member_count; i++)
            if (span_is(group, proxies->members[i].name) && proxies->members[i].role > role)
                role = proxies->members[i].role;
    return role;
}

/* 32 digits that belong to this user and this run of the daemon. */
static void make_csrf(const struct access *access, struct api_caller *caller)
{
    char data[TOKEN_TEXT_MAX + API_NAME_MAX];
    struct text both = text_over(data, sizeof data), out = text_over(caller->csrf, TOKEN_TEXT_MAX);
    struct token_digest digest;
    text_add(&both, access->secret);
    text_add(&both, caller->name);
    if (token_digest_of(text_span(&both), &digest) < 0)
        return;
    for (size_t i = 0; i < (TOKEN_TEXT_MAX - 1) / 2; i++)
        text_addf(&out, "%02x", digest.bytes[i]);
}

/* The user a proxy names; false when it names none. */
static bool become_proxy_user(const struct access *access, const struct access_question *q,
                              struct api_caller *ret)
{
    if (!is_proxy(access, q->from))
        return false;
    struct span user = http_request_field(q->http, access->proxies.user);
    if (!is_sound_user(user))
        return false;
    ret->door = API_DOOR_PROXY;
    span_to_text(user, ret->name, sizeof ret->name);
    ret->role = role_of_groups(access, http_request_field(q->http, access->proxies.groups));
    if (ret->role == API_ROLE_NOBODY)
        ret->role = role_of_account(access, ret->name);
    make_csrf(access, ret);
    return true;
}

static enum access_verdict identify_page(struct access *access, const struct access_question *q,
                                         struct now now, struct api_caller *ret)
{
    struct span cookies = http_request_field(q->http, "Cookie"), value;
    const char *name = ret->is_secure ? ACCESS_COOKIE_TLS : ACCESS_COOKIE;

    if (is_cross_site(q->http, access_host(access, q)))
        return ACCESS_CROSS_SITE;
    if (!become_proxy_user(access, q, ret) && access_cookie_find(cookies, name, &value)) {
        const struct session *s = session_find(&access->sessions, value, now.steady);
        if (s && (ret->is_secure || !s->is_secure))
            become_session(access, s, ret);
    }
    if (!writes(q->http))
        return ACCESS_ADMITTED;
    if (ret->door == API_DOOR_NONE)
        return q->http->body.len == 0 || is_json(q->http) ? ACCESS_ADMITTED : ACCESS_MEDIA_TYPE;
    return carries_csrf(q->http, ret) ? ACCESS_ADMITTED : ACCESS_CSRF_WRONG;
}

enum access_verdict access_identify(struct access *access, const struct access_question *question,
                                    struct now now, struct api_caller *ret)
{
    struct span authorization = http_request_field(question->http, "Authorization"), token;

    struct ipv4 from = question->from, seen;

    *ret = (struct api_caller){ .is_secure = access_is_secure(access, question) };
    if (is_proxy(access, from) &&
        access_forwarded_last(http_request_field_last(question->http, "X-Forwarded-For"), &seen))
        from = seen;
    ipv4_format(from, ret->from);
    if (!access_knows_host(access, question))
        return ACCESS_FOREIGN_HOST;
    if (authorization.data && access_bearer_find(authorization, &token))
        return identify_token(access, token, now, ret);
    return identify_page(access, question, now, ret);
}

bool access_still(struct access *access, const struct api_caller *caller, struct now now)
{
    if (caller->door == API_DOOR_SOCKET)
        return true;
    if (caller->door == API_DOOR_LINK || caller->door == API_DOOR_SESSION) {
        struct session *s = session_of(&access->sessions, &caller->session, now.steady);
        if (s)
            s->last = now.steady; /* who watches is not idle */
        return s &&
               (s->door == API_DOOR_LINK || role_of_account(access, s->name) >= API_ROLE_VIEWER);
    }
    if (caller->door == API_DOOR_TOKEN) {
        const struct access_token *token = find_token(access, caller->token);
        return token && !is_expired(token, now);
    }
    return caller->door == API_DOOR_PROXY; /* it would have to ask again to be told otherwise */
}

enum access_verdict access_permits(const struct api_caller *caller, enum api_role needed,
                                   struct span path)
{
    if (caller->role < needed)
        return caller->door == API_DOOR_NONE ? ACCESS_NOT_SIGNED_IN : ACCESS_ROLE_TOO_LOW;
    return api_prefix_reaches(caller->prefix, path) ? ACCESS_ADMITTED : ACCESS_OUT_OF_SCOPE;
}
