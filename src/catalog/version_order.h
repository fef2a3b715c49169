/* Which of two version numbers is the newer. */
#ifndef CATALOG_VERSION_ORDER_H
#define CATALOG_VERSION_ORDER_H

#include "base/span.h"

/* Negative, 0 or positive, as the first is older, the same or newer: runs of digits by their value
 * whatever their length, all else byte by byte, and what goes on is newer than what ends ("13.1.0"
 * after "13.1"), unless it goes on with "~", "-rc", "-alpha" or "-beta". */
int version_compare(struct span a, struct span b);

/* Is `version` the release that is asked for, or a point release of it? "24.04.3" is within
 * "24.04", and "24.040" is not. */
bool version_is_within(struct span version, struct span asked);

#endif
