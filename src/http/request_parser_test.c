/* The request parser: what is read, what is refused, and that it does not matter where the bytes
 * are split or where the buffer lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "http/request_parser.h"

#include <cmocka.h>

static const struct http_limits limits = {
    .head_max = 256, .target_max = 64, .fields_max = 6, .body_max = 10
};

#define HOST "Host: t\r\n"

static const struct {
    const char *name, *in;
    enum http_flaw flaw; /* HTTP_SOUND: ready, with the rest as told */
    enum http_method method;
    const char *target, *body;
    bool keep_alive;
} cases[] = {
    { "plain", "GET /a HTTP/1.1\r\n" HOST "\r\n", HTTP_SOUND, HTTP_GET, "/a", "", true },
    { "head", "HEAD /a?b HTTP/1.1\r\n" HOST "\r\n", HTTP_SOUND, HTTP_HEAD, "/a?b", "", true },
    { "bare line feeds", "GET / HTTP/1.1\nHost: t\n\n", HTTP_SOUND, HTTP_GET, "/", "", true },
    { "empty lines first", "\r\n\nGET / HTTP/1.1\r\n" HOST "\r\n", HTTP_SOUND, HTTP_GET, "/", "",
      true },
    { "five empty lines", "\n\n\n\n\nGET / HTTP/1.1\r\n\r\n", HTTP_LINE_MALFORMED },
    { "old version", "GET / HTTP/1.0\r\n\r\n", HTTP_SOUND, HTTP_GET, "/", "", false },
    { "old, kept", "GET / HTTP/1.0\r\nconnection: Keep-Alive\r\n\r\n", HTTP_SOUND, HTTP_GET, "/",
      "", true },
    { "close in a list", "GET / HTTP/1.1\r\n" HOST "Connection: te, close\r\n\r\n", HTTP_SOUND,
      HTTP_GET, "/", "", false },
    { "body", "POST /a HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", HTTP_SOUND, HTTP_POST,
      "/a", "abc", true },
    { "body of the longest length",
      "PUT /a HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\n0123456789", HTTP_SOUND, HTTP_PUT, "/a",
      "0123456789", true },
    { "body too long", "POST /a HTTP/1.1\r\n" HOST "Content-Length: 11\r\n\r\n",
      HTTP_BODY_TOO_LONG },
    { "body of 2^64", "POST /a HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551616\r\n\r\n",
      HTTP_LENGTH_MALFORMED },
    { "negative length", "POST /a HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n",
      HTTP_LENGTH_MALFORMED },
    { "empty length", "POST /a HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n",
      HTTP_LENGTH_MALFORMED },
    { "two lengths", "POST /a HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
      HTTP_LENGTH_REPEATED },
    { "coded body", "POST /a HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",
      HTTP_BODY_CODED },
    { "no host", "GET / HTTP/1.1\r\n\r\n", HTTP_HOST_MISSING },
    { "two hosts", "GET / HTTP/1.1\r\n" HOST HOST "\r\n", HTTP_HOST_REPEATED },
    { "no version", "GET /\r\n", HTTP_VERSION_MALFORMED },
    { "version two", "PRI * HTTP/2.0\r\n\r\n", HTTP_VERSION_UNKNOWN },
    { "version cut", "GET / HTTP/1\r\n", HTTP_VERSION_MALFORMED },
    { "version too long", "GET / HTTP/1.10\r\n", HTTP_VERSION_MALFORMED },
    { "no target", "GET  HTTP/1.1\r\n", HTTP_LINE_MALFORMED },
    { "TLS", "\x16\x03\x01", HTTP_METHOD_MALFORMED },
    { "method of 17 letters", "ABCDEFGHIJKLMNOPQ / HTTP/1.1\r\n", HTTP_METHOD_MALFORMED },
    { "control byte in the target", "GET /\x01 HTTP/1.1\r\n", HTTP_TARGET_HAS_NUL },
    { "folded field", "GET / HTTP/1.1\r\nA: 1\r\n 2\r\n\r\n", HTTP_FIELD_FOLDED },
    { "blank before the first field", "GET / HTTP/1.1\r\n A: 1\r\n", HTTP_FIELD_NAME_MALFORMED },
    { "blank before the colon", "GET / HTTP/1.1\r\nA : 1\r\n", HTTP_FIELD_NAME_MALFORMED },
    { "no colon", "GET / HTTP/1.1\r\nA\r\n", HTTP_FIELD_NAME_MALFORMED },
    { "bare CR in a value", "GET / HTTP/1.1\r\nA: 1\r2\r\n", HTTP_BARE_CR },
    { "bare CR after the line", "GET / HTTP/1.1\rA: 1\r\n", HTTP_BARE_CR },
    { "control byte in a value", "GET / HTTP/1.1\r\nA: \x7f\r\n", HTTP_FIELD_VALUE_MALFORMED },
    { "seven fields", "GET / HTTP/1.1\r\nA:1\r\nB:1\r\nC:1\r\nD:1\r\nE:1\r\nF:1\r\nG:1\r\n\r\n",
      HTTP_TOO_MANY_FIELDS },
};

static void check(size_t i, const struct http_request_parser *p, enum http_parse result,
                  struct span bytes)
{
    struct http_request r;

    if (cases[i].flaw != HTTP_SOUND) {
        if (result != HTTP_PARSE_REFUSED || p->flaw != cases[i].flaw)
            fail_msg("%s: %s", cases[i].name, http_flaw_name(p->flaw));
        return;
    }
    if (result != HTTP_PARSE_READY)
        fail_msg("%s: result %d, %s", cases[i].name, result, http_flaw_name(p->flaw));
    http_request_view(p, bytes, &r);
    if (r.method != cases[i].method || !span_is(r.target, cases[i].target) ||
        !span_is(r.body, cases[i].body) || r.keep_alive != cases[i].keep_alive ||
        r.total_length != bytes.len)
        fail_msg("%s: view", cases[i].name);
}

/* Fed in two parts, the second time from a block of exactly the size, elsewhere. */
static void each_case_split_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct span in = span_text(cases[i].in);
        for (size_t at = 0; at <= in.len; at++) {
            struct http_request_parser p;
            uint8_t *first = malloc(at + 1), *whole = malloc(in.len);
            assert_non_null(first);
            assert_non_null(whole);
            memcpy(first, in.data, at);
            memcpy(whole, in.data, in.len);
            http_request_parser_init(&p, &limits);
            enum http_parse result = http_request_parser_feed(&p, span_of(first, at));
            free(first);
            if (at < in.len && cases[i].flaw == HTTP_SOUND)
                assert_int_equal(result, HTTP_PARSE_MORE);
            if (result == HTTP_PARSE_MORE)
                result = http_request_parser_feed(&p, span_of(whole, in.len));
            check(i, &p, result, span_of(whole, in.len));
            free(whole);
        }
    }
}

static void limits_are_exact(void **state)
{
    (void)state;
    for (size_t extra = 0; extra < 2; extra++) {
        char in[600];
        struct http_request_parser p;
        int n = snprintf(in, sizeof in, "GET /%0*d HTTP/1.1\r\n" HOST "\r\n", (int)(63 + extra), 0);
        http_request_parser_init(&p, &limits);
        (void)http_request_parser_feed(&p, span_of(in, (size_t)n));
        assert_int_equal(p.flaw, extra ? HTTP_TARGET_TOO_LONG : HTTP_SOUND);

        n = snprintf(in, sizeof in, "GET / HTTP/1.1\r\n" HOST "A: %0*d\r\n\r\n",
                     (int)(256 - 16 - 9 - 3 - 4 + extra), 0);
        http_request_parser_init(&p, &limits);
        (void)http_request_parser_feed(&p, span_of(in, (size_t)n));
        assert_int_equal(p.flaw, extra ? HTTP_HEAD_TOO_LONG : HTTP_SOUND);
    }
}

static void fields_are_found(void **state)
{
    (void)state;
    struct span in =
        span_text("GET / HTTP/1.1\r\nhOST:t\r\nEmpty:\r\nA: \t b c \t\r\na: second\r\n\r\n");
    struct http_request_parser p;
    struct http_request r;
    http_request_parser_init(&p, &limits);
    assert_false(http_request_parser_has_begun(&p));
    assert_int_equal(http_request_parser_feed(&p, in), HTTP_PARSE_READY);
    assert_true(http_request_parser_has_begun(&p));
    http_request_view(&p, in, &r);
    assert_true(span_is(http_request_field(&r, "Host"), "t"));
    assert_true(span_is(http_request_field(&r, "A"), "b c"));
    assert_non_null(http_request_field(&r, "Empty").data);
    assert_int_equal(http_request_field(&r, "Empty").len, 0);
    assert_null(http_request_field(&r, "B").data);
    assert_true(span_is(http_request_field_last(&r, "A"), "second"));
    assert_true(span_is(http_request_field_last(&r, "Host"), "t"));
    assert_non_null(http_request_field_last(&r, "Empty").data);
    assert_null(http_request_field_last(&r, "B").data);
}

static void expects_continue(void **state)
{
    (void)state;
    struct span in =
        span_text("POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nab");
    struct http_request_parser p;
    http_request_parser_init(&p, &limits);
    struct span head = span_slice(in, 0, in.len - 2);
    assert_int_equal(http_request_parser_feed(&p, head), HTTP_PARSE_MORE);
    assert_true(http_request_parser_wants_continue(&p, head));
    assert_int_equal(http_request_parser_feed(&p, in), HTTP_PARSE_READY);
    assert_false(http_request_parser_wants_continue(&p, in));
}

static void pipelined_requests(void **state)
{
    (void)state;
    struct span in = span_text("GET /1 HTTP/1.1\r\n" HOST "\r\nGET /2 HTTP/1.1\r\n" HOST "\r\nGE");
    struct http_request_parser p;
    struct http_request r;
    http_request_parser_init(&p, &limits);
    assert_int_equal(http_request_parser_feed(&p, in), HTTP_PARSE_READY);
    http_request_view(&p, in, &r);
    assert_true(span_is(r.target, "/1"));
    in = span_from(in, r.total_length);
    http_request_parser_init(&p, &limits);
    assert_int_equal(http_request_parser_feed(&p, in), HTTP_PARSE_READY);
    http_request_view(&p, in, &r);
    assert_true(span_is(r.target, "/2"));
    in = span_from(in, r.total_length);
    http_request_parser_init(&p, &limits);
    assert_int_equal(http_request_parser_feed(&p, in), HTTP_PARSE_MORE);
}

static void every_flaw_has_name_text_and_status(void **state)
{
    (void)state;
    for (int f = 0; f < HTTP_FLAW_COUNT; f++) {
        assert_true(strlen(http_flaw_name((enum http_flaw)f)) > 3);
        assert_true(strlen(http_flaw_text((enum http_flaw)f)) > 3);
        uint16_t status = http_flaw_status((enum http_flaw)f);
        assert_true(f == 0 || status == 0 || (status >= 400 && status < 600));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case_split_anywhere),
        cmocka_unit_test(limits_are_exact),
        cmocka_unit_test(fields_are_found),
        cmocka_unit_test(expects_continue),
        cmocka_unit_test(pipelined_requests),
        cmocka_unit_test(every_flaw_has_name_text_and_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
