/* Bodies that are put together of several files, or are a file's text changed on its way out. */
#ifndef SERVE_COMPOSED_OPEN_H
#define SERVE_COMPOSED_OPEN_H

#include "boot/edit.h"
#include "serve/part_open.h"

/* All parts of a plan as one body. Results as part_open(). */
must_check int composed_open(const struct part_plan *plan, const struct part_places *places,
                             struct arena *arena, struct body *out, struct text *why);

/* The text of one file, changed. Results as part_open(); -EFBIG also for a text of more than
 * EDIT_SOURCE_MAX bytes, and for one that does not fit into the arena. Nothing stays open. */
must_check int edited_open(const struct edit *edit, const struct part *part,
                           const struct part_places *places, struct arena *arena, struct body *out,
                           struct text *why);

#endif
