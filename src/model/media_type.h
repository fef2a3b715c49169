/* What a file is to whoever fetches it, by its name. */
#ifndef MODEL_MEDIA_TYPE_H
#define MODEL_MEDIA_TYPE_H

#include "base/span.h"

/* Never NULL; "application/octet-stream" for names that say nothing. */
const char *media_type_of(struct span name);

/* A program for firmware or a loader, by its name. */
bool media_type_is_program(struct span name);

#endif
