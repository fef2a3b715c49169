/* The lease log and the database: which commits go into the log, how its frames get into the
 * tables, and how leases are read while some are in the one and some in the other. A file of the
 * log is folded in slices, by address, so that neighbours share their pages and no commit waits
 * long; what is folded twice after a crash comes to the same. */
#include <errno.h>
#include <stdlib.h>

#include "store/sqlite_engine.h"

/* A reader whose files were written over while it read them begins anew so often. */
#define READ_TRIES 16

struct log_state {
    uint8_t id[LEASE_LOG_ID_BYTES];
    uint64_t folded;
};

static bool is_in_memory(const struct store *store)
{
    return strcmp(store->file, STORE_IN_MEMORY) == 0;
}

static int read_state(struct store *store, struct log_state *ret_state, char why[STORE_WHY_MAX])
{
    struct binder b = engine_bind(store, STATEMENT_LOG_STATE);
    int rc = sqlite3_step(b.statement), error = 0;
    const void *id = rc == SQLITE_ROW ? sqlite3_column_blob(b.statement, 0) : NULL;
    if (id && sqlite3_column_bytes(b.statement, 0) == LEASE_LOG_ID_BYTES) {
        memcpy(ret_state->id, id, LEASE_LOG_ID_BYTES);
        ret_state->folded = (uint64_t)sqlite3_column_int64(b.statement, 1);
    } else if (rc == SQLITE_ROW || rc == SQLITE_DONE) {
        error = engine_say(why, -EILSEQ, store->file, "its lease log has no number");
    } else {
        error = engine_fail(store, rc, why);
    }
    sqlite3_reset(b.statement);
    return error;
}

/* ---- appending ---- */

static int open_log(struct store *store, char why[STORE_WHY_MAX])
{
    struct log_state state, again;
    struct lease_log *log = calloc(1, sizeof *log);
    int error = log ? read_state(store, &state, why)
                    : engine_say(why, -ENOMEM, store->file, "out of memory");
    while (error == 0) {
        error = lease_log_open(log, store->file, state.id, state.folded, why);
        if (error < 0)
            break;
        /* Who held the files before may have folded them since. */
        error = read_state(store, &again, why);
        if (error == 0 && again.folded == state.folded)
            break;
        lease_log_close(log);
        state = again;
    }
    if (error < 0) {
        free(log);
        return error;
    }
    store->log = log;
    return 0;
}

int store_log_begin(struct store *store, char why[STORE_WHY_MAX])
{
    why[0] = 0;
    return store->log || is_in_memory(store) ? 0 : open_log(store, why);
}

static bool is_of_leases(const struct store_part *parts, size_t part_count)
{
    size_t count = 0;
    for (size_t p = 0; p < part_count; p++)
        for (size_t i = 0; i < parts[p].count; i++, count++)
            if (parts[p].changes[i].kind != CHANGE_LEASE_PUT &&
                parts[p].changes[i].kind != CHANGE_LEASE_REMOVE)
                return false;
    return count > 0;
}

int log_take(struct store *store, const struct store_part *parts, size_t part_count)
{
    struct lease_log *log = store->log;
    if (!log || store->log_is_borrowed || !is_of_leases(parts, part_count))
        return 0;
    int r = lease_log_append(log, parts, part_count);
    if (r == -ENOBUFS && !log->is_suspect && log->files[!log->active].len == 0) {
        lease_log_turn(log);
        r = lease_log_append(log, parts, part_count);
    }
    return r == 0;
}

/* ---- folding ---- */

static int apply(struct store *store, const struct lease_log_entry *rows, size_t count,
                 char why[STORE_WHY_MAX])
{
    for (size_t i = 0; i < count; i++) {
        struct lease_change change;
        if (!lease_log_change(store->log, &rows[i], &change))
            return engine_say(why, -EILSEQ, store->file, "its lease log changed in memory");
        int rc = change.removes ? engine_remove_lease(store, change.lease.address)
                                : engine_put_lease(store, &change.lease);
        if (rc != SQLITE_OK)
            return engine_fail(store, rc, why);
    }
    return 0;
}

static int mark_folded(struct store *store, uint64_t sequence, char why[STORE_WHY_MAX])
{
    struct binder b = engine_bind(store, STATEMENT_LOG_FOLDED);
    bind_number(&b, (int64_t)sequence);
    int rc = engine_run(&b);
    return rc == SQLITE_OK ? 0 : engine_fail(store, rc, why);
}

static void forget_folding(struct store *store)
{
    free(store->folding);
    store->folding = NULL;
    store->folding_count = store->folding_at = 0;
}

/* Have the rows of the older file at hand; the active one becomes it when there is none. */
static int begin_folding(struct store *store, char why[STORE_WHY_MAX])
{
    struct lease_log *log = store->log;
    if (store->folding)
        return 0;
    if (log->files[!log->active].len == 0)
        lease_log_turn(log);
    int r = lease_log_entries(log, false, &store->folding, &store->folding_count);
    return r < 0 ? engine_say(why, r, store->file, NULL) : 0;
}

static int fold_slice(struct store *store, size_t count, bool is_last, char why[STORE_WHY_MAX])
{
    const struct lease_log *log = store->log;
    int rc = engine_run_plain(store, STATEMENT_BEGIN);
    if (rc != SQLITE_OK)
        return engine_fail(store, rc, why);
    int error = apply(store, store->folding + store->folding_at, count, why);
    if (error == 0 && is_last)
        error = mark_folded(store, log->files[!log->active].last, why);
    if (error == 0) {
        rc = engine_run_plain(store, STATEMENT_COMMIT);
        if (rc != SQLITE_OK)
            error = engine_fail(store, rc, why);
    }
    if (error < 0)
        engine_roll_back(store);
    return error;
}

int store_log_fold(struct store *store, size_t most, char why[STORE_WHY_MAX])
{
    why[0] = 0;
    if (store_log_fill(store) == 0)
        return 0;
    int error = begin_folding(store, why);
    if (error < 0)
        return error;
    size_t left = store->folding_count - store->folding_at;
    bool is_last = left <= most;
    error = fold_slice(store, is_last ? left : most, is_last, why);
    if (error < 0)
        return error;
    store->folding_at += most;
    if (is_last) {
        lease_log_empty(store->log);
        forget_folding(store);
    }
    return 0;
}

bool store_log_is_folding(const struct store *store)
{
    return store->folding_at > 0;
}

uint32_t store_log_fill(const struct store *store)
{
    const struct lease_log *log = store->log;
    if (!log)
        return 0;
    size_t len = log->files[log->active].len, older = log->files[!log->active].len;
    uint32_t percent = (uint32_t)(100 * len / LEASE_LOG_BYTES);
    return percent == 0 && len + older > 0 ? 1 : percent;
}

int log_fold_all(struct store *store, char why[STORE_WHY_MAX])
{
    char path[LEASE_LOG_PATH_MAX];
    struct lease_log_entry *rows = NULL;
    size_t count = 0;

    if (!store->log && !is_in_memory(store) && lease_log_exists(store->file, path)) {
        int error = open_log(store, why);
        if (error < 0)
            return error;
        store->log_is_borrowed = true;
    }
    if (!store->log)
        return 0;
    int error = lease_log_entries(store->log, true, &rows, &count);
    if (error < 0)
        engine_say(why, error, store->file, NULL);
    else
        error = apply(store, rows, count, why);
    free(rows);
    return error < 0 ? error : mark_folded(store, lease_log_final(store->log), why);
}

void log_end_direct(struct store *store, bool is_committed)
{
    if (store->log && is_committed) {
        lease_log_empty_all(store->log);
        forget_folding(store);
    }
    if (store->log_is_borrowed)
        log_close(store);
}

void log_close(struct store *store)
{
    forget_folding(store);
    if (store->log)
        lease_log_close(store->log);
    free(store->log);
    store->log = NULL;
    store->log_is_borrowed = false;
}

/* ---- reading ---- */

int log_check(struct store *store, char why[STORE_WHY_MAX])
{
    struct log_overlay overlay;
    if (is_in_memory(store))
        return 0;
    int error = log_overlay_begin(store, &overlay, why);
    log_overlay_end(store, &overlay);
    return error;
}

int log_overlay_begin(struct store *store, struct log_overlay *overlay, char why[STORE_WHY_MAX])
{
    struct log_state state;
    int error = -EAGAIN;

    *overlay = (struct log_overlay){ .log.files = { { .fd = -1 }, { .fd = -1 } } };
    if (is_in_memory(store))
        return 0;
    /* The tables first, as of one moment; frames that are in them by then are passed over. */
    for (int tries = 0; error == -EAGAIN && tries < READ_TRIES; tries++) {
        log_overlay_end(store, overlay);
        int rc = engine_run_plain(store, STATEMENT_SNAPSHOT);
        if (rc != SQLITE_OK)
            return engine_fail(store, rc, why);
        error = read_state(store, &state, why);
        if (error == 0)
            error = lease_log_read(&overlay->log, store->file, state.id, state.folded, why);
    }
    if (error == 0)
        error = lease_log_entries(&overlay->log, true, &overlay->rows, &overlay->count);
    return error == -EAGAIN ? -EILSEQ : error;
}

bool log_overlay_next(struct log_overlay *overlay, uint64_t limit, struct lease_change *ret_change)
{
    if (overlay->at == overlay->count || overlay->rows[overlay->at].address >= limit)
        return false;
    return lease_log_change(&overlay->log, &overlay->rows[overlay->at++], ret_change);
}

void log_overlay_end(struct store *store, struct log_overlay *overlay)
{
    lease_log_close(&overlay->log);
    free(overlay->rows);
    overlay->rows = NULL;
    overlay->count = overlay->at = 0;
    engine_roll_back(store);
}
