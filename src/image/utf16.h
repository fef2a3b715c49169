/* Names in units of 16 bits (Joliet, VFAT, UDF) as UTF-8. */
#ifndef IMAGE_UTF16_H
#define IMAGE_UTF16_H

#include "base/text.h"

/* Append it as UTF-8 (RFC 3629). Half a surrogate pair becomes U+FFFD, a NUL the byte 0, so that
 * who looks at the name sees that it is none. */
void utf16_add(struct text *t, const uint16_t *units, size_t count);

#endif
