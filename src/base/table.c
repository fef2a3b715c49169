/* See table.h. Deletion moves later members of the probe run back (Knuth 6.4, algorithm R), so no
 * tombstones pile up however long a daemon runs. */
#include "base/table.h"

static uint32_t slots_for(uint32_t limit)
{
    uint32_t slots = 8;
    while (slots / 2 < limit && slots < UINT32_C(1) << 31)
        slots *= 2;
    return slots;
}

size_t table_memory(uint32_t limit)
{
    return (size_t)slots_for(limit) * sizeof(uint32_t);
}

void table_init(struct table *t, void *memory, uint32_t limit, const void *rows,
                table_key_fn key_of, struct hash_key hash_key)
{
    *t = (struct table){ .slots = memory,
                         .mask = slots_for(limit) - 1,
                         .limit = limit,
                         .rows = rows,
                         .key_of = key_of,
                         .hash_key = hash_key };
    memset(memory, 0, table_memory(limit));
}

static uint32_t home_of(const struct table *t, struct span key)
{
    return (uint32_t)siphash(&t->hash_key, key) & t->mask;
}

/* The slot that holds the key, or the free slot where it would go. */
static uint32_t slot_for(const struct table *t, struct span key)
{
    uint32_t slot = home_of(t, key);
    while (t->slots[slot] != 0 && !span_equals(t->key_of(t->rows, t->slots[slot] - 1), key))
        slot = (slot + 1) & t->mask;
    return slot;
}

uint32_t table_find(const struct table *t, struct span key)
{
    uint32_t slot = slot_for(t, key);
    return t->slots[slot] == 0 ? TABLE_NONE : t->slots[slot] - 1;
}

bool table_insert(struct table *t, uint32_t row)
{
    if (t->count >= t->limit)
        return false;
    uint32_t slot = slot_for(t, t->key_of(t->rows, row));
    if (t->slots[slot] == 0)
        t->count++;
    t->slots[slot] = row + 1;
    return true;
}

bool table_remove(struct table *t, uint32_t row)
{
    uint32_t hole = slot_for(t, t->key_of(t->rows, row));
    if (t->slots[hole] != row + 1)
        return false;
    t->slots[hole] = 0;
    t->count--;
    for (uint32_t slot = (hole + 1) & t->mask; t->slots[slot] != 0; slot = (slot + 1) & t->mask) {
        uint32_t home = home_of(t, t->key_of(t->rows, t->slots[slot] - 1));
        /* It may move back if its home does not lie between the hole and where it is now. */
        if (((slot - home) & t->mask) >= ((slot - hole) & t->mask)) {
            t->slots[hole] = t->slots[slot];
            t->slots[slot] = 0;
            hole = slot;
        }
    }
    return true;
}
