/* See explain_query.h. Knows how the facts of a machine are spelled in a query; what is decided
 * about it is boot's alone. */
#include "api/explain_query.h"

#include "base/checked.h"

#include "model/url.h"

#define VALUE_MAX 256

static bool set_mac(struct client *c, struct span v)
{
    return mac_parse(v, &c->mac) && !mac_is_zero(c->mac);
}

static bool set_uuid(struct client *c, struct span v)
{
    c->has_uuid = uuid_parse(v, &c->uuid);
    return c->has_uuid;
}

static bool set_address(struct client *c, struct span v)
{
    return ipv4_parse(v, &c->address);
}

static bool set_relay(struct client *c, struct span v)
{
    return ipv4_parse(v, &c->relay);
}

static bool parse_u32(struct span v, uint32_t *ret_number)
{
    uint64_t n = 0;
    if (v.len == 0 || v.len > 10)
        return false;
    for (size_t i = 0; i < v.len; i++) {
        if (v.data[i] < '0' || v.data[i] > '9')
            return false;
        n = n * 10 + (uint64_t)(v.data[i] - '0');
    }
    return narrow_u32(n, ret_number);
}

static bool set_memory(struct client *c, struct span v)
{
    return parse_u32(v, &c->memory_mib);
}

static void follow_transport(struct client *c)
{
    if (c->kind == CLIENT_UNKNOWN || c->kind == CLIENT_PXE || c->kind == CLIENT_HTTP)
        c->kind = c->transport == TRANSPORT_HTTP ? CLIENT_HTTP : CLIENT_PXE;
}

static bool set_arch(struct client *c, struct span v)
{
    uint32_t number;
    if (parse_u32(v, &number)) {
        if (!narrow_u16(number, &c->arch_wire) ||
            !arch_from_wire(c->arch_wire, &c->arch, &c->transport))
            return false;
        c->has_arch = true;
        follow_transport(c);
        return true;
    }
    if (!arch_parse(v, &c->arch) || c->arch == ARCH_NONE)
        return false;
    c->has_arch = arch_to_wire(c->arch, c->transport, &c->arch_wire);
    follow_transport(c);
    return true;
}

static bool set_kind(struct client *c, struct span v)
{
    for (unsigned int k = CLIENT_OS; k <= CLIENT_PETITBOOT; k++) {
        if (!span_is(v, client_kind_name((enum client_kind)k)))
            continue;
        c->kind = (enum client_kind)k;
        if (c->kind == CLIENT_HTTP || c->kind == CLIENT_PXE) {
            c->transport = c->kind == CLIENT_HTTP ? TRANSPORT_HTTP : TRANSPORT_TFTP;
            c->has_arch = arch_to_wire(c->arch, c->transport, &c->arch_wire);
        }
        return true;
    }
    return false;
}

#define LABEL_SETTER(field)                                                                        \
    static bool set_##field(struct client *c, struct span v)                                       \
    {                                                                                              \
        c->field = label_of(v);                                                                    \
        return true;                                                                               \
    }
LABEL_SETTER(serial)
LABEL_SETTER(asset)
LABEL_SETTER(product)
LABEL_SETTER(manufacturer)
LABEL_SETTER(vendor_class)
LABEL_SETTER(user_class)
LABEL_SETTER(hostname)

static const struct fact {
    const char *key;
    bool (*set)(struct client *c, struct span v);
    const char *form;
} facts[] = {
    { "mac", set_mac, "is written aa:bb:cc:dd:ee:ff" },
    { "arch", set_arch,
      "is a kind of machine (bios-x86, efi-x64, efi-arm64, ...) or a number of DHCP option 93" },
    { "kind", set_kind, "is one of os, pxe, http, ipxe, raspberry-pi, u-boot, petitboot" },
    { "uuid", set_uuid, "is written 4c4c4544-0032-3010-8053-b4c04f4e3132" },
    { "address", set_address, "is an IPv4 address" },
    { "relay", set_relay, "is an IPv4 address" },
    { "memory", set_memory, "is a number of MiB" },
    { "serial", set_serial, "is a text" },
    { "asset", set_asset, "is a text" },
    { "product", set_product, "is a text" },
    { "manufacturer", set_manufacturer, "is a text" },
    { "vendor", set_vendor_class, "is a text" },
    { "user_class", set_user_class, "is a text" },
    { "hostname", set_hostname, "is a text" },
};

bool explain_client_from_query(struct span query, struct client *client, char *sentence,
                               size_t sentence_cap)
{
    struct text why = text_over(sentence, sentence_cap);
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        char data[VALUE_MAX];
        struct text value = text_over(data, sizeof data);
        if (!url_query_find(query, facts[i].key, &value)) {
            if (!value.failed)
                continue;
        } else if (facts[i].set(client, text_span(&value))) {
            continue;
        }
        text_addf(&why, "\"%s\" %s.", facts[i].key, facts[i].form);
        return false;
    }
    return true;
}
