/* A list of names out of JSON: the order of the menu, machines of a bulk request. Apart from the
 * routes because the JSON library's names and those of base/json_write.h collide. */
#ifndef API_MENU_ORDER_H
#define API_MENU_ORDER_H

#include "base/arena.h"

struct menu_order {
    const char **names;
    size_t count;
};

/* The list of texts under "images". The body was held against its shape before. False when it does
 * not fit into the arena. */
bool menu_order_read(struct span json, struct arena *arena, struct menu_order *ret);

#endif
