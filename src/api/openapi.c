/* See openapi.h. Schemas are those of JSON Schema 2020-12, as OpenAPI 3.1 has it. A shape that
 * requests carry has up to three: NAME as replies show it, NAME_input as a PUT or POST sends it,
 * NAME_patch as a merge patch does. */
#include "api/openapi.h"

#include "api/api.h"
#include "api/contract.h"
#include "http/response.h"

enum form {
    FORM_REPLY,
    FORM_INPUT,
    FORM_PATCH,
};

static void write_ref(struct json_writer *j, const char *key, const char *name, enum form form)
{
    static const char *const endings[] = { "", "_input", "_patch" };
    char ref[128];
    struct text t = text_over(ref, sizeof ref);
    text_addf(&t, "#/components/schemas/%s%s", name, endings[form]);
    json_write_object_begin(j, key);
    json_write_text(j, "$ref", ref);
    json_write_object_end(j);
}

/* Schemas. */

static void write_choice(struct json_writer *j, struct span words, bool may_be_empty)
{
    json_write_text(j, "type", "string");
    json_write_array_begin(j, "enum");
    while (words.len > 0)
        json_write_string(j, NULL, contract_next_word(&words, '|'));
    if (may_be_empty)
        json_write_text(j, NULL, "");
    json_write_array_end(j);
}

/* "type", or for what a patch may take back a list of it and "null". */
static void write_type(struct json_writer *j, const char *type, bool or_null)
{
    if (!or_null) {
        json_write_text(j, "type", type);
        return;
    }
    json_write_array_begin(j, "type");
    json_write_text(j, NULL, type);
    json_write_text(j, NULL, "null");
    json_write_array_end(j);
}

static void write_members(struct json_writer *j, const char *key, bool may_be_number, bool or_null)
{
    json_write_object_begin(j, key);
    json_write_array_begin(j, "type");
    json_write_text(j, NULL, "string");
    if (may_be_number)
        json_write_text(j, NULL, "integer");
    if (or_null)
        json_write_text(j, NULL, "null");
    json_write_array_end(j);
    json_write_object_end(j);
}

static void write_items(struct json_writer *j, const char *type)
{
    json_write_object_begin(j, "items");
    json_write_text(j, "type", type);
    json_write_object_end(j);
}

/* A reference to a shape, or to it or null, or a list of it. */
static void write_inner(struct json_writer *j, const struct shape_field *field, enum form form)
{
    enum form inner = form == FORM_REPLY ? FORM_REPLY : FORM_INPUT;
    if (field->type == SHAPE_LIST) {
        json_write_text(j, "type", "array");
        write_ref(j, "items", field->of, inner);
        return;
    }
    json_write_array_begin(j, "anyOf");
    write_ref(j, NULL, field->of, inner);
    if (field->type == SHAPE_NULLABLE || form == FORM_PATCH) {
        json_write_object_begin(j, NULL);
        json_write_text(j, "type", "null");
        json_write_object_end(j);
    }
    json_write_array_end(j);
}

static void write_field(struct json_writer *j, const struct shape_field *field, enum form form)
{
    bool or_null = form == FORM_PATCH;

    json_write_object_begin(j, field->key);
    json_write_text(j, "description", field->doc);
    switch (field->type) {
    case SHAPE_TEXT:
        write_type(j, "string", or_null);
        break;
    case SHAPE_NUMBER:
        write_type(j, "integer", or_null);
        break;
    case SHAPE_BOOL:
        write_type(j, "boolean", or_null);
        break;
    case SHAPE_TIME:
        write_type(j, "string", or_null);
        json_write_text(j, "format", "date-time");
        break;
    case SHAPE_CHOICE:
        if (or_null)
            write_type(j, "string", true);
        else
            write_choice(j, span_text(field->of), form != FORM_REPLY);
        break;
    case SHAPE_TEXTS:
    case SHAPE_NUMBERS:
        write_type(j, "array", or_null);
        write_items(j, field->type == SHAPE_TEXTS ? "string" : "integer");
        break;
    case SHAPE_TEXT_MAP:
    case SHAPE_VALUES:
        write_type(j, "object", or_null);
        write_members(j, "additionalProperties", field->type == SHAPE_VALUES, or_null);
        break;
    case SHAPE_OBJECT:
    case SHAPE_NULLABLE:
    case SHAPE_LIST:
        write_inner(j, field, form);
        break;
    case SHAPE_ANYTHING:
        break;
    }
    json_write_object_end(j);
}

static bool is_in(const struct shape_field *field, enum form form)
{
    return form == FORM_REPLY || (field->need != NEED_SHOWN && field->need != NEED_SHOWN_MAYBE);
}

static bool is_required(const struct shape_field *field, enum form form)
{
    if (form == FORM_INPUT)
        return field->need == NEED_ASKED;
    return form == FORM_REPLY && field->need != NEED_MAYBE && field->need != NEED_SHOWN_MAYBE;
}

static void write_shape(struct json_writer *j, const struct shape *shape, enum form form)
{
    static const char *const endings[] = { "", "_input", "_patch" };
    char name[96];
    struct text t = text_over(name, sizeof name);
    text_addf(&t, "%s%s", shape->name, endings[form]);

    json_write_object_begin(j, name);
    json_write_text(j, "type", "object");
    json_write_text(j, "description", shape->doc);
    json_write_object_begin(j, "properties");
    for (size_t i = 0; i < shape->count; i++)
        if (is_in(&shape->fields[i], form))
            write_field(j, &shape->fields[i], form);
    json_write_object_end(j);
    json_write_array_begin(j, "required");
    for (size_t i = 0; i < shape->count; i++)
        if (is_required(&shape->fields[i], form))
            json_write_text(j, NULL, shape->fields[i].key);
    json_write_array_end(j);
    /* A request may carry what replies show: it is passed over. */
    json_write_bool(j, "additionalProperties", form != FORM_REPLY);
    json_write_object_end(j);
}

static bool is_taken(const char *shape, bool by_patch)
{
    const struct contract *c;
    for (size_t i = 0; (c = contract_at(i)); i++)
        if (strcmp(c->terms->takes, shape) == 0 && (strcmp(c->method, "PATCH") == 0) == by_patch)
            return true;
    return false;
}

/* Is it a part of what requests carry? */
static bool is_part_of_taken(const char *name)
{
    const struct shape *shape;
    for (size_t i = 0; (shape = shape_at(i)); i++)
        for (size_t k = 0; k < shape->count; k++)
            if (strcmp(shape->fields[k].of, name) == 0 && is_in(&shape->fields[k], FORM_INPUT) &&
                (is_taken(shape->name, false) || is_taken(shape->name, true)))
                return true;
    return false;
}

static void write_schemas(struct json_writer *j)
{
    const struct shape *shape;
    json_write_object_begin(j, "schemas");
    for (size_t i = 0; (shape = shape_at(i)); i++) {
        write_shape(j, shape, FORM_REPLY);
        if (is_taken(shape->name, false) || is_part_of_taken(shape->name))
            write_shape(j, shape, FORM_INPUT);
        if (is_taken(shape->name, true))
            write_shape(j, shape, FORM_PATCH);
    }
    json_write_object_end(j);
}

/* Parameters. */

static void begin_parameter(struct json_writer *j, struct span name, const char *in, bool required,
                            const char *doc)
{
    json_write_object_begin(j, NULL);
    json_write_string(j, "name", name);
    json_write_text(j, "in", in);
    json_write_bool(j, "required", required);
    json_write_text(j, "description", doc);
    json_write_object_begin(j, "schema");
}

static void end_parameter(struct json_writer *j)
{
    json_write_object_end(j);
    json_write_object_end(j);
}

static void write_query_parameter(struct json_writer *j, const struct parameter *p)
{
    begin_parameter(j, span_text(p->name), "query", false, p->doc);
    switch (p->type) {
    case PARAMETER_NUMBER:
        json_write_text(j, "type", "integer");
        break;
    case PARAMETER_LIMIT:
        json_write_text(j, "type", "integer");
        json_write_number(j, "minimum", 1);
        json_write_number(j, "maximum", API_LIMIT_MAX);
        break;
    case PARAMETER_FLAG:
        json_write_text(j, "type", "integer");
        json_write_number(j, "minimum", 0);
        json_write_number(j, "maximum", 1);
        break;
    case PARAMETER_CHOICE:
        write_choice(j, span_text(p->of), false);
        break;
    case PARAMETER_TEXT:
    case PARAMETER_MAC:
    case PARAMETER_IPV4:
        json_write_text(j, "type", "string");
        break;
    }
    end_parameter(j);
}

static void write_path_parameters(struct json_writer *j, const char *path)
{
    struct span rest = span_text(path);
    while (rest.len > 0) {
        struct span part = contract_next_word(&rest, '/');
        if (part.len < 2 || part.data[0] != '{')
            continue;
        begin_parameter(j, span_slice(part, 1, part.len - 2), "path", true,
                        "A part of the path, percent-coded.");
        json_write_text(j, "type", "string");
        end_parameter(j);
    }
}

static void write_condition(struct json_writer *j, const char *name, const char *doc)
{
    begin_parameter(j, span_text(name), "header", false, doc);
    json_write_text(j, "type", "string");
    end_parameter(j);
}

static void write_parameters(struct json_writer *j, const struct contract *c)
{
    struct span ids = span_text(c->terms->query);
    json_write_array_begin(j, "parameters");
    write_path_parameters(j, c->path);
    while (ids.len > 0)
        write_query_parameter(j, parameter_find(contract_next_word(&ids, ' ')));
    if (contract_refuses(c, "precondition-failed"))
        write_condition(j, "If-Match",
                        contract_overwrites(c)
                            ? "The ETag of what is to be changed; needed when there "
                              "is something already. * is anything."
                            : "The ETag of what is to be changed.");
    if (contract_refuses(c, "precondition-failed") || strcmp(c->method, "GET") == 0)
        write_condition(j, "If-None-Match",
                        strcmp(c->method, "GET") == 0
                            ? "The ETag of what is known already: 304 then."
                            : "*: only when there is nothing yet.");
    json_write_array_end(j);
}

/* Bodies and replies. */

static void write_content(struct json_writer *j, const char *media_type, const char *shape,
                          enum form form)
{
    json_write_object_begin(j, media_type);
    if (shape)
        write_ref(j, "schema", shape, form);
    json_write_object_end(j);
}

static void write_body(struct json_writer *j, const struct contract *c)
{
    bool is_patch = strcmp(c->method, "PATCH") == 0;
    if (c->terms->takes[0] == 0)
        return;
    json_write_object_begin(j, "requestBody");
    json_write_bool(j, "required", strcmp(c->method, "POST") != 0);
    json_write_object_begin(j, "content");
    if (is_patch)
        write_content(j, "application/merge-patch+json", c->terms->takes, FORM_PATCH);
    write_content(j, "application/json", c->terms->takes, is_patch ? FORM_PATCH : FORM_INPUT);
    json_write_object_end(j);
    json_write_object_end(j);
}

static void write_success(struct json_writer *j, const struct contract *c, const char *status,
                          const char *doc)
{
    const char *gives = c->terms->gives, *media_type = contract_media_type(gives);

    json_write_object_begin(j, status);
    json_write_text(j, "description", doc);
    if (gives[0]) {
        json_write_object_begin(j, "content");
        write_content(j, media_type ? media_type : "application/json", media_type ? NULL : gives,
                      FORM_REPLY);
        if (strcmp(c->handler, "events") == 0)
            write_content(j, "application/jsonl", "event", FORM_REPLY);
        if (strcmp(c->handler, "events") == 0)
            write_content(j, "text/event-stream", NULL, FORM_REPLY);
        json_write_object_end(j);
    }
    json_write_object_end(j);
}

/* One response for each status, with the codes it may have. */
static void write_refusals(struct json_writer *j, const struct contract *c)
{
    const struct problem *p;

    for (uint16_t status = 400; status < 600; status++) {
        char number[8], doc_data[1024];
        struct text n = text_over(number, sizeof number), doc = text_over(doc_data, 1024);
        for (size_t i = 0; (p = problem_at(i)); i++)
            if (p->status == status && contract_refuses(c, p->code))
                text_addf(&doc, "%s%s: %s", doc.len > 0 ? " " : "", p->code, p->doc);
        if (doc.len == 0)
            continue;
        text_addf(&n, "%u", status);
        json_write_object_begin(j, number);
        json_write_text(j, "description", doc_data);
        json_write_object_begin(j, "content");
        write_content(j, "application/problem+json", "problem", FORM_REPLY);
        json_write_object_end(j);
        json_write_object_end(j);
    }
}

static void write_operation(struct json_writer *j, const struct contract *c)
{
    char method[16];
    size_t n = 0;
    for (; c->method[n] && n + 1 < sizeof method; n++)
        method[n] = (char)ascii_lower((uint8_t)c->method[n]);
    method[n] = 0;

    json_write_object_begin(j, method);
    json_write_text(j, "operationId", c->handler);
    json_write_text(j, "summary", c->text);
    write_parameters(j, c);
    write_body(j, c);
    json_write_object_begin(j, "responses");
    if (c->terms->gives[0] == 0)
        write_success(j, c, "204", "It is done.");
    else
        write_success(j, c, "200",
                      strcmp(c->method, "GET") == 0 ? "It is shown."
                                                    : "It is done; this is there now.");
    if ((contract_overwrites(c) || strcmp(c->method, "POST") == 0) && c->terms->gives[0])
        write_success(j, c, "201", "It was not there before, and is now.");
    write_refusals(j, c);
    json_write_object_end(j);
    json_write_object_end(j);
}

static bool is_first_of_path(size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (strcmp(contract_at(i)->path, contract_at(row)->path) == 0)
            return false;
    return true;
}

static void write_paths(struct json_writer *j)
{
    const struct contract *c, *other;
    json_write_object_begin(j, "paths");
    for (size_t i = 0; (c = contract_at(i)); i++) {
        if (!is_first_of_path(i))
            continue;
        json_write_object_begin(j, c->path);
        for (size_t k = i; (other = contract_at(k)); k++)
            if (strcmp(other->path, c->path) == 0)
                write_operation(j, other);
        json_write_object_end(j);
    }
    json_write_object_end(j);
}

static void write_hook_header(struct json_writer *j, const char *name, const char *doc)
{
    begin_parameter(j, span_text(name), "header", true, doc);
    json_write_text(j, "type", "string");
    end_parameter(j);
}

/* What others are sent (OpenAPI 3.1 4.8.1, webhooks). */
static void write_webhooks(struct json_writer *j)
{
    json_write_object_begin(j, "webhooks");
    json_write_object_begin(j, "event");
    json_write_object_begin(j, "post");
    json_write_text(j, "operationId", "webhook_event");
    json_write_text(j, "summary",
                    "An event, sent to each webhook of the configuration that wants it; signed by "
                    "Standard Webhooks. It is sent again, with the same webhook-id, until it is "
                    "taken or given up.");
    json_write_array_begin(j, "parameters");
    write_hook_header(j, "webhook-id", "Of the message; the same whenever it is sent again.");
    write_hook_header(j, "webhook-timestamp", "When this was signed, in seconds since 1970.");
    write_hook_header(j, "webhook-signature",
                      "v1, and base64 of HMAC-SHA256 over \"id.timestamp.body\".");
    json_write_array_end(j);
    json_write_object_begin(j, "requestBody");
    json_write_bool(j, "required", true);
    json_write_object_begin(j, "content");
    write_content(j, "application/json", "event", FORM_REPLY);
    json_write_object_end(j);
    json_write_object_end(j);
    json_write_object_begin(j, "responses");
    json_write_object_begin(j, "2XX");
    json_write_text(j, "description", "It is taken. Anything else, and it is sent again.");
    json_write_object_end(j);
    json_write_object_end(j);
    json_write_object_end(j);
    json_write_object_end(j);
    json_write_object_end(j);
}

void openapi_write(struct json_writer *j)
{
    json_write_object_begin(j, NULL);
    json_write_text(j, "openapi", "3.1.0");
    json_write_object_begin(j, "info");
    json_write_text(j, "title", "tugboot");
    json_write_text(j, "version", TUGBOOT_VERSION);
    json_write_text(j, "summary", "The network boot server's own interface.");
    json_write_text(j, "description",
                    "Lists come in pages: `limit` rows, and `next` to be asked for as `after`. GET "
                    "replies have an ETag; a change may carry it as If-Match, and is refused with "
                    "412 when somebody changed the thing meanwhile. Refusals are problem documents "
                    "(RFC 9457). HEAD is answered like GET, OPTIONS names the methods of a path.");
    json_write_object_begin(j, "license");
    json_write_text(j, "name", "GPL-3.0-or-later");
    json_write_text(j, "identifier", "GPL-3.0-or-later");
    json_write_object_end(j);
    json_write_object_end(j);
    json_write_array_begin(j, "servers");
    json_write_object_begin(j, NULL);
    json_write_text(j, "url", API_PREFIX);
    json_write_object_end(j);
    json_write_array_end(j);
    write_paths(j);
    write_webhooks(j);
    json_write_object_begin(j, "components");
    write_schemas(j);
    json_write_object_end(j);
    json_write_object_end(j);
}
