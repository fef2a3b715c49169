/* Small bodies of requests: one JSON object of texts and numbers, each named by a row. What no row
 * names is refused with the list of those that are. */
#ifndef API_REQUEST_JSON_H
#define API_REQUEST_JSON_H

#include "api/call.h"

struct request_field {
    const char *name;
    char *text; /* gets the text, NUL-terminated; control characters are refused */
    size_t cap;
    bool required;
    uint64_t *number; /* or the number, in place of a text */
    bool found;       /* it was there, and not null */
};

/* Read the request's body into the fields. False, after a 400 or 422 that says what is wrong. A
 * field that is absent or null is left as it is. */
bool request_json_read(struct api_call *call, struct request_field *fields, size_t count);

#endif
