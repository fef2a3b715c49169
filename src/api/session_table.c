/* See session_table.h. */
#include "api/session_table.h"

static bool is_over(const struct session_table *table, const struct session *s, struct instant now)
{
    return instant_reached(now, instant_after(s->last, table->idle)) ||
           instant_reached(now, instant_after(s->begun, table->longest));
}

bool session_is_on(const struct session_table *table, size_t index, struct instant now)
{
    return table->rows[index].is_used && !is_over(table, &table->rows[index], now);
}

static void end(struct session *s)
{
    token_wipe(s, sizeof *s);
}

static struct session *take_row(struct session_table *table, struct instant now)
{
    struct session *best = &table->rows[0];
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct session *s = &table->rows[i];
        if (!s->is_used || is_over(table, s, now))
            return s;
        if (s->last.ns < best->last.ns)
            best = s;
    }
    return best;
}

int session_begin(struct session_table *table, enum api_door door, const char *name,
                  const char *from, struct now now, char token[TOKEN_TEXT_MAX],
                  struct session **ret_session)
{
    struct session made = { .is_used = true,
                            .door = door,
                            .begun = now.steady,
                            .last = now.steady,
                            .begun_at = now.calendar };
    int r = token_make(token);
    if (r == 0)
        r = token_make(made.csrf);
    if (r == 0)
        r = token_digest_of(span_text(token), &made.digest);
    if (r < 0)
        return r;
    span_to_text(span_text(name), made.name, sizeof made.name);
    span_to_text(span_text(from), made.from, sizeof made.from);
    struct session *row = take_row(table, now.steady);
    *row = made;
    *ret_session = row;
    return 0;
}

struct session *session_of(struct session_table *table, const struct token_digest *digest,
                           struct instant now)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct session *s = &table->rows[i];
        if (!s->is_used || !token_digest_equals(&s->digest, digest))
            continue;
        if (!is_over(table, s, now))
            return s;
        end(s);
        return NULL;
    }
    return NULL;
}

struct session *session_find(struct session_table *table, struct span token, struct instant now)
{
    struct token_digest digest;
    if (token.len != TOKEN_TEXT_MAX - 1 || token_digest_of(token, &digest) < 0)
        return NULL;
    struct session *s = session_of(table, &digest, now);
    if (s)
        s->last = now;
    return s;
}

void session_end(struct session_table *table, const struct token_digest *digest)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        if (table->rows[i].is_used && token_digest_equals(&table->rows[i].digest, digest))
            end(&table->rows[i]);
}

void session_end_all(struct session_table *table, const char *name)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        if (table->rows[i].is_used && strcmp(table->rows[i].name, name) == 0)
            end(&table->rows[i]);
}

void session_end_links(struct session_table *table, const struct token_digest *but)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct session *s = &table->rows[i];
        if (s->is_used && s->door == API_DOOR_LINK && !token_digest_equals(&s->digest, but))
            end(s);
    }
}
