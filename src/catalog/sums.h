/* Files that say which digest other files have, as projects publish them: those of sha256sum, BSD's
 * form, the list in Debian's Release files, and a digest that stands alone. */
#ifndef CATALOG_SUMS_H
#define CATALOG_SUMS_H

#include "base/span.h"

#define SUMS_DIGITS    64          /* of SHA-256 in hexadecimal */
#define SUMS_BYTES_MAX (32U << 20) /* of such a file */

struct sums_line {
    char sha256[SUMS_DIGITS + 1]; /* lower case */
    struct span name;             /* without "*" and "./"; empty where the digest stands alone */
};

/* Each SHA-256 of the text with its name; what is no such line is passed over, and so is every
 * digest of another kind. A non-zero return of `line` ends it and is returned. */
int sums_each(struct span text, int (*line)(void *context, const struct sums_line *line),
              void *context);

/* The digest of exactly this name, or (when there is no other line) the one that stands alone.
 * False when there is none, or when two lines of this name differ. */
bool sums_find(struct span text, struct span name, char out[SUMS_DIGITS + 1]);

#endif
