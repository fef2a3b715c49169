/* See addr.h. */
#include "model/addr.h"

bool ipv4_parse(struct span text, struct ipv4 *ret_addr)
{
    uint32_t value = 0;
    size_t at = 0;

    for (int part = 0; part < 4; part++) {
        uint32_t number = 0;
        size_t start = at;
        while (at < text.len && text.data[at] >= '0' && text.data[at] <= '9' && at - start < 3)
            number = number * 10 + (uint32_t)(text.data[at++] - '0');
        if (at == start || number > 255 || (at - start > 1 && text.data[start] == '0'))
            return false;
        value = value << 8 | number;
        if (part < 3 && (at >= text.len || text.data[at++] != '.'))
            return false;
    }
    if (at != text.len)
        return false;
    ret_addr->value = value;
    return true;
}

void text_add_ipv4(struct text *t, struct ipv4 addr)
{
    uint32_t v = addr.value;
    text_addf(t, "%u.%u.%u.%u", v >> 24, v >> 16 & 0xff, v >> 8 & 0xff, v & 0xff);
}

void ipv4_format(struct ipv4 addr, char out[IPV4_TEXT_MAX])
{
    struct text t = text_over(out, IPV4_TEXT_MAX);
    text_add_ipv4(&t, addr);
}

bool ipv4_prefix_parse(struct span text, struct ipv4_prefix *ret_prefix)
{
    size_t slash = span_find(text, '/');
    struct span digits = span_from(text, slash + 1);
    struct ipv4_prefix prefix;
    unsigned length = 0;

    if (!ipv4_parse(span_slice(text, 0, slash), &prefix.base) || digits.len == 0 || digits.len > 2)
        return false;
    if (digits.len == 2 && digits.data[0] == '0')
        return false;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return false;
        length = length * 10 + (unsigned)(digits.data[i] - '0');
    }
    if (length > 32)
        return false;
    prefix.length = (uint8_t)length;
    if ((prefix.base.value & ~ipv4_prefix_mask(prefix).value) != 0)
        return false;
    *ret_prefix = prefix;
    return true;
}

struct ipv4 ipv4_prefix_mask(struct ipv4_prefix prefix)
{
    return (struct ipv4){ prefix.length == 0 ? 0 : UINT32_MAX << (32 - prefix.length) };
}

struct ipv4 ipv4_prefix_broadcast(struct ipv4_prefix prefix)
{
    return (struct ipv4){ prefix.base.value | ~ipv4_prefix_mask(prefix).value };
}

bool ipv4_prefix_contains(struct ipv4_prefix prefix, struct ipv4 addr)
{
    return (addr.value & ipv4_prefix_mask(prefix).value) == prefix.base.value;
}

bool ipv4_prefix_is_host(struct ipv4_prefix prefix, struct ipv4 addr)
{
    if (!ipv4_prefix_contains(prefix, addr))
        return false;
    if (prefix.length > 30)
        return true;
    return addr.value != prefix.base.value && addr.value != ipv4_prefix_broadcast(prefix).value;
}

bool ipv4_is_unicast(struct ipv4 addr)
{
    uint32_t first = addr.value >> 24;
    return first != 0 && first != 127 && first < 224;
}
