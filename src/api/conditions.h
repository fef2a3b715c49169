/* Conditions of requests (RFC 9110 13): an ETag is made of what GET shows, so that whoever has read
 * something can say what he means to change. Inside api/ only. */
#ifndef API_CONDITIONS_H
#define API_CONDITIONS_H

#include "base/span.h"

#define ETAG_MAX 40 /* quotes and NUL included */

/* The strong ETag of these bytes, in quotes. */
void etag_write(struct span bytes, char out[ETAG_MAX]);

/* Does a field like If-Match name this ETag ("*" names all)? Weak ones count only if `weakly`. */
bool etag_is_named(struct span field, const char *etag, bool weakly);

#endif
