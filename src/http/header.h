/* Header fields: where they stand in a request's bytes, and the small grammars of their values
 * (RFC 9110 5.6): lists of tokens, numbers, dates. */
#ifndef HTTP_HEADER_H
#define HTTP_HEADER_H

#include "base/checked.h"
#include "base/span.h"
#include "base/writer.h"

#define HTTP_DATE_BYTES 29

/* A character a method or a field name is made of (RFC 9110 5.6.2). */
bool http_is_token_char(uint8_t c);

/* Without blanks and tabs at both ends. */
struct span http_trim(struct span s);

/* Take the next element off a comma-separated list, trimmed; empty elements are skipped. Commas in
 * quoted strings do not separate. False at the end. */
bool http_list_next(struct span *list, struct span *ret_item);

/* Is `token` (ASCII case ignored) an element of the list? */
bool http_list_has(struct span list, const char *token);

/* Decimal digits only; false on anything else or beyond 2^64-1. */
must_check bool http_number_parse(struct span s, uint64_t *ret_value);

/* An HTTP date in any of the three forms of RFC 9110 5.6.7, as seconds since 1970. A year of two
 * digits is taken as 1970..2069. False on anything else. */
must_check bool http_date_parse(struct span s, int64_t *ret_seconds);

/* "Sun, 06 Nov 1994 08:49:37 GMT"; seconds outside the years 1..9999 fail the writer. */
void http_date_write(struct writer *w, int64_t seconds);

#endif
