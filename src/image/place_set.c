/* See place_set.h. */
#include "image/place_set.h"

#include <stdlib.h>

static size_t slot_of(const struct place_set *set, uint64_t place)
{
    size_t at = (size_t)((place * 0x9e3779b97f4a7c15U) >> 20) & (set->slot_count - 1);
    while (set->slots[at] != 0 && set->slots[at] != place + 1)
        at = (at + 1) & (set->slot_count - 1);
    return at;
}

static bool grow(struct place_set *set)
{
    struct place_set larger = { .slot_count = set->slot_count > 0 ? set->slot_count * 2 : 64,
                                .count = set->count };
    larger.slots = calloc(larger.slot_count, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < set->slot_count; i++)
        if (set->slots[i] != 0)
            larger.slots[slot_of(&larger, set->slots[i] - 1)] = set->slots[i];
    free(set->slots);
    *set = larger;
    return true;
}

enum place_answer place_set_add(struct place_set *set, uint64_t place)
{
    if (set->count >= set->slot_count / 2 && !grow(set))
        return PLACE_NO_MEMORY;
    size_t slot = slot_of(set, place);
    if (set->slots[slot] != 0)
        return PLACE_SEEN;
    set->slots[slot] = place + 1;
    set->count++;
    return PLACE_NEW;
}

void place_set_done(struct place_set *set)
{
    free(set->slots);
    *set = (struct place_set){ 0 };
}
