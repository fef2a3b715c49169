/* The routes of images on their way in, and of removing one. Bytes come in pieces that are taken as
 * they are; everything else is JSON. */
#include "api/call.h"
#include "api/paging.h"
#include "api/request_json.h"
#include "api/settings_json.h"

static void write_upload(struct json_writer *j, const char *key, const struct intake_facts *f,
                         uint64_t offset)
{
    json_write_object_begin(j, key);
    json_write_number(j, "number", f->number);
    json_write_text(j, "state", intake_state_name(f->state));
    json_write_text(j, "name", f->wish.name);
    json_write_text(j, "file", f->wish.file);
    json_write_text(j, "url", f->wish.url);
    json_write_text(j, "title", f->wish.title);
    json_write_text(j, "sha256", f->wish.sha256);
    json_write_number(j, "done", (int64_t)f->done);
    json_write_number(j, "bytes", (int64_t)f->bytes);
    json_write_number(j, "offset", (int64_t)offset);
    json_write_number(j, "piece_max", INTAKE_PIECE_MAX);
    json_write_text(j, "sentence", f->sentence);
    json_write_object_end(j);
}

static void reply_upload(struct api_call *call, uint32_t number, uint16_t status)
{
    uint64_t offset = 0;
    const struct intake_facts *facts =
        call->backend->upload(call->backend->context, number, &offset);

    if (!facts) {
        call_problem(call, 404, "not-found", "There is no such upload (any more).");
        return;
    }
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    write_upload(&j, NULL, facts, offset);
    call_reply_json_as(call, status, &body);
}

/* The number in the path; false, after a 404, when it is none. */
static bool read_number(struct api_call *call, uint32_t *ret_number)
{
    uint64_t n = 0;

    for (const char *c = call->parameters[0]; *c; c++) {
        if (*c < '0' || *c > '9' || n > UINT32_MAX) {
            call_problem(call, 404, "not-found", "An upload is named by its number.");
            return false;
        }
        n = n * 10 + (uint64_t)(*c - '0');
    }
    *ret_number = n > UINT32_MAX ? 0 : (uint32_t)n;
    return true;
}

static void refuse(struct api_call *call, enum api_result result, const char *sentence)
{
    if (result == API_UNAVAILABLE)
        call_problem(call, 503, "busy", sentence);
    else
        call_refused(call, result, sentence);
}

void route_uploads(struct api_call *call)
{
    const struct intake_facts *facts;
    struct page page;

    page_begin(&page, call, "uploads");
    for (size_t i = 0; (facts = call->backend->upload_at(call->backend->context, i)); i++) {
        uint64_t offset = 0;
        (void)call->backend->upload(call->backend->context, facts->number, &offset);
        page_row_begin(&page);
        write_upload(&page.json, NULL, facts, offset);
        if (!page_row_end(&page))
            break;
    }
    page_end(&page, call, "");
}

void route_upload_get(struct api_call *call)
{
    uint32_t number;
    if (read_number(call, &number))
        reply_upload(call, number, 200);
}

void route_upload_post(struct api_call *call)
{
    char sentence[INTAKE_SENTENCE_MAX] = "";
    struct intake_wish *wish = arena_new(call->arena, struct intake_wish);
    uint32_t number = 0;

    if (!wish) {
        call_problem(call, 500, "failed", "The request's memory is used up.");
        return;
    }
    *wish = (struct intake_wish){ 0 };
    struct request_field fields[] = {
        { "file", wish->file, sizeof wish->file, false },
        { "url", wish->url, sizeof wish->url, false },
        { "name", wish->name, sizeof wish->name, false },
        { "title", wish->title, sizeof wish->title, false },
        { "arguments", wish->arguments, sizeof wish->arguments, false },
        { "sha256", wish->sha256, sizeof wish->sha256, false },
        { "bytes", .number = &wish->bytes },
        { "modified", .number = &wish->modified },
    };
    if (!request_json_read(call, fields, sizeof fields / sizeof fields[0]))
        return;
    if (!wish->url[0] == !wish->file[0]) {
        call_problem(call, 422, "invalid",
                     "Send either \"file\" and \"bytes\" of an upload, or a \"url\".");
        return;
    }
    enum api_result result =
        call->backend->upload_begin(call->backend->context, wish, &number, sentence);
    if (result == API_DONE)
        reply_upload(call, number, 201);
    else
        refuse(call, result, sentence);
}

void route_upload_bytes(struct api_call *call)
{
    char sentence[INTAKE_SENTENCE_MAX] = "";
    uint64_t offset = UINT64_MAX;
    uint32_t number;

    if (!read_number(call, &number) || !call_query_number(call, "offset", &offset))
        return;
    enum api_result result = call->backend->upload_piece(call->backend->context, number, offset,
                                                         call->request->body, sentence);
    if (result == API_DONE)
        reply_upload(call, number, 200);
    else if (result == API_READ_ONLY)
        call_problem(call, 409, "wrong-offset", sentence);
    else
        refuse(call, result, sentence);
}

void route_upload_delete(struct api_call *call)
{
    char sentence[INTAKE_SENTENCE_MAX] = "";
    uint32_t number;

    if (!read_number(call, &number))
        return;
    enum api_result result = call->backend->upload_cancel(call->backend->context, number, sentence);
    if (result == API_DONE)
        call_reply_nothing(call);
    else
        refuse(call, result, sentence);
}

void route_image_delete(struct api_call *call)
{
    char sentence[INTAKE_SENTENCE_MAX] = "";
    enum api_result result =
        call->backend->image_remove(call->backend->context, call->parameters[0], sentence);

    if (result == API_DONE)
        call_reply_nothing(call);
    else
        refuse(call, result, sentence);
}

void route_image_patch(struct api_call *call)
{
    struct api_setting_change rows[API_IMAGE_KEYS];
    char sentence[INTAKE_SENTENCE_MAX] = "";
    size_t count;

    if (!image_change_from_json(call->request->body, call->arena, rows, &count, sentence)) {
        call_problem(call, 422, "invalid", sentence);
        return;
    }
    enum api_result result = call->backend->image_change(
        call->backend->context, call->parameters[0], rows, count, sentence);
    if (result == API_DONE)
        call_reply_nothing(call);
    else
        refuse(call, result, sentence);
}
