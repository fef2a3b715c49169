/* Byte ranges (RFC 9110 14). */
#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include "base/span.h"

#define HTTP_RANGES_MAX 8

struct http_range {
    uint64_t first, length; /* length >= 1 */
};

struct http_ranges {
    struct http_range items[HTTP_RANGES_MAX];
    uint8_t count;
};

enum http_range_verdict {
    HTTP_RANGE_IGNORED,       /* absent, another unit, malformed or wasteful: send it whole */
    HTTP_RANGE_SOUND,         /* 206 */
    HTTP_RANGE_UNSATISFIABLE, /* 416 */
};

/* Read a Range value against a representation of `size` bytes. More than HTTP_RANGES_MAX ranges, or
 * ranges that overlap so much that they ask for more than the whole, are ignored (RFC 9110 14.2).
 */
enum http_range_verdict http_range_parse(struct span value, uint64_t size,
                                         struct http_ranges *ret_ranges);

#endif
