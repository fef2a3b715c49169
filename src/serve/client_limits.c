/* See client_limits.h. The rate is kept as one instant per address (the virtual scheduling form of
 * a leaky bucket, ITU-T I.371 annex A): the time at which the address would have used up its share.
 */
#include "serve/client_limits.h"

#include <errno.h>
#include <stdlib.h>

#include "base/autoclean.h"
#include "base/list.h"
#include "base/table.h"

#define TELL_EVERY duration_seconds(10)

struct client {
    struct list link; /* in `order` or `spare` */
    struct ipv4 addr;
    uint32_t open;
    struct instant used_up_to, told_at;
};

struct client_limits {
    struct client_limits_settings settings;
    struct client *rows;
    void *slots;
    struct table table;
    struct list order, spare; /* order: the longest quiet first */
};

DEFINE_FREEP(struct client_limits, client_limits_free)

static struct span key_of(const void *rows, uint32_t row)
{
    const struct client *clients = rows;
    return span_of(&clients[row].addr, sizeof clients[row].addr);
}

int client_limits_new(const struct client_limits_settings *settings,
                      struct client_limits **ret_clients)
{
    autoclean(client_limits_freep) struct client_limits *c = calloc(1, sizeof *c);
    if (!c)
        return -ENOMEM;
    c->settings = *settings;
    list_init(&c->order);
    list_init(&c->spare);
    c->rows = calloc(settings->rows, sizeof *c->rows);
    c->slots = calloc(1, table_memory(settings->rows));
    if (!c->rows || !c->slots)
        return -ENOMEM;
    table_init(&c->table, c->slots, settings->rows, c->rows, key_of, settings->hash_key);
    for (uint32_t i = 0; i < settings->rows; i++)
        list_append(&c->spare, &c->rows[i].link);
    *ret_clients = take_ptr(&c);
    return 0;
}

void client_limits_free(struct client_limits *clients)
{
    if (!clients)
        return;
    free(clients->rows);
    free(clients->slots);
    free(clients);
}

static struct client *make_room(struct client_limits *c)
{
    if (!list_is_empty(&c->spare))
        return list_entry(c->spare.next, struct client, link);
    list_each (pos, &c->order) {
        struct client *quiet = list_entry(pos, struct client, link);
        if (quiet->open > 0)
            continue;
        (void)table_remove(&c->table, (uint32_t)(quiet - c->rows));
        return quiet;
    }
    return NULL;
}

static struct client *get_client(struct client_limits *c, struct ipv4 addr)
{
    uint32_t row = table_find(&c->table, span_of(&addr, sizeof addr));
    struct client *client = row == TABLE_NONE ? make_room(c) : &c->rows[row];
    if (!client)
        return NULL;
    list_remove(&client->link);
    list_append(&c->order, &client->link);
    if (row == TABLE_NONE) {
        client->addr = addr;
        client->used_up_to = client->told_at = (struct instant){ INT64_MIN };
        client->open = 0;
        (void)table_insert(&c->table, (uint32_t)(client - c->rows));
    }
    return client;
}

enum client_allowance client_limits_ask(struct client_limits *clients, struct ipv4 addr,
                                        struct instant now)
{
    if (clients->settings.requests_per_second == 0)
        return CLIENT_ALLOWED;
    struct client *client = get_client(clients, addr);
    if (!client)
        return CLIENT_OVER_LIMIT;
    struct duration each = { 1000000000 / (int64_t)clients->settings.requests_per_second };
    struct duration ahead = { each.ns * (int64_t)clients->settings.burst };
    if (client->used_up_to.ns < now.ns)
        client->used_up_to = now;
    struct instant used = instant_after(client->used_up_to, each);
    if (used.ns <= instant_after(now, ahead).ns) {
        client->used_up_to = used;
        return CLIENT_ALLOWED;
    }
    if (!instant_reached(now, instant_after(client->told_at, TELL_EVERY)))
        return CLIENT_OVER_LIMIT;
    client->told_at = now;
    return CLIENT_OVER_LIMIT_FIRST;
}

bool client_limits_begin(struct client_limits *clients, struct ipv4 addr)
{
    struct client *client = get_client(clients, addr);
    if (!client || client->open >= clients->settings.open_max)
        return false;
    client->open++;
    return true;
}

void client_limits_ended(struct client_limits *clients, struct ipv4 addr)
{
    uint32_t row = table_find(&clients->table, span_of(&addr, sizeof addr));
    if (row != TABLE_NONE && clients->rows[row].open > 0)
        clients->rows[row].open--;
}
