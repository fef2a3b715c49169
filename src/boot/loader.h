/* The boot programs tugboot knows by name (loader.def), whether they are here or not. The shell
 * walks the rows to find which are; how they work together is boot/chain. */
#ifndef BOOT_LOADER_H
#define BOOT_LOADER_H

#include "base/text.h"

#include "model/arch.h"

#define LOADER_MEMDISK "memdisk" /* its set, and its file */

struct loader_row {
    const char *set;
    const char *folder; /* below the loader folder and below /loaders/ on the wire; "" = flat */
    const char *file;   /* wire name, and its name in a loader folder */
    const char *place;  /* absolute paths packages put it at, separated by ':'; "" = none does */
    const char *get;    /* the command that gets it; "" = copy it into a loader folder */
    enum arch arch;
};

/* Every row, *ret_count of them. For each the shell looks for `file` in its loader folders (below
 * `folder`, where there is one), then for the paths of `place`, and makes a struct loader of the
 * first that is there. */
const struct loader_row *loader_rows(size_t *ret_count);

/* What a person does to get the file of this wire name ("apt-get install ipxe", "copy a file named
 * snp.efi into the loader folder"). */
void loader_add_hint(struct text *out, const char *file);

/* The name firmware is told: "loaders/<folder>/<file>", or the bare file without one (NULL, ""). */
void loader_add_wire_name(struct text *out, const char *folder, const char *file);

/* The architecture whose EFI programs this one can start: itself, or UEFI of the same instruction
 * set for U-Boot (its bootefi). */
enum arch loader_arch(enum arch arch);

#endif
