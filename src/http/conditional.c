/* See conditional.h. Our entity tags are strong; "W/" ones match only where RFC 9110 8.8.3.2 allows
 * the weak comparison. */
#include "http/conditional.h"

#include "http/header.h"

static struct span without_weak(struct span tag)
{
    return span_starts_with(tag, "W/") ? span_from(tag, 2) : tag;
}

static bool list_names_body(struct span list, const struct body *body, bool weak)
{
    struct span tag, own = span_text(body->etag);
    if (span_is(list, "*"))
        return true;
    while (own.len > 0 && http_list_next(&list, &tag))
        if (span_equals(weak ? without_weak(tag) : tag, own))
            return true;
    return false;
}

/* Is there a readable date in this field, for a body that has one? */
static bool date_of(const struct http_request *request, const char *name, const struct body *body,
                    int64_t *ret_seconds)
{
    struct span value = http_request_field(request, name);
    return value.data && body->modified_s != 0 && http_date_parse(value, ret_seconds);
}

enum http_condition http_conditional_decide(const struct http_request *request,
                                            const struct body *body)
{
    struct span match = http_request_field(request, "If-Match");
    struct span none_match = http_request_field(request, "If-None-Match");
    int64_t seconds;

    if (match.data) {
        if (!list_names_body(match, body, false))
            return HTTP_CONDITION_FAILED;
    } else if (date_of(request, "If-Unmodified-Since", body, &seconds)) {
        if (body->modified_s > seconds)
            return HTTP_CONDITION_FAILED;
    }
    if (none_match.data) {
        if (list_names_body(none_match, body, true))
            return HTTP_CONDITION_NOT_MODIFIED;
    } else if (date_of(request, "If-Modified-Since", body, &seconds)) {
        if (body->modified_s <= seconds)
            return HTTP_CONDITION_NOT_MODIFIED;
    }
    return HTTP_CONDITION_PROCEED;
}

bool http_conditional_range_holds(const struct http_request *request, const struct body *body)
{
    struct span value = http_request_field(request, "If-Range");
    int64_t seconds;

    if (!value.data)
        return true;
    if (span_starts_with(value, "\"") || span_starts_with(value, "W/"))
        return body->etag[0] != 0 && span_is(value, body->etag);
    /* RFC 9110 13.1.5: an exact match of the date. */
    return date_of(request, "If-Range", body, &seconds) && seconds == body->modified_s;
}
