/* The routes of uploads and settings over a backend made of a few values: what is handed on, how
 * every refusal is told. */
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

/* What the backend was last asked to do, and how it shall answer. */
static struct {
    enum api_result result;
    char said[512];
} world;

static const struct intake_facts known = { .number = 7,
                                           .state = INTAKE_RECEIVING,
                                           .wish = { .file = "a.iso", .name = "a" },
                                           .done = 5,
                                           .bytes = 9 };

static enum api_result fake_begin(void *context, const struct intake_wish *wish,
                                  uint32_t *ret_number, char *sentence)
{
    (void)context;
    snprintf(world.said, sizeof world.said, "begin %.99s|%.99s|%.99s|%u|%u", wish->file, wish->url,
             wish->title, (unsigned)wish->bytes, (unsigned)wish->modified);
    snprintf(sentence, INTAKE_SENTENCE_MAX, "said so");
    *ret_number = 7;
    return world.result;
}

static enum api_result fake_piece(void *context, uint32_t number, uint64_t offset,
                                  struct span bytes, char *sentence)
{
    (void)context;
    snprintf(world.said, sizeof world.said, "piece %u@%d %zu", number, (int)offset, bytes.len);
    snprintf(sentence, INTAKE_SENTENCE_MAX, "said so");
    return world.result;
}

static enum api_result fake_cancel(void *context, uint32_t number, char *sentence)
{
    (void)context;
    snprintf(world.said, sizeof world.said, "cancel %u", number);
    snprintf(sentence, INTAKE_SENTENCE_MAX, "said so");
    return world.result;
}

static const struct intake_facts *fake_at(void *context, size_t index)
{
    (void)context;
    return index == 0 ? &known : NULL;
}

static const struct intake_facts *fake_upload(void *context, uint32_t number, uint64_t *ret_offset)
{
    (void)context;
    *ret_offset = 6;
    return number == 7 ? &known : NULL;
}

static enum api_result fake_remove(void *context, const char *name, char *sentence)
{
    (void)context;
    snprintf(world.said, sizeof world.said, "remove %s", name);
    snprintf(sentence, INTAKE_SENTENCE_MAX, "said so");
    return world.result;
}

static enum api_result fake_image_change(void *context, const char *name,
                                         const struct api_setting_change *changes, size_t count,
                                         char *sentence)
{
    struct text said = text_over(world.said, sizeof world.said);
    (void)context;
    text_addf(&said, "change %s", name);
    for (size_t i = 0; i < count; i++) {
        text_addf(&said, " %s=", changes[i].path);
        text_add_span(&said, changes[i].value);
    }
    snprintf(sentence, INTAKE_SENTENCE_MAX, "said so");
    return world.result;
}

static const struct catalog *fake_catalog(void *context)
{
    static struct image images[] = { { .name = "deb", .title = "Debian", .arches = 1 } };
    static struct answer_template templates[1];
    static const struct catalog catalog = {
        .images = images, .image_count = 1, .templates = templates, .template_count = 1
    };
    templates[0] = (struct answer_template){ .name = "web",
                                             .file = answer_kind_main_file(ANSWER_PRESEED),
                                             .text = span_text("a {{ b }}\n") };
    (void)context;
    return &catalog;
}

static enum api_result fake_answer_put(void *context, const char *file, struct span text,
                                       char sentence[API_SENTENCE_MAX])
{
    (void)context;
    snprintf(world.said, sizeof world.said, "put %s %.*s", file, (int)text.len,
             text.len > 0 ? (const char *)text.data : "");
    snprintf(sentence, API_SENTENCE_MAX, "said so");
    return world.result;
}

static enum api_result fake_answer_remove(void *context, const char *file,
                                          char sentence[API_SENTENCE_MAX])
{
    (void)context;
    snprintf(world.said, sizeof world.said, "take %s", file);
    snprintf(sentence, API_SENTENCE_MAX, "said so");
    return world.result;
}

static enum api_result fake_render(void *context, const struct api_render *what,
                                   struct arena *arena, struct api_rendered *out,
                                   char sentence[API_SENTENCE_MAX])
{
    (void)context;
    (void)arena;
    snprintf(world.said, sizeof world.said, "try %s %u %s %.*s", what->draft_file,
             what->mac.bytes[5], what->image, (int)what->draft.len, (const char *)what->draft.data);
    snprintf(sentence, API_SENTENCE_MAX, "said so");
    *out = (struct api_rendered){ .template = "web",
                                  .suffix = "preseed",
                                  .said_by = "host",
                                  .name = "a",
                                  .text = span_text("made") };
    return world.result;
}

static struct reach fake_reach(void *context, const struct client *client)
{
    (void)context;
    (void)client;
    return (struct reach){ .server = { 0xc0000201 }, .http_port = 80 };
}

static enum api_result fake_each(void *context, struct arena *arena, api_setting_fn row,
                                 void *row_context)
{
    const struct api_setting setting = { .path = "tftp.port",
                                         .form = "number",
                                         .choices = "",
                                         .fallback = "69",
                                         .unit = "UDP port",
                                         .doc = "Where.",
                                         .expected = "a number",
                                         .value = span_text("70"),
                                         .written = span_text("70"),
                                         .line = 3,
                                         .max = 65535 };
    (void)context;
    (void)arena;
    (void)row(row_context, &setting);
    return world.result;
}

static enum api_result fake_field(void *context, const char *path, api_setting_fn row,
                                  void *row_context)
{
    (void)path;
    return fake_each(context, NULL, row, row_context);
}

/* Three rows, the last one a text. */
static enum api_result fake_row(void *context, const char *path, uint32_t first,
                                api_setting_row_fn row, void *row_context)
{
    const struct api_setting_value values[] = { { span_text("name"), span_text("n\"1") },
                                                { span_text("variables.a"), span_text("b") } };
    (void)context;
    snprintf(world.said, sizeof world.said, "rows %s %u", path, first);
    for (uint32_t i = first; i < 3; i++) {
        const struct api_setting_row shown = { .index = i,
                                               .line = 10 + i,
                                               .is_plain = i == 2,
                                               .values = values,
                                               .value_count = i == 2 ? 1 : 2 };
        if (!row(row_context, &shown))
            break;
    }
    return world.result;
}

static enum api_result fake_file(void *context, struct arena *arena, struct api_settings_file *out)
{
    (void)context;
    (void)arena;
    *out = (struct api_settings_file){ .path = "/etc/t.yaml", .text = span_text("a: 1\n") };
    snprintf(out->sentence, sizeof out->sentence, "said so");
    return world.result;
}

static enum api_result fake_change(void *context, const struct api_settings_changes *changes,
                                   struct arena *arena, struct api_settings_result *out,
                                   char sentence[API_SENTENCE_MAX])
{
    struct text said = text_over(world.said, sizeof world.said);
    (void)context;
    (void)arena;
    for (size_t i = 0; i < changes->count; i++) {
        text_addf(&said, "%s=", changes->rows[i].path);
        text_add_span(&said, changes->rows[i].value);
        text_add_char(&said, ';');
    }
    text_addf(&said, "%d%s", changes->preview, changes->digest);
    *out = (struct api_settings_result){ .before = span_text("a"), .after = span_text("b") };
    snprintf(sentence, API_SENTENCE_MAX, "said so");
    return world.result;
}

static const struct api_backend backend = {
    .catalog = fake_catalog,
    .upload_begin = fake_begin,
    .upload_piece = fake_piece,
    .upload_cancel = fake_cancel,
    .upload_at = fake_at,
    .upload = fake_upload,
    .image_remove = fake_remove,
    .each_setting = fake_each,
    .each_setting_field = fake_field,
    .each_setting_row = fake_row,
    .settings_file = fake_file,
    .settings_change = fake_change,
    .image_change = fake_image_change,
    .answer_put = fake_answer_put,
    .answer_remove = fake_answer_remove,
    .render = fake_render,
    .reach = fake_reach,
};

static uint8_t memory[API_ARENA_BYTES];
static struct arena arena;

static struct api_reply ask(const char *method, const char *target, struct span body)
{
    struct span all = span_text(target);
    size_t mark = span_find(all, '?');
    const struct api_request request = { .caller = &api_caller_socket,
                                         .method = span_text(method),
                                         .path = span_slice(all, 0, mark),
                                         .query = span_from(all, mark + 1),
                                         .body = body };
    struct api_reply reply;
    arena = arena_over(memory, sizeof memory);
    api_handle(&backend, &request, &arena, &reply);
    return reply;
}

#define UP  "/api/v1/uploads"
#define SET "/api/v1/settings/changes"

static const struct {
    const char *name, *method, *target, *body;
    enum api_result result;
    uint16_t status;
    const char *holds, *said; /* NULL: no body; nobody was asked */
} cases[] = {
    { "list", "GET", UP, "", API_DONE, 200, "{\"uploads\":[{\"number\":7,\"state\":\"receiving\"",
      NULL },
    { "one", "GET", UP "/7", "", API_DONE, 200, "\"done\":5,\"bytes\":9,\"offset\":6", NULL },
    { "none", "GET", UP "/8", "", API_DONE, 404, "not-found", NULL },
    { "no number", "GET", UP "/x", "", API_DONE, 404, "by its number", NULL },
    { "begin", "POST", UP, "{\"file\":\"a.iso\",\"bytes\":9,\"modified\":3,\"title\":\"A\"}",
      API_DONE, 201, "\"number\":7", "begin a.iso||A|9|3" },
    { "begin, by address", "POST", UP, "{\"url\":\"http://x/a.iso\"}", API_DONE, 201,
      "\"number\":7", "begin |http://x/a.iso||0|0" },
    { "begin nothing", "POST", UP, "{}", API_DONE, 422, "either", NULL },
    { "begin both", "POST", UP, "{\"file\":\"a\",\"url\":\"http://x/a\"}", API_DONE, 422, "either",
      NULL },
    { "begin, no room", "POST", UP, "{\"file\":\"a\"}", API_FULL, 507, "said so", "begin a|||0|0" },
    { "begin, too many", "POST", UP, "{\"file\":\"a\"}", API_UNAVAILABLE, 503, "busy",
      "begin a|||0|0" },
    { "begin, bad name", "POST", UP, "{\"file\":\"a\"}", API_INVALID, 422, "said so",
      "begin a|||0|0" },
    { "bytes", "POST", UP "/7/bytes?offset=5", "\001\002", API_DONE, 200, "\"offset\":6",
      "piece 7@5 2" },
    { "bytes, elsewhere", "POST", UP "/7/bytes?offset=1", "ab", API_READ_ONLY, 409, "wrong-offset",
      "piece 7@1 2" },
    { "bytes, too fast", "POST", UP "/7/bytes?offset=5", "ab", API_UNAVAILABLE, 503, "busy",
      "piece 7@5 2" },
    { "bytes, too many", "POST", UP "/7/bytes?offset=5", "ab", API_INVALID, 422, "invalid",
      "piece 7@5 2" },
    { "bytes for nobody", "POST", UP "/9/bytes?offset=5", "ab", API_NOT_FOUND, 404, "not-found",
      "piece 9@5 2" },
    { "cancel", "DELETE", UP "/7", "", API_DONE, 204, NULL, "cancel 7" },
    { "cancel nothing", "DELETE", UP "/9", "", API_NOT_FOUND, 404, "not-found", "cancel 9" },
    { "cancel, too late", "DELETE", UP "/7", "", API_UNAVAILABLE, 503, "busy", "cancel 7" },
    { "remove", "DELETE", "/api/v1/images/deb", "", API_DONE, 204, NULL, "remove deb" },
    { "remove nothing", "DELETE", "/api/v1/images/x", "", API_NOT_FOUND, 404, "not-found",
      "remove x" },
    { "remove what is root's", "DELETE", "/api/v1/images/deb", "", API_INVALID, 422, "said so",
      "remove deb" },
    { "change an image", "PATCH", "/api/v1/images/deb",
      "{\"title\":\"A b\",\"hidden\":true,\"order\":-3,\"group\":null}", API_DONE, 204, NULL,
      "change deb title=\"A b\" group= order=-3 hidden=true" },
    { "change no image", "PATCH", "/api/v1/images/x", "{\"title\":\"A\"}", API_NOT_FOUND, 404,
      "not-found", "change x title=A" },
    { "change what is root's", "PATCH", "/api/v1/images/deb", "{\"title\":\"A\"}", API_READ_ONLY,
      409, "read-only", "change deb title=A" },
    { "a change that cannot be", "PATCH", "/api/v1/images/deb", "{\"title\":\"A\"}", API_INVALID,
      422, "said so", "change deb title=A" },
    { "a title that is a number", "PATCH", "/api/v1/images/deb", "{\"title\":1}", API_DONE, 422,
      "title", NULL },
    { "no change", "PATCH", "/api/v1/images/deb", "{}", API_DONE, 422, "invalid", NULL },
    { "menu", "GET", "/api/v1/menu?arch=efi-x64", "", API_DONE, 200,
      "{\"loader\":\"ipxe\",\"text\":\"#!ipxe", NULL },
    { "menu, by GRUB", "GET", "/api/v1/menu?loader=grub&arch=efi-x64", "", API_DONE, 200,
      "{\"loader\":\"grub\"", NULL },
    { "menu of no machine there is", "GET", "/api/v1/menu?arch=z80", "", API_DONE, 400, "bad-query",
      NULL },
    { "template", "GET", "/api/v1/answers/web.preseed", "", API_DONE, 200,
      "\"built_in\":false,\"text\":\"a {{ b }}\\n\"", NULL },
    { "no template", "GET", "/api/v1/answers/web.kickstart", "", API_DONE, 404, "not-found", NULL },
    { "write a new one", "PUT", "/api/v1/answers/new.preseed", "{\"text\":\"a\\nb\"}", API_DONE,
      204, NULL, "put new.preseed a\nb" },
    { "write over one unseen", "PUT", "/api/v1/answers/web.preseed", "{\"text\":\"a\"}", API_DONE,
      428, "precondition-required", NULL },
    { "write no text", "PUT", "/api/v1/answers/new.preseed", "{}", API_DONE, 422, "text", NULL },
    { "write what cannot be read", "PUT", "/api/v1/answers/new.preseed", "{\"text\":\"{{\"}",
      API_INVALID, 422, "said so", "put new.preseed {{" },
    { "write where another user is", "PUT", "/api/v1/answers/new.preseed", "{\"text\":\"a\"}",
      API_READ_ONLY, 409, "read-only", "put new.preseed a" },
    { "take away", "DELETE", "/api/v1/answers/web.preseed", "", API_DONE, 204, NULL,
      "take web.preseed" },
    { "take nothing away", "DELETE", "/api/v1/answers/x.preseed", "", API_NOT_FOUND, 404,
      "not-found", "take x.preseed" },
    { "take away another user's", "DELETE", "/api/v1/answers/web.preseed", "", API_READ_ONLY, 409,
      "read-only", "take web.preseed" },
    { "take away what is none", "DELETE", "/api/v1/answers/web", "", API_INVALID, 422, "said so",
      "take web" },
    { "try", "POST", "/api/v1/answers/web.preseed/preview",
      "{\"text\":\"t\",\"mac\":\"02:00:00:00:00:07\",\"image\":\"deb\"}", API_DONE, 200,
      "\"text\":\"made\"", "try web.preseed 7 deb t" },
    { "try without a machine", "POST", "/api/v1/answers/web.preseed/preview",
      "{\"text\":\"t\",\"mac\":\"x\"}", API_DONE, 400, "bad-mac", NULL },
    { "try for nobody", "POST", "/api/v1/answers/web.preseed/preview",
      "{\"text\":\"t\",\"mac\":\"02:00:00:00:00:07\"}", API_NOT_FOUND, 404, "said so",
      "try web.preseed 7  t" },
    { "try what is too long", "POST", "/api/v1/answers/web.preseed/preview",
      "{\"text\":\"t\",\"mac\":\"02:00:00:00:00:07\"}", API_FULL, 507, "full",
      "try web.preseed 7  t" },
    { "settings", "GET", "/api/v1/settings", "", API_DONE, 200,
      "{\"settings\":[{\"path\":\"tftp.port\",\"form\":\"number\",\"value\":\"70\"", NULL },
    { "settings, none", "GET", "/api/v1/settings", "", API_FAILED, 500, "failed", NULL },
    { "file", "GET", "/api/v1/settings/file", "", API_DONE, 200,
      "\"writable\":false,\"sentence\":\"said so\"", NULL },
    { "file, unreadable", "GET", "/api/v1/settings/file", "", API_FAILED, 500, "failed", NULL },
    { "rows", "GET", "/api/v1/settings/rows?path=hosts&limit=2", "", API_DONE, 200,
      "\"rows\":[{\"index\":0,\"line\":10,\"plain\":false,\"values\":{\"name\":\"n\\\"1\","
      "\"variables.a\":\"b\"}},{\"index\":1",
      "rows hosts 0" },
    { "rows, and what may stand in one", "GET", "/api/v1/settings/rows?path=hosts&limit=2", "",
      API_DONE, 200, "\"fields\":[{\"key\":\"tftp.port\",\"form\":\"number\"", "rows hosts 0" },
    { "rows, and more", "GET", "/api/v1/settings/rows?path=hosts&limit=2", "", API_DONE, 200,
      "\"next\":\"1\"", "rows hosts 0" },
    { "the rows behind", "GET", "/api/v1/settings/rows?path=hosts&after=1", "", API_DONE, 200,
      "\"rows\":[{\"index\":2,\"line\":12,\"plain\":true", "rows hosts 2" },
    { "rows of no list", "GET", "/api/v1/settings/rows?path=x", "", API_NOT_FOUND, 404, "not-found",
      NULL },
    { "rows, unreadable", "GET", "/api/v1/settings/rows?path=x", "", API_FAILED, 500, "failed",
      NULL },
    { "changes", "POST", SET,
      "{\"changes\":[{\"path\":\"a.b\",\"value\":\"off\"},{\"path\":\"c\",\"value\":\"x: y\"},"
      "{\"path\":\"d\",\"value\":[\"e\",1,true]},{\"path\":\"f\",\"value\":null},"
      "{\"path\":\"g\",\"value\":{\"h\":\"#\"}}],\"preview\":true,\"digest\":\"12\"}",
      API_DONE, 200, "\"before\":\"a\",\"after\":\"b\"",
      "a.b=off;c=\"x: y\";d=[\"e\", 1, true];f=;g={\"h\": \"#\"};112" },
    { "no changes", "POST", SET, "{\"changes\":[]}", API_DONE, 422, "1 to 32", NULL },
    { "a change without a value", "POST", SET, "{\"changes\":[{\"path\":\"a\"}]}", API_DONE, 422,
      "value", NULL },
    { "a value that cannot be", "POST", SET, "{\"changes\":[{\"path\":\"a\",\"value\":1}]}",
      API_INVALID, 422, "said so", "a=1;0" },
    { "a file of others", "POST", SET, "{\"changes\":[{\"path\":\"a\",\"value\":1}]}",
      API_READ_ONLY, 409, "read-only", "a=1;0" },
    { "a file that changed", "POST", SET, "{\"changes\":[{\"path\":\"a\",\"value\":1}]}",
      API_NOT_FOUND, 412, "Somebody else", "a=1;0" },
};

static void routes_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        world.result = cases[i].result;
        world.said[0] = 0;
        struct api_reply reply = ask(cases[i].method, cases[i].target, span_text(cases[i].body));
        bool holds = cases[i].holds ? reply.body.len > 0 &&
                                          memmem(reply.body.data, reply.body.len, cases[i].holds,
                                                 strlen(cases[i].holds)) != NULL
                                    : reply.body.len == 0;
        if (reply.status != cases[i].status || !holds ||
            strcmp(world.said, cases[i].said ? cases[i].said : "") != 0)
            fail_msg("%s: %u %.*s; backend: %s", cases[i].name, reply.status, (int)reply.body.len,
                     reply.body.len > 0 ? (const char *)reply.body.data : "", world.said);
        test_keeps_contract(cases[i].method, cases[i].target, &reply);
    }
}

static void bytes_may_be_many(void **state)
{
    static const uint8_t bytes[INTAKE_PIECE_MAX];

    (void)state;
    world.result = API_DONE;
    assert_int_equal(ask("POST", UP "/7/bytes?offset=0", span_of(bytes, sizeof bytes)).status, 200);
    assert_string_equal(world.said, "piece 7@0 262144");
    assert_int_equal(ask("POST", UP, span_of(bytes, sizeof bytes)).status, 413);
}

static bool is_here(const struct contract *contract)
{
    return strncmp(contract->path, "/uploads", 8) == 0 ||
           strncmp(contract->path, "/settings", 9) == 0 ||
           strcmp(contract->handler, "image_delete") == 0 ||
           strcmp(contract->handler, "image_patch") == 0 ||
           strncmp(contract->path, "/answers/", 9) == 0;
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
        cmocka_unit_test(bytes_may_be_many),
        cmocka_unit_test(saw_every_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
