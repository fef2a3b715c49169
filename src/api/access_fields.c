/* See access_fields.h. */
#include "api/access_fields.h"

#include "http/header.h"

/* Take the part up to `separator` off; without surrounding blanks. */
static struct span take_until(struct span *rest, uint8_t separator)
{
    size_t n = span_find(*rest, separator);
    struct span part = span_slice(*rest, 0, n);
    *rest = span_from(*rest, n + 1);
    return http_trim(part);
}

bool access_cookie_find(struct span cookies, const char *name, struct span *ret_value)
{
    while (cookies.len > 0) {
        struct span pair = take_until(&cookies, ';');
        size_t equals = span_find(pair, '=');
        if (equals == pair.len || !span_is(span_slice(pair, 0, equals), name))
            continue;
        *ret_value = span_from(pair, equals + 1);
        return true;
    }
    return false;
}

bool access_bearer_find(struct span authorization, struct span *ret_token)
{
    size_t blank = span_find(authorization, ' ');
    if (!span_is_nocase(span_slice(authorization, 0, blank), "bearer"))
        return false;
    *ret_token = http_trim(span_from(authorization, blank));
    return ret_token->len > 0;
}

static bool is_port(struct span text)
{
    uint64_t port;
    return http_number_parse(text, &port) && port <= UINT16_MAX;
}

struct span access_host_name(struct span host)
{
    const struct span none = { 0 };
    size_t end =
        host.len > 0 && host.data[0] == '[' ? span_find(host, ']') + 1 : span_find(host, ':');
    struct span name = span_slice(host, 0, end), rest = span_from(host, end);

    if (name.len == 0 || end > host.len)
        return none;
    if (rest.len > 0 && (rest.data[0] != ':' || !is_port(span_from(rest, 1))))
        return none;
    return name;
}

bool access_host_is_address(struct span name)
{
    struct ipv4 address;
    if (name.len == 0 || name.data[0] != '[')
        return ipv4_parse(name, &address);
    for (size_t i = 1; i + 1 < name.len; i++) {
        uint8_t c = ascii_lower(name.data[i]);
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f') && c != ':' && c != '.')
            return false;
    }
    return name.len > 3 && name.data[name.len - 1] == ']';
}

bool access_origin_is(struct span origin, struct span host)
{
    struct span rest = { 0 };
    if (span_starts_with(origin, "http://"))
        rest = span_from(origin, 7);
    else if (span_starts_with(origin, "https://"))
        rest = span_from(origin, 8);
    return rest.len > 0 && span_equals_nocase(rest, host);
}

bool access_forwarded_last(struct span list, struct ipv4 *ret_address)
{
    struct span item, last = { 0 };
    while (http_list_next(&list, &item))
        last = item;
    return ipv4_parse(last, ret_address);
}
