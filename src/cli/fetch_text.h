/* A small file, by network or from here, in memory: listings, files of digests, signatures, keys.
 */
#ifndef CLI_FETCH_TEXT_H
#define CLI_FETCH_TEXT_H

#include "base/checked.h"
#include "base/text.h"

/* `where` is an address, or a path. In memory the caller frees, a NUL behind it. 0, or a negative
 * errno and a sentence (-ENOENT: there is no such file there). */
must_check int fetch_text(const char *where, size_t most, uint8_t **ret_data, size_t *ret_len,
                          struct text *why);

#endif
