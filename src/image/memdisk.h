/* Disk images that nobody knows, kept in memory by syslinux' memdisk: under BIOS the last resort,
 * where the firmware's own way (iPXE's sanboot) leads nowhere. */
#ifndef IMAGE_MEMDISK_H
#define IMAGE_MEMDISK_H

#include "image/recipe.h"

#define MEMDISK_IMAGE_MAX (UINT64_C(1) << 30) /* bytes; what is larger is no small image */

/* Add that way to a set whose one entry is a disk or CD image to be attached; a floppy has no other
 * way, so its entry becomes this one. Sets of other kinds stay as they are, and so do those of
 * images that are larger than MEMDISK_IMAGE_MAX. */
void memdisk_offer(const struct image_source *source, struct recipe_set *set);

#endif
