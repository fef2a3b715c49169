/* See client_facts.h. The order matters: iPXE keeps the firmware's option 60 and is told by 77 or
 * 175 (never by 60); option 60 is read before 93, because it decides between PXE and HTTP. */
#include "dhcp/client_facts.h"

#include "boot/ipxe_features.h"
#include "dhcp/pxe_options.h"

static bool user_class_is(struct span value, const char *name)
{
    if (span_is(value, name)) /* iPXE: the bare text */
        return true;
    struct reader r = reader_over(value); /* RFC 3004: each with a length byte */
    while (reader_left(&r) > 0)
        if (span_is(reader_take(&r, reader_u8(&r)), name))
            return true;
    return false;
}

static bool list_has(struct span list, uint8_t code)
{
    return span_find(list, code) < list.len;
}

static bool is_ipxe(const struct dhcp4_options *o)
{
    return user_class_is(dhcp4_options_get(o, OPTION_USER_CLASS), "iPXE") ||
           dhcp4_options_has(o, OPTION_IPXE) ||
           list_has(dhcp4_options_get(o, OPTION_PARAMETER_LIST), OPTION_IPXE);
}

static uint32_t ipxe_features(const struct dhcp4_options *o)
{
    struct span block = dhcp4_options_get(o, OPTION_IPXE);
    uint32_t features = 0;

    for (uint8_t code = IPXE_FEATURE_FIRST; code <= IPXE_FEATURE_LAST; code++) {
        struct span value = dhcp4_suboption_find(block, code);
        if (value.len >= 1 && value.data[0] != 0)
            features |= IPXE_FEATURES_TOLD | ipxe_feature_bit((enum ipxe_feature)code);
    }
    return features;
}

static enum client_kind kind_of(const struct dhcp4_options *o, unsigned quirks)
{
    struct span vendor = dhcp4_options_get(o, OPTION_VENDOR_CLASS);
    struct span wanted = dhcp4_options_get(o, OPTION_PARAMETER_LIST);

    if (is_ipxe(o))
        return CLIENT_IPXE;
    if (quirks & QUIRK_TAKE_AS_RPI)
        return CLIENT_RPI;
    if (span_starts_with(vendor, "PXEClient"))
        return CLIENT_PXE;
    if (span_starts_with(vendor, "HTTPClient"))
        return CLIENT_HTTP;
    if (span_starts_with(vendor, "U-Boot"))
        return CLIENT_UBOOT;
    if (list_has(wanted, OPTION_PXE_CONFIG_FILE) && list_has(wanted, OPTION_PXE_PATH_PREFIX))
        return CLIENT_PETITBOOT;
    return CLIENT_OS;
}

/* The number in "PXEClient:Arch:00007:UNDI:003016", for firmware that leaves option 93 out. */
static bool arch_in_class(struct span vendor, uint16_t *ret_wire)
{
    struct reader r = reader_over(vendor);
    uint32_t wire = 0;

    (void)reader_until(&r, ':');
    if (!span_is(reader_until(&r, ':'), "Arch"))
        return false;
    struct span digits = reader_take(&r, 5);
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return false;
        wire = wire * 10 + (uint32_t)(digits.data[i] - '0');
    }
    if (r.failed || wire > UINT16_MAX)
        return false;
    *ret_wire = (uint16_t)wire;
    return true;
}

/* RFC 4578 2.1: a list; the first number of a kind we boot counts, else the first. */
static bool arch_in_option(const struct dhcp4_options *o, uint16_t *ret_wire)
{
    struct reader r = reader_over(dhcp4_options_get(o, OPTION_CLIENT_ARCH));
    bool found = false;

    while (reader_left(&r) >= 2) {
        uint16_t wire = reader_be16(&r);
        enum arch arch;
        enum transport transport;
        bool known = arch_from_wire(wire, &arch, &transport) && arch != ARCH_NONE;
        if (!found || known)
            *ret_wire = wire;
        found = true;
        if (known)
            break;
    }
    return found;
}

static void read_arch(const struct dhcp4_options *o, struct client *c)
{
    c->has_arch = arch_in_option(o, &c->arch_wire) ||
                  arch_in_class(dhcp4_options_get(o, OPTION_VENDOR_CLASS), &c->arch_wire);
    if (c->has_arch)
        (void)arch_from_wire(c->arch_wire, &c->arch, &c->transport);
}

static void read_uuid(const struct dhcp4_options *o, struct client *c)
{
    struct reader r = reader_over(dhcp4_options_get(o, OPTION_CLIENT_UUID));
    uint8_t type = reader_u8(&r);
    struct span bytes = reader_take(&r, 16);

    if (r.failed || type != 0) /* RFC 4578 2.3: type 0 is a GUID */
        return;
    c->uuid = uuid_from_wire(bytes.data);
    c->has_uuid = !uuid_is_void(&c->uuid);
}

static void read_names(const struct dhcp4_options *o, struct client *c)
{
    struct span user = dhcp4_options_get(o, OPTION_USER_CLASS);

    c->vendor_class = label_of(dhcp4_options_get(o, OPTION_VENDOR_CLASS));
    c->hostname = label_of(dhcp4_options_get(o, OPTION_HOSTNAME));
    if (user.len > 1 && user.data[0] == user.len - 1)
        user = span_from(user, 1);
    c->user_class = label_of(user);
}

unsigned client_facts_read(const struct dhcp4_header *header, const struct dhcp4_options *options,
                           struct mac mac, struct client *ret_client)
{
    struct client *c = ret_client;
    struct reader ndi = reader_over(dhcp4_options_get(options, OPTION_CLIENT_NDI));

    memset(c, 0, sizeof *c);
    c->mac = mac;
    c->relay = header->giaddr;
    read_arch(options, c);
    read_uuid(options, c);
    read_names(options, c);
    (void)reader_u8(&ndi); /* type 1 = UNDI */
    c->undi_major = reader_u8(&ndi);
    c->undi_minor = reader_u8(&ndi);

    struct quirk_marks marks = { .vendor_class = dhcp4_options_get(options, OPTION_VENDOR_CLASS),
                                 .uuid = dhcp4_options_get(options, OPTION_CLIENT_UUID),
                                 .mac = mac,
                                 .arch_wire = c->arch_wire };
    unsigned quirks = marks.vendor_class.len > 0 ? quirks_find(&marks) : QUIRK_NONE;

    c->kind = kind_of(options, quirks);
    if (c->kind == CLIENT_IPXE)
        c->ipxe_features = ipxe_features(options);
    if (quirks & QUIRK_TAKE_AS_X64)
        c->arch = ARCH_EFI_X64;
    if (c->kind == CLIENT_RPI)
        c->arch = ARCH_RPI;
    /* A BIOS ROM may leave option 93 out: it is older than RFC 4578. */
    if (!c->has_arch && c->kind == CLIENT_PXE)
        c->arch = ARCH_BIOS_X86;
    if (c->kind == CLIENT_PXE || c->kind == CLIENT_RPI)
        c->transport = TRANSPORT_TFTP;
    if (c->kind == CLIENT_HTTP)
        c->transport = TRANSPORT_HTTP;
    return quirks;
}

bool client_facts_boots(enum client_kind kind)
{
    return kind == CLIENT_PXE || kind == CLIENT_HTTP || kind == CLIENT_IPXE || kind == CLIENT_RPI;
}
