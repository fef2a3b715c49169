/* Knows JSON (by jansson) and how it is laid out for a terminal; knows nothing of where it came
 * from. Every text is escaped on its way out. */
#include "cli/reply.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

#include "cli/table.h"

static json_t *load(struct span json)
{
    json_error_t error;
    return json.len > 0
               ? json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, &error)
               : NULL;
}

/* "client.arch": the value at a path of keys, or NULL. */
static const json_t *find_path(const json_t *object, const char *path)
{
    char key[64];
    struct span rest = span_text(path);
    while (object && rest.len > 0) {
        size_t n = span_find(rest, '.');
        span_to_text(span_slice(rest, 0, n), key, sizeof key);
        object = json_object_get(object, key);
        rest = span_from(rest, n + 1);
    }
    return object;
}

/* A value as text in `buffer`, or in the value itself; lists are joined by blanks. */
static struct span value_text(const json_t *value, char *buffer, size_t cap)
{
    struct text t = text_over(buffer, cap);
    if (json_is_string(value))
        return span_of(json_string_value(value), json_string_length(value));
    if (json_is_integer(value))
        text_addf(&t, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_boolean(value))
        text_add(&t, json_is_true(value) ? "yes" : "no");
    for (size_t i = 0; json_is_array(value) && i < json_array_size(value); i++) {
        const json_t *item = json_array_get(value, i);
        if (json_is_string(item))
            text_addf(&t, "%s%s", i > 0 ? " " : "", json_string_value(item));
    }
    return text_span(&t);
}

static void add_row(struct text_table *table, const json_t *row, const struct reply_column *columns)
{
    char buffer[512];
    for (const struct reply_column *c = columns; c->path; c++) {
        struct span cell = value_text(find_path(row, c->path), buffer, sizeof buffer);
        if (!text_table_add(table, cell.len > 0 ? cell : span_text("-")))
            return;
    }
}

bool reply_print_table(struct span json, const char *key, const struct reply_column *columns,
                       const char *when_empty, char *next, size_t next_cap)
{
    const char *titles[TABLE_COLUMNS_MAX + 1] = { 0 };
    json_auto_t *root = load(json);
    const json_t *list = json_object_get(root, key);
    const json_t *more = json_object_get(root, "next");

    if (!json_is_array(list))
        return false;
    if (next)
        span_to_text(json_is_string(more) ? span_text(json_string_value(more)) : (struct span){ 0 },
                     next, next_cap);
    if (json_array_size(list) == 0) {
        puts(when_empty);
        return true;
    }
    for (size_t i = 0; i < TABLE_COLUMNS_MAX && columns[i].path; i++)
        titles[i] = columns[i].title;
    struct text_table *table = text_table_new(titles);
    if (!table)
        return false;
    for (size_t i = 0; i < json_array_size(list); i++)
        add_row(table, json_array_get(list, i), columns);
    text_table_print(table);
    text_table_free(table);
    return true;
}

/* One level of an object; `depth` bounds how far down it goes. */
static void print_object(const json_t *object, int indent)
{
    const char *key;
    json_t *value;
    char buffer[512];
    void *iterator = json_object_iter((json_t *)(uintptr_t)object);

    for (; iterator; iterator = json_object_iter_next((json_t *)(uintptr_t)object, iterator)) {
        key = json_object_iter_key(iterator);
        value = json_object_iter_value(iterator);
        bool nested = json_is_object(value) ||
                      (json_is_array(value) && json_is_object(json_array_get(value, 0)));
        printf("%*s", indent, "");
        print_harmless(span_text(key));
        if (!nested) {
            printf("%*s", (int)(strlen(key) < 18 ? 18 - strlen(key) : 1), "");
            print_harmless(value_text(value, buffer, sizeof buffer));
        }
        putchar('\n');
        if (json_is_object(value) && indent < 8)
            print_object(value, indent + 2);
        for (size_t i = 0; json_is_array(value) && nested && i < json_array_size(value); i++) {
            if (indent < 8)
                print_object(json_array_get(value, i), indent + 2);
            if (i + 1 < json_array_size(value))
                putchar('\n');
        }
    }
}

bool reply_print_fields(struct span json)
{
    json_auto_t *root = load(json);
    if (!json_is_object(root))
        return false;
    print_object(root, 0);
    return true;
}

char *reply_text(struct span json, const char *key, size_t *ret_len)
{
    json_auto_t *root = load(json);
    const json_t *value = json_object_get(root, key);
    char *text = json_is_string(value) ? malloc(json_string_length(value) + 1) : NULL;

    if (!text)
        return NULL;
    *ret_len = json_string_length(value);
    memcpy(text, json_string_value(value), *ret_len + 1);
    return text;
}

static void print_text(const char *before, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_string(value) || json_string_length(value) == 0)
        return;
    fputs(before, stdout);
    print_harmless(span_of(json_string_value(value), json_string_length(value)));
}

bool reply_print_explanation(struct span json)
{
    json_auto_t *root = load(json);
    const json_t *client = json_object_get(root, "client");
    const char *words = json_string_value(json_object_get(root, "words"));

    if (!client || !words)
        return false;
    print_text("machine ", client, "mac");
    print_text(json_object_get(client, "mac") ? ", " : "machine ", client, "kind");
    print_text(" ", client, "arch");
    if (json_is_true(json_object_get(root, "assumed_arch")))
        fputs(" (assumed; say --arch for another)", stdout);
    print_text(", host ", root, "host");
    putchar('\n');
    for (struct span rest = span_text(words); rest.len > 0;) {
        size_t n = span_find(rest, '\n');
        print_harmless(span_slice(rest, 0, n));
        putchar('\n');
        rest = span_from(rest, n + 1);
    }
    return true;
}

bool reply_print_event(struct span json)
{
    json_auto_t *root = load(json);
    const json_t *time = json_object_get(root, "time_ms");
    if (!json_is_object(root))
        return false;
    if (json_is_integer(time)) {
        int64_t s = json_integer_value(time) / 1000 % 86400;
        printf("%02d:%02d:%02d", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
    } else {
        fputs("--:--:--", stdout);
    }
    if (json_object_get(root, "machine"))
        print_text("  ", root, "machine");
    else
        print_text("  ", json_object_get(root, "fields"), "source");
    const json_t *level = json_object_get(root, "level");
    if (json_is_string(level) && (strcmp(json_string_value(level), "warning") == 0 ||
                                  strcmp(json_string_value(level), "error") == 0))
        printf("  %s:", json_string_value(level));
    print_text("  ", root, "message");
    putchar('\n');
    fflush(stdout);
    return true;
}

bool reply_each(struct span json, const char *key, void (*row)(void *context, struct span json),
                void *context)
{
    json_auto_t *root = load(json);
    const json_t *list = json_object_get(root, key);
    if (!json_is_array(list))
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        char *text = json_dumps(json_array_get(list, i), JSON_COMPACT);
        if (text)
            row(context, span_text(text));
        free(text);
    }
    return true;
}

bool reply_next(struct span json, char *next, size_t cap)
{
    json_auto_t *root = load(json);
    const json_t *value = json_object_get(root, "next");
    span_to_text(json_is_string(value) ? span_text(json_string_value(value)) : (struct span){ 0 },
                 next, cap);
    return json_is_object(root);
}

bool reply_problem(struct span json, char *out, size_t cap)
{
    json_auto_t *root = load(json);
    const json_t *detail = json_object_get(root, "detail");
    if (!json_is_string(detail))
        return false;
    struct text t = text_over(out, cap);
    text_add_escaped(&t, span_of(json_string_value(detail), json_string_length(detail)));
    return true;
}

bool reply_number(struct span json, const char *key, uint64_t *ret_number)
{
    json_auto_t *root = load(json);
    const json_t *number = json_object_get(root, key);
    if (!json_is_integer(number) || json_integer_value(number) < 0)
        return false;
    *ret_number = (uint64_t)json_integer_value(number);
    return true;
}

bool reply_print_json(struct span json)
{
    json_auto_t *root = load(json);
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    bool printed = text != NULL;
    if (printed)
        puts(text);
    free(text);
    return printed;
}

/* The object within `root` that a pair stands in, made when it is the first; NULL without memory.
 */
static json_t *find_object(json_t *root, const char *name)
{
    json_t *object = name ? json_object_get(root, name) : root;
    if (object)
        return object;
    object = json_object();
    return object && json_object_set_new(root, name, object) == 0 ? object : NULL;
}

char *reply_make_object(const struct reply_pair *pairs, size_t count)
{
    json_auto_t *root = json_object();
    for (size_t i = 0; i < count; i++) {
        if (!pairs[i].text)
            continue;
        json_t *object = find_object(root, pairs[i].object);
        json_t *value = pairs[i].text[0] ? json_string(pairs[i].text) : json_null();
        if (json_object_set_new(object, pairs[i].key, value) != 0)
            return NULL;
    }
    return json_dumps(root, JSON_COMPACT);
}
