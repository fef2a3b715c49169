/* The page a person sees who looks into an image with a browser. */
#ifndef BOOT_LISTING_H
#define BOOT_LISTING_H

#include "base/text.h"

#include "model/image.h"

/* Append a page with the names in this folder of the image's container ("" is the top). False when
 * there is no such folder. A folder with more names than fit is cut, which the page tells. */
bool listing_write(const struct image *image, struct span folder, struct text *out);

#endif
