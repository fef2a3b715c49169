/* The matrix of permissions: every route of routes.def asked by every kind of caller, the expected
 * verdict taken from the table. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_asks_for_its_role),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
