/* The folders a walk has been in, by where they lie, so that it comes to an end on a disc whose
 * folders lead to each other. */
#ifndef IMAGE_PLACE_SET_H
#define IMAGE_PLACE_SET_H

#include "base/checked.h"

struct place_set {
    uint64_t *slots; /* place + 1, 0 = empty; a power of two of them */
    size_t count, slot_count;
};

enum place_answer {
    PLACE_NEW, /* and from now on it is one of them */
    PLACE_SEEN,
    PLACE_NO_MEMORY,
};

/* A place is any number below 2^64 - 1. An empty set is all zeros. */
enum place_answer place_set_add(struct place_set *set, uint64_t place);
void place_set_done(struct place_set *set);

#endif
