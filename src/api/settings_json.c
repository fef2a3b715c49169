/* See settings_json.h. A JSON value is a YAML value in brackets and quotes; words that need none
 * get none, as a person would write them. */
#include "api/settings_json.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/text.h"

static bool refuse(char sentence[API_SENTENCE_MAX], const char *words)
{
    span_to_text(span_text(words), sentence, API_SENTENCE_MAX);
    return false;
}

static const char *keep(struct arena *arena, struct span text)
{
    char *copy = arena_alloc(arena, text.len + 1);
    if (copy)
        span_to_text(text, copy, text.len + 1);
    return copy;
}

/* A word that YAML takes for a text, also within brackets, and nothing else. */
static bool is_plain(struct span s)
{
    static const char others[] = "/._+-";
    if (s.len == 0 || s.data[0] == '-' || s.data[0] == '.' || s.data[0] == '+')
        return false;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.data[i];
        bool is_word = (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
        if (!is_word && (c == 0 || !strchr(others, c)))
            return false;
    }
    return true;
}

static bool take_value(const json_t *value, struct arena *arena, struct span *ret)
{
    struct span text = { 0 };
    bool fits;

    *ret = text;
    if (json_is_null(value))
        return true;
    if (json_is_string(value))
        text = span_of(json_string_value(value), json_string_length(value));
    if (json_is_string(value) && is_plain(text)) {
        *ret = arena_copy(arena, text);
        return ret->data != NULL;
    }
    char *dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_PRESERVE_ORDER);
    *ret = dumped ? arena_copy(arena, span_text(dumped)) : text;
    fits = ret->data != NULL;
    free(dumped);
    return fits;
}

static bool take_changes(const json_t *list, struct arena *arena, struct api_settings_changes *out,
                         char sentence[API_SENTENCE_MAX])
{
    if (!json_is_array(list) || json_array_size(list) == 0 ||
        json_array_size(list) > API_SETTING_CHANGES_MAX)
        return refuse(sentence, "\"changes\" must be a list of 1 to 32 changes.");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);
        const json_t *path = json_object_get(row, "path"), *value = json_object_get(row, "value");
        struct api_setting_change *change = &out->rows[out->count++];
        if (!json_is_string(path) || !value || json_object_size(row) != 2)
            return refuse(sentence, "A change is {\"path\": KEY, \"value\": VALUE or null}.");
        change->path = keep(arena, span_of(json_string_value(path), json_string_length(path)));
        if (!change->path || !take_value(value, arena, &change->value))
            return refuse(sentence, "The changes are too long for one request.");
    }
    return true;
}

static bool take_all(const json_t *root, struct arena *arena, struct api_settings_changes *out,
                     char sentence[API_SENTENCE_MAX])
{
    const json_t *preview = json_object_get(root, "preview");
    const json_t *digest = json_object_get(root, "digest");
    size_t known = 1U + (preview ? 1U : 0U) + (digest ? 1U : 0U);

    if (!json_is_object(root) || json_object_size(root) != known ||
        (preview && !json_is_boolean(preview)) || (digest && !json_is_string(digest)))
        return refuse(sentence, "Send {\"changes\": [...]}, with \"preview\": true or false, and "
                                "\"digest\": of the file, as wished.");
    out->preview = json_is_true(preview);
    out->digest =
        keep(arena, digest ? span_of(json_string_value(digest), json_string_length(digest))
                           : (struct span){ 0 });
    if (!out->digest)
        return refuse(sentence, "The changes are too long for one request.");
    return take_changes(json_object_get(root, "changes"), arena, out, sentence);
}

bool settings_from_json(struct span json, struct arena *arena, struct api_settings_changes *ret,
                        char sentence[API_SENTENCE_MAX])
{
    json_error_t error;
    const char *data = json.len > 0 ? (const char *)json.data : "";
    json_t *root = json_loadb(data, json.len, JSON_REJECT_DUPLICATES, &error);

    *ret = (struct api_settings_changes){ 0 };
    if (!root)
        return refuse(sentence, "The body is not JSON.");
    bool is_sound = take_all(root, arena, ret, sentence);
    json_decref(root);
    return is_sound;
}

bool image_change_from_json(struct span json, struct arena *arena,
                            struct api_setting_change rows[API_IMAGE_KEYS], size_t *ret_count,
                            char sentence[API_SENTENCE_MAX])
{
    static const char *const keys[API_IMAGE_KEYS] = { "title",   "group", "arguments",
                                                      "answers", "order", "hidden" };
    json_error_t error;
    const char *data = json.len > 0 ? (const char *)json.data : "";
    json_t *root = json_loadb(data, json.len, JSON_REJECT_DUPLICATES, &error);
    bool is_sound = json_is_object(root);
    size_t known = 0;

    *ret_count = 0;
    for (size_t i = 0; is_sound && i < API_IMAGE_KEYS; i++) {
        const json_t *value = json_object_get(root, keys[i]);
        bool is_text = i < 4;
        if (!value)
            continue;
        known++;
        is_sound = json_is_null(value) || (is_text  ? json_is_string(value)
                                           : i == 4 ? json_is_integer(value)
                                                    : json_is_boolean(value));
        struct api_setting_change *row = &rows[(*ret_count)++];
        row->path = keys[i];
        is_sound = is_sound && take_value(value, arena, &row->value);
    }
    is_sound = is_sound && known == json_object_size(root) && known > 0;
    json_decref(root);
    return is_sound ||
           refuse(sentence, "Send an object with some of title, group, arguments, answers (texts), "
                            "order (a number) and hidden (true or false); null takes one out.");
}

static const char *text_at(const json_t *root, const char *key, struct arena *arena)
{
    const json_t *value = json_object_get(root, key);
    return keep(arena, json_is_string(value)
                           ? span_of(json_string_value(value), json_string_length(value))
                           : (struct span){ 0 });
}

bool template_from_json(struct span json, struct arena *arena, struct api_template_wish *ret,
                        char sentence[API_SENTENCE_MAX])
{
    json_error_t error;
    const char *data = json.len > 0 ? (const char *)json.data : "";
    json_t *root = json_loadb(data, json.len, JSON_REJECT_DUPLICATES, &error);
    const char *text = text_at(root, "text", arena);
    bool is_sound = json_is_string(json_object_get(root, "text")) && text;

    *ret = (struct api_template_wish){ .mac = text_at(root, "mac", arena),
                                       .image = text_at(root, "image", arena) };
    if (is_sound)
        ret->text = span_text(text);
    json_decref(root);
    return (is_sound && ret->mac && ret->image) ||
           refuse(sentence, "Send {\"text\": TEMPLATE}, without NUL characters.");
}
