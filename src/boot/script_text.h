/* A text made in a request's arena: as large as there is room, then given back to its length. */
#ifndef BOOT_SCRIPT_TEXT_H
#define BOOT_SCRIPT_TEXT_H

#include "base/arena.h"

#include "boot/resolve.h"

#define SCRIPT_BYTES_MAX 65536

/* False when the arena is used up. */
bool script_text_begin(struct arena *arena, struct text *ret_text);

/* Make it the candidate's body. False when it did not fit. Nothing may have been taken from the
 * arena since script_text_begin(). */
bool script_text_end(struct arena *arena, struct text *text, enum served_as as,
                     struct candidate *out);

#endif
