/* What an image's own boot menu offers, for images that no recipe knows. */
#ifndef IMAGE_BOOT_MENU_H
#define IMAGE_BOOT_MENU_H

#include "image/recipe.h"

/* The entries of GRUB's, syslinux' or systemd-boot's configuration in the image whose kernel (or
 * EFI program) and initrds are all there, the first eight, each once, marked as untested. The first
 * kind of menu that has any is taken. False when there is none. */
must_check bool boot_menu_find(const struct image_source *source, struct recipe_set *set);

#endif
