/* What the messages of all helper processes are made of (helper.h): numbers in little-endian order,
 * and texts. Both ends are the same program, so there is no version; but the daemon trusts no byte
 * of what comes back, since its helpers read what strangers send. */
#ifndef SERVE_HELPER_WIRE_H
#define SERVE_HELPER_WIRE_H

#include "base/reader.h"
#include "base/writer.h"

/* A text of fewer than `cap` bytes: the rest is cut, and what is not printable ASCII becomes "?".
 */
void helper_wire_put_text(struct writer *w, const char *text, size_t cap);

/* The same again into `out` of `cap` bytes, terminated. A text that is longer, or not printable,
 * fails the reader. */
void helper_wire_take_text(struct reader *r, char *out, size_t cap);

#endif
