/* See catalog_add.h. One file is fetched as `image add URL` does it. Several are gathered in a
 * hidden folder of the images folder first, each whole and held against its digest, and a run that
 * broke off finds there what it has already. */
#include "cli/catalog_add.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "cli/image_fetch.h"
#include "cli/session.h"
#include "crypto/digest.h"
#include "net/clock.h"
#include "net/file.h"

#define CHUNK ((size_t)1 << 18)

struct gathering {
    const struct catalog_add *add;
    struct image_add what;
    struct image_added *added;
    char *why;
    char origin[4096], title[160], name[64];
    char folder[64]; /* hidden, in the images folder */
};

static void closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static int say(struct gathering *g, int error, const char *sentence)
{
    if (g->why[0])
        return error; /* whoever met it has told it */
    struct text t = text_over(g->why, CATALOG_WHY_MAX);
    text_addf(&t, "%s: %s", g->add->wish->offer->name, sentence);
    return error;
}

/* The name the image gets. */
static void write_name(const struct catalog_add *add, char out[64])
{
    const struct offer *offer = add->wish->offer;
    struct text t = text_over(out, 64);
    bool is_usual = add->wish->arch == &offer->arches[0];

    if (add->name) {
        text_add(&t, add->name);
    } else if (offer->image_name && add->target) {
        (void)captures_expand(&add->target->captures, offer->image_name, false, &t);
    } else if (offer->image_name) {
        text_add(&t, offer->image_name);
    } else {
        text_addf(&t, "%s-%s%s%s", offer->name, add->target ? add->target->version : "",
                  is_usual ? "" : "-", is_usual ? "" : add->wish->arch->name);
    }
    for (size_t i = 0; i < t.len; i++) {
        uint8_t c = ascii_lower((uint8_t)out[i]);
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
        if (!add->name)
            out[i] = is_plain ? (char)c : '-';
    }
}

static void make_title(struct gathering *g)
{
    const struct catalog_add *add = g->add;
    struct text t = text_over(g->title, sizeof g->title);
    if (add->title)
        text_add(&t, add->title);
    else if (add->target)
        (void)captures_expand(&add->target->captures, add->wish->offer->title, true, &t);
    else
        text_add(&t, add->wish->offer->title);
    if (!add->title && add->wish->arch != &add->wish->offer->arches[0])
        text_addf(&t, " (%s)", add->wish->arch->name);
}

static void make_origin(struct gathering *g, const char *signer)
{
    static struct catalog_origin origin;
    const struct catalog_add *add = g->add;
    struct text t = text_over(g->origin, sizeof g->origin),
                fetched = text_over(origin.fetched, sizeof origin.fetched),
                url = text_over(origin.url, sizeof origin.url);

    text_add_time(&fetched, clock_read().calendar);
    span_to_text(span_text(add->wish->offer->name), origin.offer, sizeof origin.offer);
    span_to_text(span_text(add->wish->arch->name), origin.arch, sizeof origin.arch);
    span_to_text(span_text(add->wish->asked), origin.asked, sizeof origin.asked);
    span_to_text(span_text(signer), origin.signer, sizeof origin.signer);
    origin.dated_s = 0;
    if (add->target) {
        memcpy(origin.version, add->target->version, sizeof origin.version);
        memcpy(origin.sha256, add->target->digest, sizeof origin.sha256);
        origin.dated_s = add->target->dated_s;
        url_add_public(&url, add->target->file_count > 1 ? add->target->sums_url
                                                         : add->target->files[0].url);
    }
    catalog_origin_write(&origin, &t);
    g->what.origin = g->origin;
}

/* The former image goes when the new one is whole and known, and not before. */
static int put(struct gathering *g)
{
    struct recipe_set set;
    const char *replaces = g->add->replaces;
    int r = 0;

    if (replaces)
        r = image_store_recognise(&g->what, NULL, &set, g->why);
    if (r == 0 && replaces)
        r = image_store_remove(g->add->config->images, replaces, g->why);
    return r < 0 ? r : image_store_add(g->add->config->images, &g->what, g->added, g->why);
}

/* One file. */

static int add_one(struct gathering *g)
{
    static struct image_fetched fetched;
    const struct catalog_add *add = g->add;
    struct catalog_target *target = add->target;
    const struct image_fetch fetch = { add->config->images, target->files[0].url,
                                       target->files[0].sha256 };
    char signer[SIGNER_MAX];
    struct text why = text_over(g->why, CATALOG_WHY_MAX);

    int r = image_fetch_run(&fetch, &fetched, g->why);
    if (r < 0)
        return r;
    memcpy(signer, target->signer, sizeof signer);
    if (target->signed_at[0])
        r = catalog_check_file(add->wish, target, fetched.fd, fetched.file, signer, &why);
    if (r == 0) {
        make_origin(g, signer);
        memcpy(target->signer, signer, sizeof signer);
        g->what.path = fetched.path;
        g->what.part = fetched.part;
        g->what.moved_as = fetched.file;
        r = put(g);
    }
    image_fetch_end(&fetched, r < 0 && r != -EBADMSG);
    return r;
}

/* Several. */

static int open_gathering(struct gathering *g)
{
    struct text t = text_over(g->folder, sizeof g->folder);
    text_addf(&t, ".catalog-%s-%s", g->add->wish->offer->name, g->add->wish->arch->name);
    int r = t.failed ? -ENAMETOOLONG : file_make_folders(g->add->config->images);
    autoclean(closep) int images = r < 0 ? r : file_open_root(g->add->config->images);
    if (images < 0)
        return images;
    if (mkdirat(images, g->folder, 0755) < 0 && errno != EEXIST)
        return -errno;
    return openat(images, g->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void drop_gathering(const struct gathering *g)
{
    int images = file_open_root(g->add->config->images);
    if (images < 0)
        return;
    (void)!file_remove_tree(images, g->folder);
    close(images);
}

static bool has_digest(int fd, const char *sha256)
{
    char hex[SUMS_DIGITS + 1] = "";
    struct text t = text_over(hex, sizeof hex);
    struct digest_stream *stream = NULL;
    struct digest digest;
    uint8_t *chunk = malloc(CHUNK);
    int64_t n = chunk ? 1 : -ENOMEM;

    int r = digest_stream_new(DIGEST_SHA256, &stream);
    for (uint64_t at = 0; r == 0 && n > 0; at += n > 0 ? (uint64_t)n : 0) {
        n = file_read_at(fd, at, chunk, CHUNK);
        if (n > 0)
            digest_stream_add(stream, span_of(chunk, (size_t)n));
    }
    if (r == 0 && n == 0 && digest_stream_finish(stream, &digest) == 0)
        for (size_t i = 0; i < digest_bytes(DIGEST_SHA256); i++)
            text_addf(&t, "%02x", digest.bytes[i]);
    digest_stream_free(stream);
    free(chunk);
    return strcmp(hex, sha256) == 0;
}

/* An earlier run has it. */
static bool is_here(int folder, const struct catalog_file *file)
{
    struct file_facts facts;
    struct safe_path path;
    int fd;
    if (safe_path_parse(span_text(file->name), &path) != PATH_SOUND ||
        file_open_beneath(folder, &path, false, &fd, &facts) != FILE_OPENED)
        return false;
    bool is_same = has_digest(fd, file->sha256);
    close(fd);
    return is_same;
}

static int gather_file(struct gathering *g, int folder, const struct catalog_file *file)
{
    static struct image_fetched fetched;
    char path[4096];
    struct text t = text_over(path, sizeof path);
    const char *slash = strrchr(file->name, '/');

    if (is_here(folder, file))
        return 0;
    text_addf(&t, "%s/%s", g->add->config->images, g->folder);
    if (slash) {
        text_add_char(&t, '/');
        text_add_span(&t, span_of(file->name, (size_t)(slash - file->name)));
    }
    const struct image_fetch fetch = { path, file->url, file->sha256 };
    int r = t.failed ? -ENAMETOOLONG : image_fetch_run(&fetch, &fetched, g->why);
    if (r < 0)
        return r;
    const char *name = slash ? slash + 1 : file->name;
    if (renameat(fetched.images, fetched.part, fetched.images, name) < 0)
        r = -errno;
    image_fetch_end(&fetched, false);
    return r;
}

static int write_besides(struct gathering *g, int folder)
{
    const struct offer *offer = g->add->wish->offer;
    char data[512];
    struct text t = text_over(data, sizeof data);
    if (!offer->write_name)
        return 0;
    if (!captures_expand(&g->add->target->captures, offer->write_text, false, &t))
        return -EINVAL;
    text_add_char(&t, '\n');
    return file_replace(folder, offer->write_name, text_span(&t), false);
}

static int put_gathered(struct gathering *g)
{
    char path[4096];
    struct text t = text_over(path, sizeof path);
    text_addf(&t, "%s/%s", g->add->config->images, g->folder);
    g->what.path = path;
    int r = t.failed ? -ENAMETOOLONG : put(g);
    if (r == 0)
        drop_gathering(g);
    return r;
}

static int add_several(struct gathering *g)
{
    struct catalog_target *target = g->add->target;
    autoclean(closep) int folder = open_gathering(g);
    int r = folder < 0 ? folder : 0;
    if (r == 0 && fchmod(folder, 0755) < 0)
        r = -errno;
    for (unsigned i = 0; r == 0 && i < target->file_count; i++)
        r = gather_file(g, folder, &target->files[i]);
    if (r == 0)
        r = write_besides(g, folder);
    if (r < 0)
        return r;
    make_origin(g, target->signer);
    return put_gathered(g);
}

/* What a package of this machine has. */

static int copy_here(struct gathering *g, int folder, const char *path, unsigned *found)
{
    struct file_copy copy = { 0 };
    struct file_facts facts;
    const char *name = strrchr(path, '/') + 1;
    int fd;
    if (file_open_path(path, &fd, &facts) != FILE_OPENED)
        return 0;
    (void)unlinkat(folder, name, 0);
    int r = file_copy_one(fd, folder, name, &copy);
    close(fd);
    (*found)++;
    return r < 0 ? say(g, r, copy.why) : 0;
}

static int add_packaged(struct gathering *g)
{
    const struct offer *offer = g->add->wish->offer;
    autoclean(closep) int folder = open_gathering(g);
    unsigned found = 0;
    int r = folder < 0 ? folder : 0;
    for (uint8_t i = 0; r == 0 && i < offer->file_count; i++)
        r = copy_here(g, folder, offer->files[i], &found);
    if (r == 0 && found == 0) {
        char sentence[200];
        struct text t = text_over(sentence, sizeof sentence);
        text_addf(&t, "it is taken from a package that is not installed here: apt-get install %s",
                  offer->packaged);
        r = say(g, -ENOENT, sentence);
        drop_gathering(g);
    }
    if (r < 0)
        return r;
    char signer[SIGNER_MAX];
    struct text t = text_over(signer, sizeof signer);
    text_addf(&t, "the package %s of this machine", offer->packaged);
    make_origin(g, signer);
    return put_gathered(g);
}

int catalog_add_run(const struct catalog_add *add, struct image_added *ret_added,
                    char why[CATALOG_WHY_MAX])
{
    static struct gathering g;
    why[0] = 0;
    g = (struct gathering){ .add = add, .added = ret_added, .why = why };
    write_name(add, g.name);
    make_title(&g);
    g.what = (struct image_add){
        .book = add->book, .containers = *add->containers, .name = g.name, .title = g.title
    };
    if (image_store_is_taken(add->config->images, g.name) &&
        (!add->replaces || strcmp(add->replaces, g.name) != 0)) {
        struct text t = text_over(why, CATALOG_WHY_MAX);
        text_addf(&t,
                  "there is an image named %s already: remove it first, or choose another --name",
                  g.name);
        return -EEXIST;
    }
    int r = add->wish->offer->packaged ? add_packaged(&g)
            : add->wish->offer->below  ? add_several(&g)
                                       : add_one(&g);
    return r < 0 ? say(&g, r, strerror(-r)) : 0;
}
