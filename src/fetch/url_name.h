/* Addresses that files are fetched from: the name the file gets, and what of an address others may
 * see. */
#ifndef FETCH_URL_NAME_H
#define FETCH_URL_NAME_H

#include "base/text.h"

#define URL_NAME_MAX 200

/* Does it begin with "http://" or "https://"? */
bool url_is_one(const char *text);

/* The last part of the address's path, percent-decoded: what stands before "?" and "#". False when
 * there is none that can name a file: empty, hidden, too long, with a slash or a control byte. */
bool url_file_name(const char *url, char out[URL_NAME_MAX + 1]);

/* Append the address (http:// or https://) without what may be a secret: a user and password before
 * the host, the query and the fragment (RFC 3986 3.2.1, 3.4, 3.5). Where the host is not followed
 * by a port in digits, as when a password has a "/" in it, nothing behind the scheme is told. For
 * sentences, events and files; fetched is by the whole address. */
void url_add_public(struct text *out, const char *url);

#endif
