/* The folder of images: each sub-folder or plain file in it is an image. Gives image/ something to
 * read from, and walks the folder for the catalog and for `tugboot image list`. */
#ifndef SERVE_IMAGE_FOLDER_H
#define SERVE_IMAGE_FOLDER_H

#include "image/recipe_book.h"
#include "image/source.h"
#include "net/file.h"
#include "serve/held_container.h"

/* A folder as a source; `fd` stays the caller's and must outlive it. */
struct image_source image_folder_source(const int *fd, const char *path);

/* One entry of an image as it lies there. */
struct image_entry {
    const char *name;            /* the image's, and ".<variant>" for all but the first */
    const char *main_name;       /* the image's; NULL = as `name` */
    const char *main_title;      /* of its first entry; NULL = there are no others */
    uint8_t which;               /* 0 = the first entry */
    const char *folder;          /* below the images folder; "" for a plain file */
    const struct recipe *recipe; /* NULL: it cannot be booted, `why` says why */
    const char *why;
    bool is_awaited; /* it cannot be booted yet, and there will be news of it */
    /* What its files lie in, where they are not in the folder; NULL = no container. */
    struct held_container *container;
    const char *container_file; /* its name, in the folder or in the images folder */
};

/* What images are to be looked for with. */
struct image_walk {
    int images_fd;
    const char *only;                   /* the name of the one entry that is meant; NULL = all */
    const struct recipe_book *book;     /* NULL = none is known */
    struct container_finder containers; /* .find NULL: containers stay closed */
    int (*entry)(void *context, const struct image_entry *image);
    void *context;
};

/* Call `entry` for each entry of each image, in byte order of the images' names; names that begin
 * with "." are passed over, and so are files that are plainly no images (README, SHA256SUMS,
 * notes.txt, x.iso.sha256). A non-zero return ends the walk and is returned. A negative errno when
 * the folder cannot be read. */
must_check int image_folder_each(const struct image_walk *walk);

/* Find out what an image of this name would be that lies in a folder (`folder_fd`), or that is one
 * file: 0 and its entries, or a negative errno and a sentence (-EAGAIN: it is awaited). With a
 * container *ret_container is a reference of the caller's, else NULL. `file` is the container's or
 * single file's name; for a folder it gets that of the only container in it, if there is one. */
struct image_place {
    int folder_fd; /* -1 = a file */
    int file_fd;
    char file[RECIPE_PATH_MAX];
    const char *path; /* where it came from, for titles; may be NULL */
};

/* With what to look; `trail` may be NULL. */
struct image_looking {
    const struct recipe_book *book;
    const struct container_finder *containers;
    const struct family_trail *trail;
};

must_check int image_folder_look(struct image_place *place, const struct image_looking *with,
                                 const char *name, struct recipe_set *set, char why[RECIPE_WHY_MAX],
                                 struct held_container **ret_container);

#endif
