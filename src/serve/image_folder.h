/* The folder of images: each sub-folder or plain file in it is an image. Gives image/ something to
 * read from, and walks the folder for the catalog and for `tugboot image list`. */
#ifndef SERVE_IMAGE_FOLDER_H
#define SERVE_IMAGE_FOLDER_H

#include "image/recipe_book.h"
#include "image/source.h"
#include "net/file.h"

/* A folder as a source; `fd` stays the caller's and must outlive it. */
struct image_source image_folder_source(const int *fd, const char *path);

/* One entry of an image as it lies there. */
struct image_entry {
    const char *name;            /* the image's, and ".<variant>" for all but the first */
    const char *folder;          /* below the images folder; "" for a plain file */
    const struct recipe *recipe; /* NULL: it cannot be booted, `why` says why */
    const char *why;
};

/* Call `entry` for each entry of each image, in byte order of the images' names; names that begin
 * with "." are passed over, and so are files that are plainly no images (README, SHA256SUMS,
 * notes.txt, x.iso.sha256). A non-zero return ends the walk and is returned. A negative errno when
 * the folder cannot be read.
 */
must_check int image_folder_each(int images_fd, const struct recipe_book *book,
                                 int (*entry)(void *context, const struct image_entry *image),
                                 void *context);

#endif
