/* See loader_fetch.h. Files are small (the largest is an archive of 12 MB), so each is read whole:
 * what is hashed is what is written. */
#include "cli/loader_fetch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/session.h"
#include "crypto/digest.h"
#include "fetch/download.h"
#include "image/gunzip.h"
#include "image/tar.h"
#include "net/file.h"
#include "serve/loader_store.h"

#define ASSET_MAX    ((size_t)64 << 20)
#define UNPACKED_MAX ((uint64_t)512 << 20)
#define MEMBER_MAX   ((size_t)16 << 20)
#define WHY_MAX      512

/* One thing that was got, in memory. */
struct got {
    uint8_t *data;
    size_t len;
    char sha256[FETCH_DIGEST_TEXT + 1];
};

struct work {
    const struct loader_fetch *what;
    struct loader_store *store;
    struct got assets[FETCH_ASSETS];
    unsigned put, absent;
    char why_data[WHY_MAX];
    struct text why;
};

static void got_free(struct got *got)
{
    free(got->data);
    *got = (struct got){ 0 };
}

static int hash(struct got *got)
{
    struct digest digest;
    int r = digest_of(DIGEST_SHA256, span_of(got->data, got->len), &digest);
    struct text t = text_over(got->sha256, sizeof got->sha256);
    for (size_t i = 0; r == 0 && i < digest_bytes(DIGEST_SHA256); i++)
        text_addf(&t, "%02x", digest.bytes[i]);
    return r;
}

/* Read what an open file holds, and its digest. */
static int read_open(int fd, struct got *got)
{
    int r = file_read_whole(fd, ASSET_MAX, &got->data, &got->len);
    return r == 0 ? hash(got) : r;
}

static bool is_vouched_for(const struct loader_fetch *what, const char *sha256)
{
    for (size_t i = 0; i < what->digest_count; i++)
        if (strcmp(what->digests[i], sha256) == 0)
            return true;
    return false;
}

static bool is_believed(const struct work *w, enum fetch_asset_id asset, const struct got *got)
{
    return fetch_find_digest(asset, got->sha256) || is_vouched_for(w->what, got->sha256);
}

static void tell_unbelieved(const char *name, const struct got *got)
{
    complain("%s is not what is expected, and was not taken: its SHA-256 is %s. If its project "
             "has replaced the file (it signed it anew, say), look at it with 'tugboot "
             "inspect'; if you trust it, give --sha256 %s",
             name, got->sha256, got->sha256);
}

static enum exit_code code_of(int r)
{
    return r == -ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED;
}

/* By network. */

static int has_space(struct work *w, uint64_t bytes)
{
    uint64_t space;
    int r = loader_store_free_space(w->store, &space);
    if (r < 0 || space >= bytes)
        return r;
    text_addf(&w->why, "%s: there is no room: ", w->what->folder);
    text_add_bytes(&w->why, bytes);
    text_add(&w->why, " are needed");
    return -ENOSPC;
}

static int download(struct work *w, const struct fetch_asset *asset, uint64_t size, int fd)
{
    char url[1024];
    struct text t = text_over(url, sizeof url);
    const char *base = w->what->mirror ? w->what->mirror : asset->base;
    size_t len = strlen(base);

    text_addf(&t, "%s%s%s", base, len > 0 && base[len - 1] == '/' ? "" : "/", asset->file);
    if (t.failed) {
        text_add(&w->why, "the mirror's address is too long");
        return -EINVAL;
    }
    const struct download d = { .url = url,
                                .fd = fd,
                                .expected = size,
                                .most = ASSET_MAX,
                                .label = asset->file,
                                .show = w->what->show };
    return download_run(&d, &w->why);
}

/* What lies in the part file now, when it is believed. */
static bool is_whole(struct work *w, enum fetch_asset_id id, int fd, struct got *got,
                     int *ret_error)
{
    *ret_error = read_open(fd, got);
    if (*ret_error == 0 && is_believed(w, id, got))
        return true;
    if (*ret_error < 0)
        got_free(got);
    return false;
}

/* Into *got; 0 or a negative errno with `why`. A file that was begun by an earlier run and turns
 * out wrong is fetched once more from its start: the two halves may be of two files. */
static int fetch_asset(struct work *w, enum fetch_asset_id id, struct got *got)
{
    const struct fetch_asset *asset = &fetch_assets[id];
    uint64_t size = fetch_size_of(id);
    int fd = loader_store_open_part(w->store, asset->file, &w->why);
    int r = fd < 0 ? fd : 0;
    bool was_begun = r == 0 && lseek(fd, 0, SEEK_END) > 0;

    for (int attempt = 0; r == 0 && attempt < 2; attempt++) {
        if (was_begun && is_whole(w, id, fd, got, &r))
            break;
        got_free(got);
        r = r == 0 ? has_space(w, size) : r;
        r = r == 0 ? download(w, asset, size, fd) : r;
        if (r < 0 || is_whole(w, id, fd, got, &r) || !was_begun)
            break;
        got_free(got);
        r = ftruncate(fd, 0) < 0 ? -errno : 0;
        was_begun = false;
    }
    bool is_kept = (r == -ECONNABORTED || r == -ETIMEDOUT) && lseek(fd, 0, SEEK_END) > 0;
    if (fd >= 0)
        close(fd);
    /* A whole one stays until all of the group is in place: another may fail. */
    if (fd >= 0 && (r == 0 ? !is_believed(w, id, got) : !is_kept))
        loader_store_drop_part(w->store, asset->file);
    if (is_kept)
        text_add(&w->why, "; what arrived is kept: the same command goes on from there");
    if (r < 0 && w->why.len == 0)
        text_addf(&w->why, "%s: %s", asset->file, strerror(-r));
    return r;
}

/* From here. */

static int read_path(const char *path, struct got *got)
{
    struct file_facts facts;
    int fd;
    enum file_verdict verdict = file_open_path(path, &fd, &facts);
    if (verdict != FILE_OPENED)
        return file_verdict_errno(verdict, &facts);
    int r = read_open(fd, got);
    close(fd);
    return r;
}

/* --from FOLDER/name. */
static int read_from_folder(const struct work *w, const char *name, struct got *got)
{
    char path[1024];
    struct text t = text_over(path, sizeof path);
    text_addf(&t, "%s/%s", w->what->from, name);
    return t.failed ? -ENAMETOOLONG : read_path(path, got);
}

/* The name after the last slash. */
static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_folder(const char *path)
{
    int fd = file_open_root(path);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* Get an asset; EXIT_OK without data when --from does not have it. */
static enum exit_code get_asset(struct work *w, enum fetch_asset_id id)
{
    const char *name = fetch_assets[id].file, *from = w->what->from;
    struct got *got = &w->assets[id];
    int r;

    w->why = text_over(w->why_data, sizeof w->why_data);
    if (!from)
        r = fetch_asset(w, id, got);
    else if (is_folder(from))
        r = read_from_folder(w, name, got);
    else
        r = strcmp(base_of(from), name) == 0 ? read_path(from, got) : -ENOENT;
    if (from && r == -ENOENT)
        return EXIT_OK;
    if (r < 0) {
        complain("%s", w->why.len > 0 ? w->why_data : name);
        if (w->why.len == 0)
            complain("%s cannot be read: %s", name, strerror(-r));
        got_free(got);
        return code_of(r);
    }
    if (is_believed(w, id, got))
        return EXIT_OK;
    tell_unbelieved(name, got);
    got_free(got);
    return EXIT_FAILED;
}

/* Members. */

struct extraction {
    const char *member;
    struct got *got;
    size_t cap;
    bool found;
    struct tar tar;
};

static bool member_begins(void *context, const char *name, uint64_t size)
{
    struct extraction *x = context;
    if (strcmp(name, x->member) != 0 || x->found || size == 0 || size > MEMBER_MAX)
        return false;
    x->got->data = malloc((size_t)size);
    x->cap = (size_t)size;
    return x->got->data != NULL;
}

static bool member_goes_on(void *context, struct span bytes)
{
    struct extraction *x = context;
    memcpy(x->got->data + x->got->len, bytes.data, bytes.len);
    x->got->len += bytes.len;
    return x->got->len <= x->cap;
}

static bool member_ends(void *context)
{
    struct extraction *x = context;
    x->found = true;
    return true;
}

static bool take_unpacked(void *context, struct span bytes)
{
    struct extraction *x = context;
    return tar_feed(&x->tar, bytes) == TAR_SOUND && !x->found;
}

/* A member of a tar.gz in memory. Its digest is known by the archive's. False after a sentence. */
static bool extract(const struct got *archive, const char *name, const char *member,
                    struct got *got)
{
    struct extraction x = { .member = member, .got = got };
    const struct tar_sink sink = { member_begins, member_goes_on, member_ends, &x };
    struct gunzip *gunzip;

    x.tar = tar_begin(&sink);
    if (gunzip_new(UNPACKED_MAX, take_unpacked, &x, &gunzip) < 0) {
        complain("out of memory");
        return false;
    }
    (void)gunzip_feed(gunzip, span_of(archive->data, archive->len));
    enum gunzip_flaw flaw = gunzip_finish(gunzip);
    gunzip_free(gunzip);
    if (x.found && hash(got) == 0)
        return true;
    if (flaw != GUNZIP_SOUND && flaw != GUNZIP_STOPPED)
        complain("%s cannot be unpacked: %s", name, gunzip_flaw_text(flaw));
    else if (tar_finish(&x.tar) != TAR_SOUND)
        complain("%s cannot be unpacked: %s", name, tar_flaw_text(tar_finish(&x.tar)));
    else
        complain("%s does not hold %s: it is another archive", name, member);
    return false;
}

/* Items. */

static bool is_item_believed(const struct work *w, const struct fetch_item *item,
                             const struct got *got)
{
    bool pinned = item->member[0] ? strcmp(item->sha256, got->sha256) == 0
                                  : fetch_find_digest(item->asset, got->sha256) != NULL;
    return pinned || is_vouched_for(w->what, got->sha256);
}

/* The file itself as --from has it: FOLDER/<target>, FOLDER/<its name>, or FILE of its name. */
static int read_item(const struct work *w, const struct fetch_item *item, struct got *got)
{
    const char *name = base_of(item->target);
    if (!w->what->from)
        return -ENOENT;
    if (!is_folder(w->what->from))
        return strcmp(base_of(w->what->from), name) == 0 ? read_path(w->what->from, got) : -ENOENT;
    int r = read_from_folder(w, item->target, got);
    return r == -ENOENT ? read_from_folder(w, name, got) : r;
}

/* What an item's file is; EXIT_OK without data when there is nothing to make it of. */
static enum exit_code get_item(struct work *w, const struct fetch_item *item, struct got *got)
{
    const struct got *asset = &w->assets[item->asset];
    const char *name = fetch_assets[item->asset].file;

    if (asset->data && item->member[0])
        return extract(asset, name, item->member, got) ? EXIT_OK : EXIT_FAILED;
    if (asset->data) {
        got->data = malloc(asset->len);
        if (!got->data) {
            complain("out of memory");
            return EXIT_FAILED;
        }
        memcpy(got->data, asset->data, asset->len);
        got->len = asset->len;
        memcpy(got->sha256, asset->sha256, sizeof got->sha256);
        return EXIT_OK;
    }
    int r = read_item(w, item, got);
    if (r == -ENOENT)
        return EXIT_OK;
    if (r < 0) {
        complain("%s/%s cannot be read: %s", w->what->from, item->target, strerror(-r));
        return EXIT_FAILED;
    }
    if (is_item_believed(w, item, got))
        return EXIT_OK;
    tell_unbelieved(item->target, got);
    return EXIT_FAILED;
}

static void tell_put(const struct fetch_item *item, const struct got *got)
{
    const struct fetch_digest *known = fetch_find_digest(item->asset, got->sha256);
    char size_data[32];
    struct text size = text_over(size_data, sizeof size_data);

    text_add_bytes(&size, got->len);
    printf("%s (%s)", item->target, size_data);
    if (known && known->note[0])
        printf(": %s", known->note);
    fputc('\n', stdout);
}

static enum exit_code put_item(struct work *w, const struct fetch_item *item)
{
    struct got got = { 0 };
    enum exit_code code = get_item(w, item, &got);

    w->why = text_over(w->why_data, sizeof w->why_data);
    if (code == EXIT_OK && !got.data) {
        w->absent++;
    } else if (code == EXIT_OK) {
        if (loader_store_put(w->store, item->target, span_of(got.data, got.len), &w->why) < 0) {
            complain("%s", w->why_data);
            code = EXIT_FAILED;
        } else {
            w->put++;
            tell_put(item, &got);
        }
    }
    got_free(&got);
    return code;
}

static enum exit_code commit(struct work *w)
{
    const struct loader_fetch *what = w->what;

    if (w->put == 0) {
        complain("%s holds none of the files of '%s'; 'tugboot help loader fetch' names them",
                 what->from, what->group);
        return EXIT_NOT_FOUND;
    }
    w->why = text_over(w->why_data, sizeof w->why_data);
    if (loader_store_commit(w->store, &w->why) < 0) {
        complain("%s", w->why_data);
        return EXIT_FAILED;
    }
    for (size_t i = 0; !what->from && i < fetch_item_count; i++)
        if (strcmp(fetch_items[i].group, what->group) == 0)
            loader_store_drop_part(w->store, fetch_assets[fetch_items[i].asset].file);
    printf("%u file%s of '%s' in %s", w->put, w->put == 1 ? "" : "s", what->group, what->folder);
    if (w->absent > 0)
        printf("; %u not in %s, left as they were", w->absent, what->from);
    fputc('\n', stdout);
    return EXIT_OK;
}

static enum exit_code run(struct work *w)
{
    bool asked[FETCH_ASSETS] = { false };
    enum exit_code code = EXIT_OK;

    for (size_t i = 0; code == EXIT_OK && i < fetch_item_count; i++) {
        const struct fetch_item *item = &fetch_items[i];
        if (strcmp(item->group, w->what->group) != 0 || asked[item->asset])
            continue;
        asked[item->asset] = true;
        code = get_asset(w, item->asset);
    }
    for (size_t i = 0; code == EXIT_OK && i < fetch_item_count; i++)
        if (strcmp(fetch_items[i].group, w->what->group) == 0)
            code = put_item(w, &fetch_items[i]);
    return code == EXIT_OK ? commit(w) : code;
}

enum exit_code loader_fetch_run(const struct loader_fetch *fetch)
{
    struct work w = { .what = fetch };
    enum exit_code code = EXIT_FAILED;

    w.why = text_over(w.why_data, sizeof w.why_data);
    if (loader_store_open(fetch->folder, &w.store, &w.why) < 0)
        complain("%s", w.why_data);
    else
        code = run(&w);
    for (size_t i = 0; i < FETCH_ASSETS; i++)
        got_free(&w.assets[i]);
    loader_store_close(w.store);
    return code;
}
