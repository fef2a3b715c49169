/* Whole answers of the core: head and slices drained in every step size, against what RFC 9110
 * says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include "http/reply.h"
#include "http/response.h"

#include <cmocka.h>

#define DATE  "Sun, 06 Nov 1994 08:49:37 GMT"
#define WHOLE "0123456789abcdefghij"

static void make_digits(const void *context, uint64_t at, uint8_t *out, size_t size)
{
    const char *digits = context;
    memcpy(out, digits + at, size);
}

/* Five pieces, one of them empty and one made, so that ranges cross their borders. */
static struct body make_body(void)
{
    static const char bytes[] = WHOLE;
    static struct body_piece chain[5];
    const size_t cuts[6] = { 0, 7, 7, 8, 12, 20 };
    for (size_t i = 0; i < 5; i++)
        chain[i] = (struct body_piece){ .fd = -1,
                                        .length = cuts[i + 1] - cuts[i],
                                        .memory = (const uint8_t *)bytes + cuts[i] };
    chain[3].memory = NULL;
    chain[3].make = make_digits;
    chain[3].context = bytes + cuts[3];
    return (struct body){
        .chain = chain, .piece_count = 5, .size = 20, .modified_s = 784111777, .etag = "\"v1\""
    };
}

static const struct {
    const char *fields; /* of the request */
    const char *method;
    uint16_t status;
    const char *head_has; /* must stand in the head */
    const char *body;     /* NULL: multipart, checked apart */
    bool reaches_end;
} cases[] = {
    { "", "GET", 200, "Content-Length: 20\r\n", WHOLE, true },
    { "", "GET", 200, "ETag: \"v1\"\r\n", WHOLE, true },
    { "", "GET", 200, "Last-Modified: " DATE "\r\n", WHOLE, true },
    { "", "GET", 200, "Accept-Ranges: bytes\r\n", WHOLE, true },
    { "", "GET", 200, "Content-Type: application/efi\r\n", WHOLE, true },
    { "", "HEAD", 200, "Content-Length: 20\r\n", "", false },
    { "Connection: close\r\n", "GET", 200, "Connection: close\r\n", WHOLE, true },
    { "Range: bytes=5-8\r\n", "GET", 206, "Content-Range: bytes 5-8/20\r\n", "5678", false },
    { "Range: bytes=5-8\r\n", "GET", 206, "Content-Length: 4\r\n", "5678", false },
    { "Range: bytes=6-\r\n", "GET", 206, "Content-Range: bytes 6-19/20\r\n", "6789abcdefghij",
      true },
    { "Range: bytes=5-8\r\n", "HEAD", 200, "Content-Length: 20\r\n", "", false },
    { "Range: bytes=20-\r\n", "GET", 416, "Content-Range: bytes */20\r\n", "", false },
    { "Range: bytes=20-\r\n", "GET", 416, "Content-Length: 0\r\n", "", false },
    { "Range: bytes=0-1,-1\r\n", "GET", 206, "multipart/byteranges; boundary=tugboot-part-", NULL,
      true },
    { "If-None-Match: \"v1\"\r\n", "GET", 304, "ETag: \"v1\"\r\n", "", false },
    { "If-None-Match: W/\"v1\"\r\n", "HEAD", 304, "ETag: \"v1\"\r\n", "", false },
    { "If-None-Match: \"v2\", *\r\n", "GET", 200, "", WHOLE, true },
    { "If-None-Match: *\r\n", "GET", 304, "", "", false },
    { "If-None-Match: \"v2\"\r\nIf-Modified-Since: " DATE "\r\n", "GET", 200, "", WHOLE, true },
    { "If-Modified-Since: " DATE "\r\n", "GET", 304, "", "", false },
    { "If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n", "GET", 200, "", WHOLE, true },
    { "If-Match: \"v2\"\r\n", "GET", 412, "Content-Length: 0\r\n", "", false },
    { "If-Match: \"v1\"\r\nRange: bytes=19-\r\n", "GET", 206, "", "j", true },
    { "If-Match: W/\"v1\"\r\n", "GET", 412, "", "", false },
    { "If-Unmodified-Since: " DATE "\r\nRange: bytes=19-\r\n", "GET", 206, "", "j", true },
    { "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n", "GET", 412, "", "", false },
    { "If-Range: \"v1\"\r\nRange: bytes=19-\r\n", "GET", 206, "", "j", true },
    { "If-Range: \"v2\"\r\nRange: bytes=19-\r\n", "GET", 200, "", WHOLE, true },
    { "If-Range: W/\"v1\"\r\nRange: bytes=19-\r\n", "GET", 200, "", WHOLE, true },
    { "If-Range: " DATE "\r\nRange: bytes=19-\r\n", "GET", 206, "", "j", true },
    { "If-Range: nonsense\r\nRange: bytes=19-\r\n", "GET", 200, "", WHOLE, true },
};

/* Take all slices, at most `step` bytes a time, into `out`. */
static size_t drain(struct http_reply *reply, const struct body *body, size_t step, uint8_t *out,
                    size_t cap)
{
    uint8_t scratch[HTTP_SCRATCH_BYTES];
    struct writer w = writer_over(out, cap);
    struct http_slice slice;
    bool last = false;

    while (http_reply_next(reply, body, "application/efi", scratch, &slice)) {
        assert_false(last);
        assert_true(slice.length > 0);
        size_t n = slice.length < step ? (size_t)slice.length : step;
        writer_bytes(&w, span_of(slice.memory, n));
        last = slice.last && n == slice.length;
        http_reply_advance(reply, n);
    }
    assert_false(w.failed);
    assert_true(last || w.len == 0);
    return w.len;
}

static void all_cases(void **state)
{
    (void)state;
    struct body body = make_body();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t step = 1; step < 24; step++) {
            char in[256], head_text[HTTP_HEAD_MAX + 1];
            uint8_t head[HTTP_HEAD_MAX], out[1024];
            struct writer w = writer_over(head, sizeof head);
            struct http_request_parser p;
            struct http_request r;
            struct http_reply reply;
            int n = snprintf(in, sizeof in, "%s /a HTTP/1.1\r\nHost: t\r\n%s\r\n", cases[i].method,
                             cases[i].fields);
            http_request_parser_init(&p, &http_limits_boot);
            struct span bytes = span_of(in, (size_t)n);
            assert_int_equal(http_request_parser_feed(&p, bytes), HTTP_PARSE_READY);
            http_request_view(&p, bytes, &r);
            http_reply_begin(&reply, &r, &body, "application/efi", (struct calendar){ 0 }, 1, &w);
            assert_false(w.failed);
            span_to_text(writer_span(&w), head_text, sizeof head_text);
            size_t len = drain(&reply, &body, step, out, sizeof out);
            if (reply.status != cases[i].status || reply.reaches_end != cases[i].reaches_end ||
                !strstr(head_text, cases[i].head_has))
                fail_msg("%s: %u\n%s", cases[i].fields, reply.status, head_text);
            if (cases[i].body && !span_is(span_of(out, len), cases[i].body))
                fail_msg("%s: body of %zu bytes", cases[i].fields, len);
            if (r.method == HTTP_GET && reply.status != 304)
                assert_int_equal(len, reply.length);
        }
    }
}

static void multipart_is_exact(void **state)
{
    (void)state;
    static const char want[] = "\r\n--tugboot-part-0000000000000001\r\n"
                               "Content-Type: application/efi\r\n"
                               "Content-Range: bytes 6-8/20\r\n\r\n678"
                               "\r\n--tugboot-part-0000000000000001\r\n"
                               "Content-Type: application/efi\r\n"
                               "Content-Range: bytes 0-0/20\r\n\r\n0"
                               "\r\n--tugboot-part-0000000000000001--\r\n";
    struct span in = span_text("GET /a HTTP/1.1\r\nHost: t\r\nRange: bytes=6-8,0-0\r\n\r\n");
    uint8_t head[HTTP_HEAD_MAX], out[1024];
    struct writer w = writer_over(head, sizeof head);
    struct body body = make_body();
    struct http_request_parser p;
    struct http_request r;
    struct http_reply reply;
    http_request_parser_init(&p, &http_limits_boot);
    assert_int_equal(http_request_parser_feed(&p, in), HTTP_PARSE_READY);
    http_request_view(&p, in, &r);
    http_reply_begin(&reply, &r, &body, "application/efi", (struct calendar){ 0 }, 1, &w);
    size_t len = drain(&reply, &body, 5, out, sizeof out);
    assert_true(span_is(span_of(out, len), want));
    assert_int_equal(reply.sent, 4);
}

static void pieces_shorter_than_size(void **state)
{
    (void)state;
    struct span in = span_text("GET /a HTTP/1.0\r\n\r\n");
    uint8_t head[HTTP_HEAD_MAX], scratch[HTTP_SCRATCH_BYTES];
    struct writer w = writer_over(head, sizeof head);
    struct body body = make_body();
    struct http_request_parser p;
    struct http_request r;
    struct http_reply reply;
    struct http_slice slice;
    body.size = 21;
    http_request_parser_init(&p, &http_limits_boot);
    assert_int_equal(http_request_parser_feed(&p, in), HTTP_PARSE_READY);
    http_request_view(&p, in, &r);
    http_reply_begin(&reply, &r, &body, NULL, (struct calendar){ 0 }, 1, &w);
    http_reply_advance(&reply, 20);
    assert_true(http_reply_next(&reply, &body, NULL, scratch, &slice));
    assert_int_equal(slice.length, 0);
}

static void short_answers(void **state)
{
    (void)state;
    uint8_t out[HTTP_HEAD_MAX];
    struct writer w = writer_over(out, sizeof out);
    struct http_response_head head = { .status = 405, .allow = "GET, HEAD", .close = true };
    http_response_short_write(&w, &head, false);
    assert_true(span_is(writer_span(&w), "HTTP/1.1 405 Method Not Allowed\r\n"
                                         "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                                         "Content-Type: text/plain\r\nContent-Length: 23\r\n"
                                         "Allow: GET, HEAD\r\nConnection: close\r\n\r\n"
                                         "405 Method Not Allowed\n"));
    const struct http_field evil = { "X", BYTES('a', '\r', '\n', 'b') };
    w = writer_over(out, sizeof out);
    head = (struct http_response_head){ .status = 200, .extra = &evil, .extra_count = 1 };
    http_response_head_write(&w, &head);
    assert_true(w.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_cases),
        cmocka_unit_test(multipart_is_exact),
        cmocka_unit_test(short_answers),
        cmocka_unit_test(pieces_shorter_than_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
