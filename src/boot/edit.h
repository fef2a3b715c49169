/* Small texts of an image that are changed on their way to a machine, so that what was written for
 * a disc works over the network: paths get the image's address, the kernel is told more. Pure: text
 * in, text out; what is not understood stays as it is. */
#ifndef BOOT_EDIT_H
#define BOOT_EDIT_H

#include "base/text.h"

#include "model/image.h"

#define EDIT_SOURCE_MAX ((size_t)256 << 10) /* bytes of a text that is to be changed */
#define EDIT_ADD_MAX    1024

/* What is to be done to one text, for one machine. */
struct edit {
    enum image_edit_kind kind;
    struct span files; /* where the image's files are: a URL for ESXi, a path for GRUB; no slash at
                          its end */
    struct span add;   /* told to the kernel besides: words on one line; may be empty */
    const char *fault; /* why it cannot be done, a phrase; NULL = it can. The text is not to be sent
                          as it lies there then: it was written for a disc. */
};

/* Append the changed text; `out` has failed when there was no room. */
void edit_apply(const struct edit *edit, struct span source, struct text *out);

/* Of edit_apply(). boot.cfg of ESXi: `prefix=` becomes the image's address, kernel= and modules=
 * lose the slashes that lead their names (they would be taken for whole paths), kernelopt= loses
 * what speaks of the disc and gets `add`. Keys that are missing are added. */
void edit_esxi(const struct edit *edit, struct span source, struct text *out);
/* A grub.cfg: whole paths after linux, initrd and their likes get the image's path before them, and
 * kernels `add`. */
void edit_grub(const struct edit *edit, struct span source, struct text *out);

/* Take the next line off the front, without its end. False when there is none. */
bool edit_next_line(struct span *rest, struct span *ret_line);

#endif
