/* See conditions.h. The hash has fixed keys: it tells versions apart, and guards nothing. */
#include "api/conditions.h"

#include "base/siphash.h"
#include "base/text.h"

void etag_write(struct span bytes, char out[ETAG_MAX])
{
    static const struct hash_key first = { 0x7475676d6f6f7421, 1 }, second = { 0x65746167, 2 };
    struct text t = text_over(out, ETAG_MAX);
    text_addf(&t, "\"%016llx%016llx\"", (unsigned long long)siphash(&first, bytes),
              (unsigned long long)siphash(&second, bytes));
}

static struct span trim(struct span s)
{
    while (s.len > 0 && (s.data[0] == ' ' || s.data[0] == '\t'))
        s = span_from(s, 1);
    while (s.len > 0 && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
        s = span_slice(s, 0, s.len - 1);
    return s;
}

bool etag_is_named(struct span field, const char *etag, bool weakly)
{
    if (span_is(trim(field), "*"))
        return true;
    while (field.len > 0) {
        size_t n = span_find(field, ',');
        struct span tag = trim(span_slice(field, 0, n));
        field = span_from(field, n + 1);
        if (weakly && span_starts_with(tag, "W/"))
            tag = span_from(tag, 2);
        if (span_is(tag, etag))
            return true;
    }
    return false;
}
