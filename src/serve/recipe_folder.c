/* See recipe_folder.h. Each *.yaml of the folder is a recipe, called as the file is. */
#include "serve/recipe_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/autoclean.h"
#include "base/siphash.h"

#include "net/file.h"

DEFINE_FREEP(struct recipe_book, recipe_book_free)

struct loading {
    int folder;
    struct recipe_book *book;
    const struct recipe_fault_sink *faults;
    const char *file; /* at hand */
};

static void add_fault(void *context, uint32_t line, uint32_t column, const char *text)
{
    const struct loading *l = context;
    char sentence[512];
    struct text t = text_over(sentence, sizeof sentence);
    text_addf(&t, "line %u, column %u: %s", line, column, text);
    l->faults->add(l->faults->context, l->file, sentence);
}

static int add_file(struct loading *l, struct span yaml, const char *name)
{
    const struct yaml_fault_sink sink = { .add = add_fault, .context = l };
    int r = recipe_book_add(l->book, yaml, name, &sink);
    if (r == -ENOBUFS)
        l->faults->add(l->faults->context, l->file, "there are more recipes than 256");
    return r == -ENOMEM ? r : 0;
}

static int load_file(void *context, const struct file_entry *entry)
{
    static const char ending[] = ".yaml";
    struct loading *l = context;
    struct span all = span_text(entry->name);
    struct file_facts facts;
    struct safe_path path;
    char name[64];
    uint8_t *data = NULL;
    size_t len = 0;
    int fd;

    if (entry->kind != FILE_KIND_FILE || all.len < sizeof ending || all.data[0] == '.' ||
        !span_is(span_from(all, all.len - (sizeof ending - 1)), ending))
        return 0;
    span_to_text(span_slice(all, 0, all.len - (sizeof ending - 1)), name, sizeof name);
    l->file = entry->name;
    if (safe_path_parse(all, &path) != PATH_SOUND ||
        file_open_beneath(l->folder, &path, false, &fd, &facts) != FILE_OPENED) {
        l->faults->add(l->faults->context, entry->name,
                       "it cannot be opened: check its permissions");
        return 0;
    }
    int r = file_read_whole(fd, FAMILY_YAML_MAX, &data, &len);
    close(fd);
    if (r < 0) {
        l->faults->add(l->faults->context, entry->name,
                       r == -EFBIG ? "a recipe is at most 64 KiB" : strerror(-r));
        return r == -ENOMEM ? r : 0;
    }
    r = add_file(l, span_of(data, len), name);
    free(data);
    return r;
}

void recipe_folder_path(const struct config *config, char out[CONFIG_PATH_MAX])
{
    struct text t = text_over(out, CONFIG_PATH_MAX);
    if (config->recipes[0])
        text_add(&t, config->recipes);
    else
        text_addf(&t, "%s/recipes", config->state);
}

int recipe_folder_load(const struct config *config, const struct recipe_fault_sink *faults,
                       struct recipe_book **ret_book)
{
    autoclean(recipe_book_freep) struct recipe_book *book = NULL;
    char path[CONFIG_PATH_MAX];

    int r = recipe_book_new(&book);
    if (r < 0)
        return r;
    recipe_folder_path(config, path);
    int folder = file_open_root(path);
    struct loading l = { .folder = folder, .book = book, .faults = faults };
    if (folder >= 0) {
        r = file_list(folder, load_file, &l);
        close(folder);
        if (r == -ENOMEM)
            return r;
    }
    if (r < 0 || (folder < 0 && folder != -ENOENT))
        faults->add(faults->context, path, strerror(r < 0 ? -r : -folder));
    *ret_book = take_ptr(&book);
    return 0;
}

/* A shelf. */

struct recipe_shelf {
    struct recipe_book *book; /* NULL = to be read */
    char path[CONFIG_PATH_MAX];
    uint64_t mark; /* of the folder the book was read from */
};

/* A folder at a moment: which files, and which bytes as far as sizes and times tell. */
struct marking {
    int folder;
    uint64_t mark;
};

static void add_to_mark(struct marking *m, const void *bytes, size_t len)
{
    const struct hash_key key = { 0 };
    m->mark = m->mark * 31 + siphash(&key, span_of(bytes, len));
}

static int mark_file(void *context, const struct file_entry *entry)
{
    struct marking *m = context;
    struct stat st;
    add_to_mark(m, entry->name, strlen(entry->name));
    if (fstatat(m->folder, entry->name, &st, 0) < 0)
        return 0;
    const int64_t facts[] = { st.st_size,        st.st_mtim.tv_sec,  st.st_mtim.tv_nsec,
                              st.st_ctim.tv_sec, st.st_ctim.tv_nsec, (int64_t)st.st_ino };
    add_to_mark(m, facts, sizeof facts);
    return 0;
}

/* 0 where nothing is sure. */
static uint64_t mark_of(const char *path)
{
    struct marking m = { .folder = file_open_root(path), .mark = 1 };
    if (m.folder < 0)
        return m.folder == -ENOENT ? 1 : 0;
    int r = file_list(m.folder, mark_file, &m);
    close(m.folder);
    return r < 0 ? 0 : m.mark;
}

int recipe_shelf_new(struct recipe_shelf **ret_shelf)
{
    *ret_shelf = calloc(1, sizeof **ret_shelf);
    return *ret_shelf ? 0 : -ENOMEM;
}

void recipe_shelf_free(struct recipe_shelf *shelf)
{
    if (!shelf)
        return;
    recipe_book_free(shelf->book);
    free(shelf);
}

/* Counts on the way to the sink. */
struct counting {
    const struct recipe_fault_sink *faults;
    unsigned count;
};

static void count_fault(void *context, const char *file, const char *sentence)
{
    struct counting *c = context;
    c->count++;
    c->faults->add(c->faults->context, file, sentence);
}

int recipe_shelf_load(struct recipe_shelf *shelf, const struct config *config,
                      const struct recipe_fault_sink *faults, const struct recipe_book **ret_book)
{
    struct counting counting = { .faults = faults };
    const struct recipe_fault_sink sink = { .add = count_fault, .context = &counting };
    struct recipe_book *book;
    char path[CONFIG_PATH_MAX];

    recipe_folder_path(config, path);
    uint64_t mark = mark_of(path); /* before they are read: what changes meanwhile is read again */
    if (shelf->book && mark != 0 && mark == shelf->mark && strcmp(path, shelf->path) == 0) {
        *ret_book = shelf->book;
        return 0;
    }
    int r = recipe_folder_load(config, &sink, &book);
    if (r < 0)
        return r;
    recipe_book_free(shelf->book);
    shelf->book = book;
    memcpy(shelf->path, path, sizeof shelf->path);
    shelf->mark = counting.count == 0 ? mark : 0;
    *ret_book = book;
    return 0;
}
