/* See version_order.h. */
#include "catalog/version_order.h"

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* The run of digits at the front, without zeros before it; `s` goes on behind. */
static struct span take_digits(struct span *s)
{
    size_t len = 0, zeros = 0;
    while (len < s->len && is_digit(s->data[len]))
        len++;
    while (zeros < len && s->data[zeros] == '0')
        zeros++;
    struct span digits = span_slice(*s, zeros, len - zeros);
    *s = span_from(*s, len);
    return digits;
}

static int compare_numbers(struct span a, struct span b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return a.len == 0 ? 0 : memcmp(a.data, b.data, a.len);
}

/* What one version has and the other has not: is that a step before the version itself? */
static bool is_before(struct span rest)
{
    return span_starts_with(rest, "~") || span_starts_with(rest, "-rc") ||
           span_starts_with(rest, "-alpha") || span_starts_with(rest, "-beta") ||
           span_starts_with(rest, "_RC") || span_starts_with(rest, "_rc") ||
           span_starts_with(rest, "-RC");
}

int version_compare(struct span a, struct span b)
{
    while (a.len > 0 && b.len > 0) {
        if (is_digit(a.data[0]) && is_digit(b.data[0])) {
            struct span of_a = take_digits(&a), of_b = take_digits(&b);
            int order = compare_numbers(of_a, of_b);
            if (order != 0)
                return order;
        } else if (a.data[0] != b.data[0]) {
            return (int)a.data[0] - (int)b.data[0];
        } else {
            a = span_from(a, 1);
            b = span_from(b, 1);
        }
    }
    if (a.len == b.len)
        return 0;
    int longer = is_before(a.len > 0 ? a : b) ? -1 : 1;
    return a.len > 0 ? longer : -longer;
}

bool version_is_within(struct span version, struct span asked)
{
    if (!span_equals(span_slice(version, 0, asked.len), asked))
        return false;
    if (version.len == asked.len)
        return true;
    uint8_t next = version.data[asked.len];
    return next == '.' || next == '-' || next == '_' || next == '+';
}
