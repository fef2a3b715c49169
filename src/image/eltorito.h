/* El Torito: the boot images of a CD ("El Torito" Bootable CD-ROM Format Specification 1.0, 1995;
 * the platform 0xEF of UEFI 2.10 13.3.2.1), which need not be files of its tree. */
#ifndef IMAGE_ELTORITO_H
#define IMAGE_ELTORITO_H

#include "image/index_builder.h"
#include "image/iso9660.h"

#define ELTORITO_FOLDER "[boot]" /* where they are listed */

/* Add them as files: "efi.img", "bios.img", "ppc.img", "mac.img", the second of a kind "efi2.img",
 * and so on, in the folder ELTORITO_FOLDER of `parent`. The tree's files must be there already: one
 * that begins where an image does says how long it is. What makes no sense is noted and left out.
 */
enum tree_flaw eltorito_read(struct view *view, const struct iso_volumes *volumes,
                             struct index_builder *b, uint32_t parent);

#endif
