/* From a whole file that arrived in a hidden folder of the images folder to an image of the menu:
 * the folder gets an image.yaml and its name, whole or not at all. What the image is, is found out
 * afterwards, by the catalog, which has the worker for it. */
#ifndef SERVE_IMAGE_LANDING_H
#define SERVE_IMAGE_LANDING_H

#include "base/checked.h"

#define IMAGE_LANDING_WHY_MAX 512

struct image_landing {
    int images;            /* the folder of images */
    const char *hidden;    /* the folder in it that holds the file; beginning with a dot */
    const char *name;      /* the image's: recipe_is_name() */
    const char *title;     /* "" = as recognised */
    const char *arguments; /* of the kernel; "" = as recognised */
    const char *origin;    /* for a comment: where it came from */
};

/* 0, or a negative errno and a sentence; then the folder is as it was. -EEXIST: there is an image
 * of this name. Blocks on the disk. (Within one folder, since Landlock lets nothing be renamed from
 * one to another.) */
must_check int image_landing_run(const struct image_landing *what, char why[IMAGE_LANDING_WHY_MAX]);

#endif
