/* From a whole file that arrived in the images folder under a hidden name to an image of the menu:
 * a folder with the file and an image.yaml, which appears whole or not at all. What the image is,
 * is found out afterwards, by the catalog, which has the worker for it. */
#ifndef SERVE_IMAGE_LANDING_H
#define SERVE_IMAGE_LANDING_H

#include "base/checked.h"

#define IMAGE_LANDING_WHY_MAX 512

struct image_landing {
    int images;            /* the folder */
    const char *part;      /* the file's hidden name in it */
    const char *name;      /* the image's: recipe_is_name() */
    const char *file;      /* the file's name in the image */
    const char *title;     /* "" = as recognised */
    const char *arguments; /* of the kernel; "" = as recognised */
    const char *origin;    /* for a comment: where it came from, on one line */
};

/* 0, or a negative errno and a sentence; then the part lies where it was. -EEXIST: there is an
 * image of this name. Blocks on the disk. */
must_check int image_landing_run(const struct image_landing *what, char why[IMAGE_LANDING_WHY_MAX]);

#endif
