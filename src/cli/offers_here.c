/* See offers_here.h. Each *.yaml of the folder is a family, called as the file is. */
#include "cli/offers_here.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "net/file.h"

DEFINE_FREEP(struct offer_book, offer_book_free)

struct loading {
    int folder;
    struct offer_book *book;
    const char *file; /* at hand */
};

static void tell_fault(void *context, uint32_t line, uint32_t column, const char *text)
{
    const struct loading *l = context;
    char data[1100];
    struct text t = text_over(data, sizeof data);
    text_add_escaped(&t, span_text(text));
    complain("the catalog's %s:%u:%u: %s", l->file, line, column, data);
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
        complain("the catalog's %s cannot be opened: check its permissions", name);
        return 0;
    }
    const struct yaml_fault_sink sink = { .add = tell_fault, .context = l };
    int r = file_read_whole(fd, OFFER_YAML_MAX, &data, &len);
    close(fd);
    if (r == -EFBIG)
        complain("the catalog's %s is larger than 64 KiB, and is not used", name);
    if (r == 0)
        r = offer_book_add(l->book, span_of(data, len), name, &sink);
    free(data);
    if (r == -ENOBUFS)
        complain("there are more files in the catalog than %d", OFFER_BOOK_MAX);
    return r == -ENOMEM ? r : 0;
}

enum exit_code offers_here(const struct config *config, struct offer_book **ret_book)
{
    autoclean(offer_book_freep) struct offer_book *book = NULL;
    char path[CONFIG_PATH_MAX + 16];
    struct text t = text_over(path, sizeof path);

    int r = offer_book_new(&book);
    text_addf(&t, "%s/catalog", config->state);
    int folder = r < 0 ? -1 : file_open_root(path);
    if (folder >= 0) {
        struct loading l = { .folder = folder, .book = book };
        r = file_list(folder, load_file, &l);
        close(folder);
    }
    if (r == -ENOMEM) {
        complain("out of memory");
        return EXIT_FAILED;
    }
    *ret_book = take_ptr(&book);
    return EXIT_OK;
}
