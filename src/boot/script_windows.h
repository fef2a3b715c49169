/* iPXE scripts that start Windows by wimboot, and the texts those scripts ask for. The texts lie
 * where the machine's answer files do, behind its one-time token. */
#ifndef BOOT_SCRIPT_WINDOWS_H
#define BOOT_SCRIPT_WINDOWS_H

#include "base/arena.h"

#include "boot/resolve.h"
#include "boot/template.h"

/* The word of a query that lists the machine's devices (model/pci.h). */
#define WINDOWS_DEVICES_WORD "pci"

/* Start the image of scope->image. `query` is the one the script was asked with: without the
 * devices in it, where the image has drivers, the script only lists them and asks again.
 * `arguments` are checked words; those wimboot does not know are left out. False with a sentence in
 * `why` when it cannot be started. */
bool script_write_windows(struct text *out, const struct catalog *catalog,
                          const struct template_scope *scope, struct span query,
                          struct span arguments, struct text *why);

/* Why a machine of that kind cannot start WIMs, a phrase; NULL when it can. */
const char *script_windows_refusal(const struct catalog *catalog, enum arch arch);

/* The name of a text that is made for a machine which starts Windows, whatever its case; NULL when
 * it is none of them. */
const char *script_windows_name(struct span file);

struct windows_made {
    struct span text; /* in the arena */
    bool has_secret;
};

/* The text `file` of an image of the kind IMAGE_WIM, for whoever showed that machine's token: it
 * may hold a share's password. `query` is the one of its URL in the script. False when there is
 * none, with a phrase in `why`. */
must_check bool script_windows_file(const struct catalog *catalog, const struct image *image,
                                    const struct client *client, const struct reach *reach,
                                    struct span file, struct span query, struct arena *arena,
                                    struct windows_made *out, struct text *why);

#endif
