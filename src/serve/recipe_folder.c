/* See recipe_folder.h. Each *.yaml of the folder is a recipe, called as the file is. */
#include "serve/recipe_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"

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
