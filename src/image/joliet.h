/* Joliet: the names of ISO 9660's supplementary volume, in UCS-2 (Microsoft's Joliet specification,
 * 1995). */
#ifndef IMAGE_JOLIET_H
#define IMAGE_JOLIET_H

#include "base/text.h"

/* The escape sequences of a supplementary volume descriptor name UCS-2 level 1, 2 or 3. */
bool joliet_is_named(struct span escape_sequences);

/* Append the name of a directory record, or a label, as UTF-8. */
void joliet_add_name(struct text *t, struct span name);

#endif
