/* See catalog_hosts.h. */
#include "serve/catalog_hosts.h"

#include <stdalign.h>
#include <stdlib.h>

#include "api/host_json.h"

#define TEXT_ROOM (1 + alignof(max_align_t)) /* beside its letters */

static int compare_host_names(const void *a, const void *b)
{
    const struct host *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static bool take_next_boot(struct arena *arena, const struct host *stored, struct host *own)
{
    own->next_boot = arena_text(arena, stored->next_boot);
    return !stored->next_boot || own->next_boot;
}

/* A host shows the note of its machine. Lives in the records, which are in the arena already. */
static void add_notes(struct host *hosts, size_t count, const struct catalog *catalog)
{
    for (size_t i = 0; i < count; i++)
        if (hosts[i].match.has_mac)
            hosts[i].note = catalog_find_note(catalog, hosts[i].match.mac);
}

/* One host as it is sorted. */
struct place {
    uint64_t mac;
    uint32_t at;
};

static int by_mac_and_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->mac != y->mac)
        return x->mac < y->mac ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static bool add_index(struct arena *arena, struct catalog *catalog)
{
    struct host_index *index = arena_new(arena, struct host_index);
    uint32_t *by_mac = arena_array(arena, uint32_t, catalog->host_count + 1);
    uint32_t *others = arena_array(arena, uint32_t, catalog->host_count + 1);
    struct place *sorted = calloc(catalog->host_count + 1, sizeof *sorted);

    if (!index || !by_mac || !others || !sorted) {
        free(sorted);
        return false;
    }
    *index = (struct host_index){ .by_mac = by_mac, .others = others };
    for (uint32_t i = 0; i < catalog->host_count; i++) {
        const struct host_match *match = &catalog->hosts[i].match;
        if (match->has_mac)
            sorted[index->by_mac_count++] = (struct place){ mac_to_u64(match->mac), i };
        else
            others[index->other_count++] = i;
    }
    if (index->by_mac_count > 1)
        qsort(sorted, index->by_mac_count, sizeof *sorted, by_mac_and_place);
    for (size_t i = 0; i < index->by_mac_count; i++)
        by_mac[i] = sorted[i].at;
    free(sorted);
    catalog->host_index = index;
    return true;
}

static bool add_hosts(const struct catalog_sources *from, struct arena *arena,
                      struct catalog *catalog)
{
    size_t file_count = from->config->host_count, count = file_count;
    struct host *hosts = arena_array(arena, struct host, file_count + from->host_count + 1);
    struct host **by_name = arena_array(arena, struct host *, file_count + 1);

    if (!hosts || !by_name)
        return false;
    for (size_t i = 0; i < file_count; i++) {
        if (!host_copy(arena, &from->config->hosts[i], &hosts[i]))
            return false;
        by_name[i] = &hosts[i];
    }
    if (file_count > 1)
        qsort(by_name, file_count, sizeof *by_name, compare_host_names);
    for (size_t i = 0; i < from->host_count; i++) {
        const struct host *stored = &from->hosts[i];
        struct host **same =
            bsearch(&stored, by_name, file_count, sizeof *by_name, compare_host_names);
        if (same ? !take_next_boot(arena, stored, *same)
                 : !host_copy(arena, stored, &hosts[count++]))
            return false;
    }
    add_notes(hosts, count, catalog);
    catalog->hosts = hosts;
    catalog->host_count = count;
    return add_index(arena, catalog);
}

static bool has_group(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->group_count; i++)
        if (strcmp(config->groups[i].name, name) == 0)
            return true;
    return false;
}

/* Those of the file, then those of the store that have no namesake there. */
static bool add_groups(const struct catalog_sources *from, struct arena *arena,
                       struct catalog *catalog)
{
    const struct config *config = from->config;
    size_t count = config->group_count, most = count;
    char sentence[API_SENTENCE_MAX];

    for (size_t i = 0; i < from->record_count; i++)
        most += from->records[i].kind == RECORD_GROUP;
    struct host_group *groups = arena_array(arena, struct host_group, most + 1);
    if (!groups)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!host_group_copy(arena, &config->groups[i], &groups[i]))
            return false;
        groups[i].from_file = true;
    }
    for (size_t i = 0; i < from->record_count; i++) {
        const struct record *record = &from->records[i];
        if (record->kind == RECORD_GROUP && !has_group(config, record->name) &&
            group_from_json(span_text(record->text), record->name, arena, &groups[count], sentence))
            count++;
    }
    catalog->groups = groups;
    catalog->group_count = count;
    return true;
}

/* What commands and installers have said: secrets, and who is installed. */
static bool add_secrets(const struct catalog_sources *from, struct arena *arena,
                        struct catalog *catalog)
{
    struct host_secret *secrets = arena_array(arena, struct host_secret, from->secret_count + 1);
    struct installed *installed = arena_array(arena, struct installed, from->installed_count + 1);

    if (!secrets || !installed)
        return false;
    for (size_t i = 0; i < from->secret_count; i++) {
        const struct named_secret *secret = &from->secrets[i].secret;
        secrets[i].host = arena_text(arena, from->secrets[i].host);
        secrets[i].secret = (struct named_secret){
            .name = arena_text(arena, secret->name),
            .value = { .revealed = arena_text(arena, secret->value.revealed) },
        };
        if (!secrets[i].host || !secrets[i].secret.name || !secrets[i].secret.value.revealed)
            return false;
    }
    for (size_t i = 0; i < from->installed_count; i++) {
        installed[i] = from->installed[i];
        installed[i].image = arena_text(arena, from->installed[i].image);
        if (!installed[i].image)
            return false;
    }
    catalog->secrets = secrets;
    catalog->secret_count = from->secret_count;
    catalog->installed = installed;
    catalog->installed_count = from->installed_count;
    return true;
}

bool catalog_hosts_add(const struct catalog_sources *from, struct arena *arena,
                       struct catalog *catalog)
{
    return add_hosts(from, arena, catalog) && add_groups(from, arena, catalog) &&
           add_secrets(from, arena, catalog);
}

bool catalog_hosts_add_records(const struct catalog_sources *from, struct arena *arena,
                               struct catalog *catalog)
{
    struct record *records = arena_array(arena, struct record, from->record_count + 1);

    if (!records)
        return false;
    for (size_t i = 0; i < from->record_count; i++) {
        records[i] = (struct record){ .kind = from->records[i].kind,
                                      .name = arena_text(arena, from->records[i].name),
                                      .text = arena_text(arena, from->records[i].text) };
        if (!records[i].name || !records[i].text)
            return false;
    }
    catalog->records = records;
    catalog->record_count = from->record_count;
    return true;
}

static size_t room_of_hosts(const struct host *hosts, size_t count)
{
    size_t room = 0;
    for (size_t i = 0; i < count; i++)
        room += sizeof *hosts + sizeof hosts + host_copy_room(&hosts[i]);
    return room;
}

static size_t room_of_secrets(const struct catalog_sources *from)
{
    size_t room =
        from->secret_count * sizeof *from->secrets +
        from->installed_count * (sizeof *from->installed + INSTALLED_IMAGE_MAX + TEXT_ROOM);
    for (size_t i = 0; i < from->secret_count; i++)
        room += strlen(from->secrets[i].host) + strlen(from->secrets[i].secret.name) +
                strlen(from->secrets[i].secret.value.revealed) + 3 * TEXT_ROOM;
    return room;
}

size_t catalog_hosts_room(const struct catalog_sources *from)
{
    /* One row more than there are, of each kind. */
    size_t room =
        room_of_hosts(from->config->hosts, from->config->host_count) +
        room_of_hosts(from->hosts, from->host_count) + room_of_secrets(from) +
        /* texts, and what is read out of them: groups, and the settings of images */
        3 * from->record_bytes + from->record_count * (sizeof(struct record) + 2048) +
        sizeof(struct host) + sizeof(struct host_group) + 4096 +
        2 * sizeof(uint32_t) * (from->config->host_count + from->host_count + 1 + TEXT_ROOM);
    for (size_t i = 0; i < from->config->group_count; i++)
        room += sizeof(struct host_group) + host_group_copy_room(&from->config->groups[i]);
    return room;
}
