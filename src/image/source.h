/* Where image recognition reads: a folder, a container or a single file somebody else holds open.
 * Nothing in image/ touches the file system itself. */
#ifndef IMAGE_SOURCE_H
#define IMAGE_SOURCE_H

#include "base/span.h"

struct image_source {
    /* Names in `folder` ("" is the top), in byte order (those in a container with ASCII case
     * ignored); a non-zero return of `entry` ends the walk. False when there is no such folder. */
    bool (*list)(void *context, const char *folder,
                 int (*entry)(void *entry_context, const char *name, bool is_folder),
                 void *entry_context);
    /* At most `len` bytes of the regular file `path` at `offset`: how many were read (fewer only at
     * the file's end), or -1 when it is no file that can be read. */
    int64_t (*read)(void *context, const char *path, uint64_t offset, void *data, size_t len);
    /* The length of the regular file `path` in bytes, or -1 when it is no file that can be read. */
    int64_t (*size)(void *context, const char *path);
    void *context;
    const char *file; /* not NULL: the source is this one file, by the name `read` knows it by */
    /* Not NULL: this is what lies in a container, which is itself read by this name. It is not
     * among the names of the top. */
    const char *container;
    const char *path; /* where it came from, for titles ("/.../12/amd64/text"); may be NULL */
};

/* One file that lies in memory: whatever name is asked for. `*bytes` must outlive the source. */
struct image_source image_source_over(const struct span *bytes);

/* Exactly `len` bytes at `offset`; false when the file is shorter or cannot be read. */
bool image_source_read_all(const struct image_source *source, const char *path, uint64_t offset,
                           void *data, size_t len);

#endif
