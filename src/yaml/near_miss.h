/* "Did you mean ...?": the known word that is nearest to a mistyped one. */
#ifndef YAML_NEAR_MISS_H
#define YAML_NEAR_MISS_H

#include "base/span.h"

/* Single-character insertions, deletions, replacements and swaps of neighbours between two words;
 * ASCII case and `_` for `-` cost nothing. Words over 32 bytes are UINT_MAX apart. */
unsigned near_miss_distance(struct span a, struct span b);

/* The word of `words` closest to `typed`, if close enough to be meant; else NULL. */
const char *near_miss_find(struct span typed, const char *const *words, size_t count);

#endif
