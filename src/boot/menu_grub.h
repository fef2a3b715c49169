/* The menu as a GRUB configuration: the same content as boot/menu writes for iPXE. */
#ifndef BOOT_MENU_GRUB_H
#define BOOT_MENU_GRUB_H

#include "boot/script_grub.h"

struct grub_menu {
    const struct catalog *catalog;
    const struct client *client;
    const struct host *host; /* NULL: not one of the hosts */
    const struct reach *reach;
    const struct grub_place *place;
    struct span notice; /* a sentence shown under the facts, empty = none */
    /* On a boot disk: the image that starts by itself after two seconds, in which a key gives the
     * menu; NULL: the menu with its own default and timeout. */
    const struct image *assigned;
    /* Write the commands of `image` as this machine gets it, each line after `indent` (the
     * arguments are the caller's knowledge). */
    void (*write_start)(void *context, struct text *out, const char *indent,
                        const struct image *image);
    void *context;
};

/* Write the whole configuration. Images that this machine, or GRUB at that place, cannot boot are
 * left out; those that Secure Boot refuses stay and say so, where it is on. */
void menu_write_grub(struct text *out, const struct grub_menu *menu);

#endif
