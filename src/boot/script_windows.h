/* iPXE scripts that start Windows by wimboot, and the texts those scripts ask for. */
#ifndef BOOT_SCRIPT_WINDOWS_H
#define BOOT_SCRIPT_WINDOWS_H

#include "base/arena.h"

#include "boot/resolve.h"
#include "boot/template.h"

/* The word of a query that lists the machine's devices (model/pci.h), and the folder of the texts
 * that are made: /windows/<image>/<file>. */
#define WINDOWS_DEVICES_WORD "pci"
#define WINDOWS_FOLDER       "windows"

/* Start the image of scope->image. `query` is the one the script was asked with: without the
 * devices in it, where the image has drivers, the script only lists them and asks again.
 * `arguments` are checked words; those wimboot does not know are left out. False with a sentence in
 * `why` when it cannot be started. */
bool script_write_windows(struct text *out, const struct catalog *catalog,
                          const struct template_scope *scope, struct span query,
                          struct span arguments, struct text *why);

/* Why a machine of that kind cannot start WIMs, a phrase; NULL when it can. */
const char *script_windows_refusal(const struct catalog *catalog, enum arch arch);

/* The text behind /windows/<image>/<file>. `path` is the name without that folder. False when there
 * is none, with a phrase in `why`. */
bool script_windows_file(const struct catalog *catalog, const struct client *client,
                         const struct reach *reach, struct span path, struct span query,
                         struct arena *arena, struct candidate *out, struct text *why);

#endif
