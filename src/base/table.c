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
    return (size_t)slots_for(limit) * sizeof(uint64_t);
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
}

void table_clear(struct table *t)
{
    memset(t->slots, 0, table_memory(t->limit));
    t->count = 0;
}

static uint32_t hash_of(const struct table *t, struct span key)
{
    return (uint32_t)siphash(&t->hash_key, key);
}

static uint32_t row_in(uint64_t slot)
{
    return (uint32_t)slot - 1;
}

/* The slot that holds the key, or the free slot where it would go. */
static uint32_t slot_for(const struct table *t, struct span key, uint32_t hash)
{
    uint32_t at = hash & t->mask;
    for (; t->slots[at] != 0; at = (at + 1) & t->mask)
        if (t->slots[at] >> 32 == hash &&
            span_equals(t->key_of(t->rows, row_in(t->slots[at])), key))
            break;
    return at;
}

uint32_t table_find(const struct table *t, struct span key)
{
    uint32_t at = slot_for(t, key, hash_of(t, key));
    return t->slots[at] == 0 ? TABLE_NONE : row_in(t->slots[at]);
}

bool table_insert(struct table *t, uint32_t row)
{
    if (t->count >= t->limit)
        return false;
    struct span key = t->key_of(t->rows, row);
    uint32_t hash = hash_of(t, key), at = slot_for(t, key, hash);
    if (t->slots[at] == 0)
        t->count++;
    t->slots[at] = (uint64_t)hash << 32 | (row + 1);
    return true;
}

bool table_remove(struct table *t, uint32_t row)
{
    struct span key = t->key_of(t->rows, row);
    uint32_t hole = slot_for(t, key, hash_of(t, key));
    if (t->slots[hole] == 0 || row_in(t->slots[hole]) != row)
        return false;
    t->slots[hole] = 0;
    t->count--;
    for (uint32_t at = (hole + 1) & t->mask; t->slots[at] != 0; at = (at + 1) & t->mask) {
        uint32_t home = (uint32_t)(t->slots[at] >> 32) & t->mask;
        /* It may move back if its home does not lie between the hole and where it is now. */
        if (((at - home) & t->mask) >= ((at - hole) & t->mask)) {
            t->slots[hole] = t->slots[at];
            t->slots[at] = 0;
            hole = at;
        }
    }
    return true;
}
