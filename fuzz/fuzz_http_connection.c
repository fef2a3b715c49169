/* A connection's stream of pipelined requests, answered from a body in memory as the port does:
 * every answer's body must be as long as its head says, and the bytes those of the ranges told. The
 * first byte is the step in which slices are drained. */
#include <assert.h>
#include <stdlib.h>

#include "base/text.h"

#include "http/connection.h"
#include "http/header.h"
#include "http/reply.h"
#include "http/response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct body make_body(const uint8_t bytes[static 256])
{
    struct body body = { .piece_count = 3, .size = 256, .modified_s = 784111777, .etag = "\"v1\"" };
    const size_t cuts[4] = { 0, 100, 101, 256 };
    for (size_t i = 0; i < 3; i++)
        body.pieces[i] = (struct body_piece){ .fd = -1,
                                              .length = cuts[i + 1] - cuts[i],
                                              .memory = bytes + cuts[i] };
    return body;
}

/* The head's last field lines end with an empty one, and it has one length. */
static void check_head(struct span head, uint16_t status, uint64_t length)
{
    char text[HTTP_HEAD_MAX + 1], number[48];
    struct text t = text_over(number, sizeof number);
    span_to_text(head, text, sizeof text);
    assert(strlen(text) == head.len);
    assert(strncmp(text, "HTTP/1.1 ", 9) == 0);
    assert(strcmp(text + head.len - 4, "\r\n\r\n") == 0);
    assert(strstr(text, "\r\n\r\n") == text + head.len - 4);
    text_addf(&t, "\r\nContent-Length: %llu\r\n", (unsigned long long)length);
    assert((strstr(text, number) != NULL) == (status != 304));
}

static void answer(const struct http_request *request, const struct body *body,
                   const uint8_t *bytes, size_t step)
{
    uint8_t head[HTTP_HEAD_MAX], scratch[HTTP_SCRATCH_BYTES];
    struct writer w = writer_over(head, sizeof head);
    struct http_reply reply;
    struct http_slice slice;
    uint64_t sum = 0, at = 0;

    http_reply_begin(&reply, request, body, "application/efi", (struct calendar){ 0 }, 7, &w);
    assert(!w.failed);
    check_head(writer_span(&w), reply.status, reply.length);
    while (http_reply_next(&reply, body, "application/efi", scratch, &slice)) {
        uint64_t n = slice.length < step ? slice.length : step;
        assert(n > 0);
        if (!reply.has_boundary)
            assert(memcmp(slice.memory, bytes + reply.ranges[0].first + at, n) == 0);
        http_reply_advance(&reply, n);
        at += n;
        sum += n;
        assert(sum <= reply.length);
    }
    assert(request->method == HTTP_HEAD ? sum == 0 : sum == reply.length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t bytes[256];
    struct http_request_parser parser;
    enum http_connection_state state = HTTP_WAITING;

    if (size == 0)
        return 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    struct body body = make_body(bytes);
    size_t step = (size_t)data[0] + 1, len = size - 1;
    uint8_t *block = malloc(len > 0 ? len : 1);
    assert(block);
    if (len > 0)
        memcpy(block, data + 1, len);
    struct span left = span_of(block, len);
    while (state == HTTP_WAITING && left.len > 0) {
        struct http_request request;
        http_request_parser_init(&parser, &http_limits_boot);
        enum http_parse result = http_request_parser_feed(&parser, left);
        if (result != HTTP_PARSE_READY) {
            state = http_connection_next(
                state, result == HTTP_PARSE_MORE ? HTTP_EVENT_BEGUN : HTTP_EVENT_LAST_ANSWERED);
            break;
        }
        http_request_view(&parser, left, &request);
        if (request.method == HTTP_GET || request.method == HTTP_HEAD)
            answer(&request, &body, bytes, step);
        state = http_connection_next(state, request.keep_alive ? HTTP_EVENT_ANSWERED
                                                               : HTTP_EVENT_LAST_ANSWERED);
        left = span_from(left, request.total_length);
    }
    free(block);
    return 0;
}
