/* See ipxe_dialect.h. A release's number stays in all later builds from the repository until the
 * next release, with a "+" behind it (ipxe: src/Makefile). So 1.21.1 is the release of 2020, and
 * 1.21.1+ anything up to 2.0.0 of 2026. */
#include "boot/ipxe_dialect.h"

#include "base/reader.h"

const struct ipxe_version ipxe_version_broadcom = { .major = 1, .minor = 21, .patch = 1 };

static bool take_number(struct span *rest, uint8_t *ret)
{
    unsigned value = 0;
    size_t digits = 0;

    while (digits < rest->len && rest->data[digits] >= '0' && rest->data[digits] <= '9') {
        value = value * 10 + (unsigned)(rest->data[digits++] - '0');
        if (value > UINT8_MAX)
            return false;
    }
    *rest = span_from(*rest, digits);
    *ret = (uint8_t)value;
    return digits > 0;
}

static bool take_dot(struct span *rest)
{
    bool is_dot = rest->len > 0 && rest->data[0] == '.';
    *rest = span_from(*rest, 1);
    return is_dot;
}

bool ipxe_version_parse(struct span text, struct ipxe_version *ret_version)
{
    struct ipxe_version v = { 0 };

    if (!take_number(&text, &v.major) || !take_dot(&text) || !take_number(&text, &v.minor) ||
        !take_dot(&text) || !take_number(&text, &v.patch))
        return false;
    v.is_later = text.len > 0 && text.data[0] == '+';
    *ret_version = v;
    return true;
}

static int compare(const struct ipxe_version *v, unsigned major, unsigned minor, unsigned patch)
{
    if (v->major != major)
        return v->major < major ? -1 : 1;
    if (v->minor != minor)
        return v->minor < minor ? -1 : 1;
    return v->patch < patch ? -1 : v->patch > patch;
}

struct ipxe_dialect ipxe_dialect_of(const struct client *client)
{
    const struct ipxe_version *v = &client->ipxe_version;
    bool told = v->major != 0;
    bool is_efi = client->arch == ARCH_NONE || arch_is_efi(client->arch);
    int after_1_21_1 = compare(v, 1, 21, 1);

    return (struct ipxe_dialect){
        /* `shim` came between 1.21.1 and 2.0.0 (ipxe: 95b8338f0, 2023), and is for UEFI only. */
        .shim = is_efi && (!told || after_1_21_1 > 0 || (after_1_21_1 == 0 && v->is_later)),
    };
}
