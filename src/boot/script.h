/* Which script a request for boot.ipxe or a GRUB configuration is answered with, and its text. */
#ifndef BOOT_SCRIPT_H
#define BOOT_SCRIPT_H

#include "base/arena.h"

#include "boot/resolve.h"
#include "boot/script_grub.h"
#include "boot/script_text.h"

/* The script for a machine that has said who it is. `query` may hold `entry=`, a choice from the
 * menu; without it choose_entry decides. Fills *out; false when the arena is used up. */
bool script_for_machine(const struct catalog *catalog, const struct client *client,
                        const struct reach *reach, struct span query, struct arena *arena,
                        struct candidate *out);

/* The configuration of a GRUB at `place` for this machine. `entry` is a choice from the menu (an
 * ENTRY_WORD or an image's name); when empty, choose_entry decides. Fills *out, with the host whose
 * one-shot this uses up; false when the arena is used up. */
bool script_for_grub(const struct catalog *catalog, const struct client *client,
                     const struct reach *reach, const struct grub_place *place, struct span entry,
                     struct arena *arena, struct candidate *out);

/* The configuration that sends a GRUB on to the one above, by the word ENTRY_WORD_START. */
bool script_to_grub_start(const struct client *client, struct arena *arena, struct candidate *out);

/* The script that makes iPXE ask again with its identity. */
bool script_for_stranger(const struct reach *reach, struct arena *arena, struct candidate *out);

#endif
