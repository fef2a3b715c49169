/* A folder of Windows drivers: every .inf in it and below, what it is for and which files it needs.
 * For Windows PE: of network, storage and what they hang on. */
#ifndef IMAGE_DRIVER_FOLDER_H
#define IMAGE_DRIVER_FOLDER_H

#include "base/arena.h"

#include "image/inf.h"
#include "image/source.h"
#include "model/windows.h"

/* Told of each .inf that is passed over, with a phrase that follows its path. */
struct driver_folder_sink {
    void (*refused)(void *context, const char *path, const char *why);
    void *context;
};

/* Read `folder` of the source into out->drivers and out->patterns, which lie in the arena with all
 * they point to. 0 (also when nothing of use is there), -ENOENT (no such folder), -ENOMEM (also
 * when the arena is used up: what was read until then is kept). */
must_check int driver_folder_read(const struct image_source *source, const char *folder,
                                  const struct inf_target *target, struct arena *arena,
                                  const struct driver_folder_sink *sink, struct windows_start *out);

#endif
