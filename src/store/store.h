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
#define STORE_WHY_MAX 320

/* The path that makes a store in memory, gone with store_close(): for tests. */
#define STORE_IN_MEMORY ":memory:"

/* Open or create the store in the folder `path`; brings an older schema up. On failure a negative
 * errno and a sentence in `why` that names the file and says what to do: -EILSEQ torn or foreign
 * file, -EPROTO newer schema, -ENOSPC disk full, -EACCES, -ENOENT no such folder, -EBUSY held by
 * another program. A damaged database is never replaced or emptied; the file is left as it is. */
must_check int store_open(const char *path, struct store **ret_store, char why[STORE_WHY_MAX]);
/* NULL is fine. */
void store_close(struct store *store);

/* Copy the database as of one moment into the new file `file`, while others may work on it; without
 * what only the lease log holds. 0 or a negative errno with a sentence. */
must_check int store_copy(struct store *store, const char *file, char why[STORE_WHY_MAX]);

/* Make all changes durable as one transaction, or none: 0, or a negative errno with a sentence in
 * `why` (-ENOSPC disk full, -EINVAL a change that cannot be kept, such as a host without a name;
 * -EBUSY another program holds the database; -EIO, -EILSEQ). Returns only after the data is on
 * disk. After a failure the store stays usable and is as it was before; only a machine that dies
 * within that very failure may find the whole of the transaction done after all. */
must_check int store_commit(struct store *store, const struct change *changes, size_t count,
                            char why[STORE_WHY_MAX]);

/* A run of changes somebody owns; several become one transaction without being copied together. */
struct store_part {
    const struct change *changes;
    size_t count;
};
must_check int store_commit_parts(struct store *store, const struct store_part *parts,
                                  size_t part_count, char why[STORE_WHY_MAX]);

/* From now on commits of leases alone go into the lease log of this database, beside it: one write
 * and one sync, however many pages of the database they would touch. What is in the log is folded
 * into the database by store_log_fold(); store_each_lease() reads both, from any handle, whenever.
 * One handle may hold the log at a time, until it is closed. 0 (also for a store in memory, which
 * has none); -EBUSY another one has it; -EILSEQ damaged or of another database; -EPROTO of a newer
 * tugboot; each with a sentence. */
must_check int store_log_begin(struct store *store, char why[STORE_WHY_MAX]);

/* How full the log is, in percent: when it is full, commits go to the database again, and take what
 * is in the log along. 0: nothing waits in it. */
uint32_t store_log_fill(const struct store *store);

/* Has a part of the log been folded, and the rest of what came with it not yet? */
bool store_log_is_folding(const struct store *store);

/* Fold at most `most` leases into the database, in one transaction. As store_commit(). */
must_check int store_log_fold(struct store *store, size_t most, char why[STORE_WHY_MAX]);

/* Write something small and harmless durably: does the store take changes? As store_commit(). */
must_check int store_probe(struct store *store, char why[STORE_WHY_MAX]);

/* Read back. The callback's pointers die with its return; a non-zero return ends the walk and is
 * returned. The callback must not change the store. A row that cannot be what tugboot wrote ends
 * the walk with -EILSEQ. Order: leases by address, hosts, next boots and secrets by
 * name, clients and installations by MAC. */
must_check int store_each_lease(struct store *store,
                                int (*row)(void *context, const struct lease *lease),
                                void *context);
/* Hosts put by CHANGE_HOST_PUT, each with its one-shot boot if there is one. */
must_check int store_each_host(struct store *store,
                               int (*row)(void *context, const struct host *host), void *context);
/* One-shot boots of all hosts, those of the configuration file included. */
must_check int store_each_next_boot(struct store *store,
                                    int (*row)(void *context, const char *host, const char *image),
                                    void *context);
/* Secrets of hosts, those of the configuration file included. */
must_check int store_each_secret(struct store *store,
                                 int (*row)(void *context, const struct host_secret *secret),
                                 void *context);
/* Records in the order of kind (as named) and name. */
must_check int store_each_record(struct store *store,
                                 int (*row)(void *context, const struct record *record),
                                 void *context);
/* Which machines are installed with what. */
must_check int store_each_installed(struct store *store,
                                    int (*row)(void *context, const struct installed *installed),
                                    void *context);
/* What CHANGE_CLIENT_SEEN last told of each machine, the one seen last at the end; `address`,
 * `relay` and `interface` belong to a packet and are not kept. */
must_check int store_each_client(struct store *store,
                                 int (*row)(void *context, const struct client_seen *seen),
                                 void *context);

/* How machines got on with chains; those that booted longest ago first. */
must_check int store_each_chain_result(struct store *store,
                                       int (*row)(void *context, const struct chain_result *result),
                                       void *context);

/* Who may use the dashboard and the API: accounts by name, tokens by number. */
must_check int store_each_account(struct store *store,
                                  int (*row)(void *context, const struct account *account),
                                  void *context);
must_check int store_each_token(struct store *store,
                                int (*row)(void *context, const struct access_token *token),
                                void *context);
/* Who did what, the latest first: those with sequence < before (0: all), at most `limit`. */
must_check int store_each_audit(struct store *store, uint64_t before, uint32_t limit,
                                int (*row)(void *context, const struct audit_entry *entry),
                                void *context);

/* What waits for webhooks, in the order of its ids; sessions, the one used last first. */
must_check int store_each_hook_event(struct store *store,
                                     int (*row)(void *context, const struct hook_event *waiting),
                                     void *context);
must_check int store_each_session(struct store *store,
                                  int (*row)(void *context, const struct kept_session *session),
                                  void *context);

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

/* The highest sequence number the store ever held (0: none), also when its event was trimmed. */
must_check int store_last_sequence(struct store *store, uint64_t *ret_sequence);

/* Drop the oldest events until at most `keep` are left. */
must_check int store_trim_events(struct store *store, uint64_t keep);

/* Forget the machines not seen for longest until at most `keep` are left. */
must_check int store_trim_clients(struct store *store, uint64_t keep);

/* Forget the oldest results of chains until at most `keep` are left. */
must_check int store_trim_chain_results(struct store *store, uint64_t keep);

#endif
