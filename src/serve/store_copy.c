/* See store_copy.h. A batch becomes one block: the changes in front, then the hosts and their
 * texts, handed out by an arena over the block's rest; a first pass counts what the second needs.
 */
#include "serve/store_copy.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>

#include "base/arena.h"

/* Is it written lazily: lost without harm, and never worth a wait? */
static bool is_lazy(const struct change *change)
{
    return change->kind == CHANGE_EVENT || change->kind == CHANGE_CLIENT_SEEN ||
           change->kind == CHANGE_CHAIN_RESULT || change->kind == CHANGE_CHAIN_FORGET ||
           change->kind == CHANGE_NONE;
}

static const struct host *copy_host(struct arena *arena, const struct host *host)
{
    struct host *copy = arena_new(arena, struct host);
    return copy && host_copy(arena, host, copy) ? copy : NULL;
}

int store_copy_promised(const struct change *changes, size_t count, struct change **ret_copy,
                        size_t *ret_count)
{
    size_t promised = 0, room = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_lazy(&changes[i]))
            continue;
        /* These are committed by whoever made them (serve/site), and not copied about. */
        if (changes[i].kind >= CHANGE_SECRET)
            return -EINVAL;
        promised++;
        if (changes[i].kind != CHANGE_HOST_PUT)
            continue;
        if (!changes[i].host)
            return -EINVAL;
        room += sizeof(struct host) + alignof(max_align_t) + host_copy_room(changes[i].host);
    }
    *ret_copy = NULL;
    *ret_count = 0;
    if (promised == 0)
        return 0;
    size_t front = promised * sizeof **ret_copy;
    struct change *copy = malloc(front + room);
    if (!copy)
        return -ENOMEM;
    struct arena arena = arena_over(copy + promised, room);
    for (size_t i = 0; i < count; i++) {
        if (is_lazy(&changes[i]))
            continue;
        struct change *c = &copy[(*ret_count)++];
        *c = changes[i];
        c->event = NULL;
        c->seen = NULL;
        c->chain = NULL;
        c->host = changes[i].kind == CHANGE_HOST_PUT ? copy_host(&arena, changes[i].host) : NULL;
    }
    *ret_copy = copy;
    return 0;
}
