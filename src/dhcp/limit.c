/* See limit.h. Tokens are counted in milliseconds of waiting, so that refilling is an addition. A
 * full table gives the oldest place to the newcomer: whoever is pushed out starts with a full
 * bucket, so an honest client never suffers from a flood of invented addresses. */
#include "dhcp/limit.h"

#include "base/table.h"

#define FULL_MS (LIMIT_BURST * LIMIT_REFILL_MS)

struct bucket {
    struct mac mac;
    bool used, paused;
    int64_t tokens_ms;
    struct instant at;
};

struct limit {
    struct table by_mac;
    struct bucket *buckets;
    uint32_t count, limit, next;
};

static size_t rounded(size_t n)
{
    return (n + 15) & ~(size_t)15;
}

static struct span key_of(const void *rows, uint32_t row)
{
    const struct bucket *buckets = rows;
    return span_of(buckets[row].mac.bytes, sizeof buckets[row].mac.bytes);
}

size_t limit_memory(uint32_t clients)
{
    return rounded(sizeof(struct limit)) + rounded(clients * sizeof(struct bucket)) +
           rounded(table_memory(clients));
}

struct limit *limit_init(void *memory, uint32_t clients, struct hash_key key)
{
    uint8_t *at = memory;
    struct limit *l = memory;

    l->buckets = (void *)(at + rounded(sizeof *l));
    l->limit = clients;
    table_init(&l->by_mac, at + rounded(sizeof *l) + rounded(clients * sizeof(struct bucket)),
               clients, l->buckets, key_of, key);
    return l;
}

static struct bucket *bucket_get(struct limit *l, struct mac mac, struct instant now)
{
    uint32_t row = table_find(&l->by_mac, span_of(mac.bytes, sizeof mac.bytes));

    if (row != TABLE_NONE)
        return &l->buckets[row];
    row = l->next;
    l->next = row + 1 < l->limit ? row + 1 : 0;
    if (l->buckets[row].used)
        (void)table_remove(&l->by_mac, row);
    l->buckets[row] = (struct bucket){ .mac = mac, .used = true, .tokens_ms = FULL_MS, .at = now };
    (void)table_insert(&l->by_mac, row);
    return &l->buckets[row];
}

enum limit_verdict limit_take(struct limit *limit, struct mac mac, struct instant now)
{
    if (limit->limit == 0)
        return LIMIT_ALLOWED;
    struct bucket *b = bucket_get(limit, mac, now);
    int64_t waited = duration_to_ms(instant_since(now, b->at));

    if (waited > 0) {
        b->tokens_ms += waited < FULL_MS ? waited : FULL_MS;
        if (b->tokens_ms > FULL_MS)
            b->tokens_ms = FULL_MS;
        b->at = now;
    }
    if (b->tokens_ms >= LIMIT_REFILL_MS) {
        b->tokens_ms -= LIMIT_REFILL_MS;
        b->paused = false;
        return LIMIT_ALLOWED;
    }
    bool first = !b->paused;
    b->paused = true;
    return first ? LIMIT_JUST_PAUSED : LIMIT_PAUSED;
}
