/* One change of many machines and their notes, over a backend whose hosts are rows: what is written
 * for each, who is refused and why, and that all-or-none writes nothing when one is refused. */
#include <stdio.h>

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

#include <jansson.h>

#include "api/test_contract.h"

static const struct host hosts[] = {
    { .name = "own",
      .match = { .has_mac = true, .mac = { { 2, 0, 0, 0, 0, 1 } } },
      .boot = "menu" },
    { .name = "filed",
      .match = { .has_mac = true, .mac = { { 2, 0, 0, 0, 0, 2 } } },
      .from_file = true },
    { .name = "pc", .match = { .has_mac = true, .mac = { { 2, 0, 0, 0, 0, 9 } } } },
};
static const struct host_group groups[] = { { .name = "lab" } };
static const struct image images[] = { { .name = "debian" } };
static const struct record records[] = { { RECORD_NOTE, "02:00:00:00:00:01", "old" } };

static char written[4096]; /* what was made durable, a word a change */
static enum api_result answer;
static unsigned woken;

static const struct catalog *fake_catalog(void *context)
{
    static const struct catalog catalog = { .hosts = hosts,
                                            .host_count = 3,
                                            .groups = groups,
                                            .group_count = 1,
                                            .images = images,
                                            .image_count = 1,
                                            .records = records,
                                            .record_count = 1 };
    (void)context;
    return &catalog;
}

/* 01 and 02 are hosts, 03 calls itself PC, which is taken, 04 calls itself something odd. */
static enum api_result fake_machines(void *context, api_machine_fn row, void *row_context)
{
    static const struct recollection nothing;
    static const char *const names[] = { "x", "x", "PC", "--Desk 4!" };
    (void)context;
    for (uint64_t i = 0; i < 4; i++) {
        struct api_machine m = { .client = { .mac = mac_from_u64(0x020000000001 + i) },
                                 .assigned = i < 2 ? &hosts[i] : NULL,
                                 .stage = "",
                                 .message = "",
                                 .host = "",
                                 .recalled = &nothing };
        m.client.hostname = label_of(span_text(names[i]));
        if (!row(row_context, &m))
            break;
    }
    return API_DONE;
}

static enum api_result fake_changes(void *context, const struct change *changes, size_t count,
                                    char sentence[API_SENTENCE_MAX])
{
    struct text out = text_over(written, sizeof written);
    (void)context;
    (void)sentence;
    for (size_t i = 0; i < count && answer == API_DONE; i++) {
        const struct change *c = &changes[i];
        switch ((int)c->kind) {
        case CHANGE_HOST_PUT:
            text_addf(&out, "put %s %s/%s/%s;", c->host->name, c->host->boot ? c->host->boot : "",
                      c->host->next_boot ? c->host->next_boot : "",
                      c->host->group ? c->host->group : "");
            break;
        case CHANGE_HOST_REMOVE:
            text_addf(&out, "remove %s;", c->name);
            break;
        case CHANGE_NEXT_BOOT:
            text_addf(&out, "once %s %s;", c->name, c->value);
            break;
        case CHANGE_RECORD:
            text_addf(&out, "note %s %s;", c->record->name, c->record->text);
            break;
        default:
            fail_msg("a change of kind %d", (int)c->kind);
        }
    }
    return answer;
}

static enum api_result fake_records(void *context, const struct record *rows, size_t count,
                                    char sentence[API_SENTENCE_MAX])
{
    struct change change = { .kind = CHANGE_RECORD, .record = rows };
    assert_int_equal(count, 1);
    return fake_changes(context, &change, 1, sentence);
}

static enum api_result fake_wake(void *context, const struct host *host, const struct mac *password,
                                 char interfaces[API_SENTENCE_MAX], char sentence[API_SENTENCE_MAX])
{
    (void)context;
    (void)password;
    interfaces[0] = 0;
    if (host->match.mac.bytes[5] == 3) {
        snprintf(sentence, API_SENTENCE_MAX, "No packet could be sent: no interface is served.");
        return API_FAILED;
    }
    woken++;
    return API_DONE;
}

static const struct api_backend backend = { .catalog = fake_catalog,
                                            .each_machine = fake_machines,
                                            .changes = fake_changes,
                                            .records_put = fake_records,
                                            .wake = fake_wake };
static uint8_t memory[API_ARENA_BYTES];

static struct api_reply ask(const char *method, const char *target, const char *body)
{
    static struct arena arena;
    arena = arena_over(memory, sizeof memory);
    const struct api_request request = { .method = span_text(method),
                                         .path = span_text(target),
                                         .body = span_text(body),
                                         .caller = &api_caller_socket };
    struct api_reply reply = { 0 };
    written[0] = 0;
    woken = 0;
    api_handle(&backend, &request, &arena, &reply);
    test_keeps_contract(method, target, &reply);
    return reply;
}

#define M(n) "\"02:00:00:00:00:0" #n "\""

static void changes_are_written(void **state)
{
    static const struct {
        const char *body;
        uint16_t status;
        const char *written; /* NULL = nothing */
        const char *said;    /* stands in the reply */
        unsigned woken;
    } cases[] = {
        { "{\"machines\":[" M(1) "],\"boot\":\"debian\"}", 200, "put own debian//;", "\"done\":1",
          0 },
        { "{\"machines\":[" M(1) "," M(1) "],\"group\":\"lab\"}", 200, "put own menu//lab;",
          "\"done\":1", 0 },
        { "{\"machines\":[" M(1) "," M(2) "],\"boot\":\"local\"}", 200, "put own local//;",
          "It stands in the configuration file", 0 },
        { "{\"machines\":[" M(1) "," M(2) "],\"boot\":\"local\",\"all\":true}", 200, NULL,
          "It was left as it is, since another one", 0 },
        { "{\"machines\":[" M(2) "],\"next_boot\":\"debian\"}", 200, "once filed debian;",
          "\"host\":\"filed\"", 0 },
        { "{\"machines\":[" M(1) "],\"next_boot\":\"\"}", 200, "once own ;", "\"done\":1", 0 },
        /* 03's own name is taken, 04's is made sound, 08 was never seen */
        { "{\"machines\":[" M(3) "," M(4) "," M(8) "],\"boot\":\"menu\"}", 200,
          "put machine-020000000003 menu//;put desk-4- menu//;put machine-020000000008 menu//;",
          "\"done\":3", 0 },
        { "{\"machines\":[" M(4) "],\"next_boot\":\"debian\",\"wake\":true}", 200,
          "put desk-4- /debian/;", "\"done\":1", 1 },
        { "{\"machines\":[" M(3) "," M(4) "],\"wake\":true}", 200, NULL,
          "\"sentence\":\"No packet could be sent", 1 },
        { "{\"machines\":[" M(8) "],\"note\":\"cellar\\nrack 2\"}", 200,
          "note 02:00:00:00:00:08 cellar\nrack 2;", "\"done\":1", 0 },
        { "{\"machines\":[" M(1) "," M(4) "],\"forget\":true}", 200,
          "remove own;note 02:00:00:00:00:01 ;", "there is nothing to forget", 0 },
        { "{\"machines\":[" M(2) "],\"forget\":true}", 200, NULL, "remove it there", 0 },
        /* refused as a whole */
        { "{\"machines\":[" M(1) "],\"boot\":\"gone\"}", 422, NULL, "no-such-image", 0 },
        { "{\"machines\":[" M(1) "],\"next_boot\":\"gone\"}", 422, NULL, "no-such-image", 0 },
        { "{\"machines\":[" M(1) "],\"group\":\"gone\"}", 422, NULL, "a group that is there", 0 },
        { "{\"machines\":[" M(1) "]}", 422, NULL, "Say what to change", 0 },
        { "{\"machines\":[" M(1) "],\"forget\":true,\"wake\":true}", 422, NULL, "stands alone", 0 },
        { "{\"machines\":[],\"wake\":true}", 422, NULL, "needs at least one", 0 },
        { "{\"machines\":[\"x\"],\"wake\":true}", 422, NULL, "at place 1", 0 },
        { "{\"machines\":[" M(1) "],\"boot\":\"a\\u0007\"}", 422, NULL, "control character", 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        answer = API_DONE;
        struct api_reply reply = ask("POST", "/api/v1/machines/changes", cases[i].body);
        if (reply.status != cases[i].status)
            fail_msg("%s: status %u", cases[i].body, reply.status);
        if (strcmp(written, cases[i].written ? cases[i].written : "") != 0)
            fail_msg("%s: wrote %s", cases[i].body, written);
        if (!memmem(reply.body.data, reply.body.len, cases[i].said, strlen(cases[i].said)))
            fail_msg("%s: said %.*s", cases[i].body, (int)reply.body.len,
                     (const char *)reply.body.data);
        assert_int_equal(woken, cases[i].woken);
    }
}

static void a_store_that_refuses_is_told(void **state)
{
    (void)state;
    answer = API_UNAVAILABLE;
    struct api_reply reply = ask("POST", "/api/v1/machines/changes",
                                 "{\"machines\":[" M(1) "],\"boot\":\"local\",\"wake\":true}");
    assert_int_equal(reply.status, 503);
    assert_int_equal(woken, 0);
    answer = API_FULL;
    reply = ask("PUT", "/api/v1/machines/02:00:00:00:00:08/note", "{\"text\":\"a\"}");
    assert_int_equal(reply.status, 507);
    reply = ask("POST", "/api/v1/machines/changes", "{\"machines\":[" M(1) "],\"boot\":\"local\"}");
    assert_int_equal(reply.status, 507);
    answer = API_UNAVAILABLE;
    reply = ask("PUT", "/api/v1/machines/02:00:00:00:00:08/note", "{\"text\":\"a\"}");
    assert_int_equal(reply.status, 503);
    reply = ask("DELETE", "/api/v1/machines/02:00:00:00:00:01/note", "");
    assert_int_equal(reply.status, 503);
    answer = API_DONE;
}

/* As many as are allowed, and one more. */
static void the_bound_holds(void **state)
{
    static const struct {
        unsigned count;
        uint16_t status;
    } cases[] = { { 256, 200 }, { 257, 422 } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *list = json_array(), *root = json_object();
        char note[2001];
        memset(note, 'n', sizeof note - 1);
        note[sizeof note - 1] = 0;
        for (unsigned k = 0; k < cases[i].count; k++) {
            char mac[MAC_TEXT_MAX];
            mac_format(mac_from_u64(0x020000100000 + k), mac);
            json_array_append_new(list, json_string(mac));
        }
        json_object_set_new(root, "machines", list);
        json_object_set_new(root, "boot", json_string("debian"));
        json_object_set_new(root, "note", json_string(note));
        char *body = json_dumps(root, 0);
        struct api_reply reply = ask("POST", "/api/v1/machines/changes", body);
        assert_int_equal(reply.status, cases[i].status);
        free(body);
        json_decref(root);
    }
}

static void notes_have_routes_of_their_own(void **state)
{
    static const struct {
        const char *method, *mac, *body;
        uint16_t status;
        const char *written;
    } cases[] = {
        { "GET", "02:00:00:00:00:01", "", 200, "" },
        { "GET", "02:00:00:00:00:05", "", 404, "" },
        { "GET", "x", "", 400, "" },
        { "PUT", "x", "{\"text\":\"a\"}", 400, "" },
        { "DELETE", "x", "", 400, "" },
        { "PUT", "02:00:00:00:00:05", "{\"text\":\"by the door\"}", 201,
          "note 02:00:00:00:00:05 by the door;" },
        { "PUT", "02:00:00:00:00:01", "{\"text\":\"new\"}", 428, "" },
        { "PUT", "02:00:00:00:00:05", "{\"text\":\"\"}", 422, "" },
        { "PUT", "02:00:00:00:00:05", "{\"text\":\"\\u0001\"}", 422, "" },
        { "DELETE", "02:00:00:00:00:01", "", 204, "note 02:00:00:00:00:01 ;" },
        { "DELETE", "02:00:00:00:00:05", "", 404, "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char target[96];
        snprintf(target, sizeof target, "/api/v1/machines/%s/note", cases[i].mac);
        struct api_reply reply = ask(cases[i].method, target, cases[i].body);
        if (reply.status != cases[i].status)
            fail_msg("%s %s: status %u", cases[i].method, target, reply.status);
        assert_string_equal(written, cases[i].written);
    }
}

static bool is_here(const struct contract *contract)
{
    return strcmp(contract->handler, "machines_change") == 0 ||
           strncmp(contract->handler, "note_", 5) == 0;
}

static void saw_every_refusal(void **state)
{
    (void)state;
    test_saw_refusals(is_here);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_written), cmocka_unit_test(a_store_that_refuses_is_told),
        cmocka_unit_test(the_bound_holds),     cmocka_unit_test(notes_have_routes_of_their_own),
        cmocka_unit_test(saw_every_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
