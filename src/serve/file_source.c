/* One file behind a descriptor that somebody opened: for a worker that may open nothing itself, and
 * for files of an owner that lie anywhere. */
#include "serve/file_source.h"

#include <sys/stat.h>

#include "net/file.h"

static int64_t read_bytes(void *context, const char *path, uint64_t offset, void *data, size_t len)
{
    const struct file_source *file = context;
    int64_t n = strcmp(path, file->name) == 0 ? file_read_at(file->fd, offset, data, len) : -1;
    return n < 0 ? -1 : n;
}

static int64_t size_of(void *context, const char *path)
{
    const struct file_source *file = context;
    struct stat facts;
    if (strcmp(path, file->name) != 0 || fstat(file->fd, &facts) < 0 || !S_ISREG(facts.st_mode))
        return -1;
    return facts.st_size;
}

struct image_source file_source_over(const struct file_source *file)
{
    /* The callbacks only read through it. */
    union {
        const struct file_source *in;
        void *out;
    } context = { .in = file };
    return (struct image_source){
        .read = read_bytes, .size = size_of, .context = context.out, .file = file->name
    };
}
