/* Who is let in: Host names, cookies, tokens, pages of other sites, links that work once, tries
 * that have to wait, sessions that end. */
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

#include "api/access.h"
#include "api/access_fields.h"

static const struct http_limits limits = {
    .head_max = 4096, .target_max = 1024, .fields_max = 32, .body_max = 1024
};

static struct http_request_parser parser;
static struct http_request http;

static struct now at(int64_t seconds)
{
    return (struct now){ .steady = { seconds * 1000000000 }, .calendar = { seconds * 1000 } };
}

/* Parse a whole request; the text must stay. */
static void parse(const char *text)
{
    http_request_parser_init(&parser, &limits);
    assert_int_equal(http_request_parser_feed(&parser, span_text(text)), HTTP_PARSE_READY);
    http_request_view(&parser, span_text(text), &http);
}

static struct access *new_access(void)
{
    struct access *access;
    struct account account = { .name = "ann", .role = "operator" };
    struct access_settings settings = { .idle = duration_seconds(100),
                                        .longest = duration_seconds(1000),
                                        .names = { "boot", "boot.lan" },
                                        .name_count = 2 };
    assert_int_equal(access_new(&access), 0);
    access_configure(access, &settings);
    assert_int_equal(access_put_account(access, &account), 0);
    return access;
}

static enum access_verdict identify(struct access *access, const char *text, bool tls,
                                    struct now now, struct api_caller *caller)
{
    parse(text);
    const struct access_question question = { .http = &http,
                                              .from = { 0xc0000205 },
                                              .over_tls = tls };
    return access_identify(access, &question, now, caller);
}

static void only_own_names_are_hosts(void **state)
{
    static const struct {
        const char *host;
        bool known;
    } cases[] = {
        { "192.0.2.1:8067", true },
        { "192.0.2.1", true },
        { "[2001:db8::1]:8067", true },
        { "boot", true },
        { "BOOT.lan:8067", true },
        { "boot.lan.", true },
        { "evil.example", false },
        { "boot.evil.example", false },
        { "192.0.2.1.evil.example", false },
        { "", false },
        { "boot:port", false },
        { "[boot]", false },
        { "boot:99999", false },
        { ":80", false },
        { "[::1", false },
        { "boot lan", false },
        { "[]", false },
    };
    struct access *access = new_access();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[128];
        snprintf(text, sizeof text, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", cases[i].host);
        parse(text);
        const struct access_question question = { .http = &http, .from = { 0xc0000205 } };
        if (access_knows_host(access, &question) != cases[i].known)
            fail_msg("\"%s\" is taken for the other kind", cases[i].host);
    }
    access_free(access);
}

static void cookies_are_found_by_their_whole_name(void **state)
{
    static const struct {
        const char *cookies, *want;
    } cases[] = {
        { "tugboot=a", "a" },
        { "x=1; tugboot=b; y=2", "b" },
        { "xtugboot=a", NULL },
        { "tugboot", NULL },
        { "", NULL },
        { ";;;tugboot=c", "c" },
        { "tugboot=", "" },
        { "__Host-tugboot=d", NULL },
        { "tugboot=a=b", "a=b" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct span value = { 0 };
        bool found = access_cookie_find(span_text(cases[i].cookies), "tugboot", &value);
        if (found != (cases[i].want != NULL) || (found && !span_is(value, cases[i].want)))
            fail_msg("\"%s\"", cases[i].cookies);
    }
}

#define HEAD(method) method " /api/v1/status HTTP/1.1\r\nHost: boot:8067\r\n"

/* A session of ann's, asked with all sorts of fields. %s: her cookie, then her CSRF token. */
static void a_session_is_believed_from_own_pages_only(void **state)
{
    static const struct {
        const char *name, *request;
        bool tls;
        enum access_verdict verdict;
        enum api_role role;
    } cases[] = {
        { "a page reads", HEAD("GET") "Cookie: tugboot=%s\r\nX: %s\r\n\r\n", false, ACCESS_ADMITTED,
          API_ROLE_OPERATOR },
        { "no cookie", HEAD("GET") "Y: %s\r\nX: %s\r\n\r\n", false, ACCESS_ADMITTED,
          API_ROLE_NOBODY },
        { "the cookie of plain HTTP counts for nothing over TLS",
          HEAD("GET") "Cookie: tugboot=%s\r\nX: %s\r\n\r\n", true, ACCESS_ADMITTED,
          API_ROLE_NOBODY },
        { "the cookie of TLS", HEAD("GET") "Cookie: __Host-tugboot=%s\r\nX: %s\r\n\r\n", true,
          ACCESS_ADMITTED, API_ROLE_OPERATOR },
        { "a write with the token", HEAD("POST") "Cookie: tugboot=%s\r\nX-CSRF-Token: %s\r\n\r\n",
          false, ACCESS_ADMITTED, API_ROLE_OPERATOR },
        { "a write without it", HEAD("POST") "Cookie: tugboot=%s\r\nX: %s\r\n\r\n", false,
          ACCESS_CSRF_WRONG, API_ROLE_OPERATOR },
        { "a write with part of it",
          HEAD("DELETE") "Cookie: tugboot=%s\r\nX-CSRF-Token: %.9s\r\n\r\n", false,
          ACCESS_CSRF_WRONG, API_ROLE_OPERATOR },
        { "another site writes",
          HEAD("POST") "Cookie: tugboot=%s\r\nX-CSRF-Token: %s\r\nSec-Fetch-Site: "
                       "cross-site\r\n\r\n",
          false, ACCESS_CROSS_SITE, API_ROLE_NOBODY },
        { "another port of this machine reads",
          HEAD("GET") "Cookie: tugboot=%s\r\nX: %s\r\nSec-Fetch-Site: same-site\r\n\r\n", false,
          ACCESS_CROSS_SITE, API_ROLE_NOBODY },
        { "an Origin of another site",
          HEAD("POST") "Cookie: tugboot=%s\r\nX-CSRF-Token: %s\r\nOrigin: http://evil\r\n\r\n",
          false, ACCESS_CROSS_SITE, API_ROLE_NOBODY },
        { "an Origin without a name",
          HEAD("POST") "Cookie: tugboot=%s\r\nX-CSRF-Token: %s\r\nOrigin: null\r\n\r\n", false,
          ACCESS_CROSS_SITE, API_ROLE_NOBODY },
        { "its own Origin",
          HEAD("POST") "Cookie: tugboot=%s\r\nX-CSRF-Token: %s\r\nOrigin: "
                       "http://boot:8067\r\nSec-Fetch-Site: same-origin\r\n\r\n",
          false, ACCESS_ADMITTED, API_ROLE_OPERATOR },
        { "a token that nobody made goes before the cookie",
          HEAD("GET") "Cookie: tugboot=%s\r\nX: %s\r\nAuthorization: Bearer abc\r\n\r\n", false,
          ACCESS_TOKEN_UNKNOWN, API_ROLE_NOBODY },
    };
    struct access *access = new_access();
    struct api_caller caller = { 0 };
    char cookie[TOKEN_TEXT_MAX], csrf[TOKEN_TEXT_MAX], text[1024];
    (void)state;
    assert_int_equal(access_begin_session(access, API_DOOR_SESSION, "ann", at(1), &caller, cookie),
                     0);
    memcpy(csrf, caller.csrf, sizeof csrf);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(text, sizeof text, cases[i].request, cookie, csrf);
#pragma GCC diagnostic pop
        enum access_verdict verdict = identify(access, text, cases[i].tls, at(2), &caller);
        if (verdict != cases[i].verdict || caller.role != cases[i].role)
            fail_msg("%s: %s, %s", cases[i].name, access_refusal_of(verdict)->code,
                     api_role_name(caller.role));
    }
    access_free(access);
}

static void nobody_signs_in_with_a_form_of_another_page(void **state)
{
    struct access *access = new_access();
    struct api_caller caller;
    (void)state;
    assert_int_equal(identify(access,
                              "POST /api/v1/session HTTP/1.1\r\nHost: boot\r\nContent-Type: "
                              "text/plain\r\nContent-Length: 2\r\n\r\n{}",
                              false, at(1), &caller),
                     ACCESS_MEDIA_TYPE);
    assert_int_equal(identify(access,
                              "POST /api/v1/session HTTP/1.1\r\nHost: boot\r\nContent-Type: "
                              "application/json; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}",
                              false, at(1), &caller),
                     ACCESS_ADMITTED);
    assert_int_equal(
        identify(access, "GET / HTTP/1.1\r\nHost: rebound.example\r\n\r\n", false, at(1), &caller),
        ACCESS_FOREIGN_HOST);
    access_free(access);
}

static void sessions_end(void **state)
{
    struct access *access = new_access();
    struct api_caller caller = { .from = "192.0.2.5" };
    char cookie[TOKEN_TEXT_MAX], text[256];
    (void)state;
    assert_int_equal(access_begin_session(access, API_DOOR_SESSION, "ann", at(0), &caller, cookie),
                     0);
    snprintf(text, sizeof text, HEAD("GET") "Cookie: tugboot=%s\r\n\r\n", cookie);
    /* Used every 90 seconds it lives to its longest, and no longer. */
    for (int64_t t = 90; t < 1000; t += 90) {
        assert_int_equal(identify(access, text, false, at(t), &caller), ACCESS_ADMITTED);
        assert_int_equal(caller.role, API_ROLE_OPERATOR);
    }
    assert_true(access_still(access, &caller, at(999)));
    assert_false(access_still(access, &caller, at(1001)));
    identify(access, text, false, at(1001), &caller);
    assert_int_equal(caller.role, API_ROLE_NOBODY);

    /* Idle. */
    assert_int_equal(
        access_begin_session(access, API_DOOR_SESSION, "ann", at(2000), &caller, cookie), 0);
    assert_false(access_still(access, &caller, at(2101)));

    /* An account that is gone takes its sessions along. */
    assert_int_equal(
        access_begin_session(access, API_DOOR_SESSION, "ann", at(3000), &caller, cookie), 0);
    access_remove_account(access, "ann");
    assert_false(access_still(access, &caller, at(3001)));
    access_free(access);
}

static void more_sessions_than_fit_end_the_quietest(void **state)
{
    struct access *access = new_access();
    struct api_caller first = { 0 }, second = { 0 }, other = { 0 };
    char cookie[TOKEN_TEXT_MAX];
    (void)state;
    assert_int_equal(access_begin_session(access, API_DOOR_LINK, "", at(1), &first, cookie), 0);
    assert_int_equal(access_begin_session(access, API_DOOR_LINK, "", at(2), &second, cookie), 0);
    for (int i = 0; i < SESSIONS_MAX - 1; i++)
        assert_int_equal(access_begin_session(access, API_DOOR_LINK, "", at(3), &other, cookie), 0);
    assert_false(access_still(access, &first, at(4)));
    assert_true(access_still(access, &second, at(4)));
    access_free(access);
}

static void a_link_works_once_and_in_time(void **state)
{
    struct access *access = new_access();
    char link[TOKEN_TEXT_MAX];
    (void)state;
    assert_int_equal(access_make_link(access, duration_seconds(900), at(0), link), 0);
    assert_false(access_use_link(access, span_text("aaaa"), at(1)));
    assert_true(access_use_link(access, span_text(link), at(899)));
    assert_false(access_use_link(access, span_text(link), at(899)));
    assert_int_equal(access_make_link(access, duration_seconds(900), at(0), link), 0);
    assert_false(access_use_link(access, span_text(link), at(900)));
    access_free(access);
}

static void guessing_has_to_wait(void **state)
{
    struct access *access = new_access();
    struct api_caller caller = { .from = "192.0.2.5" }, other = { .from = "192.0.2.6" };
    (void)state;
    for (int i = 0; i < 4; i++)
        access_tried(access, &caller, "", false, at(i));
    assert_int_equal(access_wait_s(access, &caller, "", at(4)), 0);
    access_tried(access, &caller, "", false, at(4));
    assert_in_range(access_wait_s(access, &caller, "", at(4)), 5, 6);
    assert_int_equal(access_wait_s(access, &other, "", at(4)), 0);
    assert_int_equal(access_wait_s(access, &caller, "", at(10)), 0);
    access_tried(access, &caller, "", false, at(10));
    assert_in_range(access_wait_s(access, &caller, "", at(10)), 10, 11);
    for (int i = 0; i < 40; i++)
        access_tried(access, &caller, "", false, at(10));
    assert_in_range(access_wait_s(access, &caller, "", at(10)), 900, 901);
    /* Many addresses guess at one account. */
    for (uint32_t i = 0; i < 10; i++) {
        struct api_caller bot = { 0 };
        ipv4_format((struct ipv4){ 0xc0000300 + i }, bot.from);
        access_tried(access, &bot, "ann", false, at(10));
    }
    assert_true(access_wait_s(access, &other, "ann", at(10)) > 0);
    assert_int_equal(access_wait_s(access, &other, "bob", at(10)), 0);
    /* However many they are, its owner is not kept out for long. */
    for (uint32_t i = 0; i < 100; i++) {
        struct api_caller bot = { 0 };
        ipv4_format((struct ipv4){ 0xc0000300 + i }, bot.from);
        access_tried(access, &bot, "ann", false, at(10));
    }
    assert_in_range(access_wait_s(access, &other, "ann", at(10)), 30, 31);
    assert_int_equal(access_wait_s(access, &other, "ann", at(40)), 0);
    /* Right after all: forgotten. */
    access_tried(access, &caller, "ann", true, at(10));
    assert_int_equal(access_wait_s(access, &caller, "ann", at(10)), 0);
    access_free(access);
}

static void tokens_have_a_role_a_reach_and_an_end(void **state)
{
    struct access *access = new_access();
    struct api_caller caller;
    struct token_digest digest;
    struct access_token token = {
        .id = 7, .name = "ci", .role = "operator", .prefix = "/hosts", .expires = { 50000 }
    };
    static const char request[] =
        HEAD("POST") "Authorization: bearer  secret\r\nOrigin: http://evil\r\n\r\n";
    (void)state;
    assert_int_equal(token_digest_of(span_text("secret"), &digest), 0);
    memcpy(token.digest, digest.bytes, sizeof token.digest);
    assert_int_equal(access_put_token(access, &token), 0);
    /* No browser sends it by itself, so where it comes from does not matter. */
    assert_int_equal(identify(access, request, false, at(1), &caller), ACCESS_ADMITTED);
    assert_int_equal(caller.role, API_ROLE_OPERATOR);
    assert_string_equal(caller.name, "ci");
    assert_int_equal(access_permits(&caller, API_ROLE_VIEWER, span_text("/hosts/a")),
                     ACCESS_ADMITTED);
    assert_int_equal(access_permits(&caller, API_ROLE_VIEWER, span_text("/hostsomething")),
                     ACCESS_OUT_OF_SCOPE);
    assert_int_equal(access_permits(&caller, API_ROLE_VIEWER, span_text("/machines")),
                     ACCESS_OUT_OF_SCOPE);
    assert_int_equal(access_permits(&caller, API_ROLE_ADMIN, span_text("/hosts")),
                     ACCESS_ROLE_TOO_LOW);
    assert_true(access_still(access, &caller, at(49)));
    assert_false(access_still(access, &caller, at(51)));
    assert_int_equal(identify(access, request, false, at(50), &caller), ACCESS_TOKEN_EXPIRED);
    assert_int_equal(caller.role, API_ROLE_NOBODY);
    access_remove_token(access, 7);
    assert_int_equal(identify(access, request, false, at(1), &caller), ACCESS_TOKEN_UNKNOWN);
    access_free(access);
}

/* A named proxy's word counts, and nobody else's. */
static void a_named_proxy_says_who_asks(void **state)
{
    static const struct {
        const char *name, *fields;
        uint32_t from;
        enum access_verdict verdict;
        enum api_role role;
        const char *who;
    } cases[] = {
        { "by group", "Remote-User: eve\r\nRemote-Groups: users, boot-admins\r\n", 0x7f000001,
          ACCESS_ADMITTED, API_ROLE_ADMIN, "eve" },
        { "the highest of two", "Remote-User: eve\r\nRemote-Groups: staff,boot-admins\r\n",
          0x7f000001, ACCESS_ADMITTED, API_ROLE_ADMIN, "eve" },
        { "by the account of the name", "Remote-User: ann\r\n", 0x7f000001, ACCESS_ADMITTED,
          API_ROLE_OPERATOR, "ann" },
        { "of no group and no account", "Remote-User: eve\r\nRemote-Groups: x\r\n", 0x7f000001,
          ACCESS_ADMITTED, API_ROLE_NOBODY, "eve" },
        { "a name that is none", "Remote-User: a b\r\nRemote-Groups: staff\r\n", 0x7f000001,
          ACCESS_ADMITTED, API_ROLE_NOBODY, "" },
        { "from anywhere else", "Remote-User: eve\r\nRemote-Groups: boot-admins\r\n", 0xc0000205,
          ACCESS_ADMITTED, API_ROLE_NOBODY, "" },
        { "a foreign name it was called by",
          "Remote-User: eve\r\nRemote-Groups: staff\r\nX-Forwarded-Host: evil.example\r\n",
          0x7f000001, ACCESS_FOREIGN_HOST, API_ROLE_NOBODY, "" },
        { "another site", "Remote-User: ann\r\nSec-Fetch-Site: cross-site\r\n", 0x7f000001,
          ACCESS_CROSS_SITE, API_ROLE_NOBODY, "" },
    };
    struct access *access = new_access();
    struct api_caller caller;
    char text[512];
    struct access_settings settings = { .idle = duration_seconds(100),
                                        .longest = duration_seconds(1000),
                                        .names = { "boot" },
                                        .name_count = 1,
                                        .proxies = { .addresses = { { 0x7f000001 } },
                                                     .address_count = 1,
                                                     .user = "Remote-User",
                                                     .groups = "Remote-Groups",
                                                     .members = { { "boot-admins", API_ROLE_ADMIN },
                                                                  { "staff", API_ROLE_VIEWER } },
                                                     .member_count = 2 } };
    (void)state;
    access_configure(access, &settings);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(text, sizeof text, HEAD("GET") "%s\r\n", cases[i].fields);
        parse(text);
        const struct access_question q = { .http = &http, .from = { cases[i].from } };
        enum access_verdict verdict = access_identify(access, &q, at(1), &caller);
        if (verdict != cases[i].verdict || caller.role != cases[i].role ||
            strcmp(caller.name, cases[i].who) != 0)
            fail_msg("%s: %s, %s, %s", cases[i].name, access_refusal_of(verdict)->code,
                     api_role_name(caller.role), caller.name);
    }

    /* Its users write with a token as others do, and their own address is what counts. */
    const struct access_question q = { .http = &http, .from = { 0x7f000001 } };
    parse(HEAD("POST") "Remote-User: ann\r\nX-Forwarded-For: 1.2.3.4, 192.0.2.77\r\n"
                       "X-Forwarded-Proto: https\r\n\r\n");
    assert_int_equal(access_identify(access, &q, at(1), &caller), ACCESS_CSRF_WRONG);
    assert_string_equal(caller.from, "192.0.2.77");
    assert_true(caller.is_secure);
    assert_int_equal(strlen(caller.csrf), 32);
    /* A client that sends the field itself does not choose its address, when the proxy adds a line.
     */
    parse(HEAD("POST") "Remote-User: ann\r\nX-Forwarded-For: 1.2.3.4\r\n"
                       "X-Forwarded-For: 192.0.2.77\r\n\r\n");
    assert_int_equal(access_identify(access, &q, at(1), &caller), ACCESS_CSRF_WRONG);
    assert_string_equal(caller.from, "192.0.2.77");
    snprintf(text, sizeof text, HEAD("POST") "Remote-User: ann\r\nX-CSRF-Token: %s\r\n\r\n",
             caller.csrf);
    parse(text);
    assert_int_equal(access_identify(access, &q, at(1), &caller), ACCESS_ADMITTED);
    snprintf(text, sizeof text, HEAD("POST") "Remote-User: eve\r\nX-CSRF-Token: %s\r\n\r\n",
             caller.csrf);
    parse(text);
    assert_int_equal(access_identify(access, &q, at(1), &caller), ACCESS_CSRF_WRONG);
    access_free(access);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_own_names_are_hosts),
        cmocka_unit_test(cookies_are_found_by_their_whole_name),
        cmocka_unit_test(a_session_is_believed_from_own_pages_only),
        cmocka_unit_test(nobody_signs_in_with_a_form_of_another_page),
        cmocka_unit_test(sessions_end),
        cmocka_unit_test(more_sessions_than_fit_end_the_quietest),
        cmocka_unit_test(a_link_works_once_and_in_time),
        cmocka_unit_test(guessing_has_to_wait),
        cmocka_unit_test(tokens_have_a_role_a_reach_and_an_end),
        cmocka_unit_test(a_named_proxy_says_who_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
