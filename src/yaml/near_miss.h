/* "Did you mean ...?": the known word that is nearest to a mistyped one. */
#ifndef YAML_NEAR_MISS_H
#define YAML_NEAR_MISS_H

#include "base/span.h"

/* The word of `words` closest to `typed`, if close enough to be meant; else NULL. */
const char *near_miss_find(struct span typed, const char *const *words, size_t count);

#endif
