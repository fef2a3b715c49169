/* The request parser and everything that reads a request's fields: whatever the bytes, the result
 * must not depend on how they are split. The first byte says where. */
#include <assert.h>
#include <stdlib.h>

#include "http/conditional.h"
#include "http/header.h"
#include "http/range.h"
#include "http/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_limits limits = {
    .head_max = 1024, .target_max = 256, .fields_max = 16, .body_max = 64
};

/* What a ready request leads to; nothing may be read beside its bytes. */
static void use(const struct http_request_parser *parser, struct span bytes)
{
    static const struct body body = { .size = 1000, .modified_s = 784111777, .etag = "\"v1\"" };
    struct http_request request;
    struct span path, query;
    char decoded[200];
    struct text name = text_over(decoded, sizeof decoded);
    struct http_ranges ranges;
    int64_t date;

    http_request_view(parser, bytes, &request);
    assert(request.total_length <= bytes.len);
    assert(request.target.len > 0 && request.target.len <= limits.target_max);
    if (http_target_split(request.target, &path, &query) == HTTP_SOUND &&
        http_target_decode(path, &name) == HTTP_SOUND)
        assert(span_find(text_span(&name), 0) == name.len);
    (void)http_conditional_decide(&request, &body);
    (void)http_conditional_range_holds(&request, &body);
    if (http_range_parse(http_request_field(&request, "Range"), body.size, &ranges) ==
        HTTP_RANGE_SOUND)
        for (size_t i = 0; i < ranges.count; i++)
            assert(ranges.items[i].length > 0 &&
                   ranges.items[i].first + ranges.items[i].length <= body.size);
    if (http_date_parse(http_request_field(&request, "If-Modified-Since"), &date)) {
        uint8_t text[HTTP_DATE_BYTES];
        struct writer w = writer_over(text, sizeof text);
        int64_t back = 0;
        http_date_write(&w, date);
        /* A day like 31 Feb is read as the days it counts; what is written reads the same. */
        assert(w.failed || (http_date_parse(writer_span(&w), &back) && back == date));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t len = size - 1, split = len > 0 ? data[0] % (len + 1) : 0;
    uint8_t *block = malloc(len > 0 ? len : 1), *first = malloc(split > 0 ? split : 1);
    struct http_request_parser whole, parts;

    assert(block && first);
    if (len > 0)
        memcpy(block, data + 1, len);
    memcpy(first, block, split);
    http_request_parser_init(&whole, &limits);
    http_request_parser_init(&parts, &limits);
    enum http_parse a = http_request_parser_feed(&whole, span_of(block, len));
    enum http_parse b = http_request_parser_feed(&parts, span_of(first, split));
    free(first);
    if (b == HTTP_PARSE_MORE)
        b = http_request_parser_feed(&parts, span_of(block, len));
    assert(a == b && whole.flaw == parts.flaw && whole.head_length == parts.head_length);
    if (a == HTTP_PARSE_READY)
        use(&whole, span_of(block, len));
    free(block);
    return 0;
}
