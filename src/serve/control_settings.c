/* The backend's part for the configuration: its keys, its file, changes of it. A change is made on
 * the text, held against the schema as a whole, written, and read as any reload is. */
#include "serve/control_settings.h"

#include <errno.h>
#include <stdlib.h>

#include "config/settings_rows.h"
#include "serve/settings_file.h"

struct rows {
    api_setting_fn row;
    void *context;
};

static struct api_setting row_of(const struct schema_key *key, enum setting_form form,
                                 const char *expected)
{
    return (struct api_setting){ .path = key->path,
                                 .form = setting_form_name(form),
                                 .choices = setting_choices(key),
                                 .fallback = key->fallback,
                                 .unit = key->unit,
                                 .doc = key->doc,
                                 .expected = expected,
                                 .min = key->min,
                                 .max = key->max };
}

static bool pass(void *context, const struct setting *s)
{
    const struct rows *rows = context;
    enum schema_scope scope;
    char expected[256];
    struct text t = text_over(expected, sizeof expected);

    setting_add_expected(&t, s->key);
    struct api_setting row = row_of(s->key, s->form, expected);
    row.value = span_slice(s->value, 0, 16384);
    row.written = span_slice(s->written, 0, 16384);
    row.line = s->line;
    row.refused = setting_refusal(s->key->path);
    row.has_rows = settings_row_scope(s->key, &scope);
    return rows->row(rows->context, &row);
}

static struct span text_of(const struct settings_file *file)
{
    return span_of(file->text, file->len);
}

enum api_result control_each_setting(void *context, struct arena *arena, api_setting_fn row,
                                     void *row_context)
{
    const struct control_settings *s = context;
    struct rows rows = { row, row_context };
    struct settings_file file = { 0 };

    (void)arena;
    /* A file that cannot be read now does not hide what is in force. */
    (void)!settings_file_read(s->config_path, &file);
    int r = settings_each(site_view(s->site)->config, text_of(&file), pass, &rows);
    settings_file_done(&file);
    return r < 0 ? API_FAILED : API_DONE;
}

enum api_result control_each_setting_field(void *context, const char *path, api_setting_fn row,
                                           void *row_context)
{
    const struct schema_key *key = schema_find(SCOPE_TOP, span_text(path));
    enum schema_scope scope;

    (void)context;
    if (!key || !settings_row_scope(key, &scope))
        return API_NOT_FOUND;
    for (key = settings_row_key(scope, NULL); key; key = settings_row_key(scope, key)) {
        char expected[256];
        struct text t = text_over(expected, sizeof expected);
        setting_add_expected(&t, key);
        const struct api_setting shown = row_of(key, setting_form_of(key), expected);
        if (!row(row_context, &shown))
            break;
    }
    return API_DONE;
}

struct list_rows {
    api_setting_row_fn row;
    void *context;
};

static bool pass_row(void *context, const struct settings_row *row)
{
    const struct list_rows *rows = context;
    struct api_setting_value values[SETTINGS_ROW_VALUES_MAX];

    for (size_t i = 0; i < row->value_count; i++)
        values[i] = (struct api_setting_value){ row->values[i].key, row->values[i].text };
    const struct api_setting_row shown = { .index = row->index,
                                           .line = row->line,
                                           .is_plain = row->is_plain,
                                           .values = values,
                                           .value_count = row->value_count };
    return rows->row(rows->context, &shown);
}

enum api_result control_each_setting_row(void *context, const char *path, uint32_t first,
                                         api_setting_row_fn row, void *row_context)
{
    const struct control_settings *s = context;
    const struct schema_key *key = schema_find(SCOPE_TOP, span_text(path));
    struct list_rows rows = { row, row_context };
    struct settings_file file = { 0 };
    enum schema_scope scope;

    if (!key || !settings_row_scope(key, &scope))
        return API_NOT_FOUND;
    if (settings_file_read(s->config_path, &file) < 0)
        return API_FAILED;
    int r = settings_each_row(text_of(&file), key, first, pass_row, &rows);
    settings_file_done(&file);
    return r < 0 ? API_FAILED : API_DONE;
}

/* The text as it may be shown, in the arena; empty when there is no room. */
static struct span shown(struct span text, struct arena *arena)
{
    char *data = arena_alloc(arena, text.len + 1);
    struct text out = text_over(data ? data : (char[1]){ 0 }, data ? text.len + 1 : 1);

    if (data)
        settings_hide_secrets(text, &out);
    return data ? text_span(&out) : (struct span){ 0 };
}

enum api_result control_settings_file(void *context, struct arena *arena,
                                      struct api_settings_file *out)
{
    const struct control_settings *s = context;
    struct settings_file file;
    struct text why = text_over(out->sentence, sizeof out->sentence);

    if (settings_file_read(s->config_path, &file) < 0)
        return API_FAILED;
    out->path = s->config_path;
    out->is_writable =
        settings_file_is_writable(s->config_path, site_view(s->site)->config, &file, &why);
    out->text = shown(text_of(&file), arena);
    span_to_text(span_text(file.digest), out->digest, sizeof out->digest);
    settings_file_done(&file);
    return API_DONE;
}

static enum api_result apply(const struct settings_file *file,
                             const struct api_settings_changes *changes, struct text *after,
                             char sentence[API_SENTENCE_MAX])
{
    struct settings_change rows[API_SETTING_CHANGES_MAX];
    struct config_faults *faults = calloc(1, sizeof *faults);
    char why[SETTINGS_WHY_MAX] = "";

    for (size_t i = 0; i < changes->count; i++)
        rows[i] = (struct settings_change){ changes->rows[i].path, changes->rows[i].value };
    int r =
        faults ? settings_apply(text_of(file), rows, changes->count, after, faults, why) : -ENOMEM;
    free(faults);
    span_to_text(span_text(why), sentence, API_SENTENCE_MAX);
    return r == 0 ? API_DONE : r == -EINVAL ? API_INVALID : API_FAILED;
}

/* Write it and read it again. */
static enum api_result put(const struct control_settings *s, const struct settings_file *file,
                           struct span after, struct api_settings_result *out,
                           char sentence[API_SENTENCE_MAX])
{
    const struct config *config = site_view(s->site)->config;
    struct text why = text_over(sentence, API_SENTENCE_MAX);

    if (!settings_file_is_writable(s->config_path, config, file, &why))
        return API_READ_ONLY;
    if (settings_file_write(s->config_path, config, file, after, &why) < 0)
        return API_FAILED;
    out->is_written = true;
    out->is_in_force = site_reload(s->site, out->sentence, sizeof out->sentence) == 0;
    return API_DONE;
}

static enum api_result change(const struct control_settings *s, const struct settings_file *file,
                              const struct api_settings_changes *changes, struct arena *arena,
                              struct api_settings_result *out, char sentence[API_SENTENCE_MAX])
{
    size_t cap = file->len + 65536;
    char *data = malloc(cap);
    struct settings_file now;

    if (!data)
        return API_FAILED;
    struct text after = text_over(data, cap);
    enum api_result result = apply(file, changes, &after, sentence);
    if (result == API_DONE) {
        out->before = shown(text_of(file), arena);
        out->after = shown(text_span(&after), arena);
        span_to_text(span_text(file->digest), out->digest, sizeof out->digest);
    }
    if (result == API_DONE && !changes->preview)
        result = put(s, file, text_span(&after), out, sentence);
    if (out->is_written && settings_file_read(s->config_path, &now) == 0) {
        span_to_text(span_text(now.digest), out->digest, sizeof out->digest);
        settings_file_done(&now);
    }
    explicit_bzero(data, cap);
    free(data);
    return result;
}

enum api_result control_settings_change(void *context, const struct api_settings_changes *changes,
                                        struct arena *arena, struct api_settings_result *out,
                                        char sentence[API_SENTENCE_MAX])
{
    const struct control_settings *s = context;
    struct settings_file file;
    int r = settings_file_read(s->config_path, &file);

    if (r < 0) {
        struct text t = text_over(sentence, API_SENTENCE_MAX);
        text_addf(&t, "%s cannot be read: %s", s->config_path, strerror(-r));
        return API_FAILED;
    }
    bool is_same = changes->digest[0] == 0 || strcmp(changes->digest, file.digest) == 0;
    enum api_result result =
        is_same ? change(s, &file, changes, arena, out, sentence) : API_NOT_FOUND;
    settings_file_done(&file);
    return result;
}
