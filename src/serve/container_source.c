/* See container_source.h. Names inside are found with their case forgiven, as machines find them
 * when they ask for them. */
#include "serve/container_source.h"

#include "serve/file_source.h"
#include "serve/image_folder.h"

/* Bytes of a file inside, as image_source's read(). */
static int64_t read_entry(const struct held_container *held, const struct image_index_entry *entry,
                          uint64_t offset, void *data, size_t len)
{
    return file_source_read_extents(held->fd, held->index.extents + entry->extents,
                                    entry->extent_count, offset, data, len);
}

struct listing {
    const struct container_source *source;
    bool is_top;
    int (*entry)(void *context, const char *name, bool is_folder);
    void *context;
    int result;
};

static int pass_folders(void *context, const char *name, bool is_folder)
{
    struct listing *l = context;
    if (l->is_top && strcmp(name, l->source->file) == 0)
        return 0;
    l->result = l->entry(l->context, name, is_folder);
    return l->result;
}

static int pass_inside(void *context, struct span name, const struct image_index_entry *what)
{
    struct listing *l = context;
    char text[SAFE_PATH_MAX];
    span_to_text(name, text, sizeof text);
    l->result = l->entry(l->context, text, what->is_folder);
    return l->result;
}

static bool list_names(void *context, const char *folder,
                       int (*entry)(void *entry_context, const char *name, bool is_folder),
                       void *entry_context)
{
    const struct container_source *source = context;
    struct listing l = {
        .source = source, .is_top = !*folder, .entry = entry, .context = entry_context
    };
    bool found = false;

    if (source->folder_fd >= 0) {
        const struct image_source beside = image_folder_source(&source->folder_fd, NULL);
        found = beside.list(beside.context, folder, pass_folders, &l);
    }
    if (l.result != 0)
        return true;
    return image_index_list(&source->held->index, span_text(folder), pass_inside, &l) || found;
}

static const struct image_index_entry *find_file(const struct container_source *source,
                                                 const char *path)
{
    const struct image_index_entry *entry =
        image_index_find(&source->held->index, span_text(path), true);
    return entry && !entry->is_folder ? entry : NULL;
}

static int64_t read_bytes(void *context, const char *path, uint64_t offset, void *data, size_t len)
{
    const struct container_source *source = context;
    int64_t n = -1;

    if (strcmp(path, source->file) == 0) {
        n = file_read_at(source->held->fd, offset, data, len);
        return n < 0 ? -1 : n;
    }
    if (source->folder_fd >= 0) {
        const struct image_source beside = image_folder_source(&source->folder_fd, NULL);
        n = beside.read(beside.context, path, offset, data, len);
    }
    const struct image_index_entry *entry = n < 0 ? find_file(source, path) : NULL;
    return entry ? read_entry(source->held, entry, offset, data, len) : n;
}

static int64_t size_of(void *context, const char *path)
{
    const struct container_source *source = context;
    int64_t size = -1;

    if (strcmp(path, source->file) == 0)
        return (int64_t)source->held->facts.size;
    if (source->folder_fd >= 0) {
        const struct image_source beside = image_folder_source(&source->folder_fd, NULL);
        size = beside.size(beside.context, path);
    }
    const struct image_index_entry *entry = size < 0 ? find_file(source, path) : NULL;
    return entry ? (int64_t)entry->size : size;
}

struct image_source container_source_over(const struct container_source *source)
{
    /* The callbacks only read through it. */
    union {
        const struct container_source *in;
        void *out;
    } context = { .in = source };
    return (struct image_source){ .list = list_names,
                                  .read = read_bytes,
                                  .size = size_of,
                                  .context = context.out,
                                  .container = source->file };
}
