/* The names under which GRUBs look for their configuration, and what such a name tells of the
 * machine (grub: net/net.c grub_net_search_config_file; the manual's section "Network"). */
#ifndef BOOT_GRUB_NAME_H
#define BOOT_GRUB_NAME_H

#include "base/arena.h"

#include "model/client.h"
#include "model/safe_path.h"

#define GRUB_NAMES_MAX 12 /* UUID, MAC with and without 01-, 8 cuts of the address, none */

enum grub_name_kind {
    GRUB_NAME_NONE,  /* no configuration of a GRUB */
    GRUB_NAME_PLAIN, /* grub.cfg: asked for once and read */
    /* grub.cfg-<something>, and grub.cfg in a platform's folder: opened to see whether it is there,
     * closed, and opened again (or the plain name after it). */
    GRUB_NAME_SEARCHED,
    GRUB_NAME_ENTRY, /* .../entry/<word>/grub.cfg: as script_grub_add_entry_path writes it */
};

struct grub_name {
    enum grub_name_kind kind;
    struct span entry;  /* GRUB_NAME_ENTRY: the word, a part of the path */
    struct span folder; /* where the plain name of a SEARCHED one is looked for next */
};

/* Read a cleaned path. What it tells of the machine (MAC, UUID, kind of machine) is put into
 * *client, over what is there; an address in a name is not believed. */
struct grub_name grub_name_read(const struct safe_path *path, struct client *client);

/* The paths that this GRUB would ask for after `path`, in its order, the plain name last: for a
 * folder of files made for other servers. Returns how many; paths that are too long are left out.
 */
size_t grub_name_list(const struct grub_name *name, const struct safe_path *path,
                      const struct client *client, struct safe_path out[GRUB_NAMES_MAX]);

/* Does GRUB look for this file without needing it: lists and modules of its platform's folder,
 * fonts, languages, saved variables? */
bool grub_name_is_optional(const struct safe_path *path);

#endif
