/* See request_json.h. Jansson reads the syntax (RFC 8259), refusing duplicate keys. */
#include "api/request_json.h"

#include <jansson.h>

static bool refuse(struct api_call *call, const char *key, const char *what)
{
    char detail[200];
    struct text t = text_over(detail, sizeof detail);
    text_add(&t, "\"");
    text_add_escaped(&t, span_slice(span_text(key), 0, 60));
    text_addf(&t, "\" %s.", what);
    call_invalid(call, detail);
    return false;
}

static bool take_text(struct api_call *call, struct request_field *field, const json_t *value)
{
    if (!json_is_string(value))
        return refuse(call, field->name, "must be a text in quotes");
    struct span s = span_of(json_string_value(value), json_string_length(value));
    if (s.len >= field->cap)
        return refuse(call, field->name, "is too long");
    for (size_t i = 0; i < s.len; i++)
        if (s.data[i] < 0x20 || s.data[i] == 0x7f)
            return refuse(call, field->name, "has a control character in it");
    span_to_text(s, field->text, field->cap);
    return true;
}

static bool take_number(struct api_call *call, struct request_field *field, const json_t *value)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return refuse(call, field->name, "must be a number, not less than 0");
    *field->number = (uint64_t)json_integer_value(value);
    return true;
}

static bool take(struct api_call *call, struct request_field *fields, size_t count, const char *key,
                 const json_t *value)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].name, key) != 0)
            continue;
        if (json_is_null(value))
            return true;
        fields[i].found = true;
        return fields[i].number ? take_number(call, &fields[i], value)
                                : take_text(call, &fields[i], value);
    }
    char what[160];
    struct text t = text_over(what, sizeof what);
    text_add(&t, "is not known here; there are");
    for (size_t i = 0; i < count; i++)
        text_addf(&t, "%s %s", i > 0 ? "," : "", fields[i].name);
    return refuse(call, key, what);
}

static bool read_object(struct api_call *call, struct request_field *fields, size_t count,
                        json_t *root)
{
    const char *key;
    json_t *value;
    if (!json_is_object(root)) {
        call_invalid(call, "The body must be a JSON object: {...}.");
        return false;
    }
    json_object_foreach(root, key, value) if (!take(call, fields, count, key, value)) return false;
    for (size_t i = 0; i < count; i++)
        if (fields[i].required && !fields[i].found)
            return refuse(call, fields[i].name, "is missing");
    return true;
}

bool request_json_read(struct api_call *call, struct request_field *fields, size_t count)
{
    struct span body = call->request->body;
    json_error_t error;
    json_t *root = json_loadb(body.len > 0 ? (const char *)body.data : "", body.len,
                              JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        call_invalid(call, "The body is not JSON.");
        return false;
    }
    bool sound = read_object(call, fields, count, root);
    json_decref(root);
    return sound;
}
