/* See mac.h. */
#include "model/mac.h"

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool mac_parse(struct span text, struct mac *ret_mac)
{
    struct mac mac = { 0 };
    size_t digits = 0;
    bool dotted = text.len == 14, plain = text.len == 12;
    uint8_t separator = text.len == 17 ? text.data[2] : dotted ? '.' : 0;

    if (!plain && !(text.len == 17 && (separator == ':' || separator == '-')) && !dotted)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        size_t group = dotted ? 5 : 3;
        if (!plain && i % group == group - 1) {
            if (text.data[i] != separator)
                return false;
            continue;
        }
        int v = hex_value(text.data[i]);
        if (v < 0 || digits >= 12)
            return false;
        mac.bytes[digits / 2] = (uint8_t)(mac.bytes[digits / 2] << 4 | v);
        digits++;
    }
    if (digits != 12)
        return false;
    *ret_mac = mac;
    return true;
}

void text_add_mac(struct text *t, struct mac mac)
{
    for (size_t i = 0; i < sizeof mac.bytes; i++)
        text_addf(t, "%s%02x", i > 0 ? ":" : "", mac.bytes[i]);
}

void mac_format(struct mac mac, char out[MAC_TEXT_MAX])
{
    struct text t = text_over(out, MAC_TEXT_MAX);
    text_add_mac(&t, mac);
}

uint64_t mac_to_u64(struct mac mac)
{
    uint64_t v = 0;
    for (size_t i = 0; i < sizeof mac.bytes; i++)
        v = v << 8 | mac.bytes[i];
    return v;
}

struct mac mac_from_u64(uint64_t v)
{
    struct mac mac;
    for (size_t i = sizeof mac.bytes; i-- > 0; v >>= 8)
        mac.bytes[i] = (uint8_t)v;
    return mac;
}

struct mac mac_of_doctor(void)
{
    return (struct mac){ { 0x06, 't', 'u', 'g', 0, 1 } };
}

bool mac_is_doctor(struct mac mac)
{
    return mac_equals(mac, mac_of_doctor());
}
