/* The store and the folders, without the daemon. SQLite's own locking keeps a daemon that starts at
 * the same moment from harm. A state folder that is not there yet is an empty one for those who
 * read, and an error with a sentence for those who write. */
#include "cli/offline.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/autoclean.h"

#include "net/clock.h"
#include "serve/answer_records.h"
#include "serve/container_reader.h"
#include "serve/host_note.h"
#include "serve/stored_records.h"
#include "store/store.h"

#define HOSTS_BYTES ((size_t)64 * 1024 * 1024)

DEFINE_FREEP(struct store, store_close)
DEFINE_FREEP(struct container_reader, container_reader_free)

static enum exit_code open_store(const struct session *session, struct store **ret_store)
{
    char why[STORE_WHY_MAX] = "";
    int r = store_open(session->config->state, ret_store, why);
    if (r == 0)
        return EXIT_OK;
    complain("%s", why[0] ? why : strerror(-r));
    return EXIT_FAILED;
}

static int add_host(void *context, const struct host *host)
{
    struct offline_hosts *hosts = context;
    struct host *copy = &hosts->rows[hosts->count];

    if (hosts->count == OFFLINE_HOSTS_MAX)
        return -ENOBUFS;
    if (offline_hosts_find(hosts, host->name))
        return 0; /* the file's entry of that name wins */
    /* Secrets stay where they are, in the configuration. */
    struct host bare = *host;
    bare.secret_count = 0;
    if (!host_copy(&hosts->arena, &bare, copy))
        return -ENOMEM;
    copy->secret_count = host->secret_count;
    hosts->count++;
    return 0;
}

static int add_next_boot(void *context, const char *name, const char *image)
{
    struct offline_hosts *hosts = context;
    for (size_t i = 0; i < hosts->count; i++) {
        if (strcmp(hosts->rows[i].name, name) != 0)
            continue;
        hosts->rows[i].next_boot = arena_text(&hosts->arena, image);
        if (image && !hosts->rows[i].next_boot)
            return -ENOMEM;
    }
    return 0;
}

static struct host *find_mac(const struct offline_hosts *hosts, struct mac mac, size_t from)
{
    for (size_t i = from; i < hosts->count; i++)
        if (hosts->rows[i].match.has_mac && mac_equals(hosts->rows[i].match.mac, mac))
            return &hosts->rows[i];
    return NULL;
}

static int add_note(void *context, const struct record *record)
{
    struct offline_hosts *hosts = context;
    struct mac mac;

    if (record->kind != RECORD_NOTE || !mac_parse(span_text(record->name), &mac))
        return 0;
    struct host *host = find_mac(hosts, mac, 0);
    const char *note = host ? arena_text(&hosts->arena, record->text) : "";
    for (; note && host; host = find_mac(hosts, mac, (size_t)(host - hosts->rows) + 1))
        host->note = note;
    return note ? 0 : -ENOMEM;
}

static enum exit_code read_hosts(const struct session *session, struct offline_hosts *hosts)
{
    struct stat info;
    const struct config *config = session->config;
    int r = 0;

    for (size_t i = 0; r == 0 && i < config->host_count; i++)
        r = add_host(hosts, &config->hosts[i]);
    hosts->file_count = hosts->count;
    if (r == 0 && (stat(config->state, &info) == 0 || errno != ENOENT)) {
        autoclean(store_closep) struct store *store = NULL;
        enum exit_code code = open_store(session, &store);
        if (code != EXIT_OK)
            return code;
        r = store_each_host(store, add_host, hosts);
        if (r == 0)
            r = store_each_next_boot(store, add_next_boot, hosts);
        if (r == 0)
            r = store_each_record(store, add_note, hosts);
    }
    if (r == 0)
        return EXIT_OK;
    complain("the hosts could not be read: %s", strerror(-r));
    return EXIT_FAILED;
}

enum exit_code offline_hosts_load(const struct session *session, struct offline_hosts *hosts)
{
    *hosts = (struct offline_hosts){ .rows = calloc(OFFLINE_HOSTS_MAX, sizeof *hosts->rows),
                                     .arena = arena_over(malloc(HOSTS_BYTES), HOSTS_BYTES) };
    if (hosts->rows && hosts->arena.data)
        return read_hosts(session, hosts);
    complain("out of memory");
    return EXIT_FAILED;
}

void offline_hosts_done(struct offline_hosts *hosts)
{
    free(hosts->rows);
    free(hosts->arena.data);
    *hosts = (struct offline_hosts){ 0 };
}

const struct host *offline_hosts_find(const struct offline_hosts *hosts, const char *name)
{
    for (size_t i = 0; i < hosts->count; i++)
        if (strcmp(hosts->rows[i].name, name) == 0)
            return &hosts->rows[i];
    return NULL;
}

static enum exit_code commit_all(const struct session *session, const struct change *changes,
                                 size_t count)
{
    char why[STORE_WHY_MAX] = "";
    autoclean(store_closep) struct store *store = NULL;
    enum exit_code code = open_store(session, &store);
    if (code != EXIT_OK)
        return code;
    int r = store_commit(store, changes, count, why);
    if (r == 0)
        return EXIT_OK;
    complain("%s", why[0] ? why : strerror(-r));
    return EXIT_FAILED;
}

static enum exit_code commit(const struct session *session, const struct change *change)
{
    return commit_all(session, change, 1);
}

enum exit_code offline_put(const struct session *session, const struct host *known,
                           const struct host *host)
{
    struct host_note note;
    struct change changes[2] = { { .kind = CHANGE_HOST_PUT, .host = host } };
    bool notes = host_note_changes(known, host, &note);

    if (notes)
        changes[1] = (struct change){ .kind = CHANGE_RECORD, .record = &note.record };
    return commit_all(session, changes, notes ? 2 : 1);
}

struct note_search {
    char name[MAC_TEXT_MAX];
    char *found;
};

static int find_note(void *context, const struct record *record)
{
    struct note_search *search = context;
    if (record->kind != RECORD_NOTE || strcmp(record->name, search->name) != 0)
        return 0;
    search->found = strdup(record->text);
    return search->found ? 0 : -ENOMEM;
}

enum exit_code offline_note(const struct session *session, struct mac mac, char **ret_note)
{
    autoclean(store_closep) struct store *store = NULL;
    struct note_search search = { 0 };

    enum exit_code code = open_store(session, &store);
    if (code != EXIT_OK)
        return code;
    mac_format(mac, search.name);
    int r = store_each_record(store, find_note, &search);
    if (r == 0 && !search.found)
        search.found = strdup("");
    if (r == 0 && search.found) {
        *ret_note = search.found;
        return EXIT_OK;
    }
    free(search.found);
    complain("the notes could not be read: %s", strerror(r < 0 ? -r : ENOMEM));
    return EXIT_FAILED;
}

enum exit_code offline_put_note(const struct session *session, struct mac mac, const char *note)
{
    char name[MAC_TEXT_MAX];
    const struct record record = { RECORD_NOTE, name, note };
    const struct change change = { .kind = CHANGE_RECORD, .record = &record };
    mac_format(mac, name);
    return commit(session, &change);
}

enum exit_code offline_remove(const struct session *session, const char *name)
{
    struct change change = { .kind = CHANGE_HOST_REMOVE };
    span_to_text(span_text(name), change.name, sizeof change.name);
    return commit(session, &change);
}

enum exit_code offline_next_boot(const struct session *session, const char *name, const char *image)
{
    struct change change = { .kind = CHANGE_NEXT_BOOT };
    span_to_text(span_text(name), change.name, sizeof change.name);
    span_to_text(span_text(image), change.value, sizeof change.value);
    return commit(session, &change);
}

/* Secrets and installations; none where there is no store yet. */
static enum exit_code read_records(const struct session *session, struct answer_records *records,
                                   struct stored_records *set)
{
    struct stat info;
    autoclean(store_closep) struct store *store = NULL;

    if (stat(session->config->state, &info) < 0 && errno == ENOENT)
        return EXIT_OK;
    enum exit_code code = open_store(session, &store);
    if (code != EXIT_OK)
        return code;
    int r = answer_records_read(store, records);
    if (r == 0)
        r = stored_records_read(store, set);
    if (r == 0)
        return EXIT_OK;
    complain("the secrets of hosts could not be read: %s", strerror(-r));
    return EXIT_FAILED;
}

enum exit_code offline_secret(const struct session *session, const struct host_secret *secret)
{
    const struct change change = { .kind = CHANGE_SECRET, .secret = secret };
    return commit(session, &change);
}

enum exit_code offline_forget_installed(const struct session *session, struct mac mac)
{
    const struct installed none = { .mac = mac };
    const struct change change = { .kind = CHANGE_INSTALLED, .installed = &none };
    return commit(session, &change);
}

enum exit_code offline_catalog(const struct session *session,
                               struct catalog_snapshot **ret_snapshot)
{
    autoclean(offline_hosts_done) struct offline_hosts hosts = { 0 };
    const struct event_sink nobody = { 0 };
    enum exit_code code = offline_hosts_load(session, &hosts);
    if (code != EXIT_OK)
        return code;
    struct answer_records records = { 0 };
    struct stored_records set = { 0 };
    code = read_records(session, &records, &set);
    if (code != EXIT_OK)
        return code;
    autoclean(container_reader_freep) struct container_reader *reader =
        container_reader_new(session->config->user);
    struct catalog_sources sources = { .config = session->config,
                                       .secrets = records.secrets,
                                       .secret_count = records.secret_count,
                                       .installed = records.installed,
                                       .installed_count = records.installed_count,
                                       .records = set.rows,
                                       .record_count = set.count,
                                       .record_bytes = set.bytes,
                                       .containers = container_reader_finder(reader),
                                       .hosts = hosts.rows + hosts.file_count,
                                       .host_count = hosts.count - hosts.file_count };
    int r = catalog_load(&sources, &nobody, clock_read(), ret_snapshot);
    answer_records_done(&records);
    stored_records_done(&set);
    if (r == 0)
        return EXIT_OK;
    complain("the catalog cannot be made: %s", strerror(-r));
    return EXIT_FAILED;
}
