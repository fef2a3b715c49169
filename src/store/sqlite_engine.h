/* What the SQLite files share: the handle, its kept statements, binding with a sticky failure, and
 * the one translation of SQLite's results into errno and sentences. Inside store/ only. */
#ifndef STORE_SQLITE_ENGINE_H
#define STORE_SQLITE_ENGINE_H

#include <sqlite3.h>

#include "store/lease_log.h"
#include "store/store.h"

#define ENGINE_PATH_MAX 1024

enum statement {
#define STATEMENT(id, sql) STATEMENT_##id,
#include "store/sqlite_statements.def"
#undef STATEMENT
    STATEMENT_COUNT
};

struct store {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    char file[ENGINE_PATH_MAX]; /* for sentences; STORE_IN_MEMORY for one without a file */
    /* The lease log, once this handle appends to it (sqlite_log.c). */
    struct lease_log *log;
    bool log_is_borrowed;            /* only for the commit that is under way */
    struct lease_log_entry *folding; /* of the log's older file, by address */
    size_t folding_count, folding_at;
};

/* Run one of the statements without parameters. */
must_check int engine_run_plain(struct store *store, enum statement id);
/* End a transaction that failed; SQLite does it by itself after some failures. */
void engine_roll_back(struct store *store);

/* Changes of leases as rows, within a transaction. SQLite results. */
must_check int engine_put_lease(struct store *store, const struct lease *lease);
must_check int engine_remove_lease(struct store *store, struct ipv4 address);

/* Accounts, tokens and deeds as rows, within a transaction (sqlite_access.c). SQLite results. */
must_check int engine_put_account(struct store *store, const struct account *account);
must_check int engine_remove_account(struct store *store, const char *name);
must_check int engine_put_token(struct store *store, const struct access_token *token);
must_check int engine_remove_token(struct store *store, uint64_t id);
must_check int engine_add_audit(struct store *store, const struct audit_entry *entry);
/* What waits for webhooks, and sessions, as rows, within a transaction (sqlite_kept.c). */
must_check int engine_put_waiting(struct store *store, const struct hook_event *waiting);
must_check int engine_remove_waiting(struct store *store, uint64_t id);
must_check int engine_put_session(struct store *store, const struct kept_session *session);
must_check int engine_remove_session(struct store *store, const struct kept_session *session);
/* A record as a row, or no row when its text is empty (sqlite_records.c). SQLite results. */
must_check int engine_put_record(struct store *store, const struct record *record);

/* The lease log's part of a commit (sqlite_log.c). */

/* Make the changes durable in the log: 1 done; 0 they are the database's to take (not of leases
 * alone, no log, no room, or a log that fails). */
must_check int log_take(struct store *store, const struct store_part *parts, size_t part_count);
/* Within a transaction that changes leases directly: first all that the log still holds. 0 or a
 * negative errno with a sentence; then log_end_direct() when the transaction is over. */
must_check int log_fold_all(struct store *store, char why[STORE_WHY_MAX]);
void log_end_direct(struct store *store, bool is_committed);
void log_close(struct store *store);
/* Can the log beside the database be read? 0 or a negative errno with a sentence. */
must_check int log_check(struct store *store, char why[STORE_WHY_MAX]);

/* What the log says over the tables, as of one moment, which lasts until the end: a transaction of
 * reading is open meanwhile. End it in any case. */
struct log_overlay {
    struct lease_log log;
    struct lease_log_entry *rows;
    size_t count, at;
};
must_check int log_overlay_begin(struct store *store, struct log_overlay *overlay,
                                 char why[STORE_WHY_MAX]);
/* The next change of an address below `limit`; false when there is none. */
must_check bool log_overlay_next(struct log_overlay *overlay, uint64_t limit,
                                 struct lease_change *ret_change);
void log_overlay_end(struct store *store, struct log_overlay *overlay);

/* The negative errno for an SQLite result; `db` may be NULL. */
must_check int engine_errno(sqlite3 *db, int rc);

/* Fill `why` with a sentence about `file` for this errno and return the errno. `detail`, SQLite's
 * words or ours, may be NULL. */
int engine_say(char why[STORE_WHY_MAX], int error, const char *file, const char *detail);

/* engine_errno() and engine_say() of the store's last result. */
int engine_fail(struct store *store, int rc, char why[STORE_WHY_MAX]);

/* Values for a statement's parameters, one after the other; the first failure sticks. Texts and
 * spans must stay valid until the statement has run. */
struct binder {
    sqlite3_stmt *statement;
    int at, rc;
};

/* A reset statement, ready for its first parameter. */
struct binder engine_bind(struct store *store, enum statement id);
void bind_number(struct binder *b, int64_t value);
void bind_null(struct binder *b);
void bind_text(struct binder *b, const char *text);  /* NULL or "" becomes NULL */
void bind_words(struct binder *b, const char *text); /* as it is: "" stays "" */
void bind_blob(struct binder *b, struct span value); /* empty becomes a blob of no bytes */

/* Run a bound statement that yields no rows: an SQLite result, SQLITE_OK for done. */
must_check int engine_run(struct binder *b);

/* A column's text into a field; false when it does not fit, which tugboot never wrote. */
must_check bool engine_take_text(sqlite3_stmt *statement, int column, char *out, size_t cap);

/* The end of a walk over rows, whose last step gave `rc`: `result` unless it is 0, else 0 or the
 * negative errno of what ended it early. */
must_check int engine_end_walk(struct store *store, struct binder *b, int rc, int result);

#endif
