/* Adding, listing and removing images, for the command line; works with and without a running
 * daemon, which notices by itself. An image appears in the folder whole or not at all. */
#ifndef SERVE_IMAGE_STORE_H
#define SERVE_IMAGE_STORE_H

#include "serve/image_folder.h"

#define IMAGE_STORE_WHY_MAX 640

struct image_add {
    const char *path;                   /* folder or file to take in */
    struct container_finder containers; /* to look into an ISO with; .find NULL = it stays closed */
    const char *name;                   /* NULL: made of what it is */
    const char *arguments; /* kernel arguments instead of the recognised; NULL: those */
    const char *title;     /* NULL: the recognised */
    /* Told now and then; may be NULL. Non-zero stops and cleans up, and is returned. */
    int (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;
};

struct image_added {
    char name[64];
    struct recipe recipe;
    uint64_t bytes;
};

/* Recognise `path`, copy it into the images folder (made when missing), write its image.yaml, make
 * all durable, and give it its name last. 0, or a negative errno and a sentence in `why`: -EEXIST
 * the name is taken, -EINVAL bad name or arguments, -ENOENT nothing to boot was recognised, -ENOSPC
 * too little room (asked before the copy begins), -EBUSY another process adds the same. */
must_check int image_store_add(const char *images, const struct image_add *what,
                               struct image_added *ret_added, char why[IMAGE_STORE_WHY_MAX]);

/* Remove the image and its files. -ENOENT and a sentence when there is none. */
must_check int image_store_remove(const char *images, const char *name,
                                  char why[IMAGE_STORE_WHY_MAX]);

/* Each image, whole or broken, for list and show; `bytes` is its size on disk. With `only` the one
 * of that name. */
must_check int
image_store_each(const char *images, const char *only, const struct container_finder *containers,
                 int (*row)(void *context, const struct image_entry *image, uint64_t bytes),
                 void *context, char why[IMAGE_STORE_WHY_MAX]);

#endif
