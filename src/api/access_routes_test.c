/* The routes about who may what, each with every refusal it has; and the matrix of permissions:
 * every route of routes.def asked by every kind of caller, the expected verdict taken from the
 * table. */
/* cmocka.h needs the headers before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "api/api.h"
#include "api/test_contract.h"

static uint8_t memory[API_ARENA_BYTES];

/* A world where passwords are kept as "h:" and themselves. */
static struct {
    struct access *access;
    enum api_result result;
    const char *page;
    unsigned int puts;
    void (*meanwhile)(void); /* happens while a password is looked at; NULL = nothing */
} world;

static enum api_result put_account(void *context, const struct account *account,
                                   char sentence[API_SENTENCE_MAX])
{
    (void)context;
    (void)account;
    (void)sentence;
    world.puts++;
    return world.result;
}

static enum api_result put_token(void *context, const struct access_token *token,
                                 char sentence[API_SENTENCE_MAX])
{
    (void)context;
    (void)token;
    (void)sentence;
    world.puts++;
    return world.result;
}

static enum api_result each_audit(void *context, uint64_t before, uint32_t limit, api_audit_fn row,
                                  void *row_context)
{
    (void)context;
    for (uint64_t i = before == 0 ? 5 : before - 1; i > 0 && limit > 0; i--, limit--) {
        const struct audit_entry entry = { .sequence = i,
                                           .who = "ann",
                                           .door = "session",
                                           .method = "PUT",
                                           .path = "/api/v1/hosts/a",
                                           .status = 200 };
        if (!row(row_context, &entry))
            break;
    }
    return world.result;
}

static void page_url(void *context, char *out, size_t cap)
{
    (void)context;
    span_to_text(span_text(world.page), out, cap);
}

static struct api_backend backend(void)
{
    return (struct api_backend){ .account_put = put_account,
                                 .account_remove = put_account,
                                 .token_put = put_token,
                                 .token_remove = put_token,
                                 .each_audit = each_audit,
                                 .page_url = page_url,
                                 .access = world.access };
}

static struct now at(int64_t seconds)
{
    return (struct now){ .steady = { seconds * 1000000000 }, .calendar = { seconds * 1000 } };
}

static void add_account(const char *name, const char *role)
{
    struct account account = { 0 };
    snprintf(account.name, sizeof account.name, "%s", name);
    snprintf(account.role, sizeof account.role, "%s", role);
    snprintf(account.hash, sizeof account.hash, "h:password of %s", name);
    assert_int_equal(access_put_account(world.access, &account), 0);
}

static void begin_world(void)
{
    const struct access_settings settings = { .idle = duration_seconds(1000),
                                              .longest = duration_seconds(100000),
                                              .names = { "boot" },
                                              .name_count = 1 };
    assert_int_equal(access_new(&world.access), 0);
    access_configure(world.access, &settings);
    world.result = API_DONE;
    world.page = "http://192.0.2.1:8067";
}

static void end_world(void)
{
    access_free(world.access);
    world.access = NULL;
}

static void do_job(const struct api_password_job *job, struct api_password_outcome *outcome)
{
    *outcome = (struct api_password_outcome){ 0 };
    if (job->checks) {
        snprintf(outcome->hash, sizeof outcome->hash, "%s", job->hash);
        outcome->matched = strcmp(job->hash + 2, job->given) == 0;
    }
    if (job->makes && (!job->checks || outcome->matched))
        snprintf(outcome->made, sizeof outcome->made, "h:%.120s", job->wanted);
}

static struct api_reply ask(const struct api_caller *caller, const char *method, const char *target,
                            const char *body, struct now now)
{
    const struct api_backend b = backend();
    struct arena arena = arena_over(memory, sizeof memory);
    struct span all = span_text(target);
    size_t mark = span_find(all, '?');
    struct api_request request = { .method = span_text(method),
                                   .path = span_slice(all, 0, mark),
                                   .query = span_from(all, mark + 1),
                                   .body = span_text(body),
                                   .caller = caller,
                                   .now = now };
    struct api_password_outcome outcome;
    struct api_reply reply;

    api_handle(&b, &request, &arena, &reply);
    if (reply.kind == API_REPLY_PASSWORD) {
        do_job(&reply.job, &outcome);
        if (world.meanwhile)
            world.meanwhile();
        request.outcome = &outcome;
        api_handle(&b, &request, &arena, &reply);
    }
    test_keeps_contract(method, target, &reply);
    return reply;
}

static void expect(const struct api_reply *reply, uint16_t status, const char *says)
{
    bool found = reply->body.len > 0
                     ? memmem(reply->body.data, reply->body.len, says, strlen(says)) != NULL
                     : says[0] == 0;
    if (reply->status != status || !found)
        fail_msg("%u, not %u with %s: %.*s", reply->status, status, says, (int)reply->body.len,
                 reply->body.len > 0 ? (const char *)reply->body.data : "");
}

/* A caller who signed in as `name`. */
static struct api_caller signed_in(const char *name)
{
    struct api_caller caller = { .from = "192.0.2.7" };
    char cookie[TOKEN_TEXT_MAX];
    assert_int_equal(
        access_begin_session(world.access, API_DOOR_SESSION, name, at(0), &caller, cookie), 0);
    return caller;
}

/* A caller who came by a link. */
static struct api_caller by_link(void)
{
    struct api_caller caller = { .from = "192.0.2.9" };
    char cookie[TOKEN_TEXT_MAX];
    assert_int_equal(access_begin_session(world.access, API_DOOR_LINK, "", at(0), &caller, cookie),
                     0);
    return caller;
}

static void the_first_account_is_made_after_the_link(void **state)
{
    struct api_caller caller = { .from = "192.0.2.7" };
    char link[TOKEN_TEXT_MAX], body[128], cookie[TOKEN_TEXT_MAX];
    struct api_reply reply;
    (void)state;
    begin_world();
    assert_int_equal(access_make_link(world.access, duration_seconds(900), at(0), link), 0);
    reply = ask(&caller, "POST", "/api/v1/session", "{\"link\":\"nonsense\"}", at(1));
    expect(&reply, 401, "unknown-link");
    snprintf(body, sizeof body, "{\"link\":\"%s\"}", link);
    reply = ask(&caller, "POST", "/api/v1/session", body, at(1));
    expect(&reply, 201, "\"door\":\"link\"");
    reply = ask(&caller, "POST", "/api/v1/session", body, at(1));
    expect(&reply, 401, "unknown-link");

    assert_int_equal(access_begin_session(world.access, API_DOOR_LINK, "", at(1), &caller, cookie),
                     0);
    static const char first[] = "{\"name\":\"ann\",\"password\":\"correct horse\"}";
    reply =
        ask(&caller, "POST", "/api/v1/setup", "{\"name\":\"ann\",\"password\":\"short\"}", at(1));
    expect(&reply, 422, "weak-password");
    reply = ask(&caller, "POST", "/api/v1/setup", "{\"name\":\"ann\",\"password\":\"aaaaaaaaaa\"}",
                at(1));
    expect(&reply, 422, "weak-password");
    reply = ask(&caller, "POST", "/api/v1/setup", "{\"name\":\"-a\",\"password\":\"long enough\"}",
                at(1));
    expect(&reply, 422, "invalid");
    world.result = API_UNAVAILABLE;
    reply = ask(&caller, "POST", "/api/v1/setup", first, at(1));
    expect(&reply, 503, "store-unavailable");
    assert_int_equal(access_account_count(world.access), 0);
    world.result = API_DONE;
    struct api_caller other = by_link();
    assert_int_equal(access_make_link(world.access, duration_seconds(900), at(1), link), 0);
    reply = ask(&caller, "POST", "/api/v1/setup", first, at(1));
    expect(&reply, 201, "\"name\":\"ann\",\"role\":\"admin\",\"door\":\"session\"");
    assert_false(access_still(world.access, &caller, at(1)));
    assert_false(access_still(world.access, &other, at(1)));
    assert_false(access_use_link(world.access, span_text(link), at(1)));
    reply = ask(&api_caller_socket, "POST", "/api/v1/setup", first, at(1));
    expect(&reply, 409, "set-up");
    end_world();
}

/* Also when it is made as any other account is; but nobody is cut off by what they do themselves.
 */
static void the_first_account_ends_links(void **state)
{
    static const char ann_is[] = "{\"role\":\"admin\",\"password\":\"correct horse\"}";
    char link[TOKEN_TEXT_MAX];
    struct api_reply reply;
    (void)state;
    begin_world();
    struct api_caller own = by_link(), other = by_link();
    assert_int_equal(access_make_link(world.access, duration_seconds(900), at(0), link), 0);
    reply = ask(&own, "PUT", "/api/v1/users/ann", ann_is, at(1));
    expect(&reply, 200, "\"name\":\"ann\"");
    assert_true(access_still(world.access, &own, at(1)));
    assert_false(access_still(world.access, &other, at(1)));
    assert_false(access_use_link(world.access, span_text(link), at(1)));

    /* Links made later are for who has lost the password, and go on with a second account. */
    other = by_link();
    assert_int_equal(access_make_link(world.access, duration_seconds(900), at(1), link), 0);
    reply = ask(&own, "PUT", "/api/v1/users/bob", ann_is, at(1));
    expect(&reply, 200, "\"name\":\"bob\"");
    assert_true(access_still(world.access, &other, at(1)));
    assert_true(access_use_link(world.access, span_text(link), at(1)));
    end_world();
}

static void signing_in_needs_the_right_password(void **state)
{
    struct api_caller nobody = { .from = "192.0.2.7" }, other = { .from = "192.0.2.8" };
    struct api_reply reply;
    (void)state;
    begin_world();
    add_account("ann", "operator");
    static const char right[] = "{\"name\":\"ann\",\"password\":\"password of ann\"}";
    static const char wrong[] = "{\"name\":\"ann\",\"password\":\"password of bob\"}";
    static const char absent[] = "{\"name\":\"bob\",\"password\":\"password of bob\"}";
    reply = ask(&nobody, "POST", "/api/v1/session", right, at(1));
    expect(&reply, 201, "\"name\":\"ann\",\"role\":\"operator\"");
    reply = ask(&nobody, "POST", "/api/v1/session", wrong, at(1));
    expect(&reply, 403, "wrong-password");
    reply = ask(&nobody, "POST", "/api/v1/session", absent, at(1));
    expect(&reply, 403, "wrong-password");
    reply = ask(&nobody, "POST", "/api/v1/session", "{}", at(1));
    expect(&reply, 422, "invalid");
    reply = ask(&nobody, "POST", "/api/v1/session", "{\"name\":\"ann\"}", at(1));
    expect(&reply, 422, "invalid");
    for (int i = 0; i < 3; i++)
        ask(&nobody, "POST", "/api/v1/session", wrong, at(1));
    reply = ask(&nobody, "POST", "/api/v1/session", right, at(2));
    expect(&reply, 429, "too-many-tries");
    bool says_when = false;
    for (uint8_t i = 0; i < reply.field_count; i++)
        says_when = says_when || strcmp(reply.fields[i].name, "Retry-After") == 0;
    assert_true(says_when);
    reply = ask(&other, "POST", "/api/v1/session", right, at(2));
    expect(&reply, 201, "\"name\":\"ann\"");
    reply = ask(&nobody, "POST", "/api/v1/session", right, at(60));
    expect(&reply, 201, "\"name\":\"ann\"");
    end_world();
}

static void give_ann_another(void)
{
    struct account ann = *access_find_account(world.access, "ann");
    snprintf(ann.hash, sizeof ann.hash, "h:correct horse");
    assert_int_equal(access_put_account(world.access, &ann), 0);
}

static void remove_ann(void)
{
    access_remove_account(world.access, "ann");
}

/* What was asked before an admin gave the account another password does not come in after it. */
static void a_password_counts_if_it_still_is_one(void **state)
{
    static const struct {
        const char *name;
        void (*meanwhile)(void);
        uint16_t status;
    } cases[] = {
        { "nothing", NULL, 201 },
        { "another password", give_ann_another, 403 },
        { "no account any more", remove_ann, 403 },
    };
    struct api_caller nobody = { .from = "192.0.2.7" }, ann;
    struct api_reply reply;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin_world();
        add_account("ann", "operator");
        world.meanwhile = cases[i].meanwhile;
        reply = ask(&nobody, "POST", "/api/v1/session",
                    "{\"name\":\"ann\",\"password\":\"password of ann\"}", at(1));
        world.meanwhile = NULL;
        if (reply.status != cases[i].status)
            fail_msg("%s: %u", cases[i].name, reply.status);
        end_world();
    }
    begin_world();
    add_account("ann", "operator");
    ann = signed_in("ann");
    world.meanwhile = give_ann_another;
    reply = ask(&ann, "PUT", "/api/v1/session/password",
                "{\"old\":\"password of ann\",\"new\":\"another horse\"}", at(1));
    world.meanwhile = NULL;
    expect(&reply, 403, "wrong-password");
    assert_string_equal(access_find_account(world.access, "ann")->hash, "h:correct horse");
    end_world();
}

static void the_own_password_is_changed_by_who_knows_it(void **state)
{
    struct api_reply reply;
    struct api_caller ann, elsewhere;
    (void)state;
    begin_world();
    add_account("ann", "viewer");
    ann = signed_in("ann");
    elsewhere = signed_in("ann");
    static const char change[] = "{\"old\":\"password of ann\",\"new\":\"correct horse\"}";
    static const char path[] = "/api/v1/session/password";
    reply = ask(&api_caller_socket, "PUT", path, change, at(1));
    expect(&reply, 409, "no-password");
    reply =
        ask(&ann, "PUT", path, "{\"old\":\"password of bob\",\"new\":\"correct horse\"}", at(1));
    expect(&reply, 403, "wrong-password");
    reply = ask(&ann, "PUT", path, "{\"old\":\"password of ann\",\"new\":\"short\"}", at(1));
    expect(&reply, 422, "weak-password");
    world.result = API_UNAVAILABLE;
    reply = ask(&ann, "PUT", path, change, at(1));
    expect(&reply, 503, "store-unavailable");
    world.result = API_DONE;
    reply = ask(&ann, "PUT", path, change, at(1));
    expect(&reply, 200, "\"name\":\"ann\"");
    assert_false(access_still(world.access, &elsewhere, at(1)));
    assert_string_equal(access_find_account(world.access, "ann")->hash, "h:correct horse");
    ann = signed_in("ann");
    for (int i = 0; i < 6; i++)
        reply = ask(&ann, "PUT", path, change, at(2));
    expect(&reply, 429, "too-many-tries");
    end_world();
}

static void sessions_are_listed_and_ended(void **state)
{
    struct api_reply reply;
    struct api_caller ann, bob, again;
    (void)state;
    begin_world();
    add_account("ann", "admin");
    add_account("bob", "viewer");
    ann = signed_in("ann");
    bob = signed_in("bob");
    again = signed_in("bob");
    reply = ask(&bob, "GET", "/api/v1/sessions", "", at(5));
    expect(&reply, 200, "\"name\":\"bob\",\"door\":\"session\",\"from\":\"192.0.2.7\"");
    assert_null(memmem(reply.body.data, reply.body.len, "ann", 3));
    reply = ask(&ann, "GET", "/api/v1/sessions", "", at(5));
    expect(&reply, 200, "\"current\":true");
    expect(&reply, 200, "bob");
    reply = ask(&bob, "DELETE", "/api/v1/session?everywhere=1", "", at(5));
    expect(&reply, 204, "");
    assert_false(access_still(world.access, &again, at(5)));
    assert_true(access_still(world.access, &ann, at(5)));
    reply = ask(&api_caller_socket, "DELETE", "/api/v1/session", "", at(5));
    expect(&reply, 409, "no-session");
    reply = ask(NULL, "GET", "/api/v1/session", "", at(5));
    expect(&reply, 200, "\"signed_in\":false");
    end_world();
}

static void accounts_are_made_changed_and_removed(void **state)
{
    struct api_reply reply;
    struct api_caller ann, bob;
    (void)state;
    begin_world();
    add_account("ann", "admin");
    ann = signed_in("ann");
    static const char bob_is[] = "{\"role\":\"viewer\",\"password\":\"correct horse\"}";
    reply = ask(&ann, "PUT", "/api/v1/users/bob", "{\"role\":\"viewer\"}", at(1));
    expect(&reply, 422, "invalid");
    reply =
        ask(&ann, "PUT", "/api/v1/users/bob", "{\"role\":\"viewer\",\"password\":\"x\"}", at(1));
    expect(&reply, 422, "weak-password");
    reply = ask(&ann, "PUT", "/api/v1/users/a%20b", bob_is, at(1));
    expect(&reply, 422, "invalid");
    world.result = API_UNAVAILABLE;
    reply = ask(&ann, "PUT", "/api/v1/users/bob", bob_is, at(1));
    expect(&reply, 503, "store-unavailable");
    world.result = API_DONE;
    reply = ask(&ann, "PUT", "/api/v1/users/bob", bob_is, at(1));
    expect(&reply, 200, "\"name\":\"bob\",\"role\":\"viewer\"");
    assert_null(memmem(reply.body.data, reply.body.len, "horse", 5));
    bob = signed_in("bob");
    reply = ask(&ann, "PUT", "/api/v1/users/bob", "{\"role\":\"operator\"}", at(1));
    expect(&reply, 200, "operator");
    assert_true(access_still(world.access, &bob, at(1)));
    reply = ask(&ann, "PUT", "/api/v1/users/bob", "{\"password\":\"other horse\"}", at(1));
    expect(&reply, 200, "operator");
    assert_false(access_still(world.access, &bob, at(1)));
    reply = ask(&ann, "GET", "/api/v1/users", "", at(1));
    expect(&reply, 200, "bob");
    assert_null(memmem(reply.body.data, reply.body.len, "h:", 2));
    reply = ask(&ann, "PUT", "/api/v1/users/ann", "{\"role\":\"viewer\"}", at(1));
    expect(&reply, 409, "last-admin");
    reply = ask(&ann, "DELETE", "/api/v1/users/ann", "", at(1));
    expect(&reply, 409, "last-admin");
    reply = ask(&ann, "DELETE", "/api/v1/users/cat", "", at(1));
    expect(&reply, 404, "unknown-user");
    world.result = API_UNAVAILABLE;
    reply = ask(&ann, "DELETE", "/api/v1/users/bob", "", at(1));
    expect(&reply, 503, "store-unavailable");
    world.result = API_DONE;
    reply = ask(&ann, "DELETE", "/api/v1/users/bob", "", at(1));
    expect(&reply, 204, "");
    reply = ask(&api_caller_socket, "DELETE", "/api/v1/users/ann", "", at(1));
    expect(&reply, 204, "");
    for (int i = 0; i < ACCOUNTS_MAX; i++) {
        char name[16];
        snprintf(name, sizeof name, "u%d", i);
        add_account(name, "viewer");
    }
    reply = ask(&api_caller_socket, "PUT", "/api/v1/users/bob", bob_is, at(1));
    expect(&reply, 507, "full");
    end_world();
}

static void tokens_are_shown_once(void **state)
{
    struct api_reply reply;
    static const char wish[] = "{\"name\":\"ci\",\"scope\":\"operate\",\"prefix\":\"/hosts\"}";
    const struct api_caller *admin = &api_caller_socket;
    (void)state;
    begin_world();
    world.result = API_UNAVAILABLE;
    reply = ask(admin, "POST", "/api/v1/tokens", wish, at(1));
    expect(&reply, 503, "store-unavailable");
    world.result = API_DONE;
    reply = ask(admin, "POST", "/api/v1/tokens", wish, at(1));
    expect(&reply, 201, "\"token\":\"");
    expect(&reply, 201, "\"expires\":\"1970-04-01T");
    reply = ask(admin, "POST", "/api/v1/tokens", "{\"name\":\"x\",\"scope\":\"read\",\"days\":0}",
                at(1));
    assert_null(memmem(reply.body.data, reply.body.len, "expires\"", 8));
    reply = ask(admin, "POST", "/api/v1/tokens",
                "{\"name\":\"x\",\"scope\":\"read\",\"days\":9999}", at(1));
    expect(&reply, 422, "invalid");
    reply = ask(admin, "POST", "/api/v1/tokens",
                "{\"name\":\"x\",\"scope\":\"read\",\"prefix\":\"hosts\"}", at(1));
    expect(&reply, 422, "invalid");
    reply = ask(admin, "GET", "/api/v1/tokens", "", at(1));
    expect(&reply, 200, "\"name\":\"ci\",\"scope\":\"operate\",\"prefix\":\"/hosts\"");
    assert_null(memmem(reply.body.data, reply.body.len, "\"token\"", 7));
    uint64_t id = access_token_at(world.access, 0)->id;
    char path[64];
    snprintf(path, sizeof path, "/api/v1/tokens/%u", (unsigned)id);
    world.result = API_UNAVAILABLE;
    reply = ask(admin, "DELETE", path, "", at(1));
    expect(&reply, 503, "store-unavailable");
    world.result = API_DONE;
    reply = ask(admin, "DELETE", path, "", at(1));
    expect(&reply, 204, "");
    reply = ask(admin, "DELETE", path, "", at(1));
    expect(&reply, 404, "no-such-token");
    while (access_token_count(world.access) < ACCESS_TOKENS_MAX) {
        const struct access_token more = { .id = access_next_token(world.access),
                                           .role = "viewer" };
        assert_int_equal(access_put_token(world.access, &more), 0);
    }
    reply = ask(admin, "POST", "/api/v1/tokens", wish, at(1));
    expect(&reply, 507, "full");
    end_world();
}

static void deeds_and_links_are_for_admins(void **state)
{
    struct api_reply reply;
    (void)state;
    begin_world();
    reply = ask(&api_caller_socket, "GET", "/api/v1/audit?limit=2", "", at(1));
    expect(&reply, 200, "\"next\":\"4\"");
    reply = ask(&api_caller_socket, "GET", "/api/v1/audit?after=3", "", at(1));
    expect(&reply, 200, "\"sequence\":1");
    assert_null(memmem(reply.body.data, reply.body.len, "next", 4));
    world.result = API_UNAVAILABLE;
    reply = ask(&api_caller_socket, "GET", "/api/v1/audit", "", at(1));
    expect(&reply, 503, "store-unavailable");
    reply = ask(&api_caller_socket, "POST", "/api/v1/links", "", at(1));
    expect(&reply, 201, "http://192.0.2.1:8067/sign-in#link=");
    world.page = "";
    reply = ask(&api_caller_socket, "POST", "/api/v1/links", "", at(1));
    expect(&reply, 409, "not-served");
    end_world();
}

/* The matrix. */

/* %s of `request` stands for the method and path, then for what `proves` gives. */
static const struct {
    const char *name, *fields;
    enum api_role role; /* as far as it reaches */
    const char *prefix;
    enum access_verdict reads, writes; /* before any role is asked for */
} callers[] = {
    { "nobody", "", API_ROLE_NOBODY, "", ACCESS_ADMITTED, ACCESS_ADMITTED },
    { "viewer", "Cookie: tugboot=@viewer\r\nX-CSRF-Token: #viewer\r\n", API_ROLE_VIEWER, "",
      ACCESS_ADMITTED, ACCESS_ADMITTED },
    { "operator", "Cookie: tugboot=@operator\r\nX-CSRF-Token: #operator\r\n", API_ROLE_OPERATOR, "",
      ACCESS_ADMITTED, ACCESS_ADMITTED },
    { "admin", "Cookie: tugboot=@admin\r\nX-CSRF-Token: #admin\r\n", API_ROLE_ADMIN, "",
      ACCESS_ADMITTED, ACCESS_ADMITTED },
    { "admin without the CSRF token", "Cookie: tugboot=@admin\r\n", API_ROLE_ADMIN, "",
      ACCESS_ADMITTED, ACCESS_CSRF_WRONG },
    { "admin with another's CSRF token", "Cookie: tugboot=@admin\r\nX-CSRF-Token: #viewer\r\n",
      API_ROLE_ADMIN, "", ACCESS_ADMITTED, ACCESS_CSRF_WRONG },
    { "admin by another site",
      "Cookie: tugboot=@admin\r\nX-CSRF-Token: #admin\r\nSec-Fetch-Site: cross-site\r\n",
      API_ROLE_ADMIN, "", ACCESS_CROSS_SITE, ACCESS_CROSS_SITE },
    { "a cookie of nobody", "Cookie: tugboot=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", API_ROLE_NOBODY,
      "", ACCESS_ADMITTED, ACCESS_ADMITTED },
    { "token read", "Authorization: Bearer read\r\n", API_ROLE_VIEWER, "", ACCESS_ADMITTED,
      ACCESS_ADMITTED },
    { "token operate", "Authorization: Bearer operate\r\n", API_ROLE_OPERATOR, "", ACCESS_ADMITTED,
      ACCESS_ADMITTED },
    { "token admin", "Authorization: Bearer admin\r\n", API_ROLE_ADMIN, "", ACCESS_ADMITTED,
      ACCESS_ADMITTED },
    { "token for hosts", "Authorization: Bearer hosts\r\n", API_ROLE_ADMIN, "/hosts",
      ACCESS_ADMITTED, ACCESS_ADMITTED },
    { "token expired", "Authorization: Bearer expired\r\n", API_ROLE_NOBODY, "",
      ACCESS_TOKEN_EXPIRED, ACCESS_TOKEN_EXPIRED },
    { "token unknown", "Authorization: Bearer unknown\r\n", API_ROLE_NOBODY, "",
      ACCESS_TOKEN_UNKNOWN, ACCESS_TOKEN_UNKNOWN },
};

static char cookies[4][TOKEN_TEXT_MAX], csrfs[4][TOKEN_TEXT_MAX];

static void prepare_callers(void)
{
    static const char *const tokens[][3] = { { "read", "viewer", "" },
                                             { "operate", "operator", "" },
                                             { "admin", "admin", "" },
                                             { "hosts", "admin", "/hosts" },
                                             { "expired", "admin", "" } };
    for (enum api_role role = API_ROLE_VIEWER; role <= API_ROLE_ADMIN; role++) {
        struct api_caller caller = { 0 };
        add_account(api_role_name(role), api_role_name(role));
        assert_int_equal(access_begin_session(world.access, API_DOOR_SESSION, api_role_name(role),
                                              at(0), &caller, cookies[role]),
                         0);
        memcpy(csrfs[role], caller.csrf, TOKEN_TEXT_MAX);
    }
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        struct access_token token = { .id = i + 1 };
        struct token_digest digest;
        assert_int_equal(token_digest_of(span_text(tokens[i][0]), &digest), 0);
        memcpy(token.digest, digest.bytes, sizeof token.digest);
        snprintf(token.role, sizeof token.role, "%s", tokens[i][1]);
        snprintf(token.prefix, sizeof token.prefix, "%s", tokens[i][2]);
        token.expires.ms = strcmp(tokens[i][0], "expired") == 0 ? 500 : 0;
        assert_int_equal(access_put_token(world.access, &token), 0);
    }
}

/* "@viewer" and "#viewer" become the cookie and the CSRF token of that role's session. */
static void add_fields(struct text *out, const char *fields)
{
    for (const char *c = fields; *c; c++) {
        enum api_role role;
        size_t n = strspn(c + 1, "abcdefghijklmnopqrstuvwxyz");
        if ((*c == '@' || *c == '#') && api_role_parse(span_of(c + 1, n), &role)) {
            text_add(out, *c == '@' ? cookies[role] : csrfs[role]);
            c += n;
        } else {
            text_add_char(out, *c);
        }
    }
}

/* What the table says of this caller and this route. */
static enum access_verdict expected(size_t caller, const struct contract *route,
                                    enum api_role needed)
{
    bool writes = strcmp(route->method, "GET") != 0;
    enum access_verdict first = writes ? callers[caller].writes : callers[caller].reads;
    const char *prefix = callers[caller].prefix;
    if (first != ACCESS_ADMITTED)
        return first;
    if (callers[caller].role < needed)
        return callers[caller].role == API_ROLE_NOBODY ? ACCESS_NOT_SIGNED_IN : ACCESS_ROLE_TOO_LOW;
    bool in_reach = strncmp(route->path, prefix, strlen(prefix)) == 0;
    return in_reach ? ACCESS_ADMITTED : ACCESS_OUT_OF_SCOPE;
}

/* What really happens. A backend without functions: a handler that ran without leave would crash.
 */
static void check_cell(size_t caller, const struct contract *route, enum api_role needed)
{
    static const struct http_limits limits = { 4096, 1024, 32, 1024 };
    const struct api_backend nothing = { .access = world.access };
    char data[1024], target[128];
    struct text text = text_over(data, sizeof data);
    struct http_request_parser parser;
    struct http_request http;
    struct api_caller who;
    enum access_verdict want = expected(caller, route, needed);

    snprintf(target, sizeof target, API_PREFIX "%s", route->path);
    text_addf(&text, "%s %s HTTP/1.1\r\nHost: boot\r\n", route->method, target);
    add_fields(&text, callers[caller].fields);
    text_add(&text, "\r\n");
    http_request_parser_init(&parser, &limits);
    assert_int_equal(http_request_parser_feed(&parser, text_span(&text)), HTTP_PARSE_READY);
    http_request_view(&parser, text_span(&text), &http);
    const struct access_question question = { .http = &http, .from = { 0xc0000205 } };
    enum access_verdict got = access_identify(world.access, &question, at(1), &who);
    if (got == ACCESS_ADMITTED)
        got = access_permits(&who, needed, span_text(route->path));
    if (got != want)
        fail_msg("%s asks for %s %s: %s, not %s", callers[caller].name, route->method, route->path,
                 access_refusal_of(got)->code, access_refusal_of(want)->code);
    if (want == ACCESS_ADMITTED || access_identify(world.access, &question, at(1), &who) != 0)
        return;
    struct arena arena = arena_over(memory, sizeof memory);
    const struct api_request request = { .method = span_text(route->method),
                                         .path = span_text(target),
                                         .http = &http,
                                         .caller = &who,
                                         .now = at(1) };
    struct api_reply reply;
    api_handle(&nothing, &request, &arena, &reply);
    assert_int_equal(reply.status, access_refusal_of(want)->status);
}

static void every_route_asks_for_its_role(void **state)
{
    const struct contract *route;
    size_t cells = 0;
    (void)state;
    begin_world();
    prepare_callers();
    for (size_t i = 0; (route = contract_at(i)); i++) {
        enum api_role needed = API_ROLE_NOBODY;
        char name[16] = "";
        for (size_t k = 0; k + 1 < sizeof name && route->role[k]; k++)
            name[k] = (char)ascii_lower((uint8_t)route->role[k]);
        if (strcmp(name, "nobody") != 0)
            assert_true(api_role_parse(span_text(name), &needed));
        for (size_t caller = 0; caller < sizeof callers / sizeof callers[0]; caller++, cells++)
            check_cell(caller, route, needed);
    }
    print_message("  %zu cells\n", cells);
    end_world();
}

static bool is_here(const struct contract *contract)
{
    static const char *const handlers[] = { "session_post", "session_delete", "session_password",
                                            "sessions",     "setup",          "users",
                                            "user_put",     "user_delete",    "tokens",
                                            "token_post",   "token_delete",   "audit",
                                            "link_post" };
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++)
        if (strcmp(contract->handler, handlers[i]) == 0)
            return true;
    return false;
}

static void saw_every_refusal(void **state)
{
    (void)state;
    test_saw_refusals(is_here);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_account_is_made_after_the_link),
        cmocka_unit_test(the_first_account_ends_links),
        cmocka_unit_test(signing_in_needs_the_right_password),
        cmocka_unit_test(a_password_counts_if_it_still_is_one),
        cmocka_unit_test(the_own_password_is_changed_by_who_knows_it),
        cmocka_unit_test(sessions_are_listed_and_ended),
        cmocka_unit_test(accounts_are_made_changed_and_removed),
        cmocka_unit_test(tokens_are_shown_once),
        cmocka_unit_test(deeds_and_links_are_for_admins),
        cmocka_unit_test(every_route_asks_for_its_role),
        cmocka_unit_test(saw_every_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
