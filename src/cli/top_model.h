/* What `tugboot top` shows: every machine that boots or has booted, made of the daemon's events.
 * Pure; of a fixed size; time is the daemon's calendar. */
#ifndef CLI_TOP_MODEL_H
#define CLI_TOP_MODEL_H

#include "boot/progress.h"

#define TOP_MACHINES_MAX 4096
#define TOP_NAME_MAX     64
#define TOP_SAID_MAX     400
#define TOP_FILTER_MAX   40

enum top_sort {
    TOP_BY_TIME, /* seen last comes first */
    TOP_BY_NAME,
    TOP_BY_STEP, /* those that stand still, then those under way, then the others */
    TOP_BY_RATE,
    TOP_SORT_COUNT,
};

const char *top_sort_name(enum top_sort sort);

struct top_machine {
    uint64_t mac;
    char name[TOP_NAME_MAX]; /* of its host, "" = none */
    struct progress progress;
    bool is_stalled;
    char said[TOP_SAID_MAX]; /* its last event, or the verdict about its stall; printable ASCII */
    int64_t seen_ms;         /* calendar */
    uint64_t bytes, total;   /* of the transfer under way; total 0 = there is none */
    uint64_t rate;           /* bytes a second, of the last that was told */
    int64_t told_ms;         /* when `bytes` was told */
};

struct top_model;

/* NULL when memory ran out. */
struct top_model *top_model_new(void);
void top_model_free(struct top_model *model);

/* Take in an event; `message` is printable. When there is no room the machine that was silent
 * longest makes place. */
void top_model_note(struct top_model *model, const struct event *event, const char *message);
/* A machine's host; names no machine that was not seen. What is not printable ASCII is escaped. */
void top_model_name(struct top_model *model, uint64_t mac, const char *name);

/* Order and choice: only machines with `filter` in name, address or what was said (case ignored).
 */
void top_model_arrange(struct top_model *model, enum top_sort sort, const char *filter,
                       int64_t now_ms);
/* Those chosen, in order; valid until the next call that changes the model. */
size_t top_model_count(const struct top_model *model);
const struct top_machine *top_model_at(const struct top_model *model, size_t index);

struct top_sums {
    size_t machines, booting, stalled, waiting, done;
    uint64_t rate;
    uint64_t last_sequence;
};
struct top_sums top_model_sums(const struct top_model *model, int64_t now_ms);

/* Does a transfer go on? What was told some seconds ago is over. */
bool top_machine_transfers(const struct top_machine *m, int64_t now_ms);
/* "stands still", "fetches its loader", ... */
const char *top_machine_state(const struct top_machine *m);

#endif
