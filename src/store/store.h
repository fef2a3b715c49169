/* What tugboot remembers: leases, hosts, machines seen, timelines. Typed operations; nothing above
 * may assume that the database is local or which engine it is. A store handle belongs to one thread
 * (serve/store_thread), which makes the operations asynchronous for everybody else. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/checked.h"

#include "model/change.h"

struct store;

/* Room for a sentence that says what is wrong and what to do. */
#define STORE_WHY_MAX 256

/* Open or create the store in the folder `path`; brings an older schema up. On failure a negative
 * errno and a sentence in `why` (torn or foreign file: -EILSEQ, newer schema: -EPROTO). A damaged
 * database is never replaced silently. */
must_check int store_open(const char *path, struct store **ret_store, char why[STORE_WHY_MAX]);
void store_close(struct store *store);

/* Make all changes durable as one transaction, or none: 0, or a negative errno (-ENOSPC: disk full)
 * with a sentence in `why`. Returns only after the data is on disk. */
must_check int store_commit(struct store *store, const struct change *changes, size_t count,
                            char why[STORE_WHY_MAX]);

/* Read back. The callback's pointers die with its return; a non-zero return ends the walk and is
 * returned. */
must_check int store_each_lease(struct store *store,
                                int (*row)(void *context, const struct lease *lease),
                                void *context);
must_check int store_each_host(struct store *store,
                               int (*row)(void *context, const struct host *host), void *context);

/* One remembered event as JSON text (the form event_json() writes). */
struct stored_event {
    uint64_t sequence;
    uint64_t machine;
    struct calendar at;
    struct span json;
};

/* Events with sequence > after, oldest first, of one machine or (0) of all; at most `limit`. */
must_check int store_each_event(struct store *store, uint64_t machine, uint64_t after,
                                uint32_t limit,
                                int (*row)(void *context, const struct stored_event *event),
                                void *context);

/* The highest sequence number in the store. */
must_check int store_last_sequence(struct store *store, uint64_t *ret_sequence);

/* Drop the oldest events until at most `keep` are left. */
must_check int store_trim_events(struct store *store, uint64_t keep);

#endif
