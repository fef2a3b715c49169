/* Replies and their parts: bodies in the request's arena, problem documents (RFC 9457), and values
 * of the query. */
#include "api/call.h"

#include "api/body_check.h"
#include "http/request_parser.h"
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

struct span call_field(const struct api_call *call, const char *name)
{
    const struct http_request *http = call->request->http;
    return http ? http_request_field(http, name) : (struct span){ 0 };
}

/* `faults` may be NULL. */
static void write_problem(struct api_call *call, uint16_t status, const char *code,
                          const char *detail, const struct body_faults *faults)
{
    static const char no_room[] = "{\"type\":\"about:blank\",\"title\":\"Internal Server Error\","
                                  "\"status\":500,\"code\":\"failed\","
                                  "\"detail\":\"The request's memory is used up.\"}";
    const size_t room = faults ? 16384 : 2048;
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
    char type[96];
    struct text t = text_over(type, sizeof type);
    text_addf(&t, API_PREFIX "/problems/%s", code);
    json_write_object_begin(&j, NULL);
    json_write_text(&j, "type", type);
    json_write_text(&j, "title", http_status_text(status));
    json_write_number(&j, "status", status);
    json_write_text(&j, "code", code);
    json_write_text(&j, "detail", detail);
    if (faults)
        body_faults_write(faults, &j, "errors");
    json_write_object_end(&j);
    if (text.failed)
        reply->status = 500;
    reply->body = text.failed ? span_text(no_room) : text_span(&text);
}

void call_problem(struct api_call *call, uint16_t status, const char *code, const char *detail)
{
    write_problem(call, status, code, detail, NULL);
}

void call_refuse_body(struct api_call *call, const struct body_faults *faults)
{
    write_problem(call, 422, "invalid", faults->rows[0].detail, faults);
}

void call_invalid(struct api_call *call, const char *sentence)
{
    struct body_faults *faults = arena_new(call->arena, struct body_faults);
    char pointer[64] = "";
    struct text t = text_over(pointer, sizeof pointer);

    if (!faults) {
        call_problem(call, 422, "invalid", sentence);
        return;
    }
    if (sentence[0] == '"') {
        struct span name = span_from(span_text(sentence), 1);
        text_add_char(&t, '/');
        text_add_span(&t, span_slice(name, 0, span_find(name, '"')));
    }
    body_faults_add(faults, pointer, "%s", sentence);
    call_refuse_body(call, faults);
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
    if (result == API_INVALID)
        call_invalid(call, sentence && sentence[0] ? sentence : rows[result].sentence);
    else
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
    if (!url_query_find(call->request->query, key, &value) || value.len == 0 ||
        parse_number(text_span(&value), number))
        return true;
    call_problem(call, 400, "bad-query", "A number of the query is none.");
    return false;
}

void call_query_text(struct api_call *call, const char *key, char *out, size_t cap)
{
    struct text value = text_over(out, cap);
    if (!url_query_find(call->request->query, key, &value))
        out[0] = 0;
}

bool call_parse_mac(struct api_call *call, const char *text, struct mac *ret_mac)
{
    if (mac_parse(span_text(text), ret_mac))
        return true;
    call_problem(call, 400, "bad-mac", "A MAC address is written aa:bb:cc:dd:ee:ff.");
    return false;
}
