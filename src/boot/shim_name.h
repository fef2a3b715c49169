/* The names by which a shim asks for its second stage, and for files it goes on without. Which path
 * it asks at is another matter: firmware and shim between them lose folders, double slashes and put
 * words of the boot entry in the place of the name (shim: netboot.c, load-options.c). */
#ifndef BOOT_SHIM_NAME_H
#define BOOT_SHIM_NAME_H

#include "boot/catalog.h"
#include "boot/chain.h"

/* The chain whose shim a client runs now, or was given, and that chain's second stage. */
struct shim_stage {
    const struct chain_row *row;
    const struct loader *second; /* NULL: no chain with a second stage is known of this client */
    bool runs;                   /* its shim is the last loader it fetched whole */
};

/* `last_loader`: the wire name of the last loader that this client fetched whole; may be empty. */
struct shim_stage shim_stage_of(const struct catalog *catalog, const struct client *client,
                                struct span last_loader);

/* The second stage of any chain for this kind of machine that is asked for by that base name
 * (SUSE's shim says grub.efi); NULL when none is. */
const struct loader *shim_find_by_alias(const struct catalog *catalog, enum arch arch,
                                        struct span base);

/* Does shim look for this file without needing it: revocations, certificates, MokManager, fallback?
 */
bool shim_name_is_optional(struct span base);

/* The part of a name before what was stuck to it: "grubx64.efi Onboard NIC" is grubx64.efi. The
 * name itself when nothing was. */
struct span shim_name_trim(struct span name);

#endif
