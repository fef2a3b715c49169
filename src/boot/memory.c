/* See memory.h. */
#include "boot/memory.h"

const struct chain_result *recollection_find(const struct recollection *r, const char *chain)
{
    for (uint8_t i = 0; i < r->count; i++)
        if (strcmp(r->chains[i].chain, chain) == 0)
            return &r->chains[i];
    return NULL;
}
