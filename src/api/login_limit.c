/* See login_limit.h. */
#include "api/login_limit.h"

#define WAIT_FIRST_S 5
#define FORGOTTEN_S  1800 /* after the latest failure */

void login_limit_init(struct login_limit *limit, struct hash_key hash, uint32_t free_failures,
                      uint32_t most_s)
{
    memset(limit, 0, sizeof *limit);
    limit->hash = hash;
    limit->free = free_failures;
    limit->most_s = most_s;
}

static uint64_t key_of(const struct login_limit *limit, struct span who)
{
    uint64_t key = siphash(&limit->hash, who);
    return key != 0 ? key : 1; /* 0 is an empty row */
}

static bool is_stale(const struct login_limit_row *row, struct instant now)
{
    return row->key == 0 ||
           instant_reached(now, instant_after(row->last, duration_seconds(FORGOTTEN_S)));
}

static const struct login_limit_row *find(const struct login_limit *limit, uint64_t key)
{
    for (size_t i = 0; i < LOGIN_LIMIT_ROWS; i++)
        if (limit->rows[i].key == key)
            return &limit->rows[i];
    return NULL;
}

uint32_t login_limit_wait_s(const struct login_limit *limit, struct span who, struct instant now)
{
    const struct login_limit_row *row = find(limit, key_of(limit, who));
    if (!row || is_stale(row, now) || instant_reached(now, row->until))
        return 0;
    return (uint32_t)(duration_to_ms(instant_since(row->until, now)) / 1000) + 1;
}

/* The row of this key; else an empty, a stale or the quietest one, made its own. */
static struct login_limit_row *take(struct login_limit *limit, uint64_t key, struct instant now)
{
    struct login_limit_row *best = &limit->rows[0];
    for (size_t i = 0; i < LOGIN_LIMIT_ROWS; i++) {
        struct login_limit_row *row = &limit->rows[i];
        if (row->key == key && !is_stale(row, now))
            return row;
        if (row->key == key)
            best = row;
        else if (best->key != key && row->last.ns < best->last.ns)
            best = row;
    }
    *best = (struct login_limit_row){ .key = key };
    return best;
}

void login_limit_failed(struct login_limit *limit, struct span who, struct instant now)
{
    struct login_limit_row *row = take(limit, key_of(limit, who), now);
    row->last = now;
    row->failures++;
    if (row->failures < limit->free)
        return;
    int64_t wait = WAIT_FIRST_S;
    for (uint32_t i = limit->free; i < row->failures && wait < limit->most_s; i++)
        wait *= 2;
    row->until = instant_after(now, duration_seconds(wait < limit->most_s ? wait : limit->most_s));
}

void login_limit_passed(struct login_limit *limit, struct span who)
{
    uint64_t key = key_of(limit, who);
    for (size_t i = 0; i < LOGIN_LIMIT_ROWS; i++)
        if (limit->rows[i].key == key)
            limit->rows[i] = (struct login_limit_row){ 0 };
}
