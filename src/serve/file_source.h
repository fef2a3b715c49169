/* An image_source that is one open file, or parts of one, whatever name is asked for. */
#ifndef SERVE_FILE_SOURCE_H
#define SERVE_FILE_SOURCE_H

#include "image/source.h"
#include "model/image_index.h"

/* Reads `fd` by pread(); the descriptor stays the caller's, and must outlive the source. `name` is
 * what the source calls the file; other names are absent. With extents, the file is these parts of
 * what lies behind `fd`, in order. */
struct file_source {
    int fd;
    const char *name;
    const struct image_extent *extents;
    uint32_t extent_count; /* 0 = all of it */
};

struct image_source file_source_over(const struct file_source *file);

/* Bytes of a file that is these parts of what lies behind `fd`, as image_source's read(). */
int64_t file_source_read_extents(int fd, const struct image_extent *extents, uint32_t count,
                                 uint64_t offset, void *data, size_t len);

#endif
