/* See heap.h. */
#include "base/heap.h"

void heap_init(struct heap *h, struct heap_item *items, uint32_t *places, uint32_t limit)
{
    *h = (struct heap){ .items = items, .places = places, .limit = limit };
    for (uint32_t i = 0; i < limit; i++)
        places[i] = HEAP_NOWHERE;
}

static void put(struct heap *h, uint32_t at, struct heap_item item)
{
    h->items[at] = item;
    h->places[item.row] = at;
}

static void sift_up(struct heap *h, uint32_t at)
{
    struct heap_item item = h->items[at];
    while (at > 0 && h->items[(at - 1) / 2].due.ns > item.due.ns) {
        put(h, at, h->items[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(h, at, item);
}

static void sift_down(struct heap *h, uint32_t at)
{
    struct heap_item item = h->items[at];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= h->count)
            break;
        if (child + 1 < h->count && h->items[child + 1].due.ns < h->items[child].due.ns)
            child++;
        if (h->items[child].due.ns >= item.due.ns)
            break;
        put(h, at, h->items[child]);
        at = child;
    }
    put(h, at, item);
}

static void take_out(struct heap *h, uint32_t at)
{
    h->places[h->items[at].row] = HEAP_NOWHERE;
    h->count--;
    if (at == h->count)
        return;
    put(h, at, h->items[h->count]);
    sift_up(h, at);
    sift_down(h, at);
}

void heap_set(struct heap *h, uint32_t row, struct instant due)
{
    if (row >= h->limit)
        return;
    uint32_t at = h->places[row];
    if (due.ns == INSTANT_NEVER.ns) {
        if (at != HEAP_NOWHERE)
            take_out(h, at);
        return;
    }
    if (at == HEAP_NOWHERE) {
        at = h->count++;
        put(h, at, (struct heap_item){ .due = due, .row = row });
    } else {
        h->items[at].due = due;
    }
    sift_up(h, at);
    sift_down(h, h->places[row]);
}

struct instant heap_next(const struct heap *h)
{
    return h->count > 0 ? h->items[0].due : INSTANT_NEVER;
}

bool heap_pop_due(struct heap *h, struct instant now, uint32_t *ret_row)
{
    if (h->count == 0 || !instant_reached(now, h->items[0].due))
        return false;
    *ret_row = h->items[0].row;
    take_out(h, 0);
    return true;
}
