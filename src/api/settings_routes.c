/* The routes of the configuration: its keys, its file, and changes that leave the rest of the file
 * as it is. No reply has a secret in it. */
#include "api/call.h"
#include "api/paging.h"
#include "api/settings_json.h"

static bool add_setting(void *context, const struct api_setting *s)
{
    struct page *page = context;
    struct json_writer *j = &page->json;

    page_row_begin(page);
    json_write_object_begin(j, NULL);
    json_write_text(j, "path", s->path);
    json_write_text(j, "form", s->form);
    json_write_string(j, "value", s->value);
    json_write_string(j, "written", s->written);
    json_write_number(j, "line", s->line);
    if (s->fallback)
        json_write_text(j, "default", s->fallback);
    json_write_text(j, "choices", s->choices);
    json_write_text(j, "unit", s->unit);
    json_write_text(j, "expected", s->expected);
    json_write_number(j, "min", s->min);
    json_write_number(j, "max", s->max);
    json_write_text(j, "doc", s->doc);
    if (s->refused)
        json_write_text(j, "refused", s->refused);
    json_write_bool(j, "rows", s->has_rows);
    json_write_object_end(j);
    return page_row_end(page);
}

void route_settings(struct api_call *call)
{
    struct page page;

    page_begin(&page, call, "settings");
    if (call->backend->each_setting(call->backend->context, call->arena, add_setting, &page) ==
        API_DONE)
        page_end(&page, call, "");
    else
        call_problem(call, 500, "failed", "The configuration could not be looked at.");
}

/* A list of maps, row by row. */

struct rows {
    struct page page;
    uint32_t count, last, line; /* line: of the one that came last, shown or not */
};

static bool add_row(void *context, const struct api_setting_row *row)
{
    struct rows *rows = context;
    struct json_writer *j = &rows->page.json;

    rows->line = row->line;
    page_row_begin(&rows->page);
    json_write_object_begin(j, NULL);
    json_write_number(j, "index", row->index);
    json_write_number(j, "line", row->line);
    json_write_bool(j, "plain", row->is_plain);
    json_write_object_begin(j, "values");
    for (size_t i = 0; i < row->value_count; i++) {
        char key[128];
        span_to_text(row->values[i].key, key, sizeof key);
        json_write_string(j, key, row->values[i].text);
    }
    json_write_object_end(j);
    json_write_object_end(j);
    if (!page_row_end(&rows->page))
        return false;
    rows->last = row->index;
    rows->count++;
    return true;
}

static bool add_field(void *context, const struct api_setting *s)
{
    struct json_writer *j = context;
    json_write_object_begin(j, NULL);
    json_write_text(j, "key", s->path);
    json_write_text(j, "form", s->form);
    if (s->fallback)
        json_write_text(j, "default", s->fallback);
    json_write_text(j, "choices", s->choices);
    json_write_text(j, "unit", s->unit);
    json_write_text(j, "expected", s->expected);
    json_write_text(j, "doc", s->doc);
    json_write_object_end(j);
    return true;
}

void route_settings_rows(struct api_call *call)
{
    const struct api_backend *backend = call->backend;
    struct rows rows = { 0 };
    char path[API_PARAMETER_TEXT_MAX] = "", next[16];
    uint64_t after = UINT64_MAX;
    struct text t = text_over(next, sizeof next);

    call_query_text(call, "path", path, sizeof path);
    (void)call_query_number(call, "after", &after);
    page_begin(&rows.page, call, "fields");
    struct json_writer *j = &rows.page.json;
    uint32_t first = after >= UINT32_MAX ? 0 : (uint32_t)after + 1;
    enum api_result result = backend->each_setting_field(backend->context, path, add_field, j);
    json_write_array_end(j);
    json_write_array_begin(j, "rows");
    if (result == API_DONE)
        result = backend->each_setting_row(backend->context, path, first, add_row, &rows);
    if (result == API_NOT_FOUND) {
        call_problem(call, 404, "not-found",
                     "This is no key of the configuration that is a list of rows, such as "
                     "dhcp.subnets.");
        return;
    }
    if (result != API_DONE) {
        call_problem(call, 500, "failed", "The configuration file could not be read.");
        return;
    }
    if (rows.page.full && rows.count == 0) {
        char detail[128];
        struct text why = text_over(detail, sizeof detail);
        text_addf(&why, "The row in line %u is too long to be shown: change it in the file.",
                  rows.line);
        call_problem(call, 500, "failed", detail);
        return;
    }
    text_add_number(&t, rows.last);
    page_end(&rows.page, call, next);
}

void route_settings_file(struct api_call *call)
{
    struct api_settings_file file;

    if (call->backend->settings_file(call->backend->context, call->arena, &file) != API_DONE) {
        call_problem(call, 500, "failed", "The configuration file could not be read.");
        return;
    }
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    json_write_object_begin(&j, NULL);
    json_write_text(&j, "path", file.path);
    json_write_bool(&j, "writable", file.is_writable);
    json_write_text(&j, "sentence", file.sentence);
    json_write_text(&j, "digest", file.digest);
    json_write_string(&j, "text", file.text);
    json_write_object_end(&j);
    call_reply_json(call, &body);
}

static void refuse(struct api_call *call, enum api_result result, const char *sentence)
{
    if (result == API_NOT_FOUND)
        call_problem(call, 412, "precondition-failed",
                     "Somebody else changed the file meanwhile: look at it again, then change it.");
    else
        call_refused(call, result, sentence);
}

void route_settings_changes(struct api_call *call)
{
    struct api_settings_changes *changes = arena_new(call->arena, struct api_settings_changes);
    struct api_settings_result result = { 0 };
    char sentence[API_SENTENCE_MAX] = "";

    if (!changes || !settings_from_json(call->request->body, call->arena, changes, sentence)) {
        call_problem(call, 422, "invalid", changes ? sentence : "The request's memory is used up.");
        return;
    }
    enum api_result r = call->backend->settings_change(call->backend->context, changes, call->arena,
                                                       &result, sentence);
    if (r != API_DONE) {
        refuse(call, r, sentence);
        return;
    }
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    json_write_object_begin(&j, NULL);
    json_write_bool(&j, "written", result.is_written);
    json_write_bool(&j, "in_force", result.is_in_force);
    json_write_text(&j, "sentence", result.sentence);
    json_write_text(&j, "digest", result.digest);
    json_write_string(&j, "before", result.before);
    json_write_string(&j, "after", result.after);
    json_write_object_end(&j);
    call_reply_json(call, &body);
}
