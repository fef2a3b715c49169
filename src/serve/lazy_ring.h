/* Changes that may wait, and of which the oldest go when too many do: kept by value, since whoever
 * hands one over keeps nothing. No lock of its own: store_thread.c has one. */
#ifndef SERVE_LAZY_RING_H
#define SERVE_LAZY_RING_H

#include "base/checked.h"

#include "model/change.h"

/* Events and facts about machines; nothing else is lazy. */
struct lazy {
    enum change_kind kind;
    union {
        struct event event;
        struct client_seen seen;
        struct chain_result chain;
    } of;
};

struct lazy_ring {
    struct lazy *rows;
    uint32_t at, count, max;
};

/* Room for `max` of them. 0 or -ENOMEM. */
must_check int lazy_ring_init(struct lazy_ring *ring, uint32_t max);
void lazy_ring_done(struct lazy_ring *ring);

/* May this change wait here? (A promise may not, nor what says nothing.) */
bool lazy_ring_takes(const struct change *change);

/* Copy one in that lazy_ring_takes(). False: the oldest had to go for it. */
bool lazy_ring_put(struct lazy_ring *ring, const struct change *change);

/* Move the oldest, at most `most`, to `taken`, and write to `changes` what points to them; how many
 * they were. */
size_t lazy_ring_take(struct lazy_ring *ring, size_t most, struct lazy *taken,
                      struct change *changes);

#endif
