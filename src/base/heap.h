/* A binary heap of deadlines over row numbers; each row knows its place, so a deadline can be moved
 * or removed in O(log n). Memory is the caller's. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include "base/clock.h"

#define HEAP_NOWHERE UINT32_MAX

struct heap_item {
    struct instant due;
    uint32_t row;
};

struct heap {
    struct heap_item *items; /* `limit` of them */
    uint32_t *places;        /* row -> index in items, or HEAP_NOWHERE; `limit` of them */
    uint32_t count, limit;
};

/* An empty heap for rows 0..limit-1 in the caller's two arrays. */
void heap_init(struct heap *h, struct heap_item *items, uint32_t *places, uint32_t limit);

/* Set or move the deadline of `row`; INSTANT_NEVER removes it. A row the heap was not made for is
 * passed over. */
void heap_set(struct heap *h, uint32_t row, struct instant due);

/* The earliest deadline, or INSTANT_NEVER. */
struct instant heap_next(const struct heap *h);

/* Take out one row that is due; false when none is. */
bool heap_pop_due(struct heap *h, struct instant now, uint32_t *ret_row);

#endif
