/* Changes of what an image's image.yaml says, which leave its other bytes as they are. */
#ifndef SERVE_IMAGE_CHANGE_H
#define SERVE_IMAGE_CHANGE_H

#include "base/checked.h"
#include "base/span.h"

#define IMAGE_CHANGE_KEYS_MAX 16
#define IMAGE_CHANGE_WHY_MAX  512

struct image_key {
    const char *key;   /* "title" */
    struct span value; /* YAML on one line; empty = take it out, if it is there */
};

/* Change the image.yaml of the image of this name, made when it is missing; durable. The catalog
 * notices. 0, or a negative errno and a sentence: -ENOENT (no such image), -EINVAL (a value cannot
 * be, or the image is a file without a folder), -EACCES (not this daemon's to write). */
must_check int image_change_apply(const char *images, const char *name,
                                  const struct image_key *keys, size_t count,
                                  char why[IMAGE_CHANGE_WHY_MAX]);

#endif
