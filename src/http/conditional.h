/* Preconditions (RFC 9110 13): decides from a request's fields and a body's validators. EDK2
 * resumes a download with Range and If-Match or If-Unmodified-Since. */
#ifndef HTTP_CONDITIONAL_H
#define HTTP_CONDITIONAL_H

#include "http/request_parser.h"
#include "model/body.h"

enum http_condition {
    HTTP_CONDITION_PROCEED,
    HTTP_CONDITION_NOT_MODIFIED, /* 304 */
    HTTP_CONDITION_FAILED,       /* 412 */
};

/* In the order of RFC 9110 13.2.2. A date that cannot be read counts as absent. */
enum http_condition http_conditional_decide(const struct http_request *request,
                                            const struct body *body);

/* May the Range field be obeyed? True without If-Range, or when it names this very body. */
bool http_conditional_range_holds(const struct http_request *request, const struct body *body);

#endif
