/* See names_json.h. */
#include "api/names_json.h"

#include <jansson.h>

bool names_from_json(struct span json, const char *key, struct arena *arena, const char **names,
                     size_t max, size_t *ret_count, char sentence[API_SENTENCE_MAX])
{
    struct text why = text_over(sentence, API_SENTENCE_MAX);
    json_error_t error;
    json_auto_t *root =
        json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, &error);
    const json_t *list = json_object_get(root, key);

    if (!json_is_array(list) || json_array_size(list) > max) {
        text_addf(&why, "\"%s\" must be a list of at most %zu texts.", key, max);
        return false;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *value = json_array_get(list, i);
        if (!json_is_string(value)) {
            text_addf(&why, "\"%s\" must be a list of texts.", key);
            return false;
        }
        char *copy = arena_alloc(arena, json_string_length(value) + 1);
        if (!copy) {
            text_addf(&why, "\"%s\" does not fit into the request's memory.", key);
            return false;
        }
        span_to_text(span_of(json_string_value(value), json_string_length(value)), copy,
                     json_string_length(value) + 1);
        names[i] = copy;
    }
    *ret_count = json_array_size(list);
    return true;
}
