/* The reservations of policy.h. A host known by its MAC alone is found by one look into a table;
 * hosts known by anything else (UUID, serial, ...) need choose_host(), which is asked only when
 * there are such hosts. When there are more reservations than rows the catalog itself is walked. */
#include "base/table.h"

#include "dhcp/policy.h"

struct reservation {
    struct ipv4 address;
    struct mac mac;
};

struct reservations {
    struct table by_address, by_mac;
    struct reservation *rows;
    uint32_t count, limit;
    uint64_t generation;
    const struct catalog *catalog; /* compared, never followed */
    bool overflown;                /* more of them than rows */
    bool others;                   /* some hosts are not known by their MAC alone */
};

static size_t rounded(size_t n)
{
    return (n + 15) & ~(size_t)15;
}

static struct span address_key(const void *rows, uint32_t row)
{
    const struct reservation *r = rows;
    return span_of(&r[row].address, sizeof r[row].address);
}

static struct span mac_key(const void *rows, uint32_t row)
{
    const struct reservation *r = rows;
    return span_of(&r[row].mac, sizeof r[row].mac);
}

size_t reservations_memory(uint32_t limit)
{
    return rounded(sizeof(struct reservations)) + rounded(limit * sizeof(struct reservation)) +
           2 * rounded(table_memory(limit));
}

struct reservations *reservations_init(void *memory, uint32_t limit, struct hash_key key)
{
    struct reservations *r = memory;
    uint8_t *at = (uint8_t *)memory + rounded(sizeof *r);

    r->rows = (void *)at;
    at += rounded(limit * sizeof(struct reservation));
    r->limit = limit;
    table_init(&r->by_address, at, limit, r->rows, address_key, key);
    table_init(&r->by_mac, at + rounded(table_memory(limit)), limit, r->rows, mac_key, key);
    return r;
}

static bool is_known_by_mac(const struct host_match *m)
{
    return m->has_mac && !m->has_uuid && !m->has_arch && !m->has_subnet && !m->serial &&
           !m->asset && !m->vendor;
}

static void add_host(struct reservations *r, const struct host *host)
{
    if (ipv4_is_none(host->address))
        return;
    if (r->count >= r->limit) {
        r->overflown = true;
        return;
    }
    uint32_t row = r->count++;
    r->rows[row] = (struct reservation){ .address = host->address, .mac = host->match.mac };
    if (table_find(&r->by_address, address_key(r->rows, row)) == TABLE_NONE)
        (void)table_insert(&r->by_address, row);
    if (!is_known_by_mac(&host->match))
        r->others = true;
    else if (table_find(&r->by_mac, mac_key(r->rows, row)) == TABLE_NONE)
        (void)table_insert(&r->by_mac, row);
}

void reservations_refresh(struct reservations *r, const struct catalog *catalog)
{
    if (r->catalog == catalog && r->generation == catalog->generation)
        return;
    r->catalog = catalog;
    r->generation = catalog->generation;
    if (r->count > 0) {
        table_clear(&r->by_address);
        table_clear(&r->by_mac);
    }
    r->count = 0;
    r->overflown = r->others = false;
    for (size_t i = 0; i < catalog->host_count; i++)
        add_host(r, &catalog->hosts[i]);
}

bool reservations_find(const struct reservations *r, const struct catalog *catalog,
                       const struct client *client, struct ipv4 *ret_address)
{
    if (r->others || r->overflown) {
        const struct host *host = choose_host(catalog, client);
        if (host && !ipv4_is_none(host->address)) {
            *ret_address = host->address;
            return true;
        }
        return false;
    }
    uint32_t row = table_find(&r->by_mac, span_of(&client->mac, sizeof client->mac));
    if (row == TABLE_NONE)
        return false;
    *ret_address = r->rows[row].address;
    return true;
}

bool reservations_has_address(const struct reservations *r, const struct catalog *catalog,
                              struct ipv4 address)
{
    if (table_find(&r->by_address, span_of(&address, sizeof address)) != TABLE_NONE)
        return true;
    for (size_t i = 0; r->overflown && i < catalog->host_count; i++)
        if (ipv4_equals(catalog->hosts[i].address, address))
            return true;
    return false;
}
