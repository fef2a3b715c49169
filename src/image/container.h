/* Turns a file that holds a tree (ISO 9660 with Rock Ridge or Joliet, UDF, a FAT image, one inside
 * the other) into the block of an index (model/image_index.h). Reads only what describes the tree,
 * never the files in it. For the image worker: the bytes are foreign. */
#ifndef IMAGE_CONTAINER_H
#define IMAGE_CONTAINER_H

#include "base/checked.h"

#include "image/source.h"

#define CONTAINER_WHY_MAX 256

enum container_verdict {
    CONTAINER_SOUND,
    CONTAINER_NONE,       /* it is no container */
    CONTAINER_CUT,        /* it ends before what its directory speaks of */
    CONTAINER_BROKEN,     /* its directory is damaged */
    CONTAINER_TOO_LARGE,  /* more names than an index has room for */
    CONTAINER_UNREADABLE, /* the source cannot read it */
};

struct container {
    enum container_verdict verdict;
    char why[CONTAINER_WHY_MAX]; /* unless it is sound: a sentence for people, printable ASCII */
    uint8_t *block;              /* when it is sound: aligned for image_index_open() */
    size_t block_len;
};

/* Look into the file `path` of the source. 0, with *ret filled, to be given to container_done(); or
 * -ENOMEM. */
must_check int container_read(const struct image_source *source, const char *path,
                              struct container *ret);
void container_done(struct container *container);

#endif
