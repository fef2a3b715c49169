/* See image_settings.h. */
#include "api/image_settings.h"

#include <jansson.h>

#include "base/text.h"

static bool take_text(const json_t *object, const char *key, size_t max, struct arena *arena,
                      const char **ret, struct text *why)
{
    const json_t *value = json_object_get(object, key);
    if (!value)
        return true;
    if (!json_is_string(value) || json_string_length(value) > max) {
        text_addf(why, "\"%s\" must be a text of at most %zu bytes.", key, max);
        return false;
    }
    const char *text = json_string_value(value);
    for (size_t i = 0; text[i]; i++)
        if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f) {
            text_addf(why, "\"%s\" has a control character in it.", key);
            return false;
        }
    struct span kept = arena_copy(arena, span_of(text, strlen(text) + 1));
    *ret = (const char *)kept.data;
    return kept.data != NULL;
}

bool image_settings_read(struct span json, struct arena *arena, struct image_settings *ret,
                         char *sentence, size_t cap)
{
    json_error_t error;
    struct text why = text_over(sentence, cap);
    json_auto_t *root =
        json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, &error);
    const json_t *hidden = json_object_get(root, "hidden"), *order = json_object_get(root, "order");

    *ret = (struct image_settings){ 0 };
    if (!json_is_object(root)) {
        text_add(&why, "It is no JSON object.");
        return false;
    }
    if (!take_text(root, "title", 255, arena, &ret->title, &why) ||
        !take_text(root, "arguments", 1023, arena, &ret->arguments, &why) ||
        !take_text(root, "group", 63, arena, &ret->group, &why))
        return false;
    if (ret->title && !ret->title[0]) {
        text_add(&why, "\"title\" must not be empty; null gives the recognised one back.");
        return false;
    }
    ret->has_hidden = json_is_boolean(hidden);
    ret->hidden = json_is_true(hidden);
    ret->has_order = json_is_integer(order);
    json_int_t number = ret->has_order ? json_integer_value(order) : 0;
    if (number < -IMAGE_ORDER_MAX || number > IMAGE_ORDER_MAX) {
        text_add(&why, "\"order\" must be a number from -1000000 to 1000000.");
        return false;
    }
    ret->order = (int32_t)number;
    return true;
}
