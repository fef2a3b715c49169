/* Recognition by programs alone: the last resort where no recipe and no boot menu helps. */
#ifndef IMAGE_FIND_PROGRAM_H
#define IMAGE_FIND_PROGRAM_H

#include "image/program.h"
#include "image/recipe.h"

/* A kernel with its initrd, else a single .efi program, else a single disk image in that folder (""
 * = the top). *recipe is empty when it returns false. */
bool find_program_in_folder(const struct image_source *source, const char *folder,
                            struct recipe *recipe);

/* One program or disk, by what it is; false when it is none that can be started. */
bool find_program_set(const struct image_source *source, const char *path, struct recipe *recipe,
                      enum program_kind *ret_kind);

#endif
