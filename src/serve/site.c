/* See site.h. Every change goes the same way: gather the hosts, load the catalog, make a view,
 * publish it. What a running daemon cannot change (ports, folders it was confined to) is compared
 * before a reload is taken. */
#include "serve/site.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "net/file.h"
#include "net/watch_folder.h"
#include "serve/answer_records.h"
#include "serve/config_frozen.h"
#include "serve/container_shelf.h"
#include "serve/host_note.h"
#include "serve/https_identity.h"
#include "serve/inspector.h"
#include "serve/recipe_folder.h"
#include "serve/stored_hosts.h"
#include "serve/stored_records.h"
#include "serve/told_once.h"

#define CONFIG_BYTES_MAX (1024 * 1024)
#define REFRESH_AGAIN    duration_seconds(1)

struct site {
    struct site_settings settings;
    struct event_sink events;
    struct shared_config *shared;
    struct view *view;
    uint64_t generation;
    struct watch monitor;
    struct timer settle, refresh_again;
    struct watch_folder *folders;
    struct inspector *inspector;   /* NULL = nothing is inspected */
    struct container_shelf *shelf; /* NULL = containers stay closed */
    struct recipe_shelf *recipes;
    struct told_once refusals;
    struct https_identity *identity; /* NULL = HTTPS is not served */
    struct tls_context *tls;         /* in force; NULL = none yet */
    char reload_trouble[256];
};

__attribute__((format(printf, 3, 4))) static void say(char *sentence, size_t cap,
                                                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, cap, format, args);
    va_end(args);
}

/* Views. */

static void tell_catalog(struct site *site)
{
    const struct catalog *c = site->view->catalog;
    struct event event = event_make(EVENT_CATALOG_CHANGED, loop_now(site->settings.loop), 0);
    event_add_number(&event, "images", c->image_count);
    event_add_number(&event, "loaders", c->loader_count);
    event_add_number(&event, "hosts", c->host_count);
    event_emit(&site->events, &event);
}

static struct container_finder finder_of(struct site *site)
{
    return site->shelf ? container_shelf_finder(site->shelf) : (struct container_finder){ 0 };
}

/* `is_quiet`: what was told at the last time is not told again. */
static int load_snapshot(struct site *site, const struct config *config, bool is_quiet,
                         struct catalog_snapshot **ret_snapshot)
{
    struct stored_hosts stored = { 0 };
    int r = stored_hosts_read(site->settings.store, &stored);
    if (r < 0)
        return r;
    struct answer_records records;
    r = answer_records_read(site->settings.store, &records);
    if (r < 0) {
        stored_hosts_done(&stored);
        return r;
    }
    struct stored_records set;
    r = stored_records_read(site->settings.store, &set);
    if (r < 0) {
        answer_records_done(&records);
        stored_hosts_done(&stored);
        return r;
    }
    const struct catalog_sources sources = { .config = config,
                                             .hosts = stored.rows,
                                             .host_count = stored.count,
                                             .secrets = records.secrets,
                                             .secret_count = records.secret_count,
                                             .installed = records.installed,
                                             .installed_count = records.installed_count,
                                             .records = set.rows,
                                             .record_count = set.count,
                                             .record_bytes = set.bytes,
                                             .generation = ++site->generation,
                                             .find_facts = site->inspector ? inspector_find : NULL,
                                             .context = site->inspector,
                                             .containers = finder_of(site),
                                             .recipes = site->recipes };
    if (site->shelf)
        container_shelf_begin(site->shelf);
    told_once_begin(&site->refusals, &site->events, is_quiet);
    const struct event_sink events = told_once_sink(&site->refusals);
    r = catalog_load(&sources, &events, loop_now(site->settings.loop), ret_snapshot);
    if (site->shelf && r == 0)
        container_shelf_end(site->shelf);
    told_once_end(&site->refusals, r == 0);
    stored_records_done(&set);
    answer_records_done(&records);
    stored_hosts_done(&stored);
    return r;
}

/* Put a view of these parts in force. */
static int publish(struct site *site, struct shared_config *shared,
                   struct catalog_snapshot *snapshot, const struct iface_table *ifaces)
{
    const struct view_parts parts = { .shared = shared,
                                      .snapshot = snapshot,
                                      .ifaces = ifaces,
                                      .https_port = site->settings.https_served
                                                        ? shared->config->https.port
                                                        : 0,
                                      .tls = site->tls };
    struct view *view;
    int r = view_new(&parts, &view);
    if (r < 0)
        return r;
    struct view *former = site->view;
    site->view = view_ref(view);
    view_holder_publish(site->settings.views, view);
    if (former && site->settings.published)
        site->settings.published(site->settings.context, former, site->view);
    view_unref(former);
    return 0;
}

static int refresh(struct site *site, bool is_quiet)
{
    struct catalog_snapshot *snapshot;
    int r = load_snapshot(site, site->shared->config, is_quiet, &snapshot);
    if (r < 0)
        return r;
    r = publish(site, site->shared, snapshot, &site->view->ifaces);
    if (site->inspector)
        inspector_look(site->inspector, snapshot);
    catalog_snapshot_unref(snapshot);
    return r;
}

int site_refresh(struct site *site)
{
    return refresh(site, false);
}

/* The same catalog with what was found out; what there is to tell of it was told. Without memory or
 * descriptors the next change brings it. */
static void facts_found(void *context)
{
    (void)!refresh(context, true);
}

/* A container was read, or is worth another look. */
static void containers_found(void *context)
{
    struct site *site = context;
    size_t before = site->view->catalog->image_count;
    if (refresh(site, true) == 0 && site->view->catalog->image_count != before)
        tell_catalog(site);
}

static void folders_changed(void *context)
{
    struct site *site = context;
    if (site_refresh(site) == 0) {
        tell_catalog(site);
        return;
    }
    /* Without memory or descriptors the old catalog goes on; without a timer the next change tries
     * again. */
    struct instant due = instant_after(loop_now(site->settings.loop).steady, REFRESH_AGAIN);
    (void)!loop_arm(site->settings.loop, &site->refresh_again, due);
}

static void refresh_again(struct timer *timer, struct now now)
{
    (void)now;
    folders_changed(timer->context);
}

/* Interfaces. */

static void interfaces_settled(struct timer *timer, struct now now)
{
    struct site *site = timer->context;
    struct iface_table ifaces;
    (void)now;
    if (iface_read(site->settings.netlink_query_fd, &ifaces) < 0 ||
        memcmp(&ifaces, &site->view->ifaces, sizeof ifaces) == 0)
        return;
    if (publish(site, site->shared, site->view->snapshot, &ifaces) < 0)
        return; /* the old table goes on until the next change */
    if (site->identity)
        https_identity_refresh(site->identity, NULL);
}

/* HTTPS. */

static void identity_ready(void *context, struct tls_context *tls)
{
    struct site *site = context;
    struct tls_context *former = site->tls;

    site->tls = tls;
    if (publish(site, site->shared, site->view->snapshot, &site->view->ifaces) == 0) {
        tls_context_unref(former);
        return;
    }
    site->tls = former; /* without memory the old one goes on; the next look tries again */
    tls_context_unref(tls);
}

static void monitor_ready(struct watch *watch, uint32_t events)
{
    struct site *site = watch->context;
    (void)events;
    if (!iface_drain_monitor(watch->fd))
        return;
    /* Links come up in several steps; one look a moment later sees them all. */
    struct instant due = instant_after(loop_now(site->settings.loop).steady, duration_ms(100));
    if (loop_arm(site->settings.loop, &site->settle, due) < 0)
        interfaces_settled(&site->settle, loop_now(site->settings.loop));
}

/* Configuration. */

int site_read_config(const char *path, struct config **ret_config, struct config_faults *faults,
                     char *sentence, size_t cap)
{
    struct file_facts facts;
    uint8_t *text = NULL;
    size_t len = 0;
    int fd;

    enum file_verdict verdict = file_open_path(path, &fd, &facts);
    if (verdict != FILE_OPENED) {
        say(sentence, cap, "%s: %s", path, file_verdict_text(verdict));
        return file_verdict_errno(verdict, &facts);
    }
    int r = file_read_whole(fd, CONFIG_BYTES_MAX, &text, &len);
    close(fd);
    if (r == 0)
        r = config_parse(span_of(text, len), ret_config, faults);
    if (text)
        explicit_bzero(text, len); /* it may hold secrets */
    free(text);
    if (r == -EINVAL)
        say(sentence, cap, "%s:%u:%u: %s%s", path, faults->rows[0].line, faults->rows[0].column,
            faults->rows[0].text, faults->count > 1 ? " (and more: run 'tugboot check')" : "");
    else if (r < 0)
        say(sentence, cap, "%s: %s", path, strerror(-r));
    return r;
}

static int take_config(struct site *site, struct config *config, char *sentence, size_t cap)
{
    struct shared_config *shared;
    struct catalog_snapshot *snapshot;
    const char *key = config_frozen_key(site->shared->config, config);

    if (key) {
        say(sentence, cap, "'%s' cannot change while tugboot runs: restart it", key);
        config_free(config);
        return -EBUSY;
    }
    int r = shared_config_new(config, &shared);
    if (r < 0) {
        config_free(config);
        return r;
    }
    r = load_snapshot(site, config, false, &snapshot);
    if (r == 0) {
        r = publish(site, shared, snapshot, &site->view->ifaces);
        if (site->inspector) {
            inspector_set_trust(site->inspector, config);
            inspector_look(site->inspector, snapshot);
        }
        catalog_snapshot_unref(snapshot);
    }
    if (r < 0) {
        say(sentence, cap, "the catalog could not be built: %s", strerror(-r));
        shared_config_unref(shared);
        return r;
    }
    shared_config_unref(site->shared);
    site->shared = shared;
    if (site->identity)
        https_identity_refresh(site->identity, config);
    return 0;
}

int site_reload(struct site *site, char *sentence, size_t cap)
{
    struct config *config;
    struct config_faults faults = { 0 };
    int r = -ENOENT;

    if (site->settings.reloading)
        site->settings.reloading(site->settings.context, false);
    if (site->settings.config_path[0] == 0)
        say(sentence, cap, "there is no configuration file to read: the defaults are in force");
    else
        r = site_read_config(site->settings.config_path, &config, &faults, sentence, cap);
    if (r == 0)
        r = take_config(site, config, sentence, cap);
    struct event event = event_make(r == 0 ? EVENT_SERVER_RELOADED : EVENT_RELOAD_REFUSED,
                                    loop_now(site->settings.loop), 0);
    site->reload_trouble[0] = 0;
    if (r < 0) {
        event_add_text(&event, "reason", sentence);
        span_to_text(span_text(sentence), site->reload_trouble, sizeof site->reload_trouble);
    }
    event_emit(&site->events, &event);
    if (site->settings.reloading)
        site->settings.reloading(site->settings.context, true);
    return r;
}

const char *site_reload_trouble(const struct site *site)
{
    return site->reload_trouble;
}

const struct view *site_view(struct site *site)
{
    return site->view;
}

struct loop *site_loop(struct site *site)
{
    return site->settings.loop;
}

const struct event_sink *site_events(struct site *site)
{
    return &site->events;
}

/* Hosts. */

static const struct host *find_host(const struct site *site, const char *name)
{
    return catalog_find_host(site->view->catalog, name);
}

int site_commit_all(struct site *site, const struct change *changes, size_t count, char *sentence,
                    size_t cap)
{
    char why[STORE_WHY_MAX] = "";
    int r = store_commit(site->settings.store, changes, count, why);
    if (r < 0) {
        say(sentence, cap, "%s", why);
        return r;
    }
    r = site_refresh(site);
    if (r < 0)
        say(sentence, cap, "it is stored, but the catalog could not be built anew: %s",
            strerror(-r));
    return r;
}

int site_commit(struct site *site, const struct change *change, char *sentence, size_t cap)
{
    return site_commit_all(site, change, 1, sentence, cap);
}

int site_put_records(struct site *site, const struct record *records, size_t count, char *sentence,
                     size_t cap)
{
    struct change *changes = calloc(count + 1, sizeof *changes);
    if (!changes) {
        say(sentence, cap, "out of memory");
        return -ENOMEM;
    }
    for (size_t i = 0; i < count; i++)
        changes[i] = (struct change){ .kind = CHANGE_RECORD, .record = &records[i] };
    int r = site_commit_all(site, changes, count, sentence, cap);
    free(changes);
    return r;
}

static int refuse_file_host(const char *name, char *sentence, size_t cap)
{
    say(sentence, cap, "host '%s' stands in the configuration file: change it there", name);
    return -EROFS;
}

int site_put_host(struct site *site, const struct host *host, char *sentence, size_t cap)
{
    return site_put_hosts(site, host, 1, sentence, cap);
}

int site_put_hosts(struct site *site, const struct host *hosts, size_t count, char *sentence,
                   size_t cap)
{
    struct change *changes = calloc(2 * count, sizeof *changes);
    struct host_note *notes = calloc(count, sizeof *notes);
    int r = changes && notes ? 0 : -ENOMEM;
    size_t n = 0;

    if (r < 0)
        say(sentence, cap, "out of memory");
    for (size_t i = 0; r == 0 && i < count; i++) {
        const struct host *known = find_host(site, hosts[i].name);
        if (known && known->from_file)
            r = refuse_file_host(hosts[i].name, sentence, cap);
        changes[n++] = (struct change){ .kind = CHANGE_HOST_PUT, .host = &hosts[i] };
        if (host_note_changes(known, &hosts[i], &notes[i]))
            changes[n++] = (struct change){ .kind = CHANGE_RECORD, .record = &notes[i].record };
    }
    if (r == 0)
        r = site_commit_all(site, changes, n, sentence, cap);
    free(changes);
    free(notes);
    return r;
}

int site_remove_host(struct site *site, const char *name, char *sentence, size_t cap)
{
    const struct host *known = find_host(site, name);
    struct change change = { .kind = CHANGE_HOST_REMOVE };
    if (!known) {
        say(sentence, cap, "there is no host '%s'", name);
        return -ENOENT;
    }
    if (known->from_file)
        return refuse_file_host(name, sentence, cap);
    span_to_text(span_text(name), change.name, sizeof change.name);
    return site_commit(site, &change, sentence, cap);
}

int site_set_next_boot(struct site *site, const char *name, const char *image, char *sentence,
                       size_t cap)
{
    struct change change = { .kind = CHANGE_NEXT_BOOT };
    if (!find_host(site, name)) {
        say(sentence, cap, "there is no host '%s'", name);
        return -ENOENT;
    }
    span_to_text(span_text(name), change.name, sizeof change.name);
    span_to_text(span_text(image), change.value, sizeof change.value);
    return site_commit(site, &change, sentence, cap);
}

struct used_next_boot {
    struct work work;
    struct site *site;
    char host[HOST_NAME_MAX], image[128];
};

static void use_up(struct work *work)
{
    struct used_next_boot *used = work->context;
    struct site *site = used->site;
    const struct host *host = find_host(site, used->host);
    char sentence[256] = "";

    /* A one-shot that was set anew meanwhile is another one. */
    if (host && host->next_boot && strcmp(host->next_boot, used->image) == 0) {
        struct event event = event_make(EVENT_NEXT_BOOT_USED, loop_now(site->settings.loop),
                                        host->match.has_mac ? mac_to_u64(host->match.mac) : 0);
        event_add_text(&event, "image", used->image);
        event_add_text(&event, "host", used->host);
        if (site_set_next_boot(site, used->host, "", sentence, sizeof sentence) < 0) {
            event = event_make(EVENT_STORE_FAILED, loop_now(site->settings.loop), 0);
            event_add_text(&event, "reason", sentence);
        }
        event_emit(&site->events, &event);
    }
    free(used);
}

void site_next_boot_used(struct site *site, const char *host, const char *image)
{
    struct used_next_boot *used = calloc(1, sizeof *used);
    if (!used)
        return;
    used->work = (struct work){ .run = use_up, .context = used };
    used->site = site;
    span_to_text(span_text(host), used->host, sizeof used->host);
    span_to_text(span_text(image), used->image, sizeof used->image);
    loop_post(site->settings.loop, &used->work);
}

/* Birth and end. */

static int watch_templates(struct site *site, const struct config *config)
{
    char path[CONFIG_PATH_MAX + sizeof "/" ANSWER_FOLDER_NAME];
    snprintf(path, sizeof path, "%s/" ANSWER_FOLDER_NAME, config->state);
    return watch_folder_add(site->folders, path);
}

static int watch_all(struct site *site, const struct config *config)
{
    char recipes[CONFIG_PATH_MAX];
    int r = watch_folder_new(site->settings.loop, folders_changed, site, &site->folders);
    if (r < 0)
        return r;
    /* A folder that cannot be watched is read at the next reload instead. */
    recipe_folder_path(config, recipes);
    r = watch_folder_add(site->folders, config->images);
    if (r == 0)
        r = watch_folder_add(site->folders, recipes);
    if (r == 0)
        r = watch_templates(site, config);
    for (uint8_t i = 0; i < config->loader_count && r == 0; i++)
        r = watch_folder_add(site->folders, config->loaders[i]);
    if (site->settings.netlink_monitor_fd < 0)
        return 0;
    site->monitor = (struct watch){ .fd = site->settings.netlink_monitor_fd,
                                    .events = EPOLLIN,
                                    .ready = monitor_ready,
                                    .context = site };
    return loop_watch(site->settings.loop, &site->monitor);
}

static int start_inspector(struct site *site, const struct config *config)
{
    const struct inspector_settings settings = { .loop = site->settings.loop,
                                                 .worker = site->settings.worker,
                                                 .events = site->events,
                                                 .news = facts_found,
                                                 .context = site };
    int r = inspector_new(&settings, &site->inspector);
    if (r == 0)
        inspector_set_trust(site->inspector, config);
    return r;
}

static int start_shelf(struct site *site)
{
    const struct container_shelf_settings settings = { .loop = site->settings.loop,
                                                       .worker = site->settings.worker,
                                                       .news = containers_found,
                                                       .context = site };
    return container_shelf_new(&settings, &site->shelf);
}

static int begin_https(struct site *site, const struct config *config)
{
    const struct https_identity_settings settings = { .loop = site->settings.loop,
                                                      .events = site->events,
                                                      .ready = identity_ready,
                                                      .context = site };
    return site->settings.tls_wanted ? https_identity_new(&settings, config, &site->identity) : 0;
}

int site_new(const struct site_settings *settings, struct config *config, struct event_sink events,
             struct site **ret_site)
{
    struct site *site = calloc(1, sizeof *site);
    struct catalog_snapshot *snapshot = NULL;
    struct iface_table ifaces = { 0 };

    if (!site) {
        config_free(config);
        return -ENOMEM;
    }
    site->settings = *settings;
    site->events = events;
    timer_init(&site->settle, interfaces_settled, site);
    timer_init(&site->refresh_again, refresh_again, site);
    int r = shared_config_new(config, &site->shared);
    if (r < 0) {
        config_free(config);
        free(site);
        return r;
    }
    r = recipe_shelf_new(&site->recipes);
    if (r == 0 && settings->worker)
        r = start_inspector(site, config);
    if (r == 0 && settings->worker)
        r = start_shelf(site);
    if (r == 0 && settings->netlink_query_fd >= 0)
        r = iface_read(settings->netlink_query_fd, &ifaces);
    if (r == 0)
        r = load_snapshot(site, config, false, &snapshot);
    if (r == 0) {
        r = publish(site, site->shared, snapshot, &ifaces);
        if (site->inspector)
            inspector_look(site->inspector, snapshot);
        catalog_snapshot_unref(snapshot);
    }
    if (r == 0)
        r = watch_all(site, config);
    if (r == 0)
        r = begin_https(site, config);
    if (r < 0) {
        site_free(site);
        return r;
    }
    *ret_site = site;
    return 0;
}

void site_free(struct site *site)
{
    if (!site)
        return;
    inspector_free(site->inspector);
    container_shelf_free(site->shelf);
    recipe_shelf_free(site->recipes);
    https_identity_free(site->identity);
    tls_context_unref(site->tls);
    watch_folder_free(site->folders);
    loop_disarm(site->settings.loop, &site->settle);
    loop_disarm(site->settings.loop, &site->refresh_again);
    if (site->monitor.context)
        loop_unwatch(site->settings.loop, &site->monitor);
    view_unref(site->view);
    shared_config_unref(site->shared);
    free(site);
}
