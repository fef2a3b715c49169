/* See lease_table.h. The rows lie in one array; base/table indexes them twice, base/heap orders
 * their deadlines, and two rings link those that nobody needs: free rows and remembered ones, the
 * oldest first, from which new rows are taken. This file knows nothing of DHCP messages. */
#include "dhcp/lease_table.h"

#include <assert.h>

#include "base/heap.h"
#include "base/table.h"

/* How many remembered rows with a change under way are passed over in search of one to reuse. */
#define EVICT_TRIES 64

struct lease_table {
    struct lease_row *rows;
    struct pool *pool;
    struct table by_address, by_client;
    struct heap deadlines;
    struct list free, remembered, offered;
    uint32_t used, limit; /* rows [0, used) have been touched */
};

static_assert(sizeof(struct lease_key) == 12, "hashed as bytes: no padding");

static size_t rounded(size_t n)
{
    return (n + 15) & ~(size_t)15;
}

static struct span address_key(const void *rows, uint32_t row)
{
    const struct lease_row *r = rows;
    return span_of(&r[row].address, sizeof r[row].address);
}

static struct span client_key(const void *rows, uint32_t row)
{
    const struct lease_row *r = rows;
    return span_of(&r[row].key, sizeof r[row].key);
}

size_t lease_table_memory(uint32_t limit)
{
    return rounded(sizeof(struct lease_table)) + rounded(limit * sizeof(struct lease_row)) +
           2 * rounded(table_memory(limit)) + rounded(limit * sizeof(struct heap_item)) +
           rounded(limit * sizeof(uint32_t));
}

struct lease_table *lease_table_init(void *memory, uint32_t limit, struct hash_key key,
                                     struct pool *pool)
{
    struct lease_table *t = memory;
    uint8_t *at = (uint8_t *)memory + rounded(sizeof *t);

    t->rows = (void *)at;
    at += rounded(limit * sizeof(struct lease_row));
    table_init(&t->by_address, at, limit, t->rows, address_key, key);
    at += rounded(table_memory(limit));
    table_init(&t->by_client, at, limit, t->rows, client_key, key);
    at += rounded(table_memory(limit));
    struct heap_item *items = (void *)at;
    at += rounded(limit * sizeof(struct heap_item));
    heap_init(&t->deadlines, items, (void *)at, limit);
    list_init(&t->free);
    list_init(&t->remembered);
    list_init(&t->offered);
    t->limit = limit;
    t->pool = pool;
    return t;
}

static uint32_t number_of(const struct lease_table *t, const struct lease_row *row)
{
    return (uint32_t)(row - t->rows);
}

static struct lease_key make_key(struct mac mac, struct ipv4 network)
{
    return (struct lease_key){ .mac = mac, .network = network.value };
}

struct lease_row *lease_table_find_address(struct lease_table *t, struct ipv4 address)
{
    uint32_t row = table_find(&t->by_address, span_of(&address, sizeof address));
    return row == TABLE_NONE ? NULL : &t->rows[row];
}

struct lease_row *lease_table_find_client(struct lease_table *t, struct mac mac,
                                          struct ipv4 network)
{
    struct lease_key key = make_key(mac, network);
    uint32_t row = table_find(&t->by_client, span_of(&key, sizeof key));
    return row == TABLE_NONE ? NULL : &t->rows[row];
}

void lease_table_set_keyed(struct lease_table *t, struct lease_row *row, bool keyed)
{
    if (row->keyed)
        (void)table_remove(&t->by_client, number_of(t, row));
    row->keyed = false;
    if (!keyed)
        return;
    struct lease_row *other =
        lease_table_find_client(t, row->key.mac, (struct ipv4){ row->key.network });
    if (other)
        lease_table_set_keyed(t, other, false);
    row->keyed = table_insert(&t->by_client, number_of(t, row));
}

bool lease_table_is_takable(struct lease_table *t, struct ipv4 address, struct mac mac)
{
    const struct lease_row *row = lease_table_find_address(t, address);

    if (!row)
        return true;
    if (mac_equals(row->key.mac, mac))
        return row->state != STATE_DECLINED;
    return !lease_state_is_busy(row->state) && row->in_flight == 0;
}

static void drop_row(struct lease_table *t, struct lease_row *row)
{
    lease_table_set_keyed(t, row, false);
    (void)table_remove(&t->by_address, number_of(t, row));
    heap_set(&t->deadlines, number_of(t, row), INSTANT_NEVER);
    list_remove(&row->link);
    row->state = STATE_FREE;
    row->address = IPV4_NONE;
    list_append(&t->free, &row->link);
}

/* A row nobody needs, or NULL. */
static struct lease_row *new_row(struct lease_table *t)
{
    if (list_is_empty(&t->free) && t->used < t->limit) {
        struct lease_row *row = &t->rows[t->used++];
        list_init(&row->link);
        return row;
    }
    int tries = EVICT_TRIES;
    list_each (node, &t->remembered) {
        struct lease_row *row = list_entry(node, struct lease_row, link);
        if (!list_is_empty(&t->free) || tries-- == 0)
            break;
        if (row->in_flight == 0) {
            drop_row(t, row);
            break;
        }
    }
    if (list_is_empty(&t->free))
        return NULL;
    struct lease_row *row = list_entry(t->free.next, struct lease_row, link);
    list_remove(&row->link);
    return row;
}

struct lease_row *lease_table_take(struct lease_table *t, struct ipv4 address, struct mac mac,
                                   struct ipv4 network)
{
    struct lease_key key = make_key(mac, network);
    struct lease_row *row = lease_table_find_address(t, address);

    if (!lease_table_is_takable(t, address, mac))
        return NULL;
    if (!row) {
        row = new_row(t);
        if (!row)
            return NULL;
        *row = (struct lease_row){ .address = address, .pending = LEASE_NO_PENDING };
        list_init(&row->link);
        bool room = table_insert(&t->by_address, number_of(t, row));
        assert(room); /* both have `limit` places */
    } else if (!mac_equals(row->key.mac, mac)) {
        /* What the disk says of the last client is no promise to this one. */
        lease_table_set_keyed(t, row, false);
        row->disk = (struct lease_on_disk){ 0 };
        row->since = row->expires = (struct calendar){ 0 };
        row->client_id = row->hostname = (struct label){ 0 };
    }
    if (!row->keyed || row->key.network != key.network) {
        lease_table_set_keyed(t, row, false);
        row->key = key;
        lease_table_set_keyed(t, row, true);
    }
    return row;
}

void lease_table_put(struct lease_table *t, struct lease_row *row, enum lease_state state,
                     struct instant due)
{
    pool_mark(t->pool, row->address, lease_state_is_busy(state));
    if (state == STATE_FREE) {
        drop_row(t, row);
        return;
    }
    list_remove(&row->link);
    row->state = state;
    row->due = state == STATE_REMEMBERED ? INSTANT_NEVER : due;
    heap_set(&t->deadlines, number_of(t, row), row->due);
    if (state == STATE_REMEMBERED)
        list_append(&t->remembered, &row->link);
    if (state == STATE_OFFERED)
        list_append(&t->offered, &row->link);
}

struct lease_row *lease_table_oldest_offer(struct lease_table *t, struct ipv4 network,
                                           struct instant due)
{
    int tries = EVICT_TRIES;
    list_each (node, &t->offered) {
        struct lease_row *row = list_entry(node, struct lease_row, link);
        if (row->due.ns >= due.ns || tries-- == 0)
            return NULL;
        if (row->key.network == network.value && row->in_flight == 0)
            return row;
    }
    return NULL;
}

bool lease_table_step(struct lease_table *t, struct lease_row *row, enum lease_step step,
                      struct instant due)
{
    enum lease_state next;

    if (!lease_state_step(row->state, step, &next))
        return false;
    lease_table_put(t, row, next, due);
    return true;
}

void lease_table_rebase(struct lease_table *t,
                        struct ipv4 (*network_of)(const void *context, struct ipv4 address),
                        const void *context)
{
    for (uint32_t i = 0; i < t->used; i++) {
        struct lease_row *row = &t->rows[i];
        if (row->state == STATE_FREE)
            continue;
        bool keyed = row->keyed;
        lease_table_set_keyed(t, row, false);
        row->key.network = network_of(context, row->address).value;
        /* Two networks may have become one: the row that is there first stays the client's. */
        if (keyed && !lease_table_find_client(t, row->key.mac, (struct ipv4){ row->key.network }))
            lease_table_set_keyed(t, row, true);
        pool_mark(t->pool, row->address, lease_state_is_busy(row->state));
    }
}

struct instant lease_table_next_deadline(const struct lease_table *t)
{
    return heap_next(&t->deadlines);
}

struct lease_row *lease_table_pop_due(struct lease_table *t, struct instant now)
{
    uint32_t row;
    return heap_pop_due(&t->deadlines, now, &row) ? &t->rows[row] : NULL;
}

const struct lease_row *lease_table_at(const struct lease_table *t, uint32_t row)
{
    return row < t->used ? &t->rows[row] : NULL;
}

static bool row_is_sound(const struct lease_table *t, uint32_t number)
{
    const struct lease_row *row = &t->rows[number];
    bool in_heap = t->deadlines.places[number] != HEAP_NOWHERE;

    if (row->state == STATE_FREE)
        return ipv4_is_none(row->address) && !row->keyed && !in_heap;
    if (table_find(&t->by_address, address_key(t->rows, number)) != number)
        return false;
    if (row->keyed && table_find(&t->by_client, client_key(t->rows, number)) != number)
        return false;
    if (row->state == STATE_REMEMBERED)
        return !in_heap && !list_is_empty(&row->link);
    if (row->state == STATE_OFFERED)
        return in_heap && !list_is_empty(&row->link);
    return in_heap == (row->due.ns != INSTANT_NEVER.ns) && list_is_empty(&row->link);
}

bool lease_table_is_sound(const struct lease_table *t)
{
    uint32_t addresses = 0, keyed = 0;

    for (uint32_t i = 0; i < t->used; i++) {
        if (!row_is_sound(t, i))
            return false;
        addresses += t->rows[i].state != STATE_FREE;
        keyed += t->rows[i].keyed;
    }
    return addresses == t->by_address.count && keyed == t->by_client.count;
}
