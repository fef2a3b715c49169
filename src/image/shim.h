/* The distribution's shim that belongs to a kernel: its key vouches for that kernel. iPXE can start
 * the kernel through it where the firmware alone would refuse it (iPXE's `shim` command). */
#ifndef IMAGE_SHIM_H
#define IMAGE_SHIM_H

#include "image/recipe.h"

/* Is this file a shim: does it say so of itself? Reads at most SHIM_BYTES_MAX of it. */
#define SHIM_BYTES_MAX (4U << 20)
bool shim_is(const struct image_source *source, const char *path);

/* The shim in the tree of this Linux recipe, by the names distributions give it: beside the kernel,
 * else where an ISO has its own. False when there is none. */
bool shim_find(const struct image_source *source, const struct recipe *recipe,
               char ret_path[RECIPE_PATH_MAX]);

#endif
