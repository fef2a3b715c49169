/* How an image stands on the menu, where somebody has set that: read from its record. Apart from
 * shapes.h because the JSON library's names and those of base/json_write.h collide. */
#ifndef API_IMAGE_SETTINGS_H
#define API_IMAGE_SETTINGS_H

#include "base/arena.h"

#define IMAGE_ORDER_MAX 1000000

struct image_settings {
    const char *title, *arguments, *group; /* NULL = as recognised */
    bool has_hidden, hidden;
    bool has_order;
    int32_t order;
};

/* From JSON text, whose strings are copied to the arena. False with a sentence. */
bool image_settings_read(struct span json, struct arena *arena, struct image_settings *ret,
                         char *sentence, size_t cap);

#endif
