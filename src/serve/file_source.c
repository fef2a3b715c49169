/* One file behind a descriptor that somebody opened: for a worker that may open nothing itself, and
 * for files of an owner that lie anywhere. */
#include "serve/file_source.h"

#include <sys/stat.h>

#include "net/file.h"

int64_t file_source_read_extents(int fd, const struct image_extent *extents, uint32_t count,
                                 uint64_t offset, void *data, size_t len)
{
    size_t done = 0;
    for (uint32_t i = 0; i < count && done < len; i++) {
        const struct image_extent *extent = &extents[i];
        if (offset >= extent->length) {
            offset -= extent->length;
            continue;
        }
        uint64_t left = extent->length - offset;
        size_t part = left < len - done ? (size_t)left : len - done;
        uint64_t from;
        if (extent->offset == IMAGE_EXTENT_HOLE) {
            memset((uint8_t *)data + done, 0, part);
        } else {
            if (!checked_add_u64(extent->offset, offset, &from) ||
                file_read_at(fd, from, (uint8_t *)data + done, part) != (int64_t)part)
                return -1;
        }
        done += part;
        offset = 0;
    }
    return (int64_t)done;
}

static int64_t read_bytes(void *context, const char *path, uint64_t offset, void *data, size_t len)
{
    const struct file_source *file = context;
    if (strcmp(path, file->name) != 0)
        return -1;
    if (file->extent_count > 0)
        return file_source_read_extents(file->fd, file->extents, file->extent_count, offset, data,
                                        len);
    int64_t n = file_read_at(file->fd, offset, data, len);
    return n < 0 ? -1 : n;
}

/* -1 for parts that no file has. */
static int64_t size_of_parts(const struct file_source *file)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < file->extent_count; i++)
        if (!checked_add_u64(sum, file->extents[i].length, &sum) || sum > INT64_MAX)
            return -1;
    return (int64_t)sum;
}

static int64_t size_of(void *context, const char *path)
{
    const struct file_source *file = context;
    struct stat facts;
    if (strcmp(path, file->name) != 0 || fstat(file->fd, &facts) < 0 || !S_ISREG(facts.st_mode))
        return -1;
    return file->extent_count > 0 ? size_of_parts(file) : facts.st_size;
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
