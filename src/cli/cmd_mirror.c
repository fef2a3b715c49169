/* mirror status, list, prune: on the mirror's folder itself, with and without a daemon. One that
 * runs notices what is gone when it is asked for it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/autoclean.h"
#include "base/json_write.h"

#include "cli/reply.h"
#include "cli/session.h"
#include "cli/table.h"
#include "net/clock.h"
#include "serve/mirror_process.h"
#include "serve/mirror_store.h"

DEFINE_FREEP(struct mirror_store, mirror_store_close)

#define DAY_S 86400

static void free_text(char **text)
{
    free(*text);
}

/* The configuration, and its folder; EXIT_OK also when nothing was mirrored yet (*ret NULL). */
static enum exit_code open_store(struct session *session, const struct arguments *args,
                                 struct mirror_store **ret, char folder[CONFIG_PATH_MAX])
{
    enum exit_code code = session_open(session, args);
    if (code != EXIT_OK)
        return code;
    mirror_folder_path(session->config, folder);
    int r =
        mirror_store_open(folder, (uint64_t)session->config->mirror.size_max_mib << 20, false, ret);
    if (r < 0 && r != -ENOENT)
        complain("the mirror's folder %s cannot be read: %s", folder, strerror(-r));
    return r < 0 && r != -ENOENT ? EXIT_FAILED : EXIT_OK;
}

/* Status. */

static const char *const counted[] = { "served", "served_bytes", "fetched", "fetched_bytes",
                                       "not_had" };

static void add_daemon(struct json_writer *j, const char *folder)
{
    char path[CONFIG_PATH_MAX + 32];
    struct text t = text_over(path, sizeof path);
    autoclean(free_text) char *data = NULL, *unreachable = NULL;
    size_t len = 0, unreachable_len = 0;
    uint64_t number, at = 0;

    text_addf(&t, "%s/" MIRROR_STATUS_FILE, folder);
    if (session_read_file(path, 65536, &data, &len) < 0)
        return;
    struct span json = span_of(data, len);
    for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++)
        if (reply_number(json, counted[i], &number))
            json_write_number(j, counted[i], (int64_t)number);
    if (reply_number(json, "at", &at)) {
        char when[40];
        struct text w = text_over(when, sizeof when);
        text_add_time(&w, (struct calendar){ .ms = (int64_t)at * 1000 });
        json_write_text(j, "last_sign_of_life", when);
    }
    unreachable = reply_text(json, "unreachable", &unreachable_len);
    json_write_text(j, "unreachable", unreachable ? unreachable : "");
}

enum exit_code cmd_mirror_status(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    autoclean(mirror_store_closep) struct mirror_store *store = NULL;
    char folder[CONFIG_PATH_MAX], data[16384], size[32], most[32];
    struct text text = text_over(data, sizeof data), s = text_over(size, sizeof size),
                m = text_over(most, sizeof most);
    enum exit_code code = open_store(&session, args, &store, folder);
    if (code != EXIT_OK)
        return code;
    const struct config *c = session.config;
    struct mirror_index *index = store ? mirror_store_index(store) : NULL;
    uint64_t bytes = index ? mirror_index_bytes(index) : 0;
    struct json_writer j = json_over(&text);

    text_add_bytes(&s, bytes);
    text_add_bytes(&m, (uint64_t)c->mirror.size_max_mib << 20);
    json_write_object_begin(&j, NULL);
    json_write_object_begin(&j, "upstreams");
    for (uint8_t i = 0; i < c->mirror.upstream_count; i++)
        json_write_text(&j, c->mirror.upstreams[i].name, c->mirror.upstreams[i].url);
    json_write_object_end(&j);
    json_write_number(&j, "port", c->mirror.port);
    json_write_bool(&j, "offline", c->mirror.offline);
    json_write_text(&j, "folder", folder);
    json_write_number(&j, "files", index ? mirror_index_count(index) : 0);
    json_write_number(&j, "bytes", (int64_t)bytes);
    json_write_text(&j, "size", size);
    json_write_text(&j, "size_max", most);
    add_daemon(&j, folder);
    json_write_object_end(&j);
    if (c->mirror.upstream_count == 0)
        complain("nothing is mirrored: name archives under 'mirror: upstreams' in the "
                 "configuration");
    bool shown =
        !text.failed && (arguments_has(args, "--json") ? reply_print_json(text_span(&text))
                                                       : reply_print_fields(text_span(&text)));
    return shown ? EXIT_OK : EXIT_FAILED;
}

/* List. */

struct listing {
    const char *upstream; /* NULL = all */
    bool is_json, has_row;
};

static bool is_of(const struct mirror_file *file, const char *upstream)
{
    size_t len = upstream ? strlen(upstream) : 0;
    return !upstream || (strncmp(file->key, upstream, len) == 0 && file->key[len] == '/');
}

static int print_row(void *context, struct mirror_file *file, int64_t used_s)
{
    struct listing *l = context;
    char data[8192], size[32], used[40];
    struct text t = text_over(data, sizeof data), s = text_over(size, sizeof size),
                u = text_over(used, sizeof used);
    if (!is_of(file, l->upstream))
        return 0;
    text_add_date(&u, (struct calendar){ .ms = used_s * 1000 });
    if (l->is_json) {
        struct json_writer j = json_over(&t);
        json_write_object_begin(&j, NULL);
        json_write_text(&j, "name", file->key);
        json_write_number(&j, "bytes", (int64_t)file->size);
        json_write_text(&j, "used", used);
        json_write_bool(&j, "lasting", file->kind == MIRROR_LASTING);
        json_write_object_end(&j);
        printf("%s%s", l->has_row ? "," : "", data);
    } else {
        text_add_bytes(&s, file->size);
        text_add_escaped(&t, span_text(file->key));
        printf("%s%-12s  %s  %s\n", l->has_row ? "" : "SIZE          LAST USED   NAME\n", size,
               used, data);
    }
    l->has_row = true;
    return 0;
}

enum exit_code cmd_mirror_list(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    autoclean(mirror_store_closep) struct mirror_store *store = NULL;
    char folder[CONFIG_PATH_MAX];
    struct listing l = { .upstream = args->operand_count > 0 ? args->operands[0] : NULL,
                         .is_json = arguments_has(args, "--json") };
    enum exit_code code = open_store(&session, args, &store, folder);
    if (code != EXIT_OK)
        return code;
    if (l.is_json)
        fputs("{\"files\":[", stdout);
    if (store)
        (void)mirror_store_each(store, print_row, &l);
    if (l.is_json)
        puts("]}");
    else if (!l.has_row)
        puts("nothing is here yet: files come when machines ask for them");
    return EXIT_OK;
}

/* Prune. */

struct pruning {
    struct mirror_store *store;
    const char *upstream;
    int64_t before_s;    /* last used before this */
    uint64_t bytes_left; /* stop once no more than this are here */
    uint32_t files;
    uint64_t bytes;
};

static int prune_row(void *context, struct mirror_file *file, int64_t used_s)
{
    struct pruning *p = context;
    if (mirror_index_bytes(mirror_store_index(p->store)) <= p->bytes_left)
        return 1;
    if (!is_of(file, p->upstream) || used_s >= p->before_s)
        return 0;
    p->files++;
    p->bytes += file->size;
    mirror_store_remove(p->store, file);
    return 0;
}

static bool take_number(const struct arguments *args, const char *name, uint64_t *ret)
{
    const char *text = arguments_value(args, name);
    if (!text)
        return true;
    if (!text[0] || strlen(text) > 9 || text[strspn(text, "0123456789")])
        return false;
    *ret = strtoull(text, NULL, 10);
    return true;
}

enum exit_code cmd_mirror_prune(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    autoclean(mirror_store_closep) struct mirror_store *store = NULL;
    char folder[CONFIG_PATH_MAX], size[32];
    struct text t = text_over(size, sizeof size);
    uint64_t days = 0, mib = 0;
    bool is_said = arguments_has(args, "--all") || arguments_has(args, "--unused") ||
                   arguments_has(args, "--size") || arguments_has(args, "--upstream");

    if (!is_said || !take_number(args, "--unused", &days) || !take_number(args, "--size", &mib)) {
        complain("what is to go? --unused DAYS, --size MIB, --upstream NAME or --all");
        return EXIT_USAGE;
    }
    enum exit_code code = open_store(&session, args, &store, folder);
    if (code != EXIT_OK)
        return code;
    struct pruning p = { .store = store,
                         .upstream = arguments_value(args, "--upstream"),
                         .before_s = arguments_has(args, "--unused")
                                         ? clock_read().calendar.ms / 1000 - (int64_t)days * DAY_S
                                         : INT64_MAX,
                         .bytes_left = mib << 20 };
    if (store)
        (void)mirror_store_each(store, prune_row, &p);
    text_add_bytes(&t, p.bytes);
    printf("%" PRIu32 " files (%s) are gone\n", p.files, size);
    return EXIT_OK;
}
