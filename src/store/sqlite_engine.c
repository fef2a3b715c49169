/* See sqlite_engine.h. The words here are what an operator reads when the database says no: they
 * name the file and the way out. */
#include "store/sqlite_engine.h"

#include <errno.h>
#include <stdio.h>

static int errno_of_system(sqlite3 *db, int fallback)
{
    int error = db ? sqlite3_system_errno(db) : 0;
    /* A quota that is used up is a full disk to whoever has to act. */
    if (error == EDQUOT)
        error = ENOSPC;
    return error > 0 ? -error : fallback;
}

int engine_errno(sqlite3 *db, int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return 0;
    case SQLITE_FULL:
        return -ENOSPC;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return -EBUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
        return -EILSEQ;
    case SQLITE_NOMEM:
        return -ENOMEM;
    case SQLITE_READONLY:
        return -EROFS;
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
        return -EINVAL;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return errno_of_system(db, -EACCES);
    default:
        if (rc == SQLITE_IOERR_NOMEM)
            return -ENOMEM;
        return errno_of_system(db, -EIO) == -ENOSPC ? -ENOSPC : -EIO;
    }
}

int engine_say(char why[STORE_WHY_MAX], int error, const char *file, const char *detail)
{
    const char *cause = detail ? detail : strerrordesc_np(-error);
    switch (-error) {
    case EILSEQ:
        snprintf(why, STORE_WHY_MAX,
                 "%.120s is damaged (%.50s): put back a copy, or move it and its -wal away to "
                 "begin with no leases and hosts",
                 file, cause);
        break;
    case ENOSPC:
        snprintf(why, STORE_WHY_MAX,
                 "the disk of %.120s is full: make room, then tugboot goes on by itself", file);
        break;
    case EBUSY:
        snprintf(why, STORE_WHY_MAX,
                 "%.120s is held by another program; end that (or wait for it) and try again",
                 file);
        break;
    case EROFS:
        snprintf(why, STORE_WHY_MAX,
                 "%.120s cannot be written: its file system or the file is read-only for this user",
                 file);
        break;
    case EACCES:
    case EPERM:
    case ENOENT:
        snprintf(why, STORE_WHY_MAX,
                 "%.120s cannot be opened (%s): the folder of `state:` must exist and belong to "
                 "the user tugboot runs as",
                 file, strerrordesc_np(-error));
        break;
    case EIO:
        snprintf(why, STORE_WHY_MAX, "reading or writing %.120s failed (%.60s): check the disk",
                 file, cause);
        break;
    default:
        snprintf(why, STORE_WHY_MAX, "%.120s: %.100s", file, cause);
        break;
    }
    return error;
}

int engine_fail(struct store *store, int rc, char why[STORE_WHY_MAX])
{
    return engine_say(why, engine_errno(store->db, rc), store->file, sqlite3_errmsg(store->db));
}

struct binder engine_bind(struct store *store, enum statement id)
{
    sqlite3_stmt *statement = store->statements[id];
    sqlite3_reset(statement);
    return (struct binder){ .statement = statement, .rc = SQLITE_OK };
}

static void note(struct binder *b, int rc)
{
    if (b->rc == SQLITE_OK)
        b->rc = rc;
}

void bind_number(struct binder *b, int64_t value)
{
    note(b, sqlite3_bind_int64(b->statement, ++b->at, value));
}

void bind_null(struct binder *b)
{
    note(b, sqlite3_bind_null(b->statement, ++b->at));
}

void bind_text(struct binder *b, const char *text)
{
    if (text && *text)
        note(b, sqlite3_bind_text(b->statement, ++b->at, text, -1, SQLITE_STATIC));
    else
        bind_null(b);
}

void bind_words(struct binder *b, const char *text)
{
    note(b, sqlite3_bind_text(b->statement, ++b->at, text, -1, SQLITE_STATIC));
}

void bind_blob(struct binder *b, struct span value)
{
    if (value.len > 0)
        note(b, sqlite3_bind_blob64(b->statement, ++b->at, value.data, value.len, SQLITE_STATIC));
    else
        note(b, sqlite3_bind_zeroblob(b->statement, ++b->at, 0));
}

int engine_run(struct binder *b)
{
    int rc = b->rc == SQLITE_OK ? sqlite3_step(b->statement) : b->rc;
    sqlite3_reset(b->statement);
    /* Nothing of the caller's stays referenced by a kept statement. */
    sqlite3_clear_bindings(b->statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

bool engine_take_text(sqlite3_stmt *statement, int column, char *out, size_t cap)
{
    const void *data = sqlite3_column_text(statement, column);
    size_t len = data ? (size_t)sqlite3_column_bytes(statement, column) : 0;
    span_to_text(span_of(data, len), out, cap);
    return len < cap;
}

int engine_end_walk(struct store *store, struct binder *b, int rc, int result)
{
    if (result == 0 && rc != SQLITE_DONE)
        result = engine_errno(store->db, rc);
    sqlite3_reset(b->statement);
    sqlite3_clear_bindings(b->statement);
    return result;
}

int engine_run_plain(struct store *store, enum statement id)
{
    struct binder b = engine_bind(store, id);
    return engine_run(&b);
}

void engine_roll_back(struct store *store)
{
    if (!sqlite3_get_autocommit(store->db))
        (void)!engine_run_plain(store, STATEMENT_ROLLBACK);
}
