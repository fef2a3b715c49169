/* What the daemon keeps for itself over a restart: events that wait for webhooks, and sessions of
 * the dashboard. */
#include <errno.h>

#include "store/sqlite_engine.h"

int engine_put_waiting(struct store *store, const struct hook_event *waiting)
{
    struct binder b = engine_bind(store, STATEMENT_HOOK_PUT);
    bind_number(&b, (int64_t)waiting->id);
    bind_number(&b, waiting->at.ms);
    bind_text(&b, waiting->hook);
    bind_text(&b, waiting->message);
    bind_text(&b, waiting->json);
    return engine_run(&b);
}

int engine_remove_waiting(struct store *store, uint64_t id)
{
    struct binder b = engine_bind(store, STATEMENT_HOOK_REMOVE);
    bind_number(&b, (int64_t)id);
    return engine_run(&b);
}

int engine_put_session(struct store *store, const struct kept_session *session)
{
    struct binder b = engine_bind(store, STATEMENT_SESSION_PUT);
    bind_blob(&b, span_of(session->digest, sizeof session->digest));
    bind_text(&b, session->by_link ? "link" : "session");
    bind_number(&b, session->is_secure);
    bind_words(&b, session->name);
    bind_words(&b, session->from);
    bind_number(&b, session->begun.ms);
    bind_number(&b, session->last.ms);
    return engine_run(&b);
}

int engine_remove_session(struct store *store, const struct kept_session *session)
{
    struct binder b = engine_bind(store, STATEMENT_SESSION_REMOVE);
    bind_blob(&b, span_of(session->digest, sizeof session->digest));
    return engine_run(&b);
}

int store_each_hook_event(struct store *store,
                          int (*row)(void *context, const struct hook_event *waiting),
                          void *context)
{
    struct binder b = engine_bind(store, STATEMENT_HOOK_EACH);
    int result = 0, rc = b.rc;
    while (result == 0 && rc == SQLITE_OK && (rc = sqlite3_step(b.statement)) == SQLITE_ROW) {
        sqlite3_stmt *s = b.statement;
        struct hook_event waiting = { .id = (uint64_t)sqlite3_column_int64(s, 0),
                                      .at = { sqlite3_column_int64(s, 1) },
                                      .hook = (const char *)sqlite3_column_text(s, 2),
                                      .message = (const char *)sqlite3_column_text(s, 3),
                                      .json = (const char *)sqlite3_column_text(s, 4) };
        bool fits = waiting.hook && waiting.message && waiting.json &&
                    strlen(waiting.hook) < HOOK_NAME_MAX &&
                    strlen(waiting.message) < HOOK_MESSAGE_MAX;
        result = fits ? row(context, &waiting) : -EILSEQ;
        rc = SQLITE_OK;
    }
    return engine_end_walk(store, &b, rc, result);
}

int store_each_session(struct store *store,
                       int (*row)(void *context, const struct kept_session *session), void *context)
{
    struct binder b = engine_bind(store, STATEMENT_SESSION_EACH);
    int result = 0, rc = b.rc;
    while (result == 0 && rc == SQLITE_OK && (rc = sqlite3_step(b.statement)) == SQLITE_ROW) {
        sqlite3_stmt *s = b.statement;
        struct kept_session session = { .is_secure = sqlite3_column_int(s, 2) != 0,
                                        .begun = { sqlite3_column_int64(s, 5) },
                                        .last = { sqlite3_column_int64(s, 6) } };
        const void *digest = sqlite3_column_blob(s, 0);
        char door[16];
        bool fits = digest && sqlite3_column_bytes(s, 0) == (int)sizeof session.digest &&
                    engine_take_text(s, 1, door, sizeof door) &&
                    engine_take_text(s, 3, session.name, sizeof session.name) &&
                    engine_take_text(s, 4, session.from, sizeof session.from);
        if (fits) {
            memcpy(session.digest, digest, sizeof session.digest);
            session.by_link = strcmp(door, "link") == 0;
        }
        result = fits ? row(context, &session) : -EILSEQ;
        rc = SQLITE_OK;
    }
    return engine_end_walk(store, &b, rc, result);
}
