/* The dashboard's files: which path is which file, what is sent with them, and what is not sent
 * again. */
/* cmocka.h needs the headers before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
/* clang-format on */

#include "api/page.h"

static const struct http_limits limits = {
    .head_max = 4096, .target_max = 1024, .fields_max = 32, .body_max = 1024
};
static uint8_t memory[16384];

static struct api_caller caller;

static struct api_reply ask(const char *method, const char *path, const char *fields)
{
    static char text[1024];
    static struct http_request_parser parser;
    struct http_request http;
    struct arena arena = arena_over(memory, sizeof memory);
    struct api_reply reply;

    snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: boot\r\n%s\r\n", method, path, fields);
    http_request_parser_init(&parser, &limits);
    assert_int_equal(http_request_parser_feed(&parser, span_text(text)), HTTP_PARSE_READY);
    http_request_view(&parser, span_text(text), &http);
    const struct api_request request = {
        .method = span_text(method), .path = span_text(path), .http = &http, .caller = &caller
    };
    page_handle(&request, &arena, &reply);
    return reply;
}

static bool has_field(const struct api_reply *reply, const char *name, const char *value)
{
    for (size_t i = 0; i < reply->field_count; i++)
        if (strcmp(reply->fields[i].name, name) == 0)
            return span_is(reply->fields[i].value, value);
    return false;
}

static void paths_are_files_or_views(void **state)
{
    static const struct {
        const char *path;
        uint16_t status;
    } cases[] = {
        { "/", 200 },
        { "/sign-in", 200 },
        { "/machines/node1.lab.example", 200 }, /* a view of a host with a dot in its name */
        { "/assets/index.html", 200 },
        { "/assets/nothing.mjs", 404 },
        { "/assets/../index.html", 404 },
        { "/favicon.ico", 404 },
        { "/robots.txt", 404 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct api_reply reply = ask("GET", cases[i].path, "");
        if (reply.status != cases[i].status)
            fail_msg("%s: %u", cases[i].path, reply.status);
    }
    assert_int_equal(ask("POST", "/", "").status, 405);
    assert_int_equal(ask("HEAD", "/", "").status, 200);
}

static void a_page_may_load_from_here_alone(void **state)
{
    struct api_reply reply = ask("GET", "/", "");
    (void)state;
    assert_string_equal(reply.media_type, "text/html; charset=utf-8");
    assert_true(has_field(&reply, "Content-Security-Policy",
                          "default-src 'self'; base-uri 'none'; object-src 'none'; form-action "
                          "'self'; frame-ancestors 'none'"));
    assert_true(has_field(&reply, "Referrer-Policy", "no-referrer"));
    assert_true(has_field(&reply, "Cache-Control", "no-cache"));
}

/* In the clear browsers do not heed it, and complain. */
static void windows_are_kept_apart_over_tls(void **state)
{
    static const char field[] = "Cross-Origin-Opener-Policy";
    struct api_reply reply = ask("GET", "/", "");
    (void)state;
    assert_false(has_field(&reply, field, "same-origin"));
    caller.is_secure = true;
    reply = ask("GET", "/", "Accept-Encoding: gzip\r\n");
    caller.is_secure = false;
    assert_true(has_field(&reply, field, "same-origin"));
    assert_in_range(reply.field_count, 5, API_FIELDS_MAX);
}

static void what_the_browser_has_is_not_sent_again(void **state)
{
    char field[128];
    struct api_reply reply = ask("GET", "/", "");
    (void)state;
    assert_non_null(reply.etag);
    snprintf(field, sizeof field, "If-None-Match: \"x\", W/%s\r\n", reply.etag);
    reply = ask("GET", "/", field);
    assert_int_equal(reply.status, 304);
    assert_int_equal(reply.body.len, 0);
    assert_int_equal(ask("GET", "/", "If-None-Match: \"x\"\r\n").status, 200);
}

static void packed_copies_go_to_those_who_take_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < page_file_count; i++) {
        const struct page_file *file = &page_files[i];
        char path[256];
        if (file->packed.len == 0)
            continue;
        snprintf(path, sizeof path, "/assets/%s", file->path);
        struct api_reply plain = ask("GET", path, "Accept-Encoding: br, gzip;q=0\r\n");
        assert_true(span_equals(plain.body, file->bytes));
        assert_true(has_field(&plain, "Vary", "Accept-Encoding"));
        struct api_reply small = ask("GET", path, "Accept-Encoding: br, gzip;q=0.5\r\n");
        assert_true(span_equals(small.body, file->packed));
        assert_true(has_field(&small, "Content-Encoding", "gzip"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_files_or_views),
        cmocka_unit_test(a_page_may_load_from_here_alone),
        cmocka_unit_test(windows_are_kept_apart_over_tls),
        cmocka_unit_test(what_the_browser_has_is_not_sent_again),
        cmocka_unit_test(packed_copies_go_to_those_who_take_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
