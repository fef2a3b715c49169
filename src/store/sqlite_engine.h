/* What the SQLite files share: the handle, its kept statements, binding with a sticky failure, and
 * the one translation of SQLite's results into errno and sentences. Inside store/ only. */
#ifndef STORE_SQLITE_ENGINE_H
#define STORE_SQLITE_ENGINE_H

#include <sqlite3.h>

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
};

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
void bind_blob(struct binder *b, struct span value); /* empty becomes a blob of no bytes */

/* Run a bound statement that yields no rows: an SQLite result, SQLITE_OK for done. */
must_check int engine_run(struct binder *b);

#endif
