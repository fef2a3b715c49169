/* The flight recorder: every machine's boot, as it happens. Lives on the control thread. Takes
 * events and packets out of the queue, numbers them, keeps the newest in memory and all (within a
 * bound) in the store, follows how far each machine is, and says why one has stalled. */
#ifndef SERVE_RECORDER_H
#define SERVE_RECORDER_H

#include "base/arena.h"
#include "base/list.h"

#include "boot/progress.h"
#include "serve/event_queue.h"
#include "serve/recall.h"
#include "serve/store_thread.h"

struct recorder_settings {
    struct loop *loop;      /* the control thread's */
    uint64_t last_sequence; /* of the store */
    uint32_t machines_max;
    struct recall *recall; /* told what happens to machines; may be NULL */
};

struct recorder;

must_check int recorder_new(const struct recorder_settings *settings,
                            struct recorder **ret_recorder);
void recorder_free(struct recorder *recorder);

/* Keep what comes from now on in the store; NULL ends that. */
void recorder_set_store(struct recorder *recorder, struct store_thread *store);

/* For all threads. */
struct event_queue *recorder_queue(struct recorder *recorder);

/* Somebody who is told every event, on the control thread, until unlinked with list_remove(). */
struct recorder_listener {
    struct list link;
    void (*told)(struct recorder_listener *listener, const struct event *event);
    void *context;
};
void recorder_listen(struct recorder *recorder, struct recorder_listener *listener);

/* Events in memory with sequence > after, oldest first, of one machine or (0) of all, until `row`
 * returns false. *ret_first gets the sequence of the oldest in memory (older ones are in the
 * store). */
void recorder_each_event(const struct recorder *recorder, uint64_t machine, uint64_t after,
                         bool (*row)(void *context, const struct event *event), void *context,
                         uint64_t *ret_first);

/* The last packets of a machine, oldest first, until `row` returns false; false when none are
 * known. */
bool recorder_each_packet(const struct recorder *recorder, uint64_t machine,
                          bool (*row)(void *context, const struct seen_packet *packet),
                          void *context);

/* How far a machine is; NULL when it has not been seen since start. */
const struct progress *recorder_progress(const struct recorder *recorder, uint64_t machine);

/* The last message of a machine as text, "" when there is none. */
const char *recorder_last_message(const struct recorder *recorder, uint64_t machine);

struct recorder_counts {
    uint64_t last_sequence;
    uint64_t boots_done, boots_stalled;
    uint64_t bytes_tftp, bytes_http;
    uint64_t refused;
    uint64_t dropped; /* events that did not fit the queue */
};
struct recorder_counts recorder_counts(const struct recorder *recorder);

/* How often this event happened since the start. */
uint64_t recorder_event_count(const struct recorder *recorder, enum event_id id);

/* Hand all that is queued to the store now, at shutdown. */
void recorder_flush(struct recorder *recorder);

#endif
