/* A sink that passes events on, and can leave out those that were emitted the last time as well:
 * for a catalog that is built anew although nothing changed about most of it. */
#ifndef SERVE_TOLD_ONCE_H
#define SERVE_TOLD_ONCE_H

#include "base/event.h"

#define TOLD_ONCE_MAX 512

struct told_once {
    struct event_sink to;
    bool is_quiet;
    uint64_t now[TOLD_ONCE_MAX], before[TOLD_ONCE_MAX]; /* hashes of events */
    size_t now_count, before_count;
};

/* Begin a time. With `is_quiet` only what is new is passed on to `to`, else everything. Zeroed
 * memory is sound; events beyond TOLD_ONCE_MAX are always passed on. */
void told_once_begin(struct told_once *told, const struct event_sink *to, bool is_quiet);
/* Valid until the end. */
struct event_sink told_once_sink(struct told_once *told);
/* What was emitted becomes what is known, if it `counts`. */
void told_once_end(struct told_once *told, bool counts);

#endif
