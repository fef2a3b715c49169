/* loader list, show, fetch, remove: on the loader folders themselves. A daemon that runs sees them
 * change, so none is asked. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"
#include "base/json_write.h"

#include "boot/chain.h"
#include "boot/loader.h"
#include "cli/loader_fetch.h"
#include "cli/offline.h"
#include "cli/reply.h"
#include "cli/session.h"
#include "crypto/digest.h"
#include "net/file.h"
#include "serve/loader_store.h"

#define LIST_BYTES ((size_t)256 * 1024)
#define FILE_MAX   ((size_t)64 << 20)

static void free_text(char **text)
{
    free(*text);
}

static void unref_snapshot(struct catalog_snapshot **snapshot)
{
    if (*snapshot)
        catalog_snapshot_unref(*snapshot);
}

/* Where the row's file was found; NULL when it was not. */
static const struct loader *find_found(const struct catalog *catalog, const struct loader_row *row)
{
    for (size_t i = 0; i < catalog->loader_count; i++) {
        const struct loader *l = &catalog->loaders[i];
        if (l->arch == row->arch && strcmp(l->file, row->file) == 0 &&
            strcmp(l->set, row->set) == 0 && strcmp(l->folder ? l->folder : "", row->folder) == 0)
            return l;
    }
    return NULL;
}

/* The chains of boot programs this file is part of, "a, b"; "" = it is fetched by hand or by a
 * program that is. */
static void add_chains(struct json_writer *j, enum arch arch, const char *wire)
{
    size_t count;
    const struct chain_row *chains = chain_rows(&count);
    char said[256];
    struct text t = text_over(said, sizeof said);
    const char *former = "";

    for (size_t i = 0; i < count; i++) {
        const struct chain_row *c = &chains[i];
        if (c->arch != arch || strcmp(c->name, former) == 0 ||
            (strcmp(c->first, wire) != 0 && strcmp(c->second, wire) != 0))
            continue;
        text_addf(&t, "%s%s", t.len > 0 ? ", " : "", c->name);
        former = c->name;
    }
    json_write_text(j, "chains", said);
}

/* Which copy of a published file has this digest: a phrase, or NULL. */
static const char *known_as(const char *sha256)
{
    for (unsigned a = 0; a < FETCH_ASSETS; a++) {
        const struct fetch_digest *d = fetch_find_digest((enum fetch_asset_id)a, sha256);
        if (d)
            return d->note[0] ? d->note : "as its project publishes it";
    }
    for (size_t i = 0; i < fetch_item_count; i++)
        if (strcmp(fetch_items[i].sha256, sha256) == 0)
            return "as its project publishes it";
    return NULL;
}

static void add_contents(struct json_writer *j, const char *path)
{
    struct file_facts facts;
    struct digest digest;
    uint8_t *data = NULL;
    size_t len = 0;
    int fd;

    if (file_open_path(path, &fd, &facts) != FILE_OPENED)
        return;
    int r = file_read_whole(fd, FILE_MAX, &data, &len);
    close(fd);
    r = r == 0 ? digest_of(DIGEST_SHA256, span_of(data, len), &digest) : r;
    free(data);
    if (r < 0)
        return;
    char hex[FETCH_DIGEST_TEXT + 1];
    struct text t = text_over(hex, sizeof hex);
    for (size_t i = 0; i < digest_bytes(DIGEST_SHA256); i++)
        text_addf(&t, "%02x", digest.bytes[i]);
    json_write_number(j, "bytes", (int64_t)len);
    json_write_text(j, "sha256", hex);
    if (known_as(hex))
        json_write_text(j, "known", known_as(hex));
}

static void add_row(struct json_writer *j, const struct catalog *catalog,
                    const struct loader_row *row, bool whole)
{
    const struct loader *found = find_found(catalog, row);
    char wire[SAFE_PATH_MAX], place[SAFE_PATH_MAX];
    struct text t = text_over(wire, sizeof wire), p = text_over(place, sizeof place);

    loader_add_wire_name(&t, row->folder, row->file);
    json_write_object_begin(j, NULL);
    json_write_text(j, "file", wire);
    json_write_text(j, "set", row->set);
    json_write_text(j, "arch", arch_name(row->arch));
    add_chains(j, row->arch, wire);
    json_write_bool(j, "here", found != NULL);
    if (found) {
        text_addf(&p, "%s/%s", catalog->roots[found->root].path, found->path);
        json_write_text(j, "place", place);
        if (whole)
            add_contents(j, place);
    } else {
        text_addf(&p, row->get[0] ? "not here: %s" : "not here: copy it into the loader folder%s",
                  row->get);
        json_write_text(j, "place", place);
    }
    json_write_object_end(j);
}

static bool is_named(const struct loader_row *row, const char *name)
{
    char wire[SAFE_PATH_MAX];
    struct text t = text_over(wire, sizeof wire);

    loader_add_wire_name(&t, row->folder, row->file);
    return strcmp(row->set, name) == 0 || strcmp(row->file, name) == 0 || strcmp(wire, name) == 0;
}

/* The list as JSON: the rows of that name (NULL = all), with contents for a few. */
static bool write_list(const struct catalog *catalog, const char *name, bool only_here,
                       struct json_writer *j)
{
    size_t count;
    const struct loader_row *rows = loader_rows(&count);
    bool any = false;

    json_write_object_begin(j, NULL);
    json_write_array_begin(j, "loaders");
    for (size_t i = 0; i < count; i++) {
        if ((name && !is_named(&rows[i], name)) || (only_here && !find_found(catalog, &rows[i])))
            continue;
        any = true;
        add_row(j, catalog, &rows[i], name != NULL);
    }
    json_write_array_end(j);
    json_write_object_end(j);
    return any;
}

static void show_one(void *context, struct span json)
{
    bool *first = context;
    if (!*first)
        fputc('\n', stdout);
    *first = false;
    (void)reply_print_fields(json);
}

static bool show(const struct arguments *args, const char *name, struct span json)
{
    static const struct reply_column columns[] = {
        { "FILE", "file" },     { "SET", "set" },     { "FOR", "arch" },
        { "CHAINS", "chains" }, { "WHERE", "place" }, { NULL, NULL },
    };
    bool first = true;
    if (arguments_has(args, "--json"))
        return reply_print_json(json);
    if (name)
        return reply_each(json, "loaders", show_one, &first);
    return reply_print_table(json, "loaders", columns, "no boot program is here", NULL, 0);
}

static enum exit_code list(const struct arguments *args, const char *name)
{
    autoclean(session_close) struct session session = { 0 };
    autoclean(unref_snapshot) struct catalog_snapshot *snapshot = NULL;
    autoclean(free_text) char *data = malloc(LIST_BYTES);
    enum exit_code code = session_open(&session, args);
    if (code == EXIT_OK)
        code = offline_catalog(&session, &snapshot);
    if (code != EXIT_OK || !data)
        return code != EXIT_OK ? code : EXIT_FAILED;
    struct text text = text_over(data, LIST_BYTES);
    struct json_writer j = json_over(&text);
    if (!write_list(&snapshot->catalog, name, arguments_has(args, "--here"), &j) && name) {
        complain("no boot program or set is called %s; 'tugboot loader list' has them", name);
        return EXIT_NOT_FOUND;
    }
    return !text.failed && show(args, name, text_span(&text)) ? EXIT_OK : EXIT_FAILED;
}

enum exit_code cmd_loader_list(const struct arguments *args)
{
    return list(args, NULL);
}

enum exit_code cmd_loader_show(const struct arguments *args)
{
    return list(args, args->operands[0]);
}

/* The folder fetched files go to and are removed from; NULL after a sentence. */
static const char *loader_folder(const struct session *session)
{
    if (session->config->loader_count > 0)
        return session->config->loaders[0];
    complain("the configuration names no loader folder: give 'loaders' one");
    return NULL;
}

static bool take_digests(const struct arguments *args, struct loader_fetch *fetch)
{
    for (size_t i = 0; i < args->given_count; i++) {
        if (strcmp(args->given[i].row->name, "--sha256") != 0)
            continue;
        if (fetch->digest_count == LOADER_FETCH_DIGESTS_MAX) {
            complain("at most %d digests can be given", LOADER_FETCH_DIGESTS_MAX);
            return false;
        }
        if (!fetch_read_digest(args->given[i].value, fetch->digests[fetch->digest_count++])) {
            complain("a SHA-256 digest is 64 hexadecimal digits");
            return false;
        }
    }
    return true;
}

static void tell_next(const char *group)
{
    if (strcmp(group, "ipxe") != 0)
        return;
    puts("Machines with Secure Boot, and others, are given snponly-shim first, then ipxe-shim. To "
         "give a\nmachine one of them only: tugboot host set NAME --loader ipxe-shim");
}

enum exit_code cmd_loader_fetch(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    struct loader_fetch fetch = { .group = args->operands[0],
                                  .mirror = arguments_value(args, "--mirror"),
                                  .from = arguments_value(args, "--from"),
                                  .show = isatty(STDERR_FILENO) == 1 };
    if (!fetch_is_group(fetch.group)) {
        complain("'%s' cannot be fetched: ipxe and wimboot can ('tugboot help loader fetch')",
                 fetch.group);
        return EXIT_NOT_FOUND;
    }
    if (fetch.mirror && fetch.from) {
        complain("--mirror and --from exclude each other: one is an address, the other is here");
        return EXIT_USAGE;
    }
    if (!take_digests(args, &fetch))
        return EXIT_USAGE;
    enum exit_code code = session_open(&session, args);
    if (code != EXIT_OK)
        return code;
    fetch.folder = loader_folder(&session);
    code = fetch.folder ? loader_fetch_run(&fetch) : EXIT_FAILED;
    if (code == EXIT_OK)
        tell_next(fetch.group);
    return code;
}

struct removal {
    const char *folder;
    unsigned removed, failed;
};

static void remove_one(struct removal *removal, const char *target)
{
    int r = loader_store_remove(removal->folder, target);
    if (r == 0) {
        printf("%s is deleted\n", target);
        removal->removed++;
    } else if (r != -ENOENT && r != -ENOTDIR) {
        complain("%s/%s cannot be deleted: %s%s", removal->folder, target, strerror(-r),
                 r == -EACCES || r == -EPERM ? " (run it as root)" : "");
        removal->failed++;
    }
}

enum exit_code cmd_loader_remove(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    const char *name = args->operands[0];
    size_t count;
    const struct loader_row *rows = loader_rows(&count);
    enum exit_code code = session_open(&session, args);
    if (code != EXIT_OK)
        return code;
    struct removal removal = { .folder = loader_folder(&session) };
    if (!removal.folder)
        return EXIT_FAILED;
    for (size_t i = 0; i < fetch_item_count; i++)
        if (strcmp(fetch_items[i].group, name) == 0)
            remove_one(&removal, fetch_items[i].target);
    for (size_t i = 0; !fetch_is_group(name) && i < count; i++) {
        char target[SAFE_PATH_MAX];
        struct text t = text_over(target, sizeof target);
        if (!is_named(&rows[i], name))
            continue;
        text_addf(&t, rows[i].folder[0] ? "%s/" : "%s", rows[i].folder);
        text_add(&t, rows[i].file);
        remove_one(&removal, target);
    }
    if (removal.failed > 0)
        return EXIT_FAILED;
    if (removal.removed == 0)
        complain("nothing of that name is in %s; 'tugboot loader list --here' tells where files "
                 "are",
                 removal.folder);
    return removal.removed > 0 ? EXIT_OK : EXIT_NOT_FOUND;
}
