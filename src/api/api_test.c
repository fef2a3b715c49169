/* Every route against a backend made of arrays: what comes out, what is refused and how, and pages
 * that end where the arena does. */
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

#include "api/api.h"
#include "api/test_backend.h"
#include "api/test_contract.h"
#include "http/request_parser.h"

static uint8_t memory[API_ARENA_BYTES];
static struct arena arena;

/* With one field in the head, or NULL. */
static struct api_reply ask_with(const char *method, const char *target, const char *body,
                                 const char *field)
{
    static const struct http_limits limits = {
        .head_max = 4096, .target_max = 1024, .fields_max = 8, .body_max = 0
    };
    static char head[4096];
    struct text t = text_over(head, sizeof head);
    struct http_request_parser parser;
    struct http_request http;
    struct span all = span_text(target);
    size_t mark = span_find(all, '?');
    text_addf(&t, "%s / HTTP/1.1\r\nHost: x\r\n%s%s\r\n", method, field ? field : "",
              field ? "\r\n" : "");
    http_request_parser_init(&parser, &limits);
    assert_int_equal(http_request_parser_feed(&parser, text_span(&t)), HTTP_PARSE_READY);
    http_request_view(&parser, text_span(&t), &http);
    struct api_request request = { .caller = &api_caller_socket,
                                   .method = span_text(method),
                                   .path = span_slice(all, 0, mark),
                                   .query = span_from(all, mark + 1),
                                   .body = span_text(body),
                                   .http = &http };
    struct api_reply reply;
    arena = arena_over(memory, sizeof memory);
    api_handle(&backend, &request, &arena, &reply);
    return reply;
}

static struct api_reply ask(const char *method, const char *target, const char *body)
{
    return ask_with(method, target, body, NULL);
}

static bool holds(struct span body, const char *part)
{
    return body.len > 0 && memmem(body.data, body.len, part, strlen(part)) != NULL;
}

static const struct {
    const char *name, *method, *target, *body;
    enum api_result result;
    uint16_t status;
    const char *holds; /* NULL: no body */
} cases[] = {
    { "status", "GET", "/api/v1/status", "", API_DONE, 200, "\"mode\":\"proxy\"" },
    { "HEAD is GET", "HEAD", "/api/v1/status", "", API_DONE, 200, "\"pid\":42" },
    { "no such path", "GET", "/api/v1/nothing", "", API_DONE, 404, "\"code\":\"unknown-path\"" },
    { "outside", "GET", "/index.html", "", API_DONE, 404, "unknown-path" },
    { "the prefix alone", "GET", "/api/v1", "", API_DONE, 404, "unknown-path" },
    { "a longer prefix", "GET", "/api/v1x/status", "", API_DONE, 404, "unknown-path" },
    { "wrong method", "POST", "/api/v1/status", "", API_DONE, 405, "method-not-allowed" },
    { "trailing part", "GET", "/api/v1/hosts/node1/x", "", API_DONE, 404, "unknown-path" },
    { "empty part", "GET", "/api/v1/hosts/", "", API_DONE, 200, "\"hosts\":[" },
    { "coded NUL", "GET", "/api/v1/hosts/a%00b", "", API_DONE, 404, "unknown-path" },
    { "hosts", "GET", "/api/v1/hosts", "", API_DONE, 200, "\"name\":\"node1\"" },
    { "hosts after", "GET", "/api/v1/hosts?after=filed", "", API_DONE, 200,
      "{\"hosts\":[{\"name\":\"node1\"" },
    { "host", "GET", "/api/v1/hosts/node1", "", API_DONE, 200, "\"mac\":\"02:00:00:00:00:02\"" },
    { "coded name", "GET", "/api/v1/hosts/node%31", "", API_DONE, 200, "node1" },
    { "no such host", "GET", "/api/v1/hosts/nobody", "", API_DONE, 404, "unknown-host" },
    { "put", "PUT", "/api/v1/hosts/new", "{\"mac\":\"02:00:00:00:00:03\"}", API_DONE, 201,
      "\"name\":\"new\"" },
    { "put, ill-formed", "PUT", "/api/v1/hosts/new", "{", API_DONE, 422, "not JSON" },
    { "put, no body", "PUT", "/api/v1/hosts/new", "", API_DONE, 422, "not JSON" },
    { "put, unknown key", "PUT", "/api/v1/hosts/new", "{\"mca\":\"x\"}", API_DONE, 422,
      "There are: name, mac" },
    { "put, nothing to know it by", "PUT", "/api/v1/hosts/new", "{\"boot\":\"local\"}", API_DONE,
      422, "to be known by" },
    { "put, disk full", "PUT", "/api/v1/hosts/new", "{\"mac\":\"02:00:00:00:00:03\"}",
      API_UNAVAILABLE, 503, "said so" },
    { "put, table full", "PUT", "/api/v1/hosts/new", "{\"mac\":\"02:00:00:00:00:03\"}", API_FULL,
      507, "said so" },
    { "patch", "PATCH", "/api/v1/hosts/node1", "{\"boot\":\"local\"}", API_DONE, 200,
      "\"boot\":\"local\"" },
    { "patch takes back too much", "PATCH", "/api/v1/hosts/node1", "{\"mac\":null}", API_DONE, 422,
      "to be known by" },
    { "patch, no such host", "PATCH", "/api/v1/hosts/nobody", "{}", API_DONE, 404, "unknown-host" },
    { "patch, a list", "PATCH", "/api/v1/hosts/node1", "[]", API_DONE, 422, "JSON object" },
    { "many", "PATCH", "/api/v1/hosts",
      "{\"hosts\":[{\"name\":\"new\",\"mac\":\"02:00:00:00:00:03\",\"boot\":null},"
      "{\"name\":\"node1\",\"boot\":\"local\"}]}",
      API_DONE, 200, "{\"added\":1,\"changed\":1}" },
    { "many, none", "PATCH", "/api/v1/hosts", "{\"hosts\":[]}", API_DONE, 200, "\"added\":0" },
    { "many, no list", "PATCH", "/api/v1/hosts", "{\"hosts\":{}}", API_DONE, 422,
      "list of objects" },
    { "many, something else beside", "PATCH", "/api/v1/hosts", "{\"hosts\":[],\"x\":1}", API_DONE,
      422, "no setting" },
    { "many, one without a name", "PATCH", "/api/v1/hosts",
      "{\"hosts\":[{\"name\":\"new\",\"mac\":\"02:00:00:00:00:03\"},{\"boot\":\"local\"}]}",
      API_DONE, 422, "Entry 2" },
    { "many, a name that cannot be", "PATCH", "/api/v1/hosts", "{\"hosts\":[{\"name\":\"a/b\"}]}",
      API_DONE, 422, "Entry 1" },
    { "many, table full", "PATCH", "/api/v1/hosts", "{\"hosts\":[{\"name\":\"node1\"}]}", API_FULL,
      507, "said so" },
    { "many, no body", "PATCH", "/api/v1/hosts", "{}", API_DONE, 422, "Many hosts" },
    { "many, one that cannot be", "PATCH", "/api/v1/hosts",
      "{\"hosts\":[{\"name\":\"new\",\"mac\":\"02:00\"}]}", API_DONE, 422, "Host new: " },
    { "many, a new one nothing tells from others", "PATCH", "/api/v1/hosts",
      "{\"hosts\":[{\"name\":\"new\",\"boot\":\"local\"}]}", API_DONE, 422, "Host new: " },
    { "many, one of them twice", "PATCH", "/api/v1/hosts",
      "{\"hosts\":[{\"name\":\"node1\"},{\"name\":\"node1\"}]}", API_DONE, 422, "twice" },
    { "many, one of the file", "PATCH", "/api/v1/hosts",
      "{\"hosts\":[{\"name\":\"node1\"},{\"name\":\"filed\"}]}", API_DONE, 409, "read-only" },
    { "many, disk full", "PATCH", "/api/v1/hosts", "{\"hosts\":[{\"name\":\"node1\"}]}",
      API_UNAVAILABLE, 503, "said so" },
    { "delete", "DELETE", "/api/v1/hosts/node1", "", API_DONE, 204, NULL },
    { "delete, read-only", "DELETE", "/api/v1/hosts/filed", "", API_DONE, 409, "read-only" },
    { "delete, no such host", "DELETE", "/api/v1/hosts/nobody", "", API_DONE, 404, "unknown-host" },
    { "next boot", "POST", "/api/v1/hosts/filed/next-boot", "{\"image\":\"debian-12\"}", API_DONE,
      204, NULL },
    { "next boot, taken back", "POST", "/api/v1/hosts/node1/next-boot", "{\"image\":\"\"}",
      API_DONE, 204, NULL },
    { "next boot, no such image", "POST", "/api/v1/hosts/node1/next-boot", "{\"image\":\"x\"}",
      API_DONE, 422, "no-such-image" },
    { "next boot, more keys", "POST", "/api/v1/hosts/node1/next-boot",
      "{\"image\":\"local\",\"x\":1}", API_DONE, 422, "\"pointer\":\"/x\"" },
    { "next boot, store full", "POST", "/api/v1/hosts/node1/next-boot", "{\"image\":\"local\"}",
      API_UNAVAILABLE, 503, "store-unavailable" },
    { "next boot, no such host", "POST", "/api/v1/hosts/nobody/next-boot", "{\"image\":\"local\"}",
      API_DONE, 404, "unknown-host" },
    { "images", "GET", "/api/v1/images", "", API_DONE, 200, "\"title\":\"Debian \\\"12\\\"\"" },
    { "image", "GET", "/api/v1/images/debian-12", "", API_DONE, 200, "\"kind\":\"linux\"" },
    { "no such image", "GET", "/api/v1/images/x", "", API_DONE, 404, "unknown-image" },
    { "events", "GET", "/api/v1/events?after=3", "", API_DONE, 200,
      "{\"events\":[" EVENT_X "," EVENT_X "],\"last\":5}" },
    { "events, limited", "GET", "/api/v1/events?limit=1", "", API_DONE, 200,
      "{\"events\":[" EVENT_X "],\"last\":1}" },
    { "events, none", "GET", "/api/v1/events?after=9", "", API_DONE, 200,
      "{\"events\":[],\"last\":9}" },
    { "events, no number", "GET", "/api/v1/events?after=x", "", API_DONE, 400, "bad-query" },
    { "events, number too long", "GET", "/api/v1/events?after=99999999999999999999", "", API_DONE,
      400, "bad-query" },
    { "events, no machine", "GET", "/api/v1/events?machine=zz", "", API_DONE, 400, "bad-query" },
    { "events fail", "GET", "/api/v1/events", "", API_UNAVAILABLE, 503, "store-unavailable" },
    { "timeline fails", "GET", "/api/v1/machines/02:00:00:00:00:09/timeline", "", API_UNAVAILABLE,
      503, "store-unavailable" },
    { "timeline, no address", "GET", "/api/v1/machines/x/timeline", "", API_DONE, 400, "bad-mac" },
    { "a parameter that is none", "GET", "/api/v1/status?x=1", "", API_DONE, 400,
      "This path takes none." },
    { "hosts, limited", "GET", "/api/v1/hosts?limit=1", "", API_DONE, 200, "\"next\":\"filed\"" },
    { "hosts after one that is gone", "GET", "/api/v1/hosts?after=gone", "", API_DONE, 400,
      "begin with the first" },
    { "delete, disk full", "DELETE", "/api/v1/hosts/node1", "", API_UNAVAILABLE, 503,
      "store-unavailable" },
    { "patch, disk full", "PATCH", "/api/v1/hosts/node1", "{}", API_UNAVAILABLE, 503, "said so" },
    { "patch, table full", "PATCH", "/api/v1/hosts/node1", "{}", API_FULL, 507, "said so" },
    { "patch, read-only", "PATCH", "/api/v1/hosts/filed", "{}", API_DONE, 409, "read-only" },
    { "groups", "GET", "/api/v1/groups", "", API_DONE, 200,
      "{\"name\":\"filed\",\"boot\":\"local\",\"read_only\":true}" },
    { "a group", "GET", "/api/v1/groups/row1", "", API_DONE, 200, "\"parent\":\"racks\"" },
    { "no such group", "GET", "/api/v1/groups/x", "", API_DONE, 404, "unknown-group" },
    { "put a group", "PUT", "/api/v1/groups/new", "{\"parent\":\"racks\",\"arch\":\"efi-x64\"}",
      API_DONE, 201, "\"arch\":\"efi-x64\"" },
    { "put a group, no such parent", "PUT", "/api/v1/groups/new", "{\"parent\":\"x\"}", API_DONE,
      422, "\"pointer\":\"/parent\"" },
    { "put a group, its own parent", "PUT", "/api/v1/groups/new", "{\"parent\":\"new\"}", API_DONE,
      422, "\"pointer\":\"/parent\"" },
    { "a circle of groups", "PATCH", "/api/v1/groups/racks", "{\"parent\":\"row1\"}", API_DONE, 422,
      "lead back" },
    { "a group has no address", "PUT", "/api/v1/groups/new", "{\"address\":\"10.0.0.1\"}", API_DONE,
      422, "\"pointer\":\"/address\"" },
    { "put a group, full", "PUT", "/api/v1/groups/new", "{}", API_FULL, 507, "said so" },
    { "put a group, disk full", "PUT", "/api/v1/groups/new", "{}", API_UNAVAILABLE, 503,
      "said so" },
    { "patch a group", "PATCH", "/api/v1/groups/row1", "{\"boot\":null}", API_DONE, 200,
      "{\"name\":\"row1\",\"parent\":\"racks\",\"read_only\":false}" },
    { "patch a group of the file", "PATCH", "/api/v1/groups/filed", "{}", API_DONE, 409,
      "read-only" },
    { "patch no group", "PATCH", "/api/v1/groups/x", "{}", API_DONE, 404, "unknown-group" },
    { "patch a group, full", "PATCH", "/api/v1/groups/row1", "{}", API_FULL, 507, "said so" },
    { "patch a group, disk full", "PATCH", "/api/v1/groups/row1", "{}", API_UNAVAILABLE, 503,
      "said so" },
    { "delete a group", "DELETE", "/api/v1/groups/row1", "", API_DONE, 204, NULL },
    { "delete a group that is a parent", "DELETE", "/api/v1/groups/racks", "", API_DONE, 409,
      "the group row1 inherits" },
    { "delete a group of the file", "DELETE", "/api/v1/groups/filed", "", API_DONE, 409,
      "read-only" },
    { "delete no group", "DELETE", "/api/v1/groups/x", "", API_DONE, 404, "unknown-group" },
    { "delete a group, disk full", "DELETE", "/api/v1/groups/row1", "", API_UNAVAILABLE, 503,
      "said so" },
    { "metrics", "GET", "/api/v1/metrics", "", API_DONE, 200,
      "tugboot_events_total{event=\"BOOT_DONE\"} 7\n" },
    { "webhooks", "GET", "/api/v1/webhooks", "", API_DONE, 200,
      "\"state\":\"failing\",\"waiting\":2,\"tries\":9,\"delivered\":5,\"failed\":4,\"lost\":0,"
      "\"status\":503,\"reason\":\"the receiver answers 503\"" },
    { "webhooks not used yet", "GET", "/api/v1/webhooks", "", API_DONE, 200,
      "\"name\":\"pager\",\"url\":\"http://127.0.0.1:9/\",\"events\":\"error\",\"state\":\"unused\"" },
    { "deliveries", "GET", "/api/v1/webhooks/chat/deliveries", "", API_DONE, 200,
      "\"event\":\"BOOT_DONE\",\"message\":\"msg_b\",\"delivered\":false,\"status\":503" },
    { "deliveries of none", "GET", "/api/v1/webhooks/x/deliveries", "", API_DONE, 404,
      "unknown-webhook" },
    { "test a webhook", "POST", "/api/v1/webhooks/chat/test", "", API_DONE, 204, NULL },
    { "test no webhook", "POST", "/api/v1/webhooks/x/test", "", API_DONE, 404, "unknown-webhook" },
    { "metrics of webhooks", "GET", "/api/v1/metrics", "", API_DONE, 200,
      "tugboot_webhook_waiting{webhook=\"chat\"} 2\n" },
    { "metrics of pools", "GET", "/api/v1/metrics", "", API_DONE, 200,
      "tugboot_pool_used_addresses{network=\"10.0.0.0/24\"} 95\n" },
    { "alive", "GET", "/api/v1/healthz", "", API_DONE, 200, "{\"status\":\"alive\"}" },
    { "not ready", "GET", "/api/v1/readyz", "", API_DONE, 503, "No port is served." },
    { "network", "GET", "/api/v1/network", "", API_DONE, 200,
      "\"pools\":[\"10.0.0.1-10.0.0.100\"],\"addresses\":100,\"used\":95,\"reserved\":1" },
    { "network: other servers", "GET", "/api/v1/network", "", API_DONE, 200,
      "\"other_servers\":[{\"address\":\"10.0.0.253\",\"boots\":true" },
    { "history", "GET", "/api/v1/history?after=60000&limit=1", "", API_DONE, 200,
      "\"bytes_http\":5,\"leases\":0}],\"next\":\"120000\"" },
    { "loaders", "GET", "/api/v1/loaders", "", API_DONE, 200, "\"here\":false,\"get\":" },
    { "chains", "GET", "/api/v1/chains?limit=2", "", API_DONE, 200, "\"on_request_only\":false" },
    { "certificates", "GET", "/api/v1/certificates", "", API_DONE, 200,
      "\"ends\":\"1970-01-01T00:00:01Z\"" },
    { "recipes", "GET", "/api/v1/recipes", "", API_DONE, 200, "\"name\":\"r\"" },
    { "messages", "GET", "/api/v1/screen-messages?limit=3", "", API_DONE, 200,
      "\"key\":\"PXE-E00\"" },
    { "a message", "GET", "/api/v1/screen-messages/find?message=PXE-E12%20x", "", API_DONE, 200,
      "\"message\":{\"key\":\"PXE-E12\"" },
    { "a number of iPXE", "GET", "/api/v1/screen-messages/find?message=ipxe.org/2d0c613b", "",
      API_DONE, 200, "\"ipxe\":{\"number\":755786043" },
    { "no message", "GET", "/api/v1/screen-messages/find?message=hello", "", API_DONE, 404,
      "not-found" },
    { "snippets", "GET", "/api/v1/dhcp-snippets", "", API_DONE, 200, "\"name\":\"dnsmasq\"" },
    { "a snippet", "GET", "/api/v1/dhcp-snippets/dnsmasq?address=192.0.2.9", "", API_DONE, 200,
      "http://192.0.2.9" },
    { "no such snippet", "GET", "/api/v1/dhcp-snippets/x", "", API_DONE, 404, "not-found" },
    { "a snippet without an address", "GET", "/api/v1/dhcp-snippets/dnsmasq", "", API_UNAVAILABLE,
      409, "no-address" },
    { "doctor", "GET", "/api/v1/doctor", "", API_DONE, 200, "\"code\":\"pool-full\"" },
    { "doctor: certificate", "GET", "/api/v1/doctor", "", API_DONE, 200, "ends on 1970-01-01" },
    { "doctor: another boot server", "GET", "/api/v1/doctor", "", API_DONE, 200,
      "10.0.0.253 answers machines that boot" },
    { "openapi", "GET", "/api/v1/openapi.json", "", API_DONE, 200, "\"openapi\":\"3.1.0\"" },
    { "problems", "GET", "/api/v1/problems", "", API_DONE, 200, "\"code\":\"unknown-host\"" },
    { "problem", "GET", "/api/v1/problems/full", "", API_DONE, 200, "\"status\":507" },
    { "no such problem", "GET", "/api/v1/problems/x", "", API_DONE, 404, "not-found" },
    { "OPTIONS", "OPTIONS", "/api/v1/status", "", API_DONE, 204, NULL },
    { "put over what is there", "PUT", "/api/v1/hosts/node1", "{\"mac\":\"02:00:00:00:00:03\"}",
      API_DONE, 428, "precondition-required" },
    { "timeline", "GET", "/api/v1/machines/02:00:00:00:00:09/timeline", "", API_DONE, 200,
      "\"last\":5" },
    { "machines", "GET", "/api/v1/machines", "", API_DONE, 200, "\"cut\":false" },
    { "machines: how it went", "GET", "/api/v1/machines", "", API_DONE, 200,
      "\"chain\":\"undionly\",\"chain_last\":\"stalled\",\"chains\":[{\"chain\":\"undionly\","
      "\"last\":\"stalled\",\"transport\":\"tftp\",\"started\":0,\"stalled\":2,\"stalled_at\":" },
    { "one machine", "GET", "/api/v1/machines/02:00:00:00:00:09", "", API_DONE, 200,
      "{\"mac\":\"02:00:00:00:00:09\"" },
    { "a machine never seen", "GET", "/api/v1/machines/02:00:00:00:00:08", "", API_DONE, 404,
      "No machine with this address" },
    { "a machine, no address", "GET", "/api/v1/machines/x", "", API_DONE, 400, "bad-mac" },
    { "forget a machine's chains", "DELETE", "/api/v1/machines/00:00:00:00:00:09/chains", "",
      API_DONE, 204, NULL },
    { "forget what is not known", "DELETE", "/api/v1/machines/00:00:00:00:00:08/chains", "",
      API_DONE, 404, "Nothing is remembered" },
    { "forget, no address", "DELETE", "/api/v1/machines/x/chains", "", API_DONE, 400, "bad-mac" },
    { "pcap", "GET", "/api/v1/machines/00:00:00:00:00:09/pcap", "", API_DONE, 200, "PCAP" },
    { "pcap, none", "GET", "/api/v1/machines/00:00:00:00:00:08/pcap", "", API_DONE, 404,
      "No packet" },
    { "pcap, no address", "GET", "/api/v1/machines/x/pcap", "", API_DONE, 400, "bad-mac" },
    { "reload", "POST", "/api/v1/reload", "", API_DONE, 204, NULL },
    { "reload refused", "POST", "/api/v1/reload", "", API_INVALID, 422, "line 3 is wrong" },
    { "leases fail", "GET", "/api/v1/leases", "", API_UNAVAILABLE, 503, "store-unavailable" },
    { "leases, no address", "GET", "/api/v1/leases?after=1.2.3", "", API_DONE, 400, "bad-query" },
    { "explain knows the machine", "GET", "/api/v1/explain?mac=02:00:00:00:00:09", "", API_DONE,
      200, "\"arch\":\"bios-x86\"" },
    { "explain assumes", "GET", "/api/v1/explain?mac=02:00:00:00:00:01", "", API_DONE, 200,
      "\"assumed_arch\":true,\"host\":\"filed\"" },
    { "explain, HTTP Boot by number", "GET", "/api/v1/explain?arch=16", "", API_DONE, 200,
      "\"kind\":\"http\",\"arch\":\"efi-x64\"" },
    { "explain, no such kind of machine", "GET", "/api/v1/explain?arch=vax", "", API_DONE, 400,
      "bad-query" },
};

static void answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("  %s\n", cases[i].name);
        world.result = cases[i].result;
        struct api_reply reply = ask(cases[i].method, cases[i].target, cases[i].body);
        if (reply.status != cases[i].status ||
            (cases[i].holds && !holds(reply.body, cases[i].holds)))
            print_message("    %u %.*s\n", reply.status, (int)reply.body.len,
                          reply.body.len > 0 ? (const char *)reply.body.data : "");
        assert_int_equal(reply.kind, API_REPLY_BODY);
        assert_int_equal(reply.status, cases[i].status);
        if (cases[i].holds)
            assert_true(holds(reply.body, cases[i].holds));
        else
            assert_int_equal(reply.body.len, 0);
        if (reply.status >= 400)
            assert_string_equal(reply.media_type, "application/problem+json");
        test_keeps_contract(cases[i].method, cases[i].target, &reply);
    }
}

static void tells_allowed_methods(void **state)
{
    (void)state;
    assert_string_equal(ask("POST", "/api/v1/hosts/x", "").allow,
                        "GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
    assert_string_equal(ask("GET", "/api/v1/reload", "").allow, "POST, OPTIONS");
}

static void hands_changes_on(void **state)
{
    (void)state;
    world.result = API_DONE;
    world.calls = 0;
    (void)ask("PATCH", "/api/v1/hosts/node1", "{\"boot\":\"debian-12\"}");
    assert_int_equal(world.calls, 1);
    assert_string_equal(world.name, "node1");
    assert_string_equal(world.boot, "debian-12");
    (void)ask("POST", "/api/v1/hosts/filed/next-boot", "{\"image\":\"local\"}");
    assert_string_equal(world.name, "filed");
    assert_string_equal(world.image, "local");
    (void)ask_with("PUT", "/api/v1/hosts/filed", "{\"mac\":\"02:00:00:00:00:03\"}", "If-Match: *");
    assert_int_equal(world.calls, 2);
}

static void follows(void **state)
{
    (void)state;
    struct api_reply reply =
        ask("GET", "/api/v1/events?follow=1&after=7&machine=00-00-00-00-00-09", "");
    assert_int_equal(reply.kind, API_REPLY_STREAM);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.follow.after, 7);
    assert_int_equal(reply.follow.machine, 9);
    assert_true(api_follow_wants(&reply.follow, 8, 9));
    assert_false(api_follow_wants(&reply.follow, 7, 9));
    assert_false(api_follow_wants(&reply.follow, 8, 1));
}

/* Pages through all leases in a small arena: each comes once, none is lost. */
static void pages_through_leases(void **state)
{
    (void)state;
    char next[IPV4_TEXT_MAX] = "", target[64];
    unsigned int seen = 0, pages = 0;
    world.result = API_DONE;
    do {
        snprintf(target, sizeof target, "after=%s", next);
        struct api_request request = { .caller = &api_caller_socket,
                                       .method = span_text("GET"),
                                       .path = span_text("/api/v1/leases"),
                                       .query = next[0] ? span_text(target) : (struct span){ 0 } };
        struct api_reply reply;
        arena = arena_over(memory, 64 * 1024);
        api_handle(&backend, &request, &arena, &reply);
        assert_int_equal(reply.status, 200);
        struct span rest = reply.body;
        const uint8_t *at;
        while ((at = memmem(rest.data, rest.len, "\"address\"", 9)) != NULL) {
            seen++;
            rest = span_from(rest, (size_t)(at - rest.data) + 9);
        }
        at = memmem(reply.body.data, reply.body.len, "\"next\":\"", 8);
        next[0] = 0;
        if (at) {
            struct span value = span_from(reply.body, (size_t)(at - reply.body.data) + 8);
            span_to_text(span_slice(value, 0, span_find(value, '"')), next, sizeof next);
        }
        pages++;
    } while (next[0] && pages < 1000);
    assert_int_equal(seen, LEASES);
    assert_in_range(pages, 2, 100);
}

/* Whatever the arena's size, the answer is a status and sound memory. */
static void survives_small_arenas(void **state)
{
    (void)state;
    world.result = API_DONE;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t size = 0; size < 6000; size += 37) {
            struct span all = span_text(cases[i].target);
            size_t mark = span_find(all, '?');
            struct api_request request = { .caller = &api_caller_socket,
                                           .method = span_text(cases[i].method),
                                           .path = span_slice(all, 0, mark),
                                           .query = span_from(all, mark + 1),
                                           .body = span_text(cases[i].body) };
            struct api_reply reply;
            uint8_t *block = malloc(size > 0 ? size : 1);
            assert_non_null(block);
            arena = arena_over(block, size);
            api_handle(&backend, &request, &arena, &reply);
            assert_in_range(reply.status, 200, 599);
            free(block);
        }
    }
}

#define NEW "{\"mac\":\"02:00:00:00:00:03\"}"

/* What a change may be held against, and that an ETag is one. */
static void guards_against_lost_updates(void **state)
{
    (void)state;
    char match[96], none[96];
    world.result = API_DONE;
    struct api_reply shown = ask("GET", "/api/v1/hosts/node1", "");
    assert_non_null(shown.etag);
    struct text m = text_over(match, sizeof match), n = text_over(none, sizeof none);
    text_addf(&m, "If-Match: %s", shown.etag);
    text_addf(&n, "If-None-Match: W/%s", shown.etag);
    const struct {
        const char *method, *host, *field;
        uint16_t status;
    } rows[] = {
        { "PUT", "node1", match, 200 },
        { "PUT", "node1", "If-Match: \"other\"", 412 },
        { "PUT", "node1", "If-Match: *", 200 },
        { "PUT", "nobody", "If-Match: *", 412 },
        { "PUT", "node1", "If-None-Match: *", 412 },
        { "PUT", "nobody", "If-None-Match: *", 201 },
        { "PUT", "filed", "If-Match: *", 409 },
        { "PATCH", "node1", match, 200 },
        { "PATCH", "node1", "If-Match: \"other\"", 412 },
        { "DELETE", "node1", match, 204 },
        { "DELETE", "node1", "If-Match: \"other\"", 412 },
        { "GET", "node1", none, 304 },
        { "HEAD", "node1", none, 304 },
        { "GET", "node1", "If-None-Match: \"other\"", 200 },
        { "PUT", "nobody", "Content-Type: text/plain", 415 },
        { "PUT", "nobody", "Content-Type: application/json; charset=utf-8", 201 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char target[64];
        snprintf(target, sizeof target, "/api/v1/hosts/%s", rows[i].host);
        print_message("  %s %s %s\n", rows[i].method, rows[i].host, rows[i].field);
        struct api_reply reply = ask_with(rows[i].method, target, NEW, rows[i].field);
        assert_int_equal(reply.status, rows[i].status);
        test_keeps_contract(rows[i].method, target, &reply);
    }
}

static void keeps_groups(void **state)
{
    (void)state;
    world.result = API_DONE;
    (void)ask("PATCH", "/api/v1/groups/row1", "{\"boot\":null}");
    assert_string_equal(world.record,
                        "group row1 {\"name\":\"row1\",\"parent\":\"racks\",\"read_only\":false}");
    (void)ask("DELETE", "/api/v1/groups/row1", "");
    assert_string_equal(world.record, "group row1 ");
    struct api_reply reply = ask_with("PUT", "/api/v1/groups/filed", "{}", "If-Match: *");
    assert_int_equal(reply.status, 409);
    test_keeps_contract("PUT", "/api/v1/groups/filed", &reply);
}

static void links_pages(void **state)
{
    (void)state;
    struct api_reply reply = ask("GET", "/api/v1/leases?after=10.0.0.5&limit=2", "");
    assert_int_equal(reply.field_count, 1);
    assert_string_equal(reply.fields[0].name, "Link");
    assert_true(
        span_is(reply.fields[0].value, "</api/v1/leases?after=10.0.0.7&limit=2>; rel=\"next\""));
    assert_int_equal(ask("GET", "/api/v1/hosts", "").field_count, 0);
}

static void refuses_fields(void **state)
{
    (void)state;
    struct api_reply reply =
        ask_with("GET", "/api/v1/events", "", "Accept: text/event-stream\r\nLast-Event-ID: x");
    assert_int_equal(reply.status, 400);
    test_keeps_contract("GET", "/api/v1/events", &reply);
}

static bool is_here(const struct contract *contract)
{
    static const char *const elsewhere[] = { "secret_put",       "secret_delete",  "host_wake",
                                             "render",           "host_reinstall", "session_post",
                                             "session_delete",   "link_post",      "sessions",
                                             "session_password", "setup",          "users",
                                             "user_put",         "user_delete",    "tokens",
                                             "token_post",       "token_delete",   "audit" };
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
        if (strcmp(contract->handler, elsewhere[i]) == 0)
            return false;
    /* upload_routes_test.c */
    return strncmp(contract->path, "/uploads", 8) != 0 &&
           strncmp(contract->path, "/settings", 9) != 0 &&
           strncmp(contract->path, "/picks", 6) != 0 && /* pick_routes_test.c */
           strcmp(contract->handler, "image_delete") != 0 &&
           strcmp(contract->handler, "image_patch") != 0 &&
           /* machine_change_routes_test.c */
           strcmp(contract->handler, "machines_change") != 0 &&
           strncmp(contract->handler, "note_", 5) != 0 &&
           /* reservation_routes_test.c */
           strncmp(contract->path, "/reservations", 13) != 0 &&
           strcmp(contract->path, "/menu/order") != 0 &&
           strncmp(contract->path, "/answers/", 9) != 0;
}

static void saw_every_refusal(void **state)
{
    (void)state;
    test_saw_refusals(is_here);
}

static void refuses_long_bodies(void **state)
{
    (void)state;
    static uint8_t body[API_BODY_MAX + 1];
    struct api_request request = { .caller = &api_caller_socket,
                                   .method = span_text("PUT"),
                                   .path = span_text("/api/v1/hosts/x"),
                                   .body = { body, sizeof body } };
    struct api_reply reply;
    arena = arena_over(memory, sizeof memory);
    api_handle(&backend, &request, &arena, &reply);
    assert_int_equal(reply.status, 413);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(tells_allowed_methods),
        cmocka_unit_test(hands_changes_on),
        cmocka_unit_test(follows),
        cmocka_unit_test(pages_through_leases),
        cmocka_unit_test(survives_small_arenas),
        cmocka_unit_test(refuses_long_bodies),
        cmocka_unit_test(guards_against_lost_updates),
        cmocka_unit_test(links_pages),
        cmocka_unit_test(keeps_groups),
        cmocka_unit_test(refuses_fields),
        cmocka_unit_test(saw_every_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
