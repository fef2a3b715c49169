/* What a Windows image brings with it, read from its folder into a catalog snapshot: the owner's
 * answer file, and the drivers. */
#ifndef SERVE_WINDOWS_LOAD_H
#define SERVE_WINDOWS_LOAD_H

#include "base/arena.h"

#include "image/recipe.h"
#include "model/windows.h"

/* Room for this in a snapshot, for all images together. */
#define WINDOWS_MEMORY (16U << 20)

/* Told of what is wrong in the image's folder, as a sentence. */
struct windows_load_sink {
    void (*told)(void *context, const char *image, const char *sentence);
    void *context;
};

/* `folder` is the image's, below `images_fd`; "" for a WIM without one. NULL when the arena is used
 * up; else the image can be started, with less where something was told. */
const struct windows_start *windows_load(int images_fd, const char *name, const char *folder,
                                         const struct recipe *recipe, struct arena *arena,
                                         const struct windows_load_sink *sink);

#endif
