/* See yaml_folder.h. */
#include "serve/yaml_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"

#include "net/file.h"

struct loading {
    const struct yaml_folder *what;
    int folder;
    const char *file; /* at hand */
};

static void tell(const struct loading *l, const char *sentence)
{
    l->what->faults->add(l->what->faults->context, l->file, sentence);
}

static void add_fault(void *context, uint32_t line, uint32_t column, const char *text)
{
    char sentence[512];
    struct text t = text_over(sentence, sizeof sentence);
    text_addf(&t, "line %u, column %u: %s", line, column, text);
    tell(context, sentence);
}

static int load_file(void *context, const struct file_entry *entry)
{
    static const char ending[] = ".yaml";
    struct loading *l = context;
    struct span all = span_text(entry->name);
    const struct yaml_fault_sink sink = { .add = add_fault, .context = l };
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
        tell(l, "it cannot be opened: check its permissions");
        return 0;
    }
    int r = file_read_whole(fd, l->what->most, &data, &len);
    close(fd);
    if (r < 0) {
        tell(l, r == -EFBIG ? l->what->too_large : strerror(-r));
        return r == -ENOMEM ? r : 0;
    }
    r = l->what->add(l->what->book, span_of(data, len), name, &sink);
    free(data);
    if (r == -ENOBUFS)
        tell(l, l->what->too_many);
    return r == -ENOMEM ? r : 0;
}

int yaml_folder_read(const struct yaml_folder *folder)
{
    struct loading l = { .what = folder, .folder = file_open_root(folder->path) };
    int r = l.folder;
    if (l.folder >= 0) {
        r = file_list(l.folder, load_file, &l);
        close(l.folder);
    }
    if (r == -ENOMEM)
        return r;
    l.file = folder->path;
    if (r < 0 && r != -ENOENT)
        tell(&l, strerror(-r));
    return 0;
}
