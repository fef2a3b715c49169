/* Who is let in, whatever a request's fields say: nobody becomes somebody without a cookie or a
 * token that was handed out, and what is found of a name is text of its own. */
#include <assert.h>
#include <stdlib.h>

#include "api/access.h"
#include "api/access_fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_limits limits = {
    .head_max = 4096, .target_max = 512, .fields_max = 32, .body_max = 64
};

static void look_at_fields(const struct http_request *request)
{
    struct span value, host = http_request_field(request, "Host");
    struct ipv4 address;
    struct span name = access_host_name(host);

    assert(name.len <= host.len);
    if (access_cookie_find(http_request_field(request, "Cookie"), ACCESS_COOKIE, &value))
        assert(span_find(value, ';') == value.len);
    (void)access_forwarded_last(http_request_field(request, "X-Forwarded-For"), &address);
    (void)access_origin_is(http_request_field(request, "Origin"), host);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct access_settings settings = { .idle = duration_seconds(10),
                                              .longest = duration_seconds(10),
                                              .names = { "boot" },
                                              .name_count = 1,
                                              .proxies = { .addresses = { { 0x7f000001 } },
                                                           .address_count = 1,
                                                           .user = "Remote-User",
                                                           .groups = "Remote-Groups",
                                                           .members = { { "a", API_ROLE_ADMIN } },
                                                           .member_count = 1 } };
    const struct now now = { { 1 }, { 1 } };
    struct http_request_parser parser;
    struct http_request request;
    struct api_caller caller;
    struct access *access;
    uint8_t *block = malloc(size > 0 ? size : 1);

    assert(block && access_new(&access) == 0);
    access_configure(access, &settings);
    if (size > 0)
        memcpy(block, data, size);
    http_request_parser_init(&parser, &limits);
    if (http_request_parser_feed(&parser, span_of(block, size)) == HTTP_PARSE_READY) {
        http_request_view(&parser, span_of(block, size), &request);
        look_at_fields(&request);
        struct access_question question = { .http = &request, .from = { 0xc0000201 } };
        (void)access_identify(access, &question, now, &caller);
        assert(caller.role == API_ROLE_NOBODY && caller.door == API_DOOR_NONE);
        question.from.value = 0x7f000001;
        enum access_verdict verdict = access_identify(access, &question, now, &caller);
        assert(caller.door == API_DOOR_NONE || caller.door == API_DOOR_PROXY);
        assert(verdict != ACCESS_ADMITTED || caller.role == API_ROLE_NOBODY || caller.name[0] != 0);
    }
    access_free(access);
    free(block);
    return 0;
}
