/* See menu_order.h. */
#include "api/menu_order.h"

#include <jansson.h>

bool menu_order_read(struct span json, struct arena *arena, struct menu_order *ret)
{
    json_error_t error;
    json_auto_t *root =
        json_loadb((const char *)json.data, json.len, JSON_REJECT_DUPLICATES, &error);
    const json_t *list = json_object_get(root, "images");
    size_t i, count = json_array_size(list);
    json_t *value;

    *ret = (struct menu_order){ .names = arena_array(arena, const char *, count + 1) };
    if (!ret->names)
        return false;
    json_array_foreach(list, i, value)
    {
        struct span kept =
            arena_copy(arena, span_of(json_string_value(value), json_string_length(value) + 1));
        if (!kept.data)
            return false;
        ret->names[ret->count++] = (const char *)kept.data;
    }
    return true;
}
