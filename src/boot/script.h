/* Which script a request for boot.ipxe is answered with, and its text. */
#ifndef BOOT_SCRIPT_H
#define BOOT_SCRIPT_H

#include "base/arena.h"

#include "boot/resolve.h"

#define SCRIPT_BYTES_MAX 65536

/* The script for a machine that has said who it is. `query` may hold `entry=`, a choice from the
 * menu; without it choose_entry decides. Fills *out; false when the arena is used up. */
bool script_for_machine(const struct catalog *catalog, const struct client *client,
                        const struct reach *reach, struct span query, struct arena *arena,
                        struct candidate *out);

/* The script that makes iPXE ask again with its identity. */
bool script_for_stranger(const struct reach *reach, struct arena *arena, struct candidate *out);

#endif
