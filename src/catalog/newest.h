/* The newest of what a text names: a directory listing, a list of releases, a file of digests. */
#ifndef CATALOG_NEWEST_H
#define CATALOG_NEWEST_H

#include "image/captures.h"

/* What is looked for. */
struct newest_wish {
    const char *pattern; /* image/pattern.h; names that have a value already stand for it */
    bool is_word;   /* held against what stands between white space, quotes and angle brackets; else
                       against lines */
    bool is_number; /* captures begin with a digit, and have digits and points only */
    const char
        *asked; /* a capture named "release" must be this or a point release of it; "" = any */
};

/* Keep in `captures` what the newest match of the text captured; versions are compared in the order
 * of the pattern's captures. A capture with a slash or two dots in it is no match. False when
 * nothing matches. */
bool newest_find(struct span text, const struct newest_wish *wish, struct captures *captures);

/* The same for one piece at a time. */
struct newest {
    const struct newest_wish *wish;
    const struct captures *known;
    struct captures best;
    bool found;
    char expanded[512];
};

/* `wish` and `known` must stay as long as this. False when the pattern gets too long. */
bool newest_begin(struct newest *n, const struct newest_wish *wish, const struct captures *known);
/* True when this piece is the newest so far. */
bool newest_take(struct newest *n, struct span piece);

#endif
