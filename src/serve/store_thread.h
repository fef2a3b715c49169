/* The one thread that owns the store. Loops hand it batches of changes and questions; it makes as
 * many waiting batches as there are durable in one transaction (group commit) and reports each to
 * its loop by loop_post().
 *
 * Leases are promised from the lease log (store.h), and come into the database's tables later, many
 * at once, in this thread.
 *
 * Two kinds of changes, told apart here and not by the caller: leases, hosts and one-shot boots are
 * promised (a batch is reported as done only when they are on disk); events and facts about
 * machines (CHANGE_EVENT, CHANGE_CLIENT_SEEN, CHANGE_CHAIN_*) are lazy: written when no promise
 * waits, or after at most `lazy_ms`, never delaying or failing a promise, the oldest dropped first
 * when more wait than fit. */
#ifndef SERVE_STORE_THREAD_H
#define SERVE_STORE_THREAD_H

#include "net/loop.h"
#include "store/store.h"

struct store_thread;

/* Bounds and rhythm; 0 in a field means the value in brackets. */
struct store_thread_settings {
    uint32_t batches_max;  /* batches that may wait [1024] */
    uint32_t lazy_max;     /* events and facts that may wait [8192] */
    uint32_t lazy_ms;      /* the longest an event stays unwritten [200] */
    uint32_t fold_ms;      /* the longest a lease is in the lease log only [1000] */
    uint32_t probe_ms;     /* a store that failed is tried again this often [1000] */
    uint32_t events_keep;  /* events kept on disk [50000]; trimmed a sixteenth over it */
    uint32_t clients_keep; /* machines, and results of chains, remembered [20000] */
};

/* One submission; the struct is the submitter's and must stay in place until `done` is called. */
struct store_batch {
    const struct change *changes; /* copied by submit with all they point to, unless: */
    bool in_place;                /* they stay where they are until done, and all are promised */
    size_t count;
    struct loop *loop;                       /* where done is called */
    void (*done)(struct store_batch *batch); /* may free the batch, or submit it anew */
    void *context;

    /* The report: */
    int result;              /* as store_commit() */
    char why[STORE_WHY_MAX]; /* a sentence when result < 0 */

    /* The thread's own: */
    struct store_batch *next;
    struct change *copy;
    size_t promised;
    struct work work;
};

/* Start the thread. It owns `store` from here on (also when this fails: then it is closed) and
 * closes it at the end. STORE_FAILED and STORE_RECOVERED are emitted into `sink` within `loop`.
 * `sink` and `loop` must outlive the thread. 0, or a negative errno. */
must_check int store_thread_new(struct store *store, struct loop *loop, struct event_sink sink,
                                const struct store_thread_settings *settings,
                                struct store_thread **ret_thread);

/* Hand over a batch, from any thread. 0: done() will be called, in batch->loop, exactly once.
 * -EAGAIN: too many wait; -ENOMEM; -ESHUTDOWN: stopping; -EINVAL: a change points to nothing. In
 * these cases nothing was taken and done() is not called. A batch of only lazy changes is reported
 * as soon as they are queued. */
must_check int store_thread_submit(struct store_thread *thread, struct store_batch *batch);

/* Hand over one event, from any thread; never blocks for the disk. */
void store_thread_submit_event(struct store_thread *thread, const struct event *event);

/* The same for what is known of a machine. */
void store_thread_submit_seen(struct store_thread *thread, const struct client_seen *seen);

/* The same for how a machine got on with a chain (CHANGE_CHAIN_RESULT), or to forget all of the
 * machine `result->mac` (CHANGE_CHAIN_FORGET). In the order in which they are handed over. */
void store_thread_submit_chain(struct store_thread *thread, enum change_kind kind,
                               const struct chain_result *result);

/* A question: `run` is called in the store's thread, after all changes submitted before it were
 * tried, and reads with the store_each_*() functions into memory of the asker's; `done` is then
 * called in `loop`. The struct stays in place until then. */
struct store_query {
    int (*run)(struct store_query *query, struct store *store); /* 0 or a negative errno */
    struct loop *loop;
    void (*done)(struct store_query *query);
    void *context;
    int result; /* of run */

    /* The thread's own: */
    struct store_query *next;
    struct work work;
};

/* 0: done() will be called. -EAGAIN, -ESHUTDOWN: it will not. */
must_check int store_thread_ask(struct store_thread *thread, struct store_query *query);

struct store_thread_counts {
    uint64_t transactions; /* that held promised changes */
    uint64_t batches;      /* made durable in them */
    uint64_t failed;       /* batches reported as failed */
    uint64_t lazy_written, lazy_dropped;
    bool is_failing; /* the last try failed */
};
void store_thread_read_counts(struct store_thread *thread, struct store_thread_counts *ret_counts);

/* Write what waits, end the thread, close the store. All reports have been posted when this
 * returns; loops that still run (or run again) call them. Call it from no store callback, and after
 * the last submit of other threads. The handle itself stays until store_thread_free(), which must
 * come after the loop given to store_thread_new() has run the last posts or will never run again.
 */
void store_thread_stop(struct store_thread *thread);
/* NULL is fine; stops it if need be. */
void store_thread_free(struct store_thread *thread);

#endif
