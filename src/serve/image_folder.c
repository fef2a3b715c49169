/* image_source over net/file, and the walk over all images. */
#include "serve/image_folder.h"

#include <errno.h>
#include <unistd.h>

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

struct walk {
    int images_fd;
    const struct recipe_book *book;
    int (*entry)(void *context, const struct image_entry *image);
    void *context;
};

/* Each entry of a recognised image under its own name. */
static int tell_entries(const struct walk *w, const char *image_name, const char *folder,
                        const struct recipe_set *set)
{
    int r = 0;
    for (unsigned i = 0; i < set->count && r == 0; i++) {
        char name[64 + RECIPE_VARIANT_MAX];
        struct text t = text_over(name, sizeof name);
        text_addf(&t, "%s%s%s", image_name, set->entries[i].variant[0] ? "." : "",
                  set->entries[i].variant);
        const struct image_entry image = {
            .name = name, .folder = folder, .recipe = &set->entries[i], .why = ""
        };
        r = w->entry(w->context, &image);
    }
    return r;
}

static int visit_file(const struct walk *w, const char *file)
{
    struct image_source source = image_folder_source(&w->images_fd, NULL);
    struct recipe_set set;
    char why[RECIPE_WHY_MAX] = "", name[64];
    struct text t = text_over(name, sizeof name);
    struct image_entry image = { .name = name, .folder = "", .why = why };

    source.file = file;
    recipe_suggest_name(NULL, file, &t);
    if (!recipe_is_name(text_span(&t))) {
        image.name = file;
        image.why = "its name cannot be an image's: use a-z, 0-9, \".\", \"_\" and \"-\"";
    } else if (recipe_load(&source, w->book, name, &set, why) == 0) {
        return tell_entries(w, name, "", &set);
    }
    return w->entry(w->context, &image);
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
    struct span all = span_text(name);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t len = strlen(endings[i]);
        if (all.len >= len && span_is_nocase(span_from(all, all.len - len), endings[i]))
            return true;
    }
    return false;
}

static int visit_folder(const struct walk *w, const char *folder)
{
    struct safe_path path;
    struct recipe_set set;
    char why[RECIPE_WHY_MAX] = "";
    struct image_entry image = { .name = folder, .folder = folder, .why = why };

    if (!recipe_is_name(span_text(folder)) ||
        safe_path_parse(span_text(folder), &path) != PATH_SOUND) {
        image.why = "its folder's name cannot be an image's: use a-z, 0-9, \".\", \"_\" and \"-\", "
                    "and not menu, local or shell";
        return w->entry(w->context, &image);
    }
    int fd = file_open_folder(w->images_fd, &path);
    if (fd < 0) {
        image.why = "its folder cannot be opened: check its permissions";
        return w->entry(w->context, &image);
    }
    struct image_source source = image_folder_source(&fd, NULL);
    int r = recipe_load(&source, w->book, folder, &set, why) == 0
                ? tell_entries(w, folder, folder, &set)
                : w->entry(w->context, &image);
    close(fd);
    return r;
}

static int visit(void *context, const struct file_entry *entry)
{
    const struct walk *w = context;
    if (entry->name[0] == '.')
        return 0;
    if (entry->kind == FILE_KIND_FOLDER)
        return strcmp(entry->name, "lost+found") == 0 ? 0 : visit_folder(w, entry->name);
    if (entry->kind == FILE_KIND_FILE)
        return is_beside_the_point(entry->name) ? 0 : visit_file(w, entry->name);
    struct image_entry image = { .name = entry->name,
                                 .folder = "",
                                 .why = "it is neither a file "
                                        "nor a folder" };
    return w->entry(w->context, &image);
}

int image_folder_each(int images_fd, const struct recipe_book *book,
                      int (*entry)(void *context, const struct image_entry *image), void *context)
{
    struct walk w = { .images_fd = images_fd, .book = book, .entry = entry, .context = context };
    return file_list(images_fd, visit, &w);
}
