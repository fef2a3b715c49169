/* Opens planned parts (boot/part) and lays them out one after another as pieces of a body. */
#ifndef SERVE_PART_OPEN_H
#define SERVE_PART_OPEN_H

#include "base/arena.h"
#include "base/checked.h"
#include "base/text.h"

#include "boot/part.h"
#include "model/body.h"
#include "model/body_tag.h"
#include "serve/held_container.h"

/* What parts are opened in: of a catalog snapshot, which outlives what is opened. */
struct part_places {
    const int *root_fds;
    struct held_container *const *containers;
};

struct part_opened {
    struct body_piece *pieces; /* in the arena */
    uint32_t count;
    uint64_t size;
    struct body_tag tag;
    int64_t modified_s; /* of the youngest file; 0 = there is none */
};

/* Lay out `count` parts. 0, and pieces whose descriptors are the caller's to close (but those that
 * are lent); -ENOENT: a file is not there, or has changed; -EFBIG: a file is too large for an
 * archive; -ENOMEM: the arena is used up; another negative errno of opening. `why` gets a phrase
 * for people, and nothing stays open. */
must_check int part_open(const struct part *parts, uint16_t count, const struct part_places *places,
                         struct arena *arena, struct part_opened *out, struct text *why);

/* The pieces of a file in a container (`entry` NULL: of the container itself), in place or in the
 * arena. The same results. */
must_check int part_open_inside(const struct held_container *held,
                                const struct image_index_entry *entry, struct arena *arena,
                                struct body *out, struct text *why);

#endif
