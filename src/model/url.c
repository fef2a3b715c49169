/* See url.h. */
#include "model/url.h"

static int hex_value(uint8_t c)
{
    c = ascii_lower(c);
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool url_decode(struct span coded, struct text *out)
{
    for (size_t i = 0; i < coded.len; i++) {
        uint8_t c = coded.data[i];
        if (c == '%' && coded.len - i > 2 && hex_value(coded.data[i + 1]) >= 0 &&
            hex_value(coded.data[i + 2]) >= 0) {
            c = (uint8_t)(hex_value(coded.data[i + 1]) << 4 | hex_value(coded.data[i + 2]));
            i += 2;
        }
        text_add_char(out, (char)c);
    }
    return !out->failed;
}

static bool is_unreserved(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~' || c == '/';
}

void url_encode(struct text *out, struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (is_unreserved(s.data[i]))
            text_add_char(out, (char)s.data[i]);
        else
            text_addf(out, "%%%02X", s.data[i]);
    }
}

bool url_query_next(struct span *query, struct text *key, struct text *value)
{
    size_t end = span_find(*query, '&');
    struct span pair = span_slice(*query, 0, end);
    size_t equals = span_find(pair, '=');

    *query = span_from(*query, end + 1);
    return url_decode(span_slice(pair, 0, equals), key) &&
           url_decode(span_from(pair, equals + 1), value);
}

bool url_query_find(struct span query, const char *key, struct text *out)
{
    while (query.len > 0) {
        size_t end = span_find(query, '&');
        struct span pair = span_slice(query, 0, end);
        size_t equals = span_find(pair, '=');
        if (span_is(span_slice(pair, 0, equals), key))
            return url_decode(span_from(pair, equals + 1), out);
        query = span_from(query, end + 1);
    }
    return false;
}
