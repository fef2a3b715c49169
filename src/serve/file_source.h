/* An image_source that is one open file, whatever name is asked for. */
#ifndef SERVE_FILE_SOURCE_H
#define SERVE_FILE_SOURCE_H

#include "image/source.h"

/* Reads `*fd` by pread(); the descriptor stays the caller's, and must outlive the source. `name` is
 * what the source calls the file; other names are absent. */
struct file_source {
    int fd;
    const char *name;
};

struct image_source file_source_over(const struct file_source *file);

#endif
