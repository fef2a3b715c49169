/* Replies and their parts: bodies in the request's arena, problem documents (RFC 9457), pages that
 * end where the arena does. */
#include "api/call.h"

#include "model/url.h"

#define ARENA_KEPT 4096 /* left for what a handler still copies after its body was begun */

struct text call_text(struct api_call *call)
{
    static char nowhere[1];
    struct arena *a = call->arena;
    size_t left = a->cap - a->used;
    size_t size = left > (size_t)4 * ARENA_KEPT ? left - ARENA_KEPT : left / 2;
    char *data = size > 0 ? arena_alloc(a, size) : NULL;

    if (!data) {
        struct text none = text_over(nowhere, 1);
        none.failed = true;
        return none;
    }
    return text_over(data, size);
}

void call_reply_json(struct api_call *call, const struct text *body)
{
    call_reply_json_as(call, 200, body);
}

void call_reply_nothing(struct api_call *call)
{
    call->reply->status = 204;
}

void call_add_field(struct api_call *call, const char *name, struct span value)
{
    struct api_reply *reply = call->reply;
    struct span kept = arena_copy(call->arena, value);
    if (reply->field_count < API_FIELDS_MAX && kept.data)
        reply->fields[reply->field_count++] = (struct http_field){ name, kept };
}

void call_refuse_access(struct api_call *call, enum access_verdict verdict)
{
    const struct access_refusal *why = access_refusal_of(verdict);
    call_problem(call, why->status, why->code, why->sentence);
    if (why->status == 401)
        call_add_field(call, "WWW-Authenticate", span_text("Bearer realm=\"tugboot\""));
}

void call_reply_json_as(struct api_call *call, uint16_t status, const struct text *body)
{
    if (body->failed) {
        call_problem(call, 500, "reply-too-long", "The reply does not fit into its bound.");
        return;
    }
    call->reply->status = status;
    call->reply->media_type = "application/json";
    call->reply->body = text_span(body);
}

/* The words of RFC 9110 for the statuses used here. */
static const char *status_title(uint16_t status)
{
    static const struct {
        uint16_t status;
        const char *title;
    } titles[] = {
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 409, "Conflict" },
        { 413, "Content Too Large" },
        { 415, "Unsupported Media Type" },
        { 421, "Misdirected Request" },
        { 422, "Unprocessable Content" },
        { 429, "Too Many Requests" },
        { 503, "Service Unavailable" },
        { 507, "Insufficient Storage" },
    };
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        if (titles[i].status == status)
            return titles[i].title;
    return "Internal Server Error";
}

void call_problem(struct api_call *call, uint16_t status, const char *code, const char *detail)
{
    static const char no_room[] = "{\"type\":\"about:blank\",\"title\":\"Internal Server Error\","
                                  "\"status\":500}";
    const size_t room = 2048;
    struct api_reply *reply = call->reply;
    char *data = arena_alloc(call->arena, room);

    *reply = (struct api_reply){ .kind = API_REPLY_BODY,
                                 .status = status,
                                 .media_type = "application/problem+json" };
    if (!data) {
        reply->status = 500;
        reply->body = span_text(no_room);
        return;
    }
    struct text text = text_over(data, room);
    struct json_writer j = json_over(&text);
    json_write_object_begin(&j, NULL);
    json_write_text(&j, "type", "about:blank");
    json_write_text(&j, "title", status_title(status));
    json_write_number(&j, "status", status);
    json_write_text(&j, "code", code);
    json_write_text(&j, "detail", detail);
    json_write_object_end(&j);
    reply->body = text.failed ? span_text(no_room) : text_span(&text);
}

void call_refused(struct api_call *call, enum api_result result, const char *sentence)
{
    static const struct {
        uint16_t status;
        const char *code, *sentence;
    } rows[] = {
        [API_DONE] = { 500, "failed", "The daemon could not do it." },
        [API_NOT_FOUND] = { 404, "not-found", "There is no such thing." },
        [API_READ_ONLY] = { 409, "read-only",
                            "This host stands in the configuration file: change it there, then "
                            "reload." },
        [API_INVALID] = { 422, "invalid", "A value cannot be." },
        [API_FULL] = { 507, "full", "There is no room for another one." },
        [API_UNAVAILABLE] = { 503, "store-unavailable",
                              "The database takes no changes now (a full disk, most often); try "
                              "again." },
        [API_FAILED] = { 500, "failed", "The daemon could not do it." },
    };
    call_problem(call, rows[result].status, rows[result].code,
                 sentence && sentence[0] ? sentence : rows[result].sentence);
}

static bool parse_number(struct span text, uint64_t *ret_number)
{
    uint64_t n = 0;
    if (text.len == 0 || text.len > 19)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        n = n * 10 + (uint64_t)(text.data[i] - '0');
    }
    *ret_number = n;
    return true;
}

bool call_query_number(struct api_call *call, const char *key, uint64_t *number)
{
    char data[32];
    struct text value = text_over(data, sizeof data);
    if (!url_query_find(call->request->query, key, &value) && !value.failed)
        return true;
    if (!value.failed && parse_number(text_span(&value), number))
        return true;
    char detail[128];
    struct text t = text_over(detail, sizeof detail);
    text_addf(&t, "\"%s\" must be a number of at most 19 digits.", key);
    call_problem(call, 400, "bad-query", detail);
    return false;
}

bool call_parse_mac(struct api_call *call, const char *text, struct mac *ret_mac)
{
    if (mac_parse(span_text(text), ret_mac))
        return true;
    call_problem(call, 400, "bad-mac", "A MAC address is written aa:bb:cc:dd:ee:ff.");
    return false;
}

void page_begin(struct page *page, struct api_call *call, const char *key)
{
    *page = (struct page){ .text = call_text(call) };
    page->json = json_over(&page->text);
    json_write_object_begin(&page->json, NULL);
    json_write_array_begin(&page->json, key);
    page->json.out = &page->text;
}

void page_row_begin(struct page *page)
{
    page->row_start = page->text.len;
    page->row_comma = page->json.need_comma;
    page->json.out = &page->text;
}

bool page_row_end(struct page *page)
{
    const size_t tail = 256; /* for what page_end() adds */
    struct text *t = &page->text;
    if (!t->failed && t->cap - t->len > tail)
        return true;
    t->len = page->row_start;
    t->data[t->len] = 0;
    t->failed = false;
    page->json.need_comma = page->row_comma;
    page->full = true;
    return false;
}

void page_end(struct page *page, struct api_call *call, const char *next)
{
    json_write_array_end(&page->json);
    if (page->full)
        json_write_text(&page->json, "next", next);
    json_write_object_end(&page->json);
    call_reply_json(call, &page->text);
}
