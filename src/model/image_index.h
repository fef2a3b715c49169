/* What lies inside a container (an ISO, a UDF disc, a FAT image, one inside the other), by path:
 * each file as runs of bytes of the container, so that it is served in place. Made by the image
 * worker (image/index_builder), used by everybody else as one block of memory that does not change.
 * The worker has read foreign bytes, so the block is believed only as far as image_index_open()
 * has looked at it. Native byte order: it never leaves this machine. */
#ifndef MODEL_IMAGE_INDEX_H
#define MODEL_IMAGE_INDEX_H

#include "base/checked.h"
#include "base/span.h"

#define IMAGE_INDEX_ENTRIES_MAX (1U << 20)
#define IMAGE_INDEX_SIZE_MAX    (256U << 20) /* bytes of the block */
#define IMAGE_EXTENT_HOLE       UINT64_MAX   /* as an offset: zeros that lie nowhere */

/* A run of bytes of the container. */
struct image_extent {
    uint64_t offset; /* in the container, or IMAGE_EXTENT_HOLE */
    uint64_t length; /* never 0 */
};

struct image_index_entry {
    uint64_t size;      /* bytes; the sum of its extents; 0 for a folder */
    int64_t modified_s; /* seconds since 1970, 0 = not told */
    uint32_t path;      /* where its path begins in the texts */
    uint16_t path_len;  /* bytes, without a NUL (there is one behind it) */
    uint16_t is_folder; /* 0 or 1 */
    uint32_t extents;   /* the first of them */
    uint32_t extent_count;
};

/* Where paths come from, the best first. */
enum image_tree {
    IMAGE_TREE_NONE,
    IMAGE_TREE_UDF,
    IMAGE_TREE_ROCK_RIDGE,
    IMAGE_TREE_JOLIET,
    IMAGE_TREE_ISO9660,
    IMAGE_TREE_FAT,
};

struct image_index {
    /* Sorted by path with ASCII case ignored, then by its bytes: image_index_compare(). All folders
     * are there, the top ("") is not. Paths are safe paths (model/safe_path.h). A container within
     * the container (an EFI image, an ISO) is a file, and what it holds lies below its path. The
     * extents of an entry are its own, and all of them lie in the order of the entries. */
    const struct image_index_entry *entries;
    const struct image_extent *extents;
    const char *texts;
    uint32_t entry_count, extent_count, texts_len;
    enum image_tree tree;
    uint64_t container_size; /* bytes the index was made of */
    const char *volume;      /* the volume's label, printable ASCII; "" = none */
    const char *system;      /* ISO 9660 application or system identifier; "" = none */
    const char *note;        /* what is wrong with it though it can be used; "" = nothing */
};

/* Take a block for an index: every count, offset, path and extent is checked, and nothing reaches
 * beyond `container_size`. *out points into the block, which must be aligned to 8 and outlive it.
 * False when it is no sound index. */
must_check bool image_index_open(struct span block, uint64_t container_size,
                                 struct image_index *out);

/* The order of paths in an index: below 0, 0, above 0. */
int image_index_compare(struct span a, struct span b);

/* The file or folder of that path (a safe path's text); with `any_case` also one whose ASCII case
 * differs, when the exact one is absent. NULL when there is none. */
const struct image_index_entry *image_index_find(const struct image_index *index, struct span path,
                                                 bool any_case);

/* The names in a folder ("" is the top), or in a container within the container, in the index's
 * order; a non-zero return of `entry` ends the walk. False when there is no such folder. */
bool image_index_list(const struct image_index *index, struct span folder,
                      int (*entry)(void *context, struct span name,
                                   const struct image_index_entry *what),
                      void *context);

static inline struct span image_index_path(const struct image_index *index,
                                           const struct image_index_entry *entry)
{
    return span_of(index->texts + entry->path, entry->path_len);
}

#endif
