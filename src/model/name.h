/* Names that people give to hosts and templates, which become parts of paths and addresses. */
#ifndef MODEL_NAME_H
#define MODEL_NAME_H

#include "base/span.h"

/* ASCII letters, digits, "-", "_" and "."; neither "-" nor "." at its beginning; below `cap` bytes.
 */
bool name_is_sound(struct span name, size_t cap);

#endif
