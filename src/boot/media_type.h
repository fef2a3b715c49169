/* What a file is to whoever fetches it, by its name. */
#ifndef BOOT_MEDIA_TYPE_H
#define BOOT_MEDIA_TYPE_H

#include "base/span.h"

/* Never NULL; "application/octet-stream" for names that say nothing. */
const char *media_type_of(struct span name);

/* A program for firmware or a loader, by its name. */
bool is_program_name(struct span name);

bool ends_with_nocase(struct span name, const char *end);

#endif
