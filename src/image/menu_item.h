/* An entry of a boot menu that an image brings along, as its GRUB, syslinux or systemd-boot would
 * start it; and the readers of their files. All of it is foreign text: nothing is executed, loops
 * and numbers are bounded, and what is not understood is passed over. */
#ifndef IMAGE_MENU_ITEM_H
#define IMAGE_MENU_ITEM_H

#include "base/span.h"
#include "base/text.h"

#include "image/recipe.h"

#define MENU_FILE_MAX  65536 /* bytes of a file that are read */
#define MENU_ITEMS_MAX 64    /* of one file */

/* Paths as they were written, without a device in front: "/boot/vmlinuz" or "vmlinuz". */
struct menu_item {
    char title[96];
    char kernel[RECIPE_PATH_MAX]; /* Linux kernel, or the EFI program */
    bool is_efi;
    char initrds[IMAGE_INITRDS_MAX][RECIPE_PATH_MAX];
    uint8_t initrd_count;
    char arguments[900]; /* what the kernel is told, not yet a template */
};

/* Who takes the items, and the names of further files that one includes. */
struct menu_sink {
    void (*item)(void *context, const struct menu_item *item);
    void (*include)(void *context, struct span path);
    void *context;
};

/* grub.cfg: menuentry with linux and initrd, submenus, variables that are set to plain texts. */
void menu_grub_cfg_read(struct span text, const struct menu_sink *sink);

/* isolinux.cfg, syslinux.cfg: LABEL with KERNEL or LINUX, APPEND, INITRD; INCLUDE. */
void menu_syslinux_read(struct span text, const struct menu_sink *sink);

/* One file of loader/entries (the Boot Loader Specification, type 1): title, linux or efi, initrd,
 * options. */
void menu_bls_read(struct span text, const struct menu_sink *sink);

/* Without blanks and control bytes at both ends. */
struct span menu_trim(struct span s);

/* Add a word to the item's arguments, in quotes where it has blanks; false when it does not fit. */
bool menu_item_add_argument(struct menu_item *item, struct span word);

/* Add an initrd; false when there are too many, or its path is too long. */
bool menu_item_add_initrd(struct menu_item *item, struct span path);

/* Take a path for the kernel, without "(hd0)" or "boot():" in front; false when it is too long. */
bool menu_item_set_kernel(struct menu_item *item, struct span path);

#endif
