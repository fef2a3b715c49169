/* See session_table.h. */
#include "api/session_table.h"

#include <errno.h>

#include "base/text.h"

#define KEPT_EVERY_MS 60000

static bool is_over(const struct session_table *table, const struct session *s, struct instant now)
{
    return instant_reached(now, instant_after(s->last, table->idle)) ||
           instant_reached(now, instant_after(s->begun, table->longest));
}

bool session_is_on(const struct session_table *table, size_t index, struct instant now)
{
    return table->rows[index].is_used && !is_over(table, &table->rows[index], now);
}

static void note_end(struct session_table *table, const struct token_digest *digest)
{
    if (table->ended_count < sizeof table->ended / sizeof table->ended[0])
        table->ended[table->ended_count++] = *digest;
}

static void end(struct session_table *table, struct session *s)
{
    if (s->is_used && s->is_stored)
        note_end(table, &s->digest);
    token_wipe(s, sizeof *s);
}

/* What the writes of a page must carry: made from the cookie, so that it is the same after a
 * restart. Who sees the one cannot tell the other. */
static int make_csrf(struct span cookie, char out[TOKEN_TEXT_MAX])
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    char data[TOKEN_TEXT_MAX + 8];
    struct text t = text_over(data, sizeof data);
    struct token_digest digest;

    text_add(&t, "csrf ");
    text_add_span(&t, cookie);
    int r = t.failed ? -EINVAL : token_digest_of(text_span(&t), &digest);
    for (size_t i = 0; r == 0 && i < TOKEN_TEXT_MAX - 1; i++)
        out[i] = alphabet[digest.bytes[i] & 31];
    out[TOKEN_TEXT_MAX - 1] = 0;
    token_wipe(data, sizeof data);
    token_wipe(&digest, sizeof digest);
    return r;
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
        r = make_csrf(span_text(token), made.csrf);
    if (r == 0)
        r = token_digest_of(span_text(token), &made.digest);
    if (r < 0)
        return r;
    span_to_text(span_text(name), made.name, sizeof made.name);
    span_to_text(span_text(from), made.from, sizeof made.from);
    struct session *row = take_row(table, now.steady);
    end(table, row);
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
        end(table, s);
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
    if (!s)
        return NULL;
    s->last = now;
    if (s->csrf[0] == 0 && make_csrf(token, s->csrf) < 0)
        s->csrf[0] = 0;
    return s;
}

void session_end(struct session_table *table, const struct token_digest *digest)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        if (table->rows[i].is_used && token_digest_equals(&table->rows[i].digest, digest))
            end(table, &table->rows[i]);
}

void session_end_all(struct session_table *table, const char *name)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        if (table->rows[i].is_used && strcmp(table->rows[i].name, name) == 0)
            end(table, &table->rows[i]);
}

void session_end_links(struct session_table *table, const struct token_digest *but)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct session *s = &table->rows[i];
        if (s->is_used && s->door == API_DOOR_LINK && !token_digest_equals(&s->digest, but))
            end(table, s);
    }
}

/* When that was, by the calendar of now. */
static struct calendar calendar_of(struct instant at, struct now now)
{
    return (struct calendar){ now.calendar.ms - duration_to_ms(instant_since(now.steady, at)) };
}

/* The other way; what lies in the future, since the clock was set back, is now. */
static struct instant instant_of(struct calendar at, struct now now)
{
    int64_t ago_ms = at.ms < now.calendar.ms ? now.calendar.ms - at.ms : 0;
    return instant_after(now.steady, duration_ms(-ago_ms));
}

bool session_restore(struct session_table *table, const struct kept_session *kept, struct now now)
{
    struct session restored = { .is_used = true,
                                .door = kept->by_link ? API_DOOR_LINK : API_DOOR_SESSION,
                                .is_secure = kept->is_secure,
                                .begun = instant_of(kept->begun, now),
                                .last = instant_of(kept->last, now),
                                .begun_at = kept->begun,
                                .is_stored = true,
                                .kept_ms = kept->last.ms != 0 ? kept->last.ms : 1 };

    memcpy(restored.digest.bytes, kept->digest, sizeof restored.digest.bytes);
    span_to_text(span_text(kept->name), restored.name, sizeof restored.name);
    span_to_text(span_text(kept->from), restored.from, sizeof restored.from);
    if (is_over(table, &restored, now.steady))
        return false;
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        if (table->rows[i].is_used)
            continue;
        table->rows[i] = restored;
        return true;
    }
    return false;
}

static void write_kept(const struct session *s, struct calendar last, struct kept_session *out)
{
    *out = (struct kept_session){ .by_link = s->door == API_DOOR_LINK,
                                  .is_secure = s->is_secure,
                                  .begun = s->begun_at,
                                  .last = last };
    memcpy(out->digest, s->digest.bytes, sizeof out->digest);
    span_to_text(span_text(s->name), out->name, sizeof out->name);
    span_to_text(span_text(s->from), out->from, sizeof out->from);
}

bool session_take_change(struct session_table *table, struct now now, struct kept_session *ret_kept,
                         bool *ret_removes)
{
    for (size_t i = 0; i < SESSIONS_MAX && table->ended_count == 0; i++) {
        struct session *s = &table->rows[i];
        if (s->is_used && is_over(table, s, now.steady))
            end(table, s);
        struct calendar last = calendar_of(s->last, now);
        if (!s->is_used || (s->kept_ms != 0 && last.ms - s->kept_ms < KEPT_EVERY_MS))
            continue;
        write_kept(s, last, ret_kept);
        s->kept_ms = last.ms != 0 ? last.ms : 1;
        s->is_stored = true;
        *ret_removes = false;
        return true;
    }
    if (table->ended_count == 0)
        return false;
    *ret_kept = (struct kept_session){ 0 };
    memcpy(ret_kept->digest, table->ended[--table->ended_count].bytes, sizeof ret_kept->digest);
    *ret_removes = true;
    return true;
}

void session_return_change(struct session_table *table, const struct kept_session *kept,
                           bool removes)
{
    struct token_digest digest;

    memcpy(digest.bytes, kept->digest, sizeof digest.bytes);
    if (removes)
        note_end(table, &digest);
    for (size_t i = 0; i < SESSIONS_MAX && !removes; i++)
        if (table->rows[i].is_used && token_digest_equals(&table->rows[i].digest, &digest))
            table->rows[i].kept_ms = 0;
}
