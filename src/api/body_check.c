/* See body_check.h. Walks jansson's tree and the rows of the shape side by side. Nesting is that of
 * the shapes, so it is bounded by them. */
#include "api/body_check.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

#define SHOWN_MAX 24 /* of a foreign name, in a sentence */

struct check {
    struct body_faults *faults;
    bool is_patch, is_reply;
};

void body_faults_add(struct body_faults *faults, const char *pointer, const char *format, ...)
{
    va_list args;

    if (faults->count == BODY_FAULTS_MAX)
        return;
    struct body_fault *fault = &faults->rows[faults->count++];
    span_to_text(span_text(pointer), fault->pointer, sizeof fault->pointer);
    va_start(args, format);
    vsnprintf(fault->detail, sizeof fault->detail, format, args);
    va_end(args);
}

/* The pointer of a member: "~" and "/" in its name are coded (RFC 6901 3). */
static void point(char out[BODY_FAULT_POINTER_MAX], const char *parent, const char *name)
{
    struct text t = text_over(out, BODY_FAULT_POINTER_MAX);
    text_add(&t, parent);
    text_add_char(&t, '/');
    for (; *name; name++)
        if (*name == '~' || *name == '/')
            text_add(&t, *name == '~' ? "~0" : "~1");
        else
            text_add_char(&t, *name);
}

static void point_row(char out[BODY_FAULT_POINTER_MAX], const char *parent, size_t row)
{
    struct text t = text_over(out, BODY_FAULT_POINTER_MAX);
    text_addf(&t, "%s/%zu", parent, row);
}

static bool is_choice(const char *of, const char *word)
{
    struct span words = span_text(of);
    while (words.len > 0)
        if (span_is(contract_next_word(&words, '|'), word))
            return true;
    return false;
}

static bool all_are(const json_t *value, bool (*fits)(const json_t *value))
{
    size_t i;
    json_t *row;
    json_array_foreach(value, i, row)
    {
        if (!fits(row))
            return false;
    }
    return true;
}

static bool is_text(const json_t *value)
{
    return json_is_string(value);
}

static bool is_whole(const json_t *value)
{
    return json_is_integer(value);
}

static bool members_are(const struct check *c, const json_t *object, bool may_be_number)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        if (!json_is_string(value) && !(may_be_number && json_is_integer(value)) &&
            !(c->is_patch && json_is_null(value)))
            return false;
    }
    return true;
}

/* Of single values and lists of them. */
static bool fits(const struct check *c, const struct shape_field *field, const json_t *value)
{
    switch (field->type) {
    case SHAPE_TEXT:
    case SHAPE_TIME:
        return json_is_string(value);
    case SHAPE_NUMBER:
        return json_is_integer(value);
    case SHAPE_BOOL:
        return json_is_boolean(value);
    case SHAPE_CHOICE:
        return json_is_string(value) &&
               (is_choice(field->of, json_string_value(value)) ||
                (!c->is_reply && json_string_length(value) == 0)); /* "" takes a setting back */
    case SHAPE_TEXTS:
        return json_is_array(value) && all_are(value, is_text);
    case SHAPE_NUMBERS:
        return json_is_array(value) && all_are(value, is_whole);
    case SHAPE_TEXT_MAP:
        return json_is_object(value) && members_are(c, value, false);
    case SHAPE_VALUES:
        return json_is_object(value) && members_are(c, value, true);
    case SHAPE_OBJECT:
        return json_is_object(value);
    case SHAPE_NULLABLE:
        return json_is_object(value) || json_is_null(value);
    case SHAPE_LIST:
        return json_is_array(value);
    case SHAPE_ANYTHING:
        break;
    }
    return true;
}

static const char *expected(const struct shape_field *field)
{
    static const char *const words[] = {
        [SHAPE_TEXT] = "a text in quotes",
        [SHAPE_NUMBER] = "a whole number",
        [SHAPE_BOOL] = "true or false",
        [SHAPE_TIME] = "a time, as 2026-11-25T14:05:18Z",
        [SHAPE_CHOICE] = "one of the words that are known here",
        [SHAPE_OBJECT] = "an object",
        [SHAPE_NULLABLE] = "an object or null",
        [SHAPE_LIST] = "a list of objects",
        [SHAPE_TEXTS] = "a list of texts",
        [SHAPE_NUMBERS] = "a list of whole numbers",
        [SHAPE_TEXT_MAP] = "an object of texts",
        [SHAPE_VALUES] = "an object of texts and numbers",
        [SHAPE_ANYTHING] = "a value",
    };
    return words[field->type];
}

static void wrong_type(const struct check *c, const struct shape_field *field, const char *pointer)
{
    if (field->type == SHAPE_CHOICE)
        body_faults_add(c->faults, pointer, "\"%s\" must be one of %s.", field->key, field->of);
    else
        body_faults_add(c->faults, pointer, "\"%s\" must be %s.", field->key, expected(field));
}

static bool is_for_requests(const struct shape_field *field)
{
    return field->need != NEED_SHOWN && field->need != NEED_SHOWN_MAYBE;
}

static void unknown_key(const struct check *c, const struct shape *shape, const char *key,
                        const char *pointer)
{
    char shown[4 * SHOWN_MAX + 1], names[320];
    struct text s = text_over(shown, sizeof shown), n = text_over(names, sizeof names);

    text_add_escaped(&s, span_slice(span_text(key), 0, SHOWN_MAX));
    for (size_t i = 0; i < shape->count; i++)
        if (c->is_reply || is_for_requests(&shape->fields[i]))
            text_addf(&n, "%s%s", n.len > 0 ? ", " : "", shape->fields[i].key);
    body_faults_add(c->faults, pointer, "There is no setting \"%s\". There are: %s.", shown, names);
}

static const struct shape_field *find_field(const struct shape *shape, const char *key)
{
    for (size_t i = 0; i < shape->count; i++)
        if (strcmp(shape->fields[i].key, key) == 0)
            return &shape->fields[i];
    return NULL;
}

static void check_object(const struct check *c, const struct shape *shape, json_t *object,
                         const char *pointer);

static void check_value(const struct check *c, const struct shape_field *field, json_t *value,
                        const char *pointer)
{
    if (c->is_patch && json_is_null(value))
        return;
    if (!fits(c, field, value)) {
        wrong_type(c, field, pointer);
        return;
    }
    if (json_is_object(value) && (field->type == SHAPE_OBJECT || field->type == SHAPE_NULLABLE)) {
        check_object(c, shape_find(field->of), value, pointer);
    } else if (field->type == SHAPE_LIST) {
        size_t i;
        json_t *row;
        json_array_foreach(value, i, row)
        {
            char place[BODY_FAULT_POINTER_MAX];
            point_row(place, pointer, i);
            check_object(c, shape_find(field->of), row, place);
        }
    }
}

static bool is_missing(const struct check *c, const struct shape_field *field)
{
    if (c->is_patch)
        return false;
    return field->need == NEED_ASKED ||
           (c->is_reply && (field->need == NEED_GIVEN || field->need == NEED_SHOWN));
}

static void check_object(const struct check *c, const struct shape *shape, json_t *object,
                         const char *pointer)
{
    char place[BODY_FAULT_POINTER_MAX];
    const char *key;
    json_t *value;

    if (!json_is_object(object)) {
        body_faults_add(c->faults, pointer, "There must be a JSON object.");
        return;
    }
    json_object_foreach(object, key, value)
    {
        const struct shape_field *field = find_field(shape, key);
        point(place, pointer, key);
        if (!field)
            unknown_key(c, shape, key, place);
        else if (c->is_reply || is_for_requests(field))
            check_value(c, field, value, place);
    }
    for (size_t i = 0; i < shape->count; i++) {
        const struct shape_field *field = &shape->fields[i];
        if (!is_missing(c, field) || json_object_get(object, field->key))
            continue;
        point(place, pointer, field->key);
        body_faults_add(c->faults, place, "\"%s\" is missing: %s", field->key, field->doc);
    }
}

static bool check_all(struct check *c, struct span json, const struct shape *shape)
{
    json_error_t error;
    const char *data = json.len > 0 ? (const char *)json.data : "";

    c->faults->count = 0;
    json_auto_t *root = json_loadb(data, json.len, JSON_REJECT_DUPLICATES, &error);
    /* Not the library's words: they repeat what stands there, which may be a secret. */
    if (!root)
        body_faults_add(c->faults, "", "The body is not JSON: line %d, column %d.", error.line,
                        error.column);
    else
        check_object(c, shape, root, "");
    return c->faults->count == 0;
}

bool body_check(struct span json, const struct shape *shape, bool is_patch,
                struct body_faults *faults)
{
    struct check c = { .faults = faults, .is_patch = is_patch };
    return check_all(&c, json, shape);
}

bool body_check_reply(struct span json, const struct shape *shape, struct body_faults *faults)
{
    struct check c = { .faults = faults, .is_reply = true };
    return check_all(&c, json, shape);
}
