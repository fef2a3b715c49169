/* The name a file gets that is fetched from an address. */
#ifndef FETCH_URL_NAME_H
#define FETCH_URL_NAME_H

#include "base/span.h"

#define URL_NAME_MAX 200

/* Does it begin with "http://" or "https://"? */
bool url_is_one(const char *text);

/* The last part of the address's path, percent-decoded: what stands before "?" and "#". False when
 * there is none that can name a file: empty, hidden, too long, with a slash or a control byte. */
bool url_file_name(const char *url, char out[URL_NAME_MAX + 1]);

#endif
