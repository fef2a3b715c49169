/* See range.h. */
#include "http/range.h"

#include "base/checked.h"

#include "http/header.h"

enum spec {
    SPEC_MALFORMED,
    SPEC_OUTSIDE,
    SPEC_SOUND,
};

/* "-500": the last 500 bytes. */
static enum spec read_suffix(struct span digits, uint64_t size, struct http_range *ret_range)
{
    uint64_t length;
    if (!http_number_parse(digits, &length))
        return SPEC_MALFORMED;
    if (length == 0 || size == 0)
        return SPEC_OUTSIDE;
    if (length > size)
        length = size;
    *ret_range = (struct http_range){ .first = size - length, .length = length };
    return SPEC_SOUND;
}

static enum spec read_spec(struct span spec, uint64_t size, struct http_range *ret_range)
{
    size_t dash = span_find(spec, '-');
    uint64_t first, last = UINT64_MAX;

    if (dash == spec.len)
        return SPEC_MALFORMED;
    if (dash == 0)
        return read_suffix(span_from(spec, 1), size, ret_range);
    if (!http_number_parse(http_trim(span_slice(spec, 0, dash)), &first))
        return SPEC_MALFORMED;
    struct span end = http_trim(span_from(spec, dash + 1));
    if (end.len > 0 && !http_number_parse(end, &last))
        return SPEC_MALFORMED;
    if (last < first)
        return SPEC_MALFORMED;
    if (first >= size)
        return SPEC_OUTSIDE;
    if (last >= size)
        last = size - 1;
    *ret_range = (struct http_range){ .first = first, .length = last - first + 1 };
    return SPEC_SOUND;
}

enum http_range_verdict http_range_parse(struct span value, uint64_t size,
                                         struct http_ranges *ret_ranges)
{
    struct http_ranges ranges = { 0 };
    struct span spec, unit = span_slice(value, 0, span_find(value, '='));
    struct span list = span_from(value, unit.len + 1);
    uint64_t total = 0;
    bool any = false;

    if (!span_is_nocase(http_trim(unit), "bytes"))
        return HTTP_RANGE_IGNORED;
    while (http_list_next(&list, &spec)) {
        struct http_range range;
        enum spec kind = read_spec(spec, size, &range);
        any = true;
        if (kind == SPEC_MALFORMED)
            return HTTP_RANGE_IGNORED;
        if (kind == SPEC_OUTSIDE)
            continue;
        if (ranges.count >= HTTP_RANGES_MAX || !checked_add_u64(total, range.length, &total) ||
            total > size)
            return HTTP_RANGE_IGNORED;
        ranges.items[ranges.count++] = range;
    }
    if (!any)
        return HTTP_RANGE_IGNORED;
    if (ranges.count == 0)
        return HTTP_RANGE_UNSATISFIABLE;
    *ret_ranges = ranges;
    return HTTP_RANGE_SOUND;
}
