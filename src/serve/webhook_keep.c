/* See webhook_keep.h. */
#include "serve/webhook_keep.h"

#include <errno.h>
#include <stdlib.h>

#define AGAIN_MS 1000 /* a store that does not take changes is asked again */

struct row {
    struct row *next;
    bool removes;
    struct hook_event waiting; /* its texts lie behind it */
};

struct webhook_keep {
    struct loop *loop;
    struct store_thread *store;
    struct store *own_store;
    struct row *first, **last; /* not yet handed over */
    size_t count;
    struct row *written; /* by the batch that is under way */
    struct change *changes;
    struct store_batch batch;
    bool is_under_way, is_stopping;
    struct timer soon;
};

static void free_rows(struct row *row)
{
    while (row) {
        struct row *next = row->next;
        free(row);
        row = next;
    }
}

static struct change *make_changes(const struct webhook_keep *keep)
{
    struct change *changes = calloc(keep->count, sizeof *changes);
    size_t i = 0;

    for (const struct row *row = keep->first; changes && row; row = row->next)
        changes[i++] = (struct change){ .kind = row->removes ? CHANGE_HOOK_REMOVE : CHANGE_HOOK_PUT,
                                        .waiting = &row->waiting };
    return changes;
}

static void arm(struct webhook_keep *keep, int64_t ms)
{
    struct instant due = instant_after(loop_now(keep->loop).steady, duration_ms(ms));
    if (!keep->is_stopping && loop_arm(keep->loop, &keep->soon, due) < 0)
        return; /* only without memory; the next event tries again */
}

/* The rows of a batch that failed go back to the front. */
static void take_back(struct webhook_keep *keep)
{
    struct row *end = keep->written;
    if (!end)
        return;
    size_t count = 1;
    for (; end->next; end = end->next)
        count++;
    end->next = keep->first;
    if (!keep->first)
        keep->last = &end->next;
    keep->first = keep->written;
    keep->written = NULL;
    keep->count += count;
}

static void batch_done(struct store_batch *batch)
{
    struct webhook_keep *keep = batch->context;

    free(keep->changes);
    keep->changes = NULL;
    keep->is_under_way = false;
    if (batch->result < 0 && batch->result != -EINVAL) /* which it would be for ever */
        take_back(keep);
    free_rows(keep->written);
    keep->written = NULL;
    if (keep->first)
        arm(keep, batch->result < 0 ? AGAIN_MS : 0);
}

static void submit(struct timer *timer, struct now now)
{
    struct webhook_keep *keep = timer->context;

    (void)now;
    if (keep->is_under_way || !keep->first)
        return;
    keep->changes = make_changes(keep);
    keep->batch = (struct store_batch){ .changes = keep->changes,
                                        .in_place = true,
                                        .count = keep->count,
                                        .loop = keep->loop,
                                        .done = batch_done,
                                        .context = keep };
    if (!keep->changes || store_thread_submit(keep->store, &keep->batch) < 0) {
        free(keep->changes);
        keep->changes = NULL;
        arm(keep, AGAIN_MS);
        return;
    }
    keep->is_under_way = true;
    keep->written = keep->first;
    keep->first = NULL;
    keep->last = &keep->first;
    keep->count = 0;
}

int webhook_keep_new(struct loop *loop, struct store_thread *store, struct store *own_store,
                     struct webhook_keep **ret_keep)
{
    struct webhook_keep *keep = calloc(1, sizeof *keep);
    if (!keep)
        return -ENOMEM;
    keep->loop = loop;
    keep->store = store;
    keep->own_store = own_store;
    keep->last = &keep->first;
    timer_init(&keep->soon, submit, keep);
    *ret_keep = keep;
    return 0;
}

static void append(struct webhook_keep *keep, struct row *row)
{
    *keep->last = row;
    keep->last = &row->next;
    keep->count++;
    if (!keep->is_under_way && keep->count == 1)
        arm(keep, 0);
}

void webhook_keep_put(struct webhook_keep *keep, const struct hook_event *waiting)
{
    const char *const texts[] = { waiting->hook, waiting->message, waiting->json };
    const char *copies[3];
    size_t room = 0;

    for (size_t i = 0; i < 3; i++)
        room += strlen(texts[i]) + 1;
    struct row *row = calloc(1, sizeof *row + room);
    if (!row)
        return;
    char *at = (char *)(row + 1);
    for (size_t i = 0; i < 3; i++) {
        size_t size = strlen(texts[i]) + 1;
        memcpy(at, texts[i], size);
        copies[i] = at;
        at += size;
    }
    row->waiting = *waiting;
    row->waiting.hook = copies[0];
    row->waiting.message = copies[1];
    row->waiting.json = copies[2];
    append(keep, row);
}

/* What was never written need not be removed. */
static bool cancel(struct webhook_keep *keep, uint64_t id)
{
    for (struct row **at = &keep->first; *at; at = &(*at)->next) {
        struct row *row = *at;
        if (row->removes || row->waiting.id != id)
            continue;
        *at = row->next;
        if (!row->next)
            keep->last = at;
        keep->count--;
        free(row);
        return true;
    }
    return false;
}

void webhook_keep_remove(struct webhook_keep *keep, uint64_t id)
{
    if (cancel(keep, id))
        return;
    struct row *row = calloc(1, sizeof *row);
    if (!row)
        return;
    row->removes = true;
    row->waiting.id = id;
    append(keep, row);
}

void webhook_keep_stop(struct webhook_keep *keep)
{
    keep->is_stopping = true;
    loop_disarm(keep->loop, &keep->soon);
}

void webhook_keep_free(struct webhook_keep *keep)
{
    char why[STORE_WHY_MAX];

    if (!keep)
        return;
    loop_disarm(keep->loop, &keep->soon);
    struct change *changes = keep->first ? make_changes(keep) : NULL;
    /* A failure leaves what was delivered to be delivered again, or an event undelivered. */
    if (changes)
        (void)!store_commit(keep->own_store, changes, keep->count, why);
    free(changes);
    free(keep->changes);
    free_rows(keep->first);
    free_rows(keep->written);
    free(keep);
}
