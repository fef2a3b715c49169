/* See recipe_folder.h. */
#include "serve/recipe_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/autoclean.h"
#include "base/siphash.h"

#include "net/file.h"

DEFINE_FREEP(struct recipe_book, recipe_book_free)

static int add_recipe(void *book, struct span yaml, const char *name,
                      const struct yaml_fault_sink *faults)
{
    return recipe_book_add(book, yaml, name, faults);
}

void recipe_folder_path(const struct config *config, char out[CONFIG_PATH_MAX])
{
    struct text t = text_over(out, CONFIG_PATH_MAX);
    if (config->recipes[0])
        text_add(&t, config->recipes);
    else
        text_addf(&t, "%s/recipes", config->state);
}

int recipe_folder_load(const struct config *config, const struct yaml_folder_faults *faults,
                       struct recipe_book **ret_book)
{
    autoclean(recipe_book_freep) struct recipe_book *book = NULL;
    char path[CONFIG_PATH_MAX];

    int r = recipe_book_new(&book);
    recipe_folder_path(config, path);
    const struct yaml_folder folder = { .path = path,
                                        .most = FAMILY_YAML_MAX,
                                        .add = add_recipe,
                                        .book = book,
                                        .too_large = "a recipe is at most 64 KiB",
                                        .too_many = "there are more recipes than 256",
                                        .faults = faults };
    if (r == 0)
        r = yaml_folder_read(&folder);
    if (r < 0)
        return r;
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
    const struct yaml_folder_faults *faults;
    unsigned count;
};

static void count_fault(void *context, const char *file, const char *sentence)
{
    struct counting *c = context;
    c->count++;
    c->faults->add(c->faults->context, file, sentence);
}

int recipe_shelf_load(struct recipe_shelf *shelf, const struct config *config,
                      const struct yaml_folder_faults *faults, const struct recipe_book **ret_book)
{
    struct counting counting = { .faults = faults };
    const struct yaml_folder_faults sink = { .add = count_fault, .context = &counting };
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
