/* The boot programs tugboot knows by name (loader.def), whether they are here or not. The shell
 * walks the rows to find which are; boot/choose takes its hints from them. */
#ifndef BOOT_LOADER_H
#define BOOT_LOADER_H

#include "base/text.h"

#include "model/arch.h"

enum loader_rank {
    RANK_ON_REQUEST = 200, /* only when a host asks for its set */
    RANK_HELPER = 255,     /* never named to firmware: another loader fetches it */
};

struct loader_row {
    const char *set;
    const char *folder; /* below the loader folder and below /loaders/ on the wire; "" = flat */
    const char *file;   /* wire name, and its name in a loader folder */
    const char *place;  /* absolute path a package puts it at; "" = none does */
    const char *get;    /* the command that gets it; "" = copy it into a loader folder */
    enum arch arch;
    uint8_t rank;
    bool is_ipxe;
};

/* Every row, *ret_count of them. For each the shell looks for `file` in its loader folders (below
 * `folder`, where there is one), then for `place`, and makes a struct loader of the first that is
 * there. */
const struct loader_row *loader_rows(size_t *ret_count);

/* What a person does to get a loader for this architecture ("apt-get install ipxe", "copy a file
 * named snponly-arm64.efi into the loader folder"). With `set` not NULL, of that set. */
void loader_add_hint(struct text *out, enum arch arch, const char *set);

/* The name firmware is told: "loaders/<folder>/<file>", or the bare file without one (NULL, ""). */
void loader_add_wire_name(struct text *out, const char *folder, const char *file);

/* The architecture whose EFI programs this one can start: itself, or UEFI of the same instruction
 * set for U-Boot (its bootefi). */
enum arch loader_arch(enum arch arch);

#endif
