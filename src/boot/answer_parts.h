/* An answer file inside an initramfs: the archive that holds it, alone or behind the image's own
 * initrds. Nothing is copied: initrds stay where they lie (boot/part). */
#ifndef BOOT_ANSWER_PARTS_H
#define BOOT_ANSWER_PARTS_H

#include "boot/part.h"

/* Plan the archive with `text` under image->answer_inside, which may not be NULL; with
 * `has_initrds` the image's initrds come before it, each at a multiple of four as the kernel wants
 * it (Documentation/driver-api/early-userspace/buffer-format.rst). The plan lies in the arena, and
 * points to `text`. False when the arena is used up, or an initrd cannot be one. */
must_check bool answer_parts_plan(const struct image *image, bool has_initrds, struct span text,
                                  struct arena *arena, struct part_plan *ret_plan);

#endif
