/* The routes of installations over a backend made of a few values: what is handed on, what is
 * refused, and that no reply to a change has a secret in it. */
/* cmocka.h needs the headers before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

#include "api/test_contract.h"

static struct host hosts[] = {
    { .name = "node1",
      .match = { .has_mac = true, .mac = { { 2, 0, 0, 0, 0, 2 } } },
      .secrets = { { "from_file", { "nobody sees this" } } },
      .secret_count = 1 },
    { .name = "macless", .match = { .serial = "007" } },
};
static struct answer_template templates[2];
static struct catalog catalog = {
    .hosts = hosts, .host_count = 2, .templates = templates, .template_count = 2
};

/* What the backend was last asked to do, and how it shall answer. */
static struct {
    enum api_result result;
    char said[256];
} world;

static const struct catalog *fake_catalog(void *context)
{
    (void)context;
    templates[0] =
        (struct answer_template){ .name = "web", .file = answer_kind_main_file(ANSWER_KICKSTART) };
    templates[1] = (struct answer_template){ .name = "default",
                                             .file = answer_kind_main_file(ANSWER_PRESEED),
                                             .built_in = true };
    return &catalog;
}

static enum api_result fake_secret(void *context, const struct host_secret *secret,
                                   char sentence[API_SENTENCE_MAX])
{
    (void)context;
    snprintf(sentence, API_SENTENCE_MAX, "said so");
    snprintf(world.said, sizeof world.said, "%s %s=%s", secret->host, secret->secret.name,
             secret->secret.value.revealed);
    return world.result;
}

static enum api_result fake_reinstall(void *context, struct mac mac,
                                      char sentence[API_SENTENCE_MAX])
{
    (void)context;
    (void)sentence;
    snprintf(world.said, sizeof world.said, "reinstall %u", mac.bytes[5]);
    return world.result;
}

static enum api_result fake_wake(void *context, const struct host *host, const struct mac *password,
                                 char interfaces[API_SENTENCE_MAX], char sentence[API_SENTENCE_MAX])
{
    (void)context;
    snprintf(sentence, API_SENTENCE_MAX, "no interface");
    snprintf(interfaces, API_SENTENCE_MAX, "eth0, eth1");
    snprintf(world.said, sizeof world.said, "wake %s %d", host->name,
             password ? password->bytes[5] : -1);
    return world.result;
}

static enum api_result fake_render(void *context, const struct api_render *what,
                                   struct arena *arena, struct api_rendered *out,
                                   char sentence[API_SENTENCE_MAX])
{
    (void)context;
    (void)arena;
    snprintf(sentence, API_SENTENCE_MAX, "web.kickstart:3: the variable 'x' is not defined here");
    snprintf(world.said, sizeof world.said, "%s|%u|%s|%s|%s|%d", what->host, what->mac.bytes[5],
             what->image, what->kind, what->file, what->reveal);
    *out = (struct api_rendered){ .template = "web",
                                  .suffix = "kickstart",
                                  .said_by = "host",
                                  .name = "node1",
                                  .has_secrets = true,
                                  .text = span_text("rootpw \"(secret)\"\n") };
    return world.result;
}

static const struct api_backend backend = {
    .catalog = fake_catalog,
    .secret = fake_secret,
    .reinstall = fake_reinstall,
    .wake = fake_wake,
    .render = fake_render,
};

static uint8_t memory[API_ARENA_BYTES];
static struct arena arena;

static struct api_reply ask(const char *method, const char *target, const char *body)
{
    struct span all = span_text(target);
    size_t mark = span_find(all, '?');
    const struct api_request request = { .caller = &api_caller_socket,
                                         .method = span_text(method),
                                         .path = span_slice(all, 0, mark),
                                         .query = span_from(all, mark + 1),
                                         .body = span_text(body) };
    struct api_reply reply;
    arena = arena_over(memory, sizeof memory);
    api_handle(&backend, &request, &arena, &reply);
    return reply;
}

#define HOST "/api/v1/hosts/node1"

static void routes_answer(void **state)
{
    static const struct {
        const char *name, *method, *target, *body;
        enum api_result result;
        uint16_t status;
        const char *holds, *said; /* NULL: no body; nobody was asked */
    } cases[] = {
        { "secret", "PUT", HOST "/secrets/root_password", "{\"value\":\"a \\\"b\"}", API_DONE, 204,
          NULL, "node1 root_password=a \"b" },
        { "secret, taken back", "DELETE", HOST "/secrets/root_password", "", API_DONE, 204, NULL,
          "node1 root_password=" },
        { "secret, empty", "PUT", HOST "/secrets/x", "{\"value\":\"\"}", API_DONE, 422,
          "1023 bytes", NULL },
        { "secret, no JSON", "PUT", HOST "/secrets/x", "hunter2", API_DONE, 422, "not JSON", NULL },
        { "secret, bad name", "PUT", HOST "/secrets/a-b", "{\"value\":\"1\"}", API_DONE, 422,
          "letters, digits", NULL },
        { "secret of nobody", "PUT", "/api/v1/hosts/x/secrets/a", "{\"value\":\"1\"}", API_DONE,
          404, "unknown-host", NULL },
        { "secret, disk full", "PUT", HOST "/secrets/x", "{\"value\":\"1\"}", API_UNAVAILABLE, 503,
          "said so", "node1 x=1" },
        { "secrets, full", "PUT", HOST "/secrets/x", "{\"value\":\"1\"}", API_FULL, 507, "said so",
          "node1 x=1" },
        { "secret taken from nobody", "DELETE", "/api/v1/hosts/x/secrets/a", "", API_DONE, 404,
          "unknown-host", NULL },
        { "secret stays, disk full", "DELETE", HOST "/secrets/x", "", API_UNAVAILABLE, 503,
          "said so", "node1 x=" },
        { "wake nobody", "POST", "/api/v1/hosts/x/wake", "", API_DONE, 404, "unknown-host", NULL },
        { "reinstall nobody", "POST", "/api/v1/hosts/x/reinstall", "", API_DONE, 404,
          "unknown-host", NULL },
        { "reinstall, disk full", "POST", HOST "/reinstall", "", API_UNAVAILABLE, 503,
          "store-unavailable", "reinstall 2" },
        { "render, nothing to render", "GET", "/api/v1/render?host=node1", "", API_NOT_FOUND, 404,
          "not-found", "node1|0||||0" },
        { "render, too long", "GET", "/api/v1/render?host=node1", "", API_FULL, 507, "full",
          "node1|0||||0" },
        { "a host shows no secret", "GET", HOST, "", API_DONE, 200, "\"name\":\"node1\"", NULL },
        { "wake", "POST", HOST "/wake", "{}", API_DONE, 200, "\"interfaces\":\"eth0, eth1\"",
          "wake node1 -1" },
        { "wake, with a password", "POST", HOST "/wake", "{\"password\":\"01:02:03:04:05:06\"}",
          API_DONE, 200, "node1", "wake node1 6" },
        { "wake, no password", "POST", HOST "/wake", "{\"password\":\"x\"}", API_DONE, 422,
          "SecureOn", NULL },
        { "wake, without a MAC", "POST", "/api/v1/hosts/macless/wake", "{}", API_DONE, 422,
          "no-mac", NULL },
        { "wake, not sent", "POST", HOST "/wake", "{}", API_FAILED, 500, "no interface",
          "wake node1 -1" },
        { "reinstall", "POST", HOST "/reinstall", "", API_DONE, 204, NULL, "reinstall 2" },
        { "reinstall, nothing known", "POST", HOST "/reinstall", "", API_NOT_FOUND, 404,
          "not-found", "reinstall 2" },
        { "reinstall, without a MAC", "POST", "/api/v1/hosts/macless/reinstall", "", API_DONE, 422,
          "no-mac", NULL },
        { "templates", "GET", "/api/v1/answers", "", API_DONE, 200,
          "{\"name\":\"web\",\"suffix\":\"kickstart\",\"kind\":\"kickstart\",\"file\":\"ks.cfg\","
          "\"built_in\":false",
          NULL },
        { "render by host", "GET", "/api/v1/render?host=node1&image=deb&kind=preseed&file=f", "",
          API_DONE, 200, "\"text\":\"rootpw \\\"(secret)\\\"\\n\"", "node1|0|deb|preseed|f|0" },
        { "render by MAC", "GET", "/api/v1/render?mac=02:00:00:00:00:09&reveal=1", "", API_DONE,
          200, "\"said_by\":\"host\",\"name\":\"node1\"", "|9||||1" },
        { "render of nobody", "GET", "/api/v1/render", "", API_DONE, 400, "bad-mac", NULL },
        { "render, reveal is a number", "GET", "/api/v1/render?host=node1&reveal=yes", "", API_DONE,
          400, "bad-query", NULL },
        { "render, a fault", "GET", "/api/v1/render?host=node1", "", API_INVALID, 422,
          "web.kickstart:3: the variable", "node1|0||||0" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        world.result = cases[i].result;
        world.said[0] = 0;
        struct api_reply reply = ask(cases[i].method, cases[i].target, cases[i].body);
        bool holds = cases[i].holds ? reply.body.len > 0 &&
                                          memmem(reply.body.data, reply.body.len, cases[i].holds,
                                                 strlen(cases[i].holds)) != NULL
                                    : reply.body.len == 0;
        if (reply.status != cases[i].status || !holds ||
            strcmp(world.said, cases[i].said ? cases[i].said : "") != 0)
            fail_msg("%s: %u %.*s; backend: %s", cases[i].name, reply.status, (int)reply.body.len,
                     reply.body.len > 0 ? (const char *)reply.body.data : "", world.said);
        test_keeps_contract(cases[i].method, cases[i].target, &reply);
        if (reply.body.len > 0)
            assert_null(memmem(reply.body.data, reply.body.len, "nobody sees this", 16));
    }
}

static bool is_here(const struct contract *contract)
{
    static const char *const here[] = { "secret_put", "secret_delete", "host_wake",
                                        "host_reinstall", "render" };
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++)
        if (strcmp(contract->handler, here[i]) == 0)
            return true;
    return false;
}

static void saw_every_refusal(void **state)
{
    (void)state;
    test_saw_refusals(is_here);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(routes_answer),
        cmocka_unit_test(saw_every_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
