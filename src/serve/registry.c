/* Rows in one array, two keyed indexes over it (MAC, IPv4), and a list in the order of last sight
 * for eviction. */
#include "serve/registry.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/list.h"
#include "base/table.h"

struct machine {
    struct list by_age;
    struct client client;
    struct calendar first_seen, last_seen;
    uint8_t mac_key[6];
    uint8_t address_key[4];
    bool has_address;
    bool has_news; /* for who keeps it beyond this run */
    struct last_loader last;
};

struct registry {
    pthread_mutex_t lock;
    struct machine *rows;
    uint32_t count, limit;
    struct table by_mac, by_address;
    struct list oldest_first;
    void *slots;
};

static struct span mac_key(const void *rows, uint32_t row)
{
    return span_of(((const struct machine *)rows)[row].mac_key, 6);
}

static struct span address_key(const void *rows, uint32_t row)
{
    return span_of(((const struct machine *)rows)[row].address_key, 4);
}

int registry_new(uint32_t machines_max, struct registry **ret_registry)
{
    struct registry *r = calloc(1, sizeof *r);
    struct hash_key key;
    size_t slots = table_memory(machines_max);

    if (!r)
        return -ENOMEM;
    r->rows = calloc(machines_max, sizeof *r->rows);
    r->slots = calloc(2, slots);
    if (!r->rows || !r->slots || getrandom(&key, sizeof key, 0) != sizeof key) {
        registry_free(r);
        return -ENOMEM;
    }
    r->limit = machines_max;
    pthread_mutex_init(&r->lock, NULL);
    list_init(&r->oldest_first);
    table_init(&r->by_mac, r->slots, machines_max, r->rows, mac_key, key);
    table_init(&r->by_address, (uint8_t *)r->slots + slots, machines_max, r->rows, address_key,
               key);
    *ret_registry = r;
    return 0;
}

void registry_free(struct registry *registry)
{
    if (!registry)
        return;
    free(registry->rows);
    free(registry->slots);
    free(registry);
}

static void forget_address(struct registry *r, uint32_t row)
{
    if (!r->rows[row].has_address)
        return;
    table_remove(&r->by_address, row);
    r->rows[row].has_address = false;
}

/* A row for this MAC: its own, a fresh one, or that of the machine not seen for longest. */
static uint32_t row_for(struct registry *r, struct mac mac, struct now now)
{
    uint32_t row = table_find(&r->by_mac, span_of(mac.bytes, sizeof mac.bytes));
    if (row != TABLE_NONE)
        return row;
    if (r->count < r->limit) {
        row = r->count++;
    } else {
        struct machine *oldest = list_entry(r->oldest_first.next, struct machine, by_age);
        row = (uint32_t)(oldest - r->rows);
        forget_address(r, row);
        table_remove(&r->by_mac, row);
        list_remove(&oldest->by_age);
    }
    struct machine *m = &r->rows[row];
    *m = (struct machine){ .first_seen = now.calendar, .client.mac = mac };
    memcpy(m->mac_key, mac.bytes, sizeof mac.bytes);
    list_append(&r->oldest_first, &m->by_age);
    table_insert(&r->by_mac, row);
    return row;
}

static void keep_label(struct label *kept, const struct label *told)
{
    if (told->len > 0)
        *kept = *told;
}

static void merge(struct client *kept, const struct client *told)
{
    if (told->kind != CLIENT_UNKNOWN)
        kept->kind = told->kind;
    if (told->has_arch) {
        kept->has_arch = true;
        kept->arch_wire = told->arch_wire;
        kept->transport = told->transport;
    }
    if (told->arch != ARCH_NONE)
        kept->arch = told->arch;
    if (told->has_uuid) {
        kept->has_uuid = true;
        kept->uuid = told->uuid;
    }
    if (told->undi_major != 0) {
        kept->undi_major = told->undi_major;
        kept->undi_minor = told->undi_minor;
    }
    if (told->ipxe_features != 0)
        kept->ipxe_features = told->ipxe_features;
    if (told->memory_mib != 0)
        kept->memory_mib = told->memory_mib;
    keep_label(&kept->vendor_class, &told->vendor_class);
    keep_label(&kept->user_class, &told->user_class);
    keep_label(&kept->hostname, &told->hostname);
    keep_label(&kept->serial, &told->serial);
    keep_label(&kept->asset, &told->asset);
    keep_label(&kept->product, &told->product);
    keep_label(&kept->manufacturer, &told->manufacturer);
    if (!ipv4_is_none(told->relay))
        kept->relay = told->relay;
    if (told->interface != 0)
        kept->interface = told->interface;
    if (told->chain)
        kept->chain = told->chain;
}

static void set_address(struct registry *r, uint32_t row, struct ipv4 address)
{
    struct machine *m = &r->rows[row];
    if (ipv4_is_none(address) || (m->has_address && ipv4_equals(m->client.address, address)))
        return;
    forget_address(r, row);
    const uint8_t key[4] = { (uint8_t)(address.value >> 24), (uint8_t)(address.value >> 16),
                             (uint8_t)(address.value >> 8), (uint8_t)address.value };
    uint32_t former = table_find(&r->by_address, span_of(key, sizeof key));
    if (former != TABLE_NONE)
        forget_address(r, former);
    memcpy(m->address_key, key, sizeof key);
    m->client.address = address;
    m->has_address = table_insert(&r->by_address, row);
}

void registry_note(struct registry *registry, const struct client *client, struct now now)
{
    if (mac_is_zero(client->mac))
        return;
    pthread_mutex_lock(&registry->lock);
    uint32_t row = row_for(registry, client->mac, now);
    struct machine *m = &registry->rows[row];
    merge(&m->client, client);
    set_address(registry, row, client->address);
    m->last_seen = now.calendar;
    m->has_news = true;
    list_remove(&m->by_age);
    list_append(&registry->oldest_first, &m->by_age);
    pthread_mutex_unlock(&registry->lock);
}

void registry_restore(struct registry *registry, const struct client_seen *seen)
{
    struct mac mac = seen->client.mac;
    if (mac_is_zero(mac))
        return;
    pthread_mutex_lock(&registry->lock);
    if (table_find(&registry->by_mac, span_of(mac.bytes, sizeof mac.bytes)) == TABLE_NONE) {
        uint32_t row = row_for(registry, mac, (struct now){ .calendar = seen->first });
        struct machine *m = &registry->rows[row];
        merge(&m->client, &seen->client);
        m->last_seen = seen->last;
    }
    pthread_mutex_unlock(&registry->lock);
}

bool registry_take_news(struct registry *registry, uint32_t *row, struct client_seen *ret_seen)
{
    bool found = false;
    pthread_mutex_lock(&registry->lock);
    for (; !found && *row < registry->count; ++*row) {
        struct machine *m = &registry->rows[*row];
        found = m->has_news;
        if (found)
            *ret_seen = (struct client_seen){ m->client, m->first_seen, m->last_seen };
        m->has_news = false;
    }
    pthread_mutex_unlock(&registry->lock);
    return found;
}

bool registry_find_address(struct registry *registry, struct ipv4 address,
                           struct client *ret_client)
{
    const uint8_t key[4] = { (uint8_t)(address.value >> 24), (uint8_t)(address.value >> 16),
                             (uint8_t)(address.value >> 8), (uint8_t)address.value };
    pthread_mutex_lock(&registry->lock);
    uint32_t row = table_find(&registry->by_address, span_of(key, sizeof key));
    if (row != TABLE_NONE)
        *ret_client = registry->rows[row].client;
    pthread_mutex_unlock(&registry->lock);
    return row != TABLE_NONE;
}

bool registry_find_mac(struct registry *registry, struct mac mac, struct client *ret_client)
{
    pthread_mutex_lock(&registry->lock);
    uint32_t row = table_find(&registry->by_mac, span_of(mac.bytes, sizeof mac.bytes));
    if (row != TABLE_NONE)
        *ret_client = registry->rows[row].client;
    pthread_mutex_unlock(&registry->lock);
    return row != TABLE_NONE;
}

void registry_set_loader(struct registry *registry, struct mac mac, struct span folder,
                         const char *name)
{
    if (folder.len >= REGISTRY_FOLDER_MAX || strlen(name) >= REGISTRY_LOADER_MAX)
        return;
    pthread_mutex_lock(&registry->lock);
    uint32_t row = table_find(&registry->by_mac, span_of(mac.bytes, sizeof mac.bytes));
    if (row != TABLE_NONE) {
        struct machine *m = &registry->rows[row];
        span_to_text(folder, m->last.folder, sizeof m->last.folder);
        span_to_text(span_text(name), m->last.name, sizeof m->last.name);
    }
    pthread_mutex_unlock(&registry->lock);
}

struct last_loader registry_get_loader(struct registry *registry, struct mac mac)
{
    struct last_loader last = { 0 };
    pthread_mutex_lock(&registry->lock);
    uint32_t row = table_find(&registry->by_mac, span_of(mac.bytes, sizeof mac.bytes));
    if (row != TABLE_NONE)
        last = registry->rows[row].last;
    pthread_mutex_unlock(&registry->lock);
    return last;
}

bool registry_at(struct registry *registry, uint32_t row, struct client *ret_client,
                 struct calendar *ret_first, struct calendar *ret_last)
{
    bool there;
    pthread_mutex_lock(&registry->lock);
    there = row < registry->count;
    if (there) {
        *ret_client = registry->rows[row].client;
        *ret_first = registry->rows[row].first_seen;
        *ret_last = registry->rows[row].last_seen;
    }
    pthread_mutex_unlock(&registry->lock);
    return there;
}

uint32_t registry_count(struct registry *registry)
{
    pthread_mutex_lock(&registry->lock);
    uint32_t count = registry->count;
    pthread_mutex_unlock(&registry->lock);
    return count;
}
