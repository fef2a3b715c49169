/* See store_thread.h. One mutex guards the queues between the loops and the thread; it is never
 * held while the database works. The thread sleeps in poll() on an eventfd, with a time limit while
 * events wait to be written or a failed store is to be tried again.
 *
 * A turn: the promises that wait become durable together and are reported; only then what is lazy
 * is written, and a slice of the lease log folded into the database. When a commit of promises
 * fails it is tried again batch by batch, so that no bad change costs another a lease. */
#include "serve/store_thread.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net/clock.h"
#include "serve/lazy_ring.h"
#include "serve/store_copy.h"

/* What one transaction takes at most. */
#define ROUND_BATCHES 256
#define ROUND_LAZY    1024
/* Leases folded at once, and how full the log may become before it is folded without waiting. */
#define FOLD_SLICE 1024
#define FOLD_FILL  75

struct store_thread {
    struct store *store;
    struct store_thread_settings settings;
    struct loop *loop;
    struct event_sink sink;
    pthread_t thread;
    int wake; /* eventfd */
    bool joined;

    pthread_mutex_t lock;
    /* under the lock: */
    struct store_batch *first, **last;
    uint32_t waiting;
    struct store_query *ask_first, **ask_last;
    uint32_t asking;
    struct lazy_ring ring;
    bool flush_lazy, stopping;
    struct store_thread_counts counts;
    bool notice_posted, told_failing;
    char notice_why[STORE_WHY_MAX];
    struct work notice;

    /* the thread's alone: */
    struct store_batch *round[ROUND_BATCHES];
    size_t round_count;
    struct lazy *taken; /* ROUND_LAZY of them: out of the ring, not yet on disk */
    struct change *taken_changes;
    size_t taken_count;
    struct instant lazy_due, probe_due, fold_due;
    uint64_t written_since_trim;
    bool failing;
};

static uint32_t or_default(uint32_t value, uint32_t otherwise)
{
    return value > 0 ? value : otherwise;
}

static struct store_thread_settings complete(const struct store_thread_settings *settings)
{
    struct store_thread_settings s = settings ? *settings : (struct store_thread_settings){ 0 };
    s.batches_max = or_default(s.batches_max, 1024);
    s.lazy_max = or_default(s.lazy_max, 8192);
    s.lazy_ms = or_default(s.lazy_ms, 200);
    s.probe_ms = or_default(s.probe_ms, 1000);
    s.fold_ms = or_default(s.fold_ms, 1000);
    s.events_keep = or_default(s.events_keep, 50000);
    s.clients_keep = or_default(s.clients_keep, 20000);
    return s;
}

/* ---- reports ---- */

static void run_done(struct work *work)
{
    struct store_batch *batch = work->context;
    batch->done(batch);
}

static void report(struct store_batch *batch)
{
    free(batch->copy);
    batch->copy = NULL;
    if (!batch->done)
        return;
    batch->work = (struct work){ .run = run_done, .context = batch };
    loop_post(batch->loop, &batch->work);
}

static void run_answered(struct work *work)
{
    struct store_query *query = work->context;
    query->done(query);
}

static void answer(struct store_thread *t, struct store_query *query)
{
    query->result = query->run(query, t->store);
    query->work = (struct work){ .run = run_answered, .context = query };
    loop_post(query->loop, &query->work);
}

/* In the loop of store_thread_new(): tell what changed since it was last told. */
static void run_notice(struct work *work)
{
    struct store_thread *t = work->context;
    char why[STORE_WHY_MAX];
    pthread_mutex_lock(&t->lock);
    t->notice_posted = false;
    bool failing = t->counts.is_failing, changed = failing != t->told_failing;
    t->told_failing = failing;
    memcpy(why, t->notice_why, sizeof why);
    pthread_mutex_unlock(&t->lock);
    if (!changed)
        return;
    struct event event =
        event_make(failing ? EVENT_STORE_FAILED : EVENT_STORE_RECOVERED, loop_now(t->loop), 0);
    if (failing)
        event_add_text(&event, "reason", why);
    event_emit(&t->sink, &event);
}

static void set_failing(struct store_thread *t, bool failing, const char *why)
{
    if (failing)
        t->probe_due =
            instant_after(clock_read().steady, duration_ms((int64_t)t->settings.probe_ms));
    if (failing == t->failing)
        return;
    t->failing = failing;
    pthread_mutex_lock(&t->lock);
    t->counts.is_failing = failing;
    if (failing)
        span_to_text(span_text(why), t->notice_why, sizeof t->notice_why);
    bool post = !t->notice_posted;
    t->notice_posted = true;
    pthread_mutex_unlock(&t->lock);
    if (post) {
        t->notice = (struct work){ .run = run_notice, .context = t };
        loop_post(t->loop, &t->notice);
    }
}

static void take_batches_locked(struct store_thread *t)
{
    t->round_count = 0;
    while (t->first && t->round_count < ROUND_BATCHES) {
        struct store_batch *batch = t->first;
        t->first = batch->next;
        t->waiting--;
        t->round[t->round_count++] = batch;
    }
    if (!t->first)
        t->last = &t->first;
}

/* ---- writing ---- */

static bool is_the_changes_fault(int error)
{
    return error == -EINVAL;
}

static int commit_some(struct store_thread *t, size_t from, size_t count, char why[STORE_WHY_MAX])
{
    struct store_part parts[ROUND_BATCHES] = { 0 };
    for (size_t i = 0; i < count; i++) {
        const struct store_batch *batch = t->round[from + i];
        parts[i] = (struct store_part){ .changes = batch->in_place ? batch->changes : batch->copy,
                                        .count = batch->promised };
    }
    int error = store_commit_parts(t->store, parts, count, why);
    for (size_t i = from; i < from + count; i++) {
        t->round[i]->result = error;
        memcpy(t->round[i]->why, why, STORE_WHY_MAX);
    }
    return error;
}

/* Everything failed together: each batch alone, so that what can be kept is kept. */
static int commit_singly(struct store_thread *t, char why[STORE_WHY_MAX])
{
    int worst = 0;
    for (size_t i = 0; i < t->round_count; i++) {
        char its_why[STORE_WHY_MAX];
        int error = commit_some(t, i, 1, its_why);
        if (error == 0 || is_the_changes_fault(error))
            continue;
        worst = error;
        memcpy(why, its_why, STORE_WHY_MAX);
        /* Each try would wait as long again for whoever holds the file. */
        for (size_t k = i + 1; error == -EBUSY && k < t->round_count; k++) {
            t->round[k]->result = error;
            memcpy(t->round[k]->why, why, STORE_WHY_MAX);
        }
        if (error == -EBUSY)
            break;
    }
    return worst;
}

/* What the database said to a change of it. What went into the lease log says nothing of that. */
static void note_result(struct store_thread *t, int error, const char *why)
{
    if (error == 0)
        set_failing(t, false, "");
    else if (!is_the_changes_fault(error))
        set_failing(t, true, why);
}

static bool has_leases(const struct store_batch *batch)
{
    const struct change *changes = batch->in_place ? batch->changes : batch->copy;
    for (size_t i = 0; i < batch->promised; i++)
        if (changes[i].kind == CHANGE_LEASE_PUT || changes[i].kind == CHANGE_LEASE_REMOVE)
            return true;
    return false;
}

/* Those with leases first, each kind in its order: leases alone go into the lease log, which other
 * changes beside them would keep them from. How many have leases. */
static size_t sort_round(struct store_thread *t)
{
    struct store_batch *others[ROUND_BATCHES];
    size_t with = 0, without = 0;

    for (size_t i = 0; i < t->round_count; i++)
        if (has_leases(t->round[i]))
            t->round[with++] = t->round[i];
        else
            others[without++] = t->round[i];
    memcpy(t->round + with, others, without * sizeof others[0]);
    return with;
}

/* The promises of this turn: a commit of those with leases and one of the others, or more if one
 * fails. */
static void commit_round(struct store_thread *t)
{
    char why[STORE_WHY_MAX] = "";
    if (t->round_count == 0)
        return;
    size_t with = sort_round(t);
    int error = with > 0 ? commit_some(t, 0, with, why) : 0;
    if (error == 0 && with < t->round_count)
        error = commit_some(t, with, t->round_count - with, why);
    if (error < 0 && t->round_count > 1 && error != -EBUSY)
        error = commit_singly(t, why);
    if (error < 0 || store_log_fill(t->store) == 0)
        note_result(t, error, why);
}

static bool is_time_to_probe(const struct store_thread *t)
{
    return instant_reached(clock_read().steady, t->probe_due);
}

static void commit_lazy(struct store_thread *t)
{
    char why[STORE_WHY_MAX];
    if (t->taken_count == 0 || (t->failing && !is_time_to_probe(t)))
        return;
    int error = store_commit(t->store, t->taken_changes, t->taken_count, why);
    bool written = error == 0, dropped = is_the_changes_fault(error);
    pthread_mutex_lock(&t->lock);
    if (written)
        t->counts.lazy_written += t->taken_count;
    if (dropped)
        t->counts.lazy_dropped += t->taken_count;
    pthread_mutex_unlock(&t->lock);
    if (written)
        t->written_since_trim += t->taken_count;
    if (written || dropped)
        t->taken_count = 0;
    note_result(t, error, why);
}

/* A slice of the lease log, when it has waited long enough or there is much of it. */
static void fold(struct store_thread *t, struct instant now, bool stopping)
{
    char why[STORE_WHY_MAX];
    uint32_t fill = store_log_fill(t->store);
    if (fill == 0)
        t->fold_due = INSTANT_NEVER;
    else if (t->fold_due.ns == INSTANT_NEVER.ns)
        t->fold_due = instant_after(now, duration_ms((int64_t)t->settings.fold_ms));
    if (fill == 0 || t->failing ||
        (fill < FOLD_FILL && !stopping && !instant_reached(now, t->fold_due)))
        return;
    int error = store_log_fold(t->store, FOLD_SLICE, why);
    note_result(t, error, why);
    if (error == 0 && !store_log_is_folding(t->store))
        t->fold_due = INSTANT_NEVER;
}

static void report_round(struct store_thread *t)
{
    uint64_t failed = 0;
    for (size_t i = 0; i < t->round_count; i++)
        failed += t->round[i]->result < 0;
    pthread_mutex_lock(&t->lock);
    t->counts.transactions += t->round_count > failed;
    t->counts.batches += t->round_count - failed;
    t->counts.failed += failed;
    pthread_mutex_unlock(&t->lock);
    for (size_t i = 0; i < t->round_count; i++)
        report(t->round[i]);
    t->round_count = 0;
}

static void trim(struct store_thread *t)
{
    if (t->failing || t->written_since_trim <= t->settings.events_keep / 16)
        return;
    /* If it fails, the next commit will fail too and say why; what stayed is trimmed next time. */
    int error = store_trim_events(t->store, t->settings.events_keep);
    if (error == 0)
        error = store_trim_clients(t->store, t->settings.clients_keep);
    if (error == 0)
        error = store_trim_chain_results(t->store, t->settings.clients_keep);
    if (error == 0)
        t->written_since_trim = 0;
}

static void probe(struct store_thread *t)
{
    char why[STORE_WHY_MAX];
    int error = store_probe(t->store, why);
    set_failing(t, error < 0, why);
}

/* ---- the thread ---- */

static int ms_until(struct instant now, struct instant due)
{
    if (instant_reached(now, due))
        return 0;
    int64_t ms = duration_to_ms(instant_since(due, now)) + 1;
    return ms > 60000 ? 60000 : (int)ms;
}

/* How long there is nothing to do, in ms; -1: until woken. */
static int idle_ms_locked(struct store_thread *t, struct instant now)
{
    if (t->first || t->ask_first || t->stopping)
        return 0;
    int wait = -1;
    if (t->failing)
        return ms_until(now, t->probe_due);
    if (t->fold_due.ns != INSTANT_NEVER.ns)
        wait = ms_until(now, t->fold_due);
    if (t->ring.count > 0 || t->taken_count > 0) {
        if (t->lazy_due.ns == INSTANT_NEVER.ns)
            t->lazy_due = instant_after(now, duration_ms((int64_t)t->settings.lazy_ms));
        int lazy = t->flush_lazy ? 0 : ms_until(now, t->lazy_due);
        wait = wait < 0 || lazy < wait ? lazy : wait;
    }
    return wait;
}

static void sleep_until_needed(struct store_thread *t)
{
    for (;;) {
        pthread_mutex_lock(&t->lock);
        int wait = idle_ms_locked(t, clock_read().steady);
        pthread_mutex_unlock(&t->lock);
        if (wait == 0)
            return;
        struct pollfd waker = { .fd = t->wake, .events = POLLIN };
        eventfd_t woken;
        if (poll(&waker, 1, wait) > 0)
            (void)eventfd_read(t->wake, &woken);
    }
}

static void answer_all(struct store_thread *t, struct store_query *query)
{
    while (query) {
        struct store_query *next = query->next;
        answer(t, query);
        query = next;
    }
}

/* While promises wait, what is lazy waits for its time, and then many go at once: a machine that
 * waits for its lease does not wait for the tale of others. */
static bool is_time_for_lazy_locked(struct store_thread *t, struct instant now)
{
    if (t->round_count == 0 || t->ask_first || t->stopping || t->taken_count > 0)
        return true;
    if (t->ring.count > 0 && t->lazy_due.ns == INSTANT_NEVER.ns)
        t->lazy_due = instant_after(now, duration_ms((int64_t)t->settings.lazy_ms));
    return instant_reached(now, t->lazy_due);
}

/* One turn: false when the thread shall end. */
static bool turn(struct store_thread *t)
{
    struct instant now = clock_read().steady;
    pthread_mutex_lock(&t->lock);
    take_batches_locked(t);
    if (is_time_for_lazy_locked(t, now)) {
        t->taken_count +=
            lazy_ring_take(&t->ring, ROUND_LAZY - t->taken_count, t->taken + t->taken_count,
                           t->taken_changes + t->taken_count);
        t->flush_lazy = false;
        t->lazy_due = INSTANT_NEVER;
    }
    struct store_query *queries = NULL;
    if (!t->first) { /* a question waits for all that was submitted before it */
        queries = t->ask_first;
        t->ask_first = NULL;
        t->ask_last = &t->ask_first;
        t->asking = 0;
    }
    bool stopping = t->stopping;
    pthread_mutex_unlock(&t->lock);

    commit_round(t);
    report_round(t);
    commit_lazy(t);
    if (t->failing && t->taken_count == 0 && is_time_to_probe(t))
        probe(t);
    trim(t);
    answer_all(t, queries);
    fold(t, now, stopping);
    if (!stopping)
        return true;
    pthread_mutex_lock(&t->lock);
    bool more = t->first || t->ask_first ||
                (!t->failing && (t->ring.count > 0 || store_log_fill(t->store) > 0));
    pthread_mutex_unlock(&t->lock);
    return more;
}

static void *run_thread(void *context)
{
    struct store_thread *t = context;
    do {
        sleep_until_needed(t);
    } while (turn(t));
    return NULL;
}

static void destroy(struct store_thread *t)
{
    store_close(t->store);
    if (t->wake >= 0)
        close(t->wake);
    lazy_ring_done(&t->ring);
    free(t->taken);
    free(t->taken_changes);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static int start(struct store_thread *t)
{
    sigset_t all, before;
    t->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (t->wake < 0)
        return -errno;
    int error = lazy_ring_init(&t->ring, t->settings.lazy_max);
    t->taken = calloc(ROUND_LAZY, sizeof *t->taken);
    t->taken_changes = calloc(ROUND_LAZY, sizeof *t->taken_changes);
    if (error < 0 || !t->taken || !t->taken_changes)
        return -ENOMEM;
    /* Signals belong to the loop that reads them. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&t->thread, NULL, run_thread, t);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -error;
}

int store_thread_new(struct store *store, struct loop *loop, struct event_sink sink,
                     const struct store_thread_settings *settings, struct store_thread **ret_thread)
{
    char why[STORE_WHY_MAX];
    int error = store_log_begin(store, why);
    struct store_thread *t = error == 0 ? calloc(1, sizeof *t) : NULL;
    if (!t) {
        store_close(store);
        return error < 0 ? error : -ENOMEM;
    }
    t->store = store;
    t->settings = complete(settings);
    t->loop = loop;
    t->sink = sink;
    t->wake = -1;
    t->last = &t->first;
    t->ask_last = &t->ask_first;
    t->lazy_due = INSTANT_NEVER;
    t->probe_due = INSTANT_NEVER;
    /* What a former daemon left in the log is folded at once. */
    t->fold_due = store_log_fill(store) > 0 ? clock_read().steady : INSTANT_NEVER;
    t->written_since_trim = UINT32_MAX; /* trim once, with the first events */
    pthread_mutex_init(&t->lock, NULL);
    error = start(t);
    if (error < 0) {
        destroy(t);
        return error;
    }
    *ret_thread = t;
    return 0;
}

static void wake(struct store_thread *t)
{
    (void)eventfd_write(t->wake, 1);
}

/* True when the thread should be woken. */
static bool push_lazy_locked(struct store_thread *t, const struct change *change)
{
    if (!lazy_ring_takes(change))
        return false;
    if (!lazy_ring_put(&t->ring, change))
        t->counts.lazy_dropped++;
    bool half_full = t->ring.count == t->ring.max / 2;
    t->flush_lazy = t->flush_lazy || half_full;
    return t->ring.count == 1 || half_full;
}

int store_thread_submit(struct store_thread *t, struct store_batch *batch)
{
    bool needs_waking = false;
    int error = 0;
    batch->copy = NULL;
    batch->promised = batch->count;
    if (!batch->in_place)
        error = store_copy_promised(batch->changes, batch->count, &batch->copy, &batch->promised);
    if (error < 0)
        return error;
    batch->next = NULL;
    batch->result = 0;
    batch->why[0] = 0;
    bool promises = batch->promised > 0;

    pthread_mutex_lock(&t->lock);
    if (t->stopping)
        error = -ESHUTDOWN;
    else if (promises && t->waiting >= t->settings.batches_max)
        error = -EAGAIN;
    if (error < 0) {
        pthread_mutex_unlock(&t->lock);
        free(batch->copy);
        batch->copy = NULL;
        return error;
    }
    for (size_t i = 0; !batch->in_place && i < batch->count; i++)
        needs_waking = push_lazy_locked(t, &batch->changes[i]) || needs_waking;
    if (promises) {
        needs_waking = needs_waking || !t->first;
        *t->last = batch;
        t->last = &batch->next;
        t->waiting++;
    }
    pthread_mutex_unlock(&t->lock);
    if (needs_waking)
        wake(t);
    if (!promises)
        report(batch);
    return 0;
}

static void submit_lazy(struct store_thread *t, const struct change *change)
{
    pthread_mutex_lock(&t->lock);
    bool needs_waking = !t->stopping && push_lazy_locked(t, change);
    pthread_mutex_unlock(&t->lock);
    if (needs_waking)
        wake(t);
}

void store_thread_submit_event(struct store_thread *t, const struct event *event)
{
    const struct change change = { .kind = CHANGE_EVENT, .event = event };
    submit_lazy(t, &change);
}

void store_thread_submit_seen(struct store_thread *t, const struct client_seen *seen)
{
    const struct change change = { .kind = CHANGE_CLIENT_SEEN, .seen = seen };
    submit_lazy(t, &change);
}

void store_thread_submit_chain(struct store_thread *t, enum change_kind kind,
                               const struct chain_result *result)
{
    const struct change change = { .kind = kind, .chain = result };
    submit_lazy(t, &change);
}

int store_thread_ask(struct store_thread *t, struct store_query *query)
{
    int error = 0;
    query->next = NULL;
    pthread_mutex_lock(&t->lock);
    if (t->stopping)
        error = -ESHUTDOWN;
    else if (t->asking >= t->settings.batches_max)
        error = -EAGAIN;
    if (error == 0) {
        *t->ask_last = query;
        t->ask_last = &query->next;
        t->asking++;
    }
    pthread_mutex_unlock(&t->lock);
    if (error == 0)
        wake(t);
    return error;
}

void store_thread_read_counts(struct store_thread *t, struct store_thread_counts *ret_counts)
{
    pthread_mutex_lock(&t->lock);
    *ret_counts = t->counts;
    pthread_mutex_unlock(&t->lock);
}

void store_thread_stop(struct store_thread *t)
{
    if (t->joined)
        return;
    pthread_mutex_lock(&t->lock);
    t->stopping = true;
    pthread_mutex_unlock(&t->lock);
    wake(t);
    pthread_join(t->thread, NULL);
    t->joined = true;
    store_close(t->store);
    t->store = NULL;
}

void store_thread_free(struct store_thread *t)
{
    if (!t)
        return;
    store_thread_stop(t);
    destroy(t);
}
