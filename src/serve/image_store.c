/* An image is copied into a folder with a hidden name, which the daemon passes over, and renamed
 * when everything is on disk. A lock on that folder tells a copy under way from one that was cut.
 */
#include "serve/image_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/autoclean.h"

#define HEADROOM_BYTES (16U << 20) /* left free beside the copy */

static void closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

struct adding {
    const struct image_add *what;
    struct image_added *added;
    struct recipe written; /* what its image.yaml is to say */
    struct text why;
    int images;
    int source; /* folder, or -1 */
    int file;   /* file, or -1 */
    char file_name[RECIPE_PATH_MAX];
    char temporary[80];
    uint64_t total;
};

static int say(struct adding *a, int error, const char *format, const char *detail)
{
    a->why.len = 0;
    text_addf(&a->why, "%s: ", a->what->moved_as ? a->what->moved_as : a->what->path);
    /* Formats are literals of this file with one %s. */
    size_t at = 0;
    struct span f = span_text(format);
    for (size_t n; (n = span_find(span_from(f, at), '%')) < f.len - at; at += n + 2) {
        text_add_span(&a->why, span_slice(f, at, n));
        text_add(&a->why, detail);
    }
    text_add_span(&a->why, span_from(f, at));
    return error;
}

static int open_images(const char *images, bool make, struct text *why)
{
    int fd = file_open_root(images);
    if (fd == -ENOENT && make) {
        int r = file_make_folders(images);
        fd = r < 0 ? r : file_open_root(images);
    }
    if (fd < 0)
        text_addf(why, "the images folder %s cannot be opened: %s", images, strerror(-fd));
    return fd;
}

/* The file's name in the image. */
static const char *base_of(const struct image_add *what)
{
    const char *slash = strrchr(what->path, '/');
    return what->moved_as ? what->moved_as : slash ? slash + 1 : what->path;
}

static int open_source(struct adding *a)
{
    struct file_facts facts;

    a->source = file_open_root(a->what->path);
    if (a->source >= 0)
        return 0;
    if (a->source != -ENOTDIR)
        return say(a, a->source, "cannot be opened: %s", strerror(-a->source));
    a->source = -1;
    enum file_verdict verdict = file_open_path(a->what->path, &a->file, &facts);
    if (verdict != FILE_OPENED) {
        a->file = -1;
        return say(a, file_verdict_errno(verdict, &facts), "%s", file_verdict_text(verdict));
    }
    const char *base = base_of(a->what);
    struct safe_path path;
    if (safe_path_parse(span_text(base), &path) != PATH_SOUND || path.len >= RECIPE_PATH_MAX)
        return say(a, -EINVAL, "this file name cannot be served%s", "");
    span_to_text(safe_path_span(&path), a->file_name, sizeof a->file_name);
    return 0;
}

static struct image_place place_of(const struct adding *a)
{
    struct image_place place = { .folder_fd = a->source,
                                 .file_fd = a->file,
                                 .path = a->what->path };
    span_to_text(span_text(a->file_name), place.file, sizeof place.file);
    return place;
}

/* What the image is, with its own image.yaml. 0, or a negative errno and a sentence. */
static int look(struct adding *a, const struct family_trail *trail, struct recipe_set *set)
{
    const struct image_looking with = { .book = a->what->book,
                                        .containers = &a->what->containers,
                                        .trail = trail };
    char why[RECIPE_WHY_MAX] = "";
    struct held_container *held;
    struct image_place place = place_of(a);
    int r = image_folder_look(&place, &with, "", set, why, &held);

    held_container_unref(held);
    if (r == 0 && a->source >= 0) {
        struct image_source source = image_folder_source(&a->source, NULL);
        r = recipe_read_written(&source, &a->written, why);
    }
    return r < 0 ? say(a, r, "%s", why) : 0;
}

static int recognise(struct adding *a)
{
    char name[64] = "";
    struct recipe_set *set = &a->added->set;
    int r = look(a, NULL, set);
    if (r < 0)
        return r;
    struct text t = text_over(name, sizeof name);
    if (a->what->name)
        text_add(&t, a->what->name);
    else
        recipe_suggest_name(set, a->what->moved_as ? a->what->moved_as : a->what->path, &t);
    if (t.failed || !recipe_is_name(text_span(&t)))
        return say(a, -EINVAL,
                   "\"%s\" cannot name an image: use a-z, 0-9, \".\", \"_\" and \"-\", at most 63, "
                   "and not menu, local or shell; choose one with --name",
                   t.failed ? "this" : name);
    span_to_text(text_span(&t), a->added->name, sizeof a->added->name);
    return 0;
}

static bool take_line(const char *from, char *to, size_t cap)
{
    for (const char *p = from; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return false;
    if (strlen(from) >= cap)
        return false;
    span_to_text(span_text(from), to, cap);
    return true;
}

static int apply_wishes(struct adding *a)
{
    struct recipe *recipe = &a->added->set.entries[0];

    if (a->what->title && !take_line(a->what->title, recipe->title, sizeof recipe->title))
        return say(a, -EINVAL, "a title is one line of at most 127 bytes%s", "");
    if (!recipe->title[0])
        span_to_text(span_text(a->added->name), recipe->title, sizeof recipe->title);
    /* Where it came from may be in its title. That nobody tried it is not to stay there. */
    if (a->what->title || !recipe->is_untested)
        memcpy(a->written.title, recipe->title, sizeof recipe->title);
    if (!a->what->arguments)
        return 0;
    if (!take_line(a->what->arguments, recipe->arguments, sizeof recipe->arguments))
        return say(a, -EINVAL, "arguments are one line of at most 1023 bytes%s", "");
    if (recipe->kind != IMAGE_LINUX)
        return say(a, -EINVAL, "arguments are for Linux kernels, and this is none%s", "");
    recipe->has_arguments = a->written.has_arguments = true;
    memcpy(a->written.arguments, recipe->arguments, sizeof recipe->arguments);
    return 0;
}

static int measure(struct adding *a)
{
    struct file_copy copy = { 0 };
    struct file_tree_size size = { 0 };
    struct stat st;
    uint64_t free_bytes;
    char detail[96];
    struct text t = text_over(detail, sizeof detail);

    if (a->source >= 0) {
        int r = file_measure_tree(a->source, &copy, &size);
        if (r < 0)
            return say(a, r, "%s", copy.why);
    } else if (fstat(a->file, &st) == 0) {
        size.bytes = (uint64_t)st.st_size;
    }
    a->total = a->added->bytes = size.bytes;
    if (a->what->part)
        return 0; /* it lies there already */
    int r = file_free_space(a->images, &free_bytes);
    if (r < 0)
        return say(a, r, "the free space cannot be found out: %s", strerror(-r));
    if (free_bytes >= size.bytes && free_bytes - size.bytes >= HEADROOM_BYTES)
        return 0;
    text_add_bytes(&t, size.bytes);
    text_add(&t, " are needed, and ");
    text_add_bytes(&t, free_bytes);
    text_add(&t, " are free");
    return say(a, -ENOSPC, "too little room in the images folder: %s", detail);
}

bool image_store_is_taken(const char *images, const char *name)
{
    struct stat st;
    autoclean(closep) int fd = file_open_root(images);
    return fd >= 0 && fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int is_free_name(struct adding *a)
{
    struct stat st;
    if (fstatat(a->images, a->added->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return say(a, -EEXIST,
                   "there is an image named %s already: remove it first, or choose another --name",
                   a->added->name);
    return errno == ENOENT ? 0 : say(a, -errno, "the images folder: %s", strerror(errno));
}

/* Does the hidden name still lead to the folder that was locked? Between making and locking it
 * another process may have taken it for a leftover, and removed it. */
static bool is_still_there(const struct adding *a, int fd)
{
    struct stat named, locked;
    return fstatat(a->images, a->temporary, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           fstat(fd, &locked) == 0 && named.st_dev == locked.st_dev &&
           named.st_ino == locked.st_ino;
}

/* A locked, empty folder under the hidden name; what a cut copy left behind is removed. */
static int make_temporary(struct adding *a, int *ret_fd)
{
    struct text t = text_over(a->temporary, sizeof a->temporary);
    text_addf(&t, ".adding-%s", a->added->name);

    for (int attempt = 0; attempt < 2; attempt++) {
        bool is_new = mkdirat(a->images, a->temporary, 0755) == 0;
        if (!is_new && errno != EEXIST)
            return say(a, -errno, "the images folder cannot be written: %s", strerror(errno));
        int fd = openat(a->images, a->temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
            return say(a, -errno, "the images folder: %s", strerror(errno));
        if (flock(fd, LOCK_EX | LOCK_NB) < 0 || !is_still_there(a, fd)) {
            close(fd);
            return say(a, -EBUSY, "another process is adding %s at this moment", a->added->name);
        }
        if (is_new) {
            *ret_fd = fd;
            return 0;
        }
        int r = file_remove_tree(a->images, a->temporary);
        close(fd);
        if (r < 0)
            return say(a, r, "what an earlier attempt left cannot be removed: %s", strerror(-r));
    }
    return say(a, -EBUSY, "another process is adding %s at this moment", a->added->name);
}

static int pass_progress(void *context, uint64_t bytes)
{
    const struct adding *a = context;
    return a->what->progress ? a->what->progress(a->what->context, bytes, a->total) : 0;
}

static int copy_into(struct adding *a, int target)
{
    struct file_copy copy = { .progress = pass_progress, .context = a };
    char yaml[8192];
    struct text t = text_over(yaml, sizeof yaml);

    int r = 0;
    if (a->source >= 0)
        r = file_copy_tree(a->source, target, &copy);
    else if (!a->what->part)
        r = file_copy_one(a->file, target, a->file_name, &copy);
    if (r != 0)
        return r < 0 ? say(a, r, "%s", copy.why) : say(a, r, "stopped%s", "");
    text_addf(&t,
              "# Written by 'tugboot image add'; change it as you like. What is not said here is "
              "recognised\n# anew each time%s%s; 'tugboot image show %s' has it.\n",
              a->added->set.family[0] ? ", by the recipe " : "", a->added->set.family,
              a->added->name);
    recipe_write(&a->written, &t);
    (void)unlinkat(target, "image.yaml", 0);
    r = t.failed ? -EFBIG : file_write_new(target, "image.yaml", text_span(&t));
    (void)unlinkat(target, IMAGE_ORIGIN_FILE, 0);
    if (r == 0 && a->what->origin)
        r = file_write_new(target, IMAGE_ORIGIN_FILE, span_text(a->what->origin));
    return r < 0 ? say(a, r, "image.yaml cannot be written: %s", strerror(-r)) : 0;
}

/* What was fetched goes into the image's folder, or back. */
static int move_part(const struct adding *a, int from, const char *name, int to, const char *as)
{
    if (!a->what->part)
        return 0;
    return renameat(from, name, to, as) < 0 || fsync(to) < 0 ? -errno : 0;
}

static int copy_and_name(struct adding *a)
{
    autoclean(closep) int target = -1;
    int r = make_temporary(a, &target);
    if (r < 0)
        return r;
    r = copy_into(a, target);
    if (r == 0) {
        r = move_part(a, a->images, a->what->part, target, a->file_name);
        if (r == 0) {
            r = file_rename_new(a->images, a->temporary, a->added->name);
            if (r < 0)
                (void)!move_part(a, target, a->file_name, a->images, a->what->part);
        }
        if (r < 0)
            (void)say(a, r, "it cannot get its name: %s", strerror(-r));
    }
    if (r != 0)
        (void)!file_remove_tree(a->images, a->temporary);
    return r;
}

int image_store_add(const char *images, const struct image_add *what, struct image_added *ret_added,
                    char why[IMAGE_STORE_WHY_MAX])
{
    struct image_added added = { 0 };
    struct adding a = { .what = what,
                        .added = &added,
                        .why = text_over(why, IMAGE_STORE_WHY_MAX),
                        .images = -1,
                        .source = -1,
                        .file = -1 };

    int r = open_source(&a);
    if (r == 0)
        r = recognise(&a);
    if (r == 0)
        r = apply_wishes(&a);
    if (r == 0) {
        a.images = open_images(images, true, &a.why);
        r = a.images < 0 ? a.images : is_free_name(&a);
    }
    if (r == 0)
        r = measure(&a);
    if (r == 0)
        r = copy_and_name(&a);
    closep(&a.source);
    closep(&a.file);
    closep(&a.images);
    if (r == 0)
        *ret_added = added;
    return r;
}

int image_store_recognise(const struct image_add *what, const struct family_trail *trail,
                          struct recipe_set *ret_set, char why[IMAGE_STORE_WHY_MAX])
{
    struct adding a = {
        .what = what, .why = text_over(why, IMAGE_STORE_WHY_MAX), .source = -1, .file = -1
    };
    int r = open_source(&a);
    if (r == 0)
        r = look(&a, trail, ret_set);
    closep(&a.source);
    closep(&a.file);
    return r;
}

struct finding {
    const char *name;
    char found[256]; /* the name in the folder: of the image's folder or file */
};

static int match_file(void *context, const struct file_entry *entry)
{
    struct finding *f = context;
    char name[64];
    struct text t = text_over(name, sizeof name);

    recipe_suggest_name(NULL, entry->name, &t);
    bool same = strcmp(entry->name, f->name) == 0 ||
                (entry->kind == FILE_KIND_FILE && strcmp(name, f->name) == 0);
    if (same && entry->name[0] != '.' && (!f->found[0] || entry->kind == FILE_KIND_FOLDER))
        span_to_text(span_text(entry->name), f->found, sizeof f->found);
    return 0;
}

/* Out of the menu at once, whole. */
static int hide(int images, const char *name, char hidden[IMAGE_STORE_HIDDEN_MAX], struct text *why)
{
    struct finding finding = { .name = name };
    struct text h = text_over(hidden, IMAGE_STORE_HIDDEN_MAX);
    int r = file_list(images, match_file, &finding);

    if (r == 0 && !finding.found[0]) {
        text_add(why, "there is no image named ");
        text_add_escaped(why, span_slice(span_text(name), 0, 80));
        text_add(why, "; 'tugboot image list' shows those that are there");
        return -ENOENT;
    }
    text_addf(&h, ".removing-%s", finding.found);
    if (r == 0)
        (void)!file_remove_tree(images, hidden);
    if (r == 0)
        r = file_rename_new(images, finding.found, hidden);
    if (r < 0)
        text_addf(why, "the image %s cannot be removed: %s", finding.found, strerror(-r));
    return r;
}

int image_store_hide(const char *images, const char *name, char hidden[IMAGE_STORE_HIDDEN_MAX],
                     char why[IMAGE_STORE_WHY_MAX])
{
    struct text t = text_over(why, IMAGE_STORE_WHY_MAX);
    autoclean(closep) int fd = open_images(images, false, &t);
    return fd < 0 ? fd : hide(fd, name, hidden, &t);
}

int image_store_remove(const char *images, const char *name, char why[IMAGE_STORE_WHY_MAX])
{
    struct text t = text_over(why, IMAGE_STORE_WHY_MAX);
    char hidden[IMAGE_STORE_HIDDEN_MAX];
    autoclean(closep) int fd = open_images(images, false, &t);

    int r = fd < 0 ? fd : hide(fd, name, hidden, &t);
    if (r < 0)
        return r;
    r = file_remove_tree(fd, hidden);
    if (r < 0)
        text_addf(&t, "the files of the image %s cannot be removed: %s", name, strerror(-r));
    return r;
}

struct listing {
    int images;
    int (*row)(void *context, const struct image_entry *image, uint64_t bytes);
    void *context;
};

static int pass_row(void *context, const struct image_entry *image)
{
    const struct listing *l = context;
    struct file_copy copy = { 0 };
    struct file_tree_size size = { 0 };
    struct safe_path path;
    struct stat st;

    if (image->folder[0] && safe_path_parse(span_text(image->folder), &path) == PATH_SOUND) {
        autoclean(closep) int fd = file_open_folder(l->images, &path);
        if (fd >= 0)
            (void)!file_measure_tree(fd, &copy, &size);
    } else if (image->recipe &&
               fstatat(l->images, image->container ? image->container_file : image->recipe->kernel,
                       &st, 0) == 0) {
        size.bytes = (uint64_t)st.st_size;
    }
    return l->row(l->context, image, size.bytes);
}

int image_store_each(const char *images, const char *only, const struct recipe_book *book,
                     const struct container_finder *containers,
                     int (*row)(void *context, const struct image_entry *image, uint64_t bytes),
                     void *context, char why[IMAGE_STORE_WHY_MAX])
{
    struct text t = text_over(why, IMAGE_STORE_WHY_MAX);
    autoclean(closep) int fd = open_images(images, false, &t);
    struct listing listing = { .images = fd, .row = row, .context = context };

    if (fd == -ENOENT)
        return 0; /* nothing was added yet */
    if (fd < 0)
        return fd;
    const struct image_walk walk = { .images_fd = fd,
                                     .only = only,
                                     .book = book,
                                     .containers = *containers,
                                     .entry = pass_row,
                                     .context = &listing };
    int r = image_folder_each(&walk);
    if (r < 0)
        text_addf(&t, "the images folder %s cannot be read: %s", images, strerror(-r));
    return r;
}
