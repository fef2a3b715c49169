/* What lies below /images/<image>/: files of its folder and of its container, what is put together
 * of them, and for people a page with the names. */
#ifndef BOOT_IMAGE_FILES_H
#define BOOT_IMAGE_FILES_H

#include "boot/resolve.h"
#include "boot/rule.h"

#define IMAGE_FILES_MAX 4

struct image_files_request {
    const struct catalog *catalog;
    const struct image *image;
    struct span path; /* below the image, clean; "" = the image itself */
    const struct client *client;
    struct reach reach;
    bool wants_page; /* a folder is answered with a page */
};

/* The candidates for this path, in order: 0 when there cannot be one. */
uint8_t image_files_find(const struct image_files_request *request, struct arena *arena,
                         struct candidate out[IMAGE_FILES_MAX]);

/* A file of the image by its path, as a part of something else: in its container, or in its folder
 * with the case of its name forgiven. False when there cannot be one, or the arena is used up. */
must_check bool image_files_plan(const struct image *image, const char *file, struct arena *arena,
                                 struct part *ret_part);

/* Append the path by which an initrd is asked for. */
void image_files_add_initrd(struct text *out, const struct image *image, uint8_t which);

#endif
