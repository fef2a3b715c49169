/* Adding, listing and removing images, for the command line; works with and without a running
 * daemon, which notices by itself. An image appears in the folder whole or not at all. */
#ifndef SERVE_IMAGE_STORE_H
#define SERVE_IMAGE_STORE_H

#include "serve/image_folder.h"

#define IMAGE_STORE_WHY_MAX 640
#define IMAGE_ORIGIN_FILE   ".origin.yaml" /* in the image's folder; not served, not recognised */

struct image_add {
    const struct recipe_book *book;
    const char *path;                   /* folder or file to take in */
    struct container_finder containers; /* to look into an ISO with; .find NULL = it stays closed */
    const char *name;                   /* NULL: made of what it is */
    const char *arguments; /* kernel arguments instead of the recognised; NULL: those */
    const char *title;     /* NULL: the recognised */
    const char *origin; /* text of the hidden file IMAGE_ORIGIN_FILE: where it came from; or NULL */
    /* NULL: `path` is copied. Else `path` is the file `part` in the images folder itself, which is
     * moved into the image as the file `moved_as`, and stays where it is on any failure. */
    const char *part, *moved_as;
    /* Told now and then; may be NULL. Non-zero stops and cleans up, and is returned. */
    int (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;
};

struct image_added {
    char name[64];
    struct recipe_set set;
    uint64_t bytes;
};

/* Recognise `path`, copy it into the images folder (made when missing), write an image.yaml with
 * its title and what was wished (and all that its own image.yaml said), make all durable, and give
 * it its name last. 0, or a negative errno and a sentence in `why`: -EEXIST the name is taken,
 * -EINVAL bad name or arguments, -ENOENT nothing to boot was recognised, -ENOSPC too little room
 * (asked before the copy begins), -EBUSY another process adds the same. */
must_check int image_store_add(const char *images, const struct image_add *what,
                               struct image_added *ret_added, char why[IMAGE_STORE_WHY_MAX]);

/* Is there something of this name in the images folder already? False when it cannot be told. */
bool image_store_is_taken(const char *images, const char *name);

/* What image_store_add() would recognise at `what->path`; nothing is
 * copied. `trail` may be NULL. 0, or -ENOENT (or another negative errno) and a sentence. */
must_check int image_store_recognise(const struct image_add *what, const struct family_trail *trail,
                                     struct recipe_set *ret_set, char why[IMAGE_STORE_WHY_MAX]);

/* Remove the image and its files. -ENOENT and a sentence when there is none. */
must_check int image_store_remove(const char *images, const char *name,
                                  char why[IMAGE_STORE_WHY_MAX]);

/* The first half of that: off the menu at once; its files lie in the folder as `hidden`, to be
 * removed by file_remove_tree(). */
#define IMAGE_STORE_HIDDEN_MAX 300
must_check int image_store_hide(const char *images, const char *name,
                                char hidden[IMAGE_STORE_HIDDEN_MAX], char why[IMAGE_STORE_WHY_MAX]);

/* Each entry of each image, whole or broken, for list and show; `bytes` is the image's size on
 * disk. With `only` those of the image of that name, or the one entry of that name. */
must_check int
image_store_each(const char *images, const char *only, const struct recipe_book *book,
                 const struct container_finder *containers,
                 int (*row)(void *context, const struct image_entry *image, uint64_t bytes),
                 void *context, char why[IMAGE_STORE_WHY_MAX]);

#endif
