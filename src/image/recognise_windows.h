/* Windows' media as recipes: what a WIM tells, as an entry of the menu. */
#ifndef IMAGE_RECOGNISE_WINDOWS_H
#define IMAGE_RECOGNISE_WINDOWS_H

#include "image/recipe.h"

/* Fill *recipe when the source is Windows' media. 0; -ENOENT when it is none, with a sentence in
 * `why` when it is and cannot be booted; -ENOMEM. */
must_check int recognise_windows(const struct image_source *source, struct recipe *recipe,
                                 struct text *why);

/* A WIM that image.yaml names and recognition did not find: what it tells of itself, in
 * *ret_looked. Negative errno and a sentence when it cannot be booted. */
must_check int recognise_named_wim(const struct image_source *source, const char *path,
                                   struct recipe *ret_looked, struct text *why);

/* What the WIM tells, beside what image.yaml says. */
void recognise_windows_fill(struct windows_recipe *written, const struct windows_recipe *found);

#endif
