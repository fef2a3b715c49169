/* Percent coding and query strings (RFC 3986), for both directions. */
#ifndef MODEL_URL_H
#define MODEL_URL_H

#include "base/span.h"
#include "base/text.h"

/* Decode %XX into `out`; a `%` that is not followed by two digits stays as it is (firmware sends
 * such). False when it does not fit. */
bool url_decode(struct span coded, struct text *out);

/* Append `s` with everything but unreserved characters and "/" percent-coded. */
void url_encode(struct text *out, struct span s);

/* Take the next "a=1" off the front of "a=1&b=2", decoded; a part without "=" has
 * an empty value. False when one of the two does not fit: that part is passed over. */
bool url_query_next(struct span *query, struct text *key, struct text *value);

/* The decoded value of `key` in "a=1&b=2"; `+` stands for itself, as iPXE
 * writes it. False when absent or too long. */
bool url_query_find(struct span query, const char *key, struct text *out);

#endif
