/* Addresses that are kept for machines, and the order of the menu: who may have what, what is
 * written together, and what is refused. */
#include <stdio.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

#include "api/test_contract.h"
#include "http/request_parser.h"

#define MAC(last)                                                                                  \
    {                                                                                              \
        {                                                                                          \
            2, 0, 0, 0, 0, last                                                                    \
        }                                                                                          \
    }

static struct host hosts[8] = {
    { .name = "one", .match = { .has_mac = true, .mac = MAC(1) }, .address = { 0x0a000015 } },
    { .name = "filed",
      .match = { .has_mac = true, .mac = MAC(2) },
      .address = { 0x0a000016 },
      .from_file = true },
    { .name = "bare", .match = { .has_mac = true, .mac = MAC(3) } },
    /* It had the card of 08 once, and kept the name. */
    { .name = "machine-020000000008", .match = { .has_uuid = true } },
};
static size_t host_count = 4;
static const struct image images[] = {
    { .name = "a" },
    { .name = "b", .main_name = "b" },
    { .name = "b-rescue", .main_name = "b" },
    { .name = "c" },
};
static bool gives_addresses = true;
static enum api_result answer;
static char written[1024];

static const struct catalog *fake_catalog(void *context)
{
    static struct catalog catalog = { .hosts = hosts, .images = images, .image_count = 4 };
    (void)context;
    catalog.host_count = host_count;
    return &catalog;
}

static enum api_result fake_subnets(void *context, api_subnet_fn row, void *row_context)
{
    static const struct subnet subnet = { .network = { { 0x0a000000 }, 24 },
                                          .router = { 0x0a000001 } };
    const struct api_subnet shown = { .subnet = &subnet };
    (void)context;
    if (gives_addresses)
        row(row_context, &shown);
    return API_DONE;
}

/* Hosts that are there are changed for the moment of one request, so that the reply shows it. */
static enum api_result fake_changes(void *context, const struct change *changes, size_t count,
                                    char sentence[API_SENTENCE_MAX])
{
    struct text out = text_over(written, sizeof written);
    (void)context;
    (void)sentence;
    if (answer != API_DONE)
        return answer;
    for (size_t i = 0; i < count; i++) {
        char address[IPV4_TEXT_MAX] = "-";
        static char names[2][HOST_NAME_MAX];
        const struct host *host = changes[i].host;
        size_t at = 0;
        assert_int_equal(changes[i].kind, CHANGE_HOST_PUT);
        if (!ipv4_is_none(host->address))
            ipv4_format(host->address, address);
        text_addf(&out, "%s %s;", host->name, address);
        while (at < host_count && strcmp(hosts[at].name, host->name) != 0)
            at++;
        hosts[at] = *host;
        span_to_text(span_text(host->name), names[i], HOST_NAME_MAX);
        hosts[at].name = names[i];
        if (at == host_count)
            host_count++;
    }
    return API_DONE;
}

static enum api_result fake_order(void *context, const char *const *names, size_t count,
                                  char sentence[API_SENTENCE_MAX])
{
    struct text out = text_over(written, sizeof written);
    (void)context;
    snprintf(sentence, API_SENTENCE_MAX, "Its folder is another user's.");
    for (size_t i = 0; i < count && answer == API_DONE; i++)
        text_addf(&out, "%s;", names[i]);
    return answer;
}

static const struct api_backend backend = { .catalog = fake_catalog,
                                            .each_subnet = fake_subnets,
                                            .changes = fake_changes,
                                            .images_order = fake_order };
static uint8_t memory[API_ARENA_BYTES];

/* With "If-Match: *", so that what is there is written over. */
static struct api_reply ask(const char *method, const char *target, const char *body)
{
    static const struct http_limits limits = {
        .head_max = 4096, .target_max = 1024, .fields_max = 8, .body_max = 0
    };
    static const char head[] = "PUT / HTTP/1.1\r\nHost: x\r\nIf-Match: *\r\n\r\n";
    static struct arena arena;
    struct http_request_parser parser;
    struct http_request http;
    struct span all = span_text(target);
    size_t mark = span_find(all, '?');
    bool overwrites = strcmp(method, "PUT") == 0 && !strstr(target, "0.30");

    arena = arena_over(memory, sizeof memory);
    http_request_parser_init(&parser, &limits);
    assert_int_equal(http_request_parser_feed(&parser, span_text(head)), HTTP_PARSE_READY);
    http_request_view(&parser, span_text(head), &http);
    const struct api_request request = { .method = span_text(method),
                                         .path = span_slice(all, 0, mark),
                                         .query = span_from(all, mark + 1),
                                         .body = span_text(body),
                                         .http = overwrites ? &http : NULL,
                                         .caller = &api_caller_socket };
    struct api_reply reply = { 0 };
    written[0] = 0;
    api_handle(&backend, &request, &arena, &reply);
    test_keeps_contract(method, target, &reply);
    return reply;
}

#define AT "/api/v1/reservations/10.0.0."

static const struct {
    const char *name, *method, *target, *body;
    enum api_result answer;
    uint16_t status;
    const char *written; /* NULL = nothing */
    const char *said;
} cases[] = {
    { "the list", "GET", "/api/v1/reservations", "", API_DONE, 200, NULL,
      "{\"reservations\":[{\"address\":\"10.0.0.21\",\"mac\":\"02:00:00:00:00:01\",\"host\":\"one\","
      "\"read_only\":false},{\"address\":\"10.0.0.22\"" },
    { "a page of it", "GET", "/api/v1/reservations?limit=1", "", API_DONE, 200, NULL,
      "\"next\":\"10.0.0.21-one\"" },
    { "the next page", "GET", "/api/v1/reservations?limit=1&after=10.0.0.21-one", "", API_DONE, 200,
      NULL, "\"host\":\"filed\"" },
    { "one", "GET", AT "22", "", API_DONE, 200, NULL, "\"read_only\":true" },
    { "none", "GET", AT "99", "", API_DONE, 404, NULL, "not-found" },
    { "no address", "GET", "/api/v1/reservations/x", "", API_DONE, 400, NULL, "bad-address" },
    { "of no address", "PUT", "/api/v1/reservations/127.0.30.1", "{\"mac\":\"02:00:00:00:00:03\"}",
      API_DONE, 400, NULL, "bad-address" },
    { "for a host that has none", "PUT", AT "30", "{\"mac\":\"02:00:00:00:00:03\"}", API_DONE, 201,
      "bare 10.0.0.30;", "\"host\":\"bare\"" },
    { "moved to another address", "PUT", AT "30", "{\"mac\":\"02:00:00:00:00:01\"}", API_DONE, 201,
      "one 10.0.0.30;", "\"host\":\"one\"" },
    { "for a machine without a name", "PUT", AT "30", "{\"mac\":\"02:00:00:00:00:07\"}", API_DONE,
      201, "machine-020000000007 10.0.0.30;", "machine-020000000007" },
    { "for one whose name another has", "PUT", AT "30", "{\"mac\":\"02:00:00:00:00:08\"}", API_DONE,
      201, "machine-020000000008-2 10.0.0.30;", "machine-020000000008-2" },
    { "with a name for it", "PUT", AT "30", "{\"mac\":\"02:00:00:00:00:07\",\"host\":\"printer\"}",
      API_DONE, 201, "printer 10.0.0.30;", "printer" },
    { "given to another", "PUT", AT "21", "{\"mac\":\"02:00:00:00:00:03\"}", API_DONE, 200,
      "one -;bare 10.0.0.21;", "\"host\":\"bare\"" },
    { "of the file", "PUT", AT "22", "{\"mac\":\"02:00:00:00:00:03\"}", API_DONE, 409, NULL,
      "read-only" },
    { "for one of the file", "PUT", AT "30", "{\"mac\":\"02:00:00:00:00:02\"}", API_DONE, 409, NULL,
      "Host filed stands in the configuration file" },
    { "a host by another name", "PUT", AT "30",
      "{\"mac\":\"02:00:00:00:00:03\",\"host\":\"other\"}", API_DONE, 409, NULL, "in-use" },
    { "a name that is taken", "PUT", AT "30", "{\"mac\":\"02:00:00:00:00:07\",\"host\":\"one\"}",
      API_DONE, 409, NULL, "in-use" },
    { "outside of the networks", "PUT", "/api/v1/reservations/10.0.1.30",
      "{\"mac\":\"02:00:00:00:00:03\"}", API_DONE, 412, NULL, "precondition" },
    { "the router's", "PUT", "/api/v1/reservations/10.0.0.1", "{\"mac\":\"02:00:00:00:00:03\"}",
      API_DONE, 412, NULL, "precondition" },
    { "no MAC", "PUT", AT "30", "{\"mac\":\"x\"}", API_DONE, 422, NULL, "must be a MAC address" },
    { "no name", "PUT", AT "30", "{\"mac\":\"02:00:00:00:00:03\",\"host\":\"-\"}", API_DONE, 422,
      NULL, "\\\"host\\\" must be letters" },
    { "a store that is full", "PUT", AT "30", "{\"mac\":\"02:00:00:00:00:03\"}", API_FULL, 507,
      NULL, "full" },
    { "a store that refuses", "PUT", AT "30", "{\"mac\":\"02:00:00:00:00:03\"}", API_UNAVAILABLE,
      503, NULL, "store-unavailable" },
    { "kept no longer", "DELETE", AT "21", "", API_DONE, 204, "one -;", NULL },
    { "kept no longer of the file", "DELETE", AT "22", "", API_DONE, 409, NULL, "read-only" },
    { "kept no longer, and never was", "DELETE", AT "99", "", API_DONE, 404, NULL, "not-found" },
    { "kept no longer of none", "DELETE", "/api/v1/reservations/x", "", API_DONE, 400, NULL,
      "bad-address" },
    { "kept no longer, and not written", "DELETE", AT "21", "", API_UNAVAILABLE, 503, NULL,
      "store-unavailable" },
    { "the order", "GET", "/api/v1/menu/order", "", API_DONE, 200, NULL,
      "{\"images\":[\"a\",\"b\",\"c\"]}" },
    { "another one", "PUT", "/api/v1/menu/order", "{\"images\":[\"c\",\"a\",\"b\"]}", API_DONE, 200,
      "c;a;b;", "images" },
    { "some of it", "PUT", "/api/v1/menu/order", "{\"images\":[\"b\"]}", API_DONE, 200, "b;a;c;",
      "images" },
    { "one that is not there", "PUT", "/api/v1/menu/order", "{\"images\":[\"d\"]}", API_DONE, 422,
      NULL, "names d, which is no image" },
    { "one that moves with another", "PUT", "/api/v1/menu/order", "{\"images\":[\"b-rescue\"]}",
      API_DONE, 422, NULL, "which moves together with b" },
    { "one twice", "PUT", "/api/v1/menu/order", "{\"images\":[\"a\",\"a\"]}", API_DONE, 422, NULL,
      "twice" },
    { "numbers", "PUT", "/api/v1/menu/order", "{\"images\":[1]}", API_DONE, 422, NULL, "images" },
    { "another user's folder", "PUT", "/api/v1/menu/order", "{\"images\":[\"b\"]}", API_READ_ONLY,
      409, NULL, "another user's" },
};

static void cases_hold(void **state)
{
    struct host before[8];
    (void)state;
    memcpy(before, hosts, sizeof before);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memcpy(hosts, before, sizeof before);
        host_count = 4;
        answer = cases[i].answer;
        struct api_reply reply = ask(cases[i].method, cases[i].target, cases[i].body);
        if (reply.status != cases[i].status)
            fail_msg("%s: status %u", cases[i].name, reply.status);
        if (strcmp(written, cases[i].written ? cases[i].written : "") != 0)
            fail_msg("%s: wrote %s", cases[i].name, written);
        if (cases[i].said &&
            !memmem(reply.body.data, reply.body.len, cases[i].said, strlen(cases[i].said)))
            fail_msg("%s: said %.*s", cases[i].name, (int)reply.body.len,
                     (const char *)reply.body.data);
    }
    memcpy(hosts, before, sizeof before);
    host_count = 4;
}

/* What no network holds, and the router's own address, cannot be kept; and none can where no
 * address is given out. The last two digits make these new ones. */
static void the_address_must_be_given_here(void **state)
{
    static const char body[] = "{\"mac\":\"02:00:00:00:00:03\"}";
    (void)state;
    answer = API_DONE;
    assert_int_equal(ask("PUT", "/api/v1/reservations/10.0.0.30", body).status, 201);
    hosts[2].address = IPV4_NONE;
    assert_int_equal(ask("PUT", "/api/v1/reservations/10.1.0.30", body).status, 422);
    hosts[0].address = (struct ipv4){ 0x0a000001 }; /* somebody wrote the router's into the store */
    struct api_reply reply = ask("PUT", "/api/v1/reservations/10.0.0.1", body);
    assert_int_equal(reply.status, 422);
    assert_non_null(memmem(reply.body.data, reply.body.len, "router", 6));
    hosts[0].address = (struct ipv4){ 0x0a000015 };
    gives_addresses = false;
    assert_int_equal(ask("PUT", "/api/v1/reservations/10.0.0.30", body).status, 409);
    gives_addresses = true;
}

static bool is_here(const struct contract *contract)
{
    return strncmp(contract->path, "/reservations", 13) == 0 ||
           strcmp(contract->path, "/menu/order") == 0;
}

static void saw_every_refusal(void **state)
{
    (void)state;
    test_saw_refusals(is_here);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_hold),
        cmocka_unit_test(the_address_must_be_given_here),
        cmocka_unit_test(saw_every_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
