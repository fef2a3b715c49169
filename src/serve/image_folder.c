/* image_source over net/file, what an image is, and the walk over all of them. */
#include "serve/image_folder.h"

#include <errno.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "image/program.h"
#include "serve/container_source.h"
#include "serve/file_source.h"

struct listing {
    int (*entry)(void *context, const char *name, bool is_folder);
    void *context;
};

static int pass_on(void *context, const struct file_entry *entry)
{
    const struct listing *l = context;
    return entry->kind == FILE_KIND_OTHER
               ? 0
               : l->entry(l->context, entry->name, entry->kind == FILE_KIND_FOLDER);
}

static bool list_names(void *context, const char *folder,
                       int (*entry)(void *entry_context, const char *name, bool is_folder),
                       void *entry_context)
{
    const int *root = context;
    struct listing listing = { .entry = entry, .context = entry_context };
    struct safe_path path;

    if (safe_path_parse(span_text(folder), &path) != PATH_SOUND)
        return false;
    int fd = file_open_folder(*root, &path);
    if (fd < 0)
        return false;
    int r = file_list(fd, pass_on, &listing);
    close(fd);
    return r >= 0;
}

/* The file's descriptor, to be closed; -1 when it cannot be opened. */
static int open_file(const int *root, const char *name, struct file_facts *ret)
{
    struct safe_path path;
    int fd;

    if (safe_path_parse(span_text(name), &path) != PATH_SOUND ||
        file_open_beneath(*root, &path, false, &fd, ret) != FILE_OPENED)
        return -1;
    return fd;
}

static int64_t size_of(void *context, const char *name)
{
    struct file_facts facts;
    int fd = open_file(context, name, &facts);
    if (fd < 0)
        return -1;
    close(fd);
    return (int64_t)facts.size;
}

static int64_t read_bytes(void *context, const char *name, uint64_t offset, void *data, size_t len)
{
    struct file_facts facts;
    int fd = open_file(context, name, &facts);
    if (fd < 0)
        return -1;
    int64_t n = file_read_at(fd, offset, data, len);
    close(fd);
    return n < 0 ? -1 : n;
}

struct image_source image_folder_source(const int *fd, const char *path)
{
    /* The callbacks only read through it. */
    union {
        const int *in;
        void *out;
    } context = { .in = fd };
    return (struct image_source){
        .list = list_names,
        .read = read_bytes,
        .size = size_of,
        .context = context.out,
        .path = path,
    };
}

static void closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* What is to be looked at, and by what. */
struct looking {
    const struct image_place *place;
    const struct recipe_book *book;
    const struct container_finder *containers;
    const struct family_trail *trail;
    const char *name;
    struct recipe_set *set;
    char *why; /* RECIPE_WHY_MAX */
    struct held_container **container;
};

static int refuse_container(const struct looking *l, const char *file, const char *phrase)
{
    struct text t = text_over(l->why, RECIPE_WHY_MAX);
    text_add_escaped(&t, span_text(file));
    text_addf(&t, ": %s", phrase);
    return -EBADMSG;
}

/* What lies inside, if that can be booted: 0, or a negative errno and a sentence. */
static int load_inside(const struct looking *l, const struct held_container *held)
{
    const struct container_source inside = { .held = held,
                                             .file = l->place->file,
                                             .folder_fd = l->place->folder_fd };
    struct image_source source = container_source_over(&inside);
    source.path = l->place->path;
    source.container_size = held->facts.size;
    source.label = held->index.volume;
    return recipe_load(&source, l->book, l->trail, l->name, l->set, l->why);
}

/* The image without a look into its container. */
static int load_plain(const struct looking *l, char why[RECIPE_WHY_MAX])
{
    const struct image_place *place = l->place;
    const struct file_source file = { .fd = place->file_fd, .name = place->file };
    struct image_source source = place->folder_fd >= 0
                                     ? image_folder_source(&place->folder_fd, place->path)
                                     : file_source_over(&file);
    return recipe_load(&source, l->book, l->trail, l->name, l->set, why);
}

/* An image with a container that is open in `fd`. What cannot be booted from inside may be attached
 * as a whole; a container that is broken may not. `is_plain`: its name or first bytes do not say
 * that it must be one. */
static int load_container(const struct looking *l, int fd, const struct file_facts *facts,
                          bool is_plain)
{
    char why[RECIPE_WHY_MAX] = "", phrase[CONTAINER_FINDER_WHY_MAX] = "";
    struct held_container *held = NULL;
    enum container_state state =
        l->containers->find(l->containers->context, fd, facts, &held, phrase);

    switch (state) {
    case CONTAINER_READY: {
        *l->container = held;
        int r = load_inside(l, held);
        return r == -ENOENT && load_plain(l, why) == 0 ? 0 : r;
    }
    case CONTAINER_AWAITED:
        (void)refuse_container(l, l->place->file, phrase);
        return -EAGAIN;
    case CONTAINER_REFUSED:
        if (load_plain(l, l->why) == 0 &&
            (is_plain || strcmp(l->set->entries[0].kernel, l->place->file) != 0))
            return 0;
        return refuse_container(l, l->place->file, phrase);
    case CONTAINER_UNREAD:
        break;
    }
    return load_plain(l, l->why);
}

/* The one .iso of a folder; none when there are several. */
struct only {
    char *file; /* RECIPE_PATH_MAX */
    unsigned count;
};

static int count_iso(void *context, const struct file_entry *entry)
{
    struct only *only = context;
    if (entry->kind != FILE_KIND_FILE || entry->name[0] == '.' ||
        !span_ends_with_nocase(span_text(entry->name), ".iso") ||
        strlen(entry->name) >= RECIPE_PATH_MAX)
        return 0;
    if (only->count++ == 0)
        span_to_text(span_text(entry->name), only->file, RECIPE_PATH_MAX);
    return only->count > 1 ? 1 : 0;
}

static int look_at_folder(const struct looking *l, char *file)
{
    struct only only = { .file = file };
    struct file_facts facts;
    struct safe_path path;
    autoclean(closep) int fd = -1;

    file[0] = 0;
    if (l->containers->find && file_list(l->place->folder_fd, count_iso, &only) >= 0 &&
        only.count == 1 && safe_path_parse(span_text(file), &path) == PATH_SOUND &&
        file_open_beneath(l->place->folder_fd, &path, false, &fd, &facts) == FILE_OPENED)
        return load_container(l, fd, &facts, false);
    file[0] = 0;
    return load_plain(l, l->why);
}

static int look_at_file(const struct looking *l)
{
    const struct file_source file = { .fd = l->place->file_fd, .name = l->place->file };
    struct image_source source = file_source_over(&file);
    struct file_facts facts;
    struct program program;

    program_probe(&source, l->place->file, &program);
    struct span name = span_text(l->place->file);
    bool is_named = span_ends_with_nocase(name, ".iso") || span_ends_with_nocase(name, ".udf");
    bool may_be = is_named || program.kind == PROGRAM_CDROM || program.kind == PROGRAM_DISK;
    if (!may_be || !l->containers->find || file_facts_of(l->place->file_fd, &facts) < 0)
        return load_plain(l, l->why);
    return load_container(l, l->place->file_fd, &facts, !is_named && program.kind != PROGRAM_CDROM);
}

int image_folder_look(struct image_place *place, const struct image_looking *with, const char *name,
                      struct recipe_set *set, char why[RECIPE_WHY_MAX],
                      struct held_container **ret_container)
{
    const struct looking l = { .place = place,
                               .book = with->book,
                               .containers = with->containers,
                               .trail = with->trail,
                               .name = name,
                               .set = set,
                               .why = why,
                               .container = ret_container };
    *ret_container = NULL;
    return place->folder_fd >= 0 ? look_at_folder(&l, place->file) : look_at_file(&l);
}

/* May the image of this name have the entry that is meant? */
static bool is_meant(const struct image_walk *w, const char *name)
{
    size_t len = strlen(name);
    return !w->only || (strncmp(w->only, name, len) == 0 && (!w->only[len] || w->only[len] == '.'));
}

/* Each entry of an image under its own name. */
static int tell_entries(const struct image_walk *w, const struct image_entry *image,
                        const struct recipe_set *set)
{
    int r = 0;
    for (unsigned i = 0; i < set->count && r == 0; i++) {
        char name[64 + RECIPE_VARIANT_MAX];
        struct text t = text_over(name, sizeof name);
        struct image_entry entry = *image;
        text_addf(&t, "%s%s%s", image->name, set->entries[i].variant[0] ? "." : "",
                  set->entries[i].variant);
        entry.name = name;
        entry.main_name = image->name;
        entry.main_title = set->entries[0].title;
        entry.which = (uint8_t)i;
        entry.recipe = &set->entries[i];
        if (!w->only || strcmp(w->only, name) == 0)
            r = w->entry(w->context, &entry);
    }
    return r;
}

/* Hand on what was found out about one image. */
static int tell(const struct image_walk *w, struct image_entry *image, struct image_place *place)
{
    const struct image_looking with = { .book = w->book, .containers = &w->containers };
    struct recipe_set set;
    char why[RECIPE_WHY_MAX] = "";
    struct held_container *held;
    int r = image_folder_look(place, &with, image->name, &set, why, &held);

    image->why = why;
    image->is_awaited = r == -EAGAIN;
    image->container = held;
    image->container_file = held ? place->file : "";
    r = r == 0 ? tell_entries(w, image, &set) : w->entry(w->context, image);
    held_container_unref(held);
    return r;
}

static int visit_file(const struct image_walk *w, const char *file)
{
    char name[64];
    struct text t = text_over(name, sizeof name);
    struct image_entry image = { .name = name, .folder = "" };
    struct image_place place = { .folder_fd = -1 };
    struct file_facts facts;
    struct safe_path path;
    autoclean(closep) int fd = -1;

    recipe_suggest_name(NULL, file, &t);
    if (!is_meant(w, name))
        return 0;
    if (!recipe_is_name(text_span(&t))) {
        image.name = file;
        image.why = "its name cannot be an image's: use a-z, 0-9, \".\", \"_\" and \"-\"";
        return w->entry(w->context, &image);
    }
    if (safe_path_parse(span_text(file), &path) != PATH_SOUND || path.len >= sizeof place.file ||
        file_open_beneath(w->images_fd, &path, false, &fd, &facts) != FILE_OPENED) {
        image.why = "it cannot be opened: check its permissions";
        return w->entry(w->context, &image);
    }
    place.file_fd = fd;
    span_to_text(safe_path_span(&path), place.file, sizeof place.file);
    return tell(w, &image, &place);
}

/* What people and tools leave beside images, and what nobody means to boot: not worth a warning
 * each time the folder is read. */
static bool is_beside_the_point(const char *name)
{
    static const char *const endings[] = {
        "README", "SUMS", "LICENSE", "NOTICE", ".txt",  ".md",     ".html",   ".pdf",
        ".yaml",  ".yml", ".cfg",    ".conf",  ".json", ".sha256", ".sha512", ".sha1",
        ".md5",   ".asc", ".sig",    ".gpg",   ".log",  ".part",   ".tmp",    "~",
    };
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (span_ends_with_nocase(span_text(name), endings[i]))
            return true;
    return false;
}

static int visit_folder(const struct image_walk *w, const char *folder)
{
    struct safe_path path;
    struct image_entry image = { .name = folder, .folder = folder };

    if (!is_meant(w, folder))
        return 0;
    if (!recipe_is_name(span_text(folder)) ||
        safe_path_parse(span_text(folder), &path) != PATH_SOUND) {
        image.why = "its folder's name cannot be an image's: use a-z, 0-9, \".\", \"_\" and \"-\", "
                    "and not menu, local or shell";
        return w->entry(w->context, &image);
    }
    autoclean(closep) int fd = file_open_folder(w->images_fd, &path);
    if (fd < 0) {
        image.why = "its folder cannot be opened: check its permissions";
        return w->entry(w->context, &image);
    }
    struct image_place place = { .folder_fd = fd, .file_fd = -1 };
    return tell(w, &image, &place);
}

static int visit(void *context, const struct file_entry *entry)
{
    const struct image_walk *w = context;
    if (entry->name[0] == '.')
        return 0;
    if (entry->kind == FILE_KIND_FOLDER)
        return strcmp(entry->name, "lost+found") == 0 ? 0 : visit_folder(w, entry->name);
    if (entry->kind == FILE_KIND_FILE)
        return is_beside_the_point(entry->name) ? 0 : visit_file(w, entry->name);
    if (w->only && strcmp(entry->name, w->only) != 0)
        return 0;
    struct image_entry image = { .name = entry->name,
                                 .folder = "",
                                 .why = "it is neither a file "
                                        "nor a folder" };
    return w->entry(w->context, &image);
}

int image_folder_each(const struct image_walk *walk)
{
    struct image_walk w = *walk;
    return file_list(walk->images_fd, visit, &w);
}
