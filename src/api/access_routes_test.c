/* The routes about who may what, each with every refusal it has. */
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

#include "api/test_access.h"

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
        cmocka_unit_test(saw_every_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
