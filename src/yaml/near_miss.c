/* The optimal string alignment distance, in three rows of a bounded table. Used for keys and names
 * that a person typed; what is far away is not suggested, since a wrong hint is worse than none. */
#include "yaml/near_miss.h"

#include <limits.h>

#include "base/checked.h"

#define WORD_MAX 32

static uint8_t folded(struct span s, size_t i)
{
    uint8_t c = ascii_lower(s.data[i]);
    return c == '_' ? '-' : c;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Single-character insertions, deletions, replacements and swaps of neighbours between two words;
 * ASCII case and `_` for `-` cost nothing. Words over 32 bytes are UINT_MAX apart. */
static unsigned distance_of(struct span a, struct span b)
{
    unsigned rows[3][WORD_MAX + 1];

    if (a.len > WORD_MAX || b.len > WORD_MAX)
        return UINT_MAX;
    for (unsigned j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            unsigned cost = folded(a, i - 1) == folded(b, j - 1) ? 0 : 1;
            row[j] = least(least(above[j] + 1, row[j - 1] + 1), above[j - 1] + cost);
            if (i > 1 && j > 1 && folded(a, i - 1) == folded(b, j - 2) &&
                folded(a, i - 2) == folded(b, j - 1))
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

const char *near_miss_find(struct span typed, const char *const *words, size_t count)
{
    const char *nearest = NULL;
    unsigned nearest_distance = UINT_MAX;

    for (size_t i = 0; i < count; i++) {
        unsigned distance = distance_of(typed, span_text(words[i]));
        if (distance < nearest_distance) {
            nearest_distance = distance;
            nearest = words[i];
        }
    }
    if (!nearest)
        return NULL;
    /* A third of the word may be wrong, and at least one letter must be right. */
    unsigned allowed = (unsigned)(max_size(typed.len, strlen(nearest)) + 2) / 3;
    bool anything_right = nearest_distance < max_size(typed.len, strlen(nearest));
    return nearest_distance <= allowed && anything_right ? nearest : NULL;
}
