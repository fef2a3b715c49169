/* See lazy_ring.h. */
#include "serve/lazy_ring.h"

#include <errno.h>
#include <stdlib.h>

static bool is_of_chain(enum change_kind kind)
{
    return kind == CHANGE_CHAIN_RESULT || kind == CHANGE_CHAIN_FORGET;
}

int lazy_ring_init(struct lazy_ring *ring, uint32_t max)
{
    *ring = (struct lazy_ring){ .rows = calloc(max, sizeof *ring->rows), .max = max };
    return ring->rows ? 0 : -ENOMEM;
}

void lazy_ring_done(struct lazy_ring *ring)
{
    free(ring->rows);
    *ring = (struct lazy_ring){ 0 };
}

bool lazy_ring_takes(const struct change *c)
{
    return (c->kind == CHANGE_EVENT && c->event) ||
           (c->kind == CHANGE_CLIENT_SEEN && c->seen && !mac_is_zero(c->seen->client.mac)) ||
           (is_of_chain(c->kind) && c->chain && !mac_is_zero(c->chain->mac));
}

bool lazy_ring_put(struct lazy_ring *ring, const struct change *change)
{
    bool is_full = ring->count == ring->max;

    if (is_full) {
        ring->at = (ring->at + 1) % ring->max;
        ring->count--;
    }
    struct lazy *lazy = &ring->rows[(ring->at + ring->count++) % ring->max];
    lazy->kind = change->kind;
    if (change->kind == CHANGE_EVENT)
        event_copy(&lazy->of.event, change->event);
    else if (is_of_chain(change->kind))
        lazy->of.chain = *change->chain;
    else
        lazy->of.seen = *change->seen;
    return !is_full;
}

/* An event is large and mostly empty: only what is in it is copied. */
static void copy(struct lazy *to, const struct lazy *from)
{
    to->kind = from->kind;
    if (from->kind == CHANGE_EVENT)
        event_copy(&to->of.event, &from->of.event);
    else if (is_of_chain(from->kind))
        to->of.chain = from->of.chain;
    else
        to->of.seen = from->of.seen;
}

size_t lazy_ring_take(struct lazy_ring *ring, size_t most, struct lazy *taken,
                      struct change *changes)
{
    size_t count = 0;

    while (ring->count > 0 && count < most) {
        struct lazy *lazy = &taken[count];
        copy(lazy, &ring->rows[ring->at]);
        changes[count++] = (struct change){
            .kind = lazy->kind,
            .event = lazy->kind == CHANGE_EVENT ? &lazy->of.event : NULL,
            .seen = lazy->kind == CHANGE_CLIENT_SEEN ? &lazy->of.seen : NULL,
            .chain = is_of_chain(lazy->kind) ? &lazy->of.chain : NULL,
        };
        ring->at = (ring->at + 1) % ring->max;
        ring->count--;
    }
    if (ring->count == 0)
        ring->at = 0; /* stay in the memory already touched */
    return count;
}
