/* Accounts, tokens and the list of deeds: values into rows and back. What is kept of passwords and
 * tokens are hashes and digests, made elsewhere. */
#include <errno.h>

#include "store/sqlite_engine.h"

int engine_put_account(struct store *store, const struct account *account)
{
    struct binder b = engine_bind(store, STATEMENT_ACCOUNT_PUT);
    bind_text(&b, account->name);
    bind_text(&b, account->role);
    bind_text(&b, account->hash);
    bind_number(&b, account->created.ms);
    return engine_run(&b);
}

int engine_remove_account(struct store *store, const char *name)
{
    struct binder b = engine_bind(store, STATEMENT_ACCOUNT_REMOVE);
    bind_text(&b, name);
    return engine_run(&b);
}

int engine_put_token(struct store *store, const struct access_token *token)
{
    struct binder b = engine_bind(store, STATEMENT_TOKEN_PUT);
    bind_number(&b, (int64_t)token->id);
    bind_text(&b, token->name);
    bind_text(&b, token->role);
    bind_words(&b, token->prefix);
    bind_blob(&b, span_of(token->digest, sizeof token->digest));
    bind_number(&b, token->created.ms);
    bind_number(&b, token->expires.ms);
    bind_number(&b, token->last_used.ms);
    return engine_run(&b);
}

int engine_remove_token(struct store *store, uint64_t id)
{
    struct binder b = engine_bind(store, STATEMENT_TOKEN_REMOVE);
    bind_number(&b, (int64_t)id);
    return engine_run(&b);
}

/* The latest `keep` stay. */
static int trim_audit(struct store *store, enum statement id, int64_t keep)
{
    struct binder b = engine_bind(store, id);
    bind_number(&b, keep);
    return engine_run(&b);
}

int engine_add_audit(struct store *store, const struct audit_entry *entry)
{
    struct binder b = engine_bind(store, STATEMENT_AUDIT_ADD);
    bind_number(&b, entry->at.ms);
    bind_words(&b, entry->who);
    bind_words(&b, entry->door);
    bind_words(&b, entry->from);
    bind_words(&b, entry->method);
    bind_words(&b, entry->path);
    bind_number(&b, entry->status);
    int rc = engine_run(&b);
    if (rc != SQLITE_OK || sqlite3_last_insert_rowid(store->db) % AUDIT_TRIM_EVERY != 0)
        return rc;
    rc = trim_audit(store, STATEMENT_AUDIT_TRIM_NOBODY, AUDIT_NOBODY_KEPT);
    return rc == SQLITE_OK ? trim_audit(store, STATEMENT_AUDIT_TRIM, AUDIT_KEPT) : rc;
}

int store_each_account(struct store *store,
                       int (*row)(void *context, const struct account *account), void *context)
{
    struct binder b = engine_bind(store, STATEMENT_ACCOUNT_EACH);
    int result = 0, rc = b.rc;
    while (result == 0 && rc == SQLITE_OK && (rc = sqlite3_step(b.statement)) == SQLITE_ROW) {
        struct account account = { .created = { sqlite3_column_int64(b.statement, 3) } };
        bool fits = engine_take_text(b.statement, 0, account.name, sizeof account.name) &&
                    engine_take_text(b.statement, 1, account.role, sizeof account.role) &&
                    engine_take_text(b.statement, 2, account.hash, sizeof account.hash);
        result = fits ? row(context, &account) : -EILSEQ;
        rc = SQLITE_OK;
    }
    return engine_end_walk(store, &b, rc, result);
}

int store_each_token(struct store *store,
                     int (*row)(void *context, const struct access_token *token), void *context)
{
    struct binder b = engine_bind(store, STATEMENT_TOKEN_EACH);
    int result = 0, rc = b.rc;
    while (result == 0 && rc == SQLITE_OK && (rc = sqlite3_step(b.statement)) == SQLITE_ROW) {
        sqlite3_stmt *s = b.statement;
        struct access_token token = { .id = (uint64_t)sqlite3_column_int64(s, 0),
                                      .created = { sqlite3_column_int64(s, 5) },
                                      .expires = { sqlite3_column_int64(s, 6) },
                                      .last_used = { sqlite3_column_int64(s, 7) } };
        const void *digest = sqlite3_column_blob(s, 4);
        bool fits = engine_take_text(s, 1, token.name, sizeof token.name) &&
                    engine_take_text(s, 2, token.role, sizeof token.role) &&
                    engine_take_text(s, 3, token.prefix, sizeof token.prefix) && digest &&
                    sqlite3_column_bytes(s, 4) == (int)sizeof token.digest;
        if (fits)
            memcpy(token.digest, digest, sizeof token.digest);
        result = fits ? row(context, &token) : -EILSEQ;
        rc = SQLITE_OK;
    }
    return engine_end_walk(store, &b, rc, result);
}

int store_each_audit(struct store *store, uint64_t before, uint32_t limit,
                     int (*row)(void *context, const struct audit_entry *entry), void *context)
{
    struct binder b = engine_bind(store, STATEMENT_AUDIT_EACH);
    bind_number(&b, before == 0 || before > INT64_MAX ? INT64_MAX : (int64_t)before);
    bind_number(&b, limit);
    int result = 0, rc = b.rc;
    while (result == 0 && rc == SQLITE_OK && (rc = sqlite3_step(b.statement)) == SQLITE_ROW) {
        sqlite3_stmt *s = b.statement;
        struct audit_entry entry = { .sequence = (uint64_t)sqlite3_column_int64(s, 0),
                                     .at = { sqlite3_column_int64(s, 1) },
                                     .status = (uint16_t)sqlite3_column_int(s, 7) };
        bool fits = engine_take_text(s, 2, entry.who, sizeof entry.who) &&
                    engine_take_text(s, 3, entry.door, sizeof entry.door) &&
                    engine_take_text(s, 4, entry.from, sizeof entry.from) &&
                    engine_take_text(s, 5, entry.method, sizeof entry.method) &&
                    engine_take_text(s, 6, entry.path, sizeof entry.path);
        result = fits ? row(context, &entry) : -EILSEQ;
        rc = SQLITE_OK;
    }
    return engine_end_walk(store, &b, rc, result);
}
