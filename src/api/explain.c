/* See explain.h. Knows how facts are spelled in a query and how decisions look as JSON; what is
 * decided is boot/choose's alone. */
#include "api/explain.h"

#include "base/checked.h"

#include "api/shapes.h"
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

/* The number of option 93 that means this architecture and transport; false when none does. */
static bool find_wire(enum arch arch, enum transport transport, uint16_t *ret_wire)
{
    for (uint16_t wire = 0; wire < 256; wire++) {
        enum arch a;
        enum transport t;
        if (arch_from_wire(wire, &a, &t) && a == arch && t == transport) {
            *ret_wire = wire;
            return true;
        }
    }
    return false;
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
    c->has_arch = find_wire(c->arch, c->transport, &c->arch_wire);
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
            c->has_arch = find_wire(c->arch, c->transport, &c->arch_wire);
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

static void write_trail(struct json_writer *j, const struct trail *trail)
{
    json_array_begin(j, "trail");
    for (size_t i = 0; i < trail->count && i < TRAIL_MAX; i++) {
        json_object_begin(j, NULL);
        json_text(j, "rule", trail->steps[i].rule);
        json_text(j, "said", trail->steps[i].said);
        json_object_end(j);
    }
    json_array_end(j);
}

static void add_text(struct json_writer *j, const char *key, const char *value)
{
    if (value[0])
        json_text(j, key, value);
}

static void write_firmware(struct json_writer *j, const struct choice *choice)
{
    static const char *const kinds[] = {
        [CHOICE_NOTHING] = "nothing",
        [CHOICE_LOADER] = "loader",
        [CHOICE_SCRIPT] = "script",
        [CHOICE_MENU_RPI] = "raspberry-pi-menu",
    };
    json_object_begin(j, "firmware");
    json_text(j, "starts", kinds[choice->kind]);
    if (choice->kind != CHOICE_NOTHING)
        json_text(j, "transport", choice->transport == TRANSPORT_HTTP ? "http" : "tftp");
    add_text(j, "loader", choice->loader);
    add_text(j, "file", choice->file);
    add_text(j, "url", choice->url);
    add_text(j, "hint", choice->hint);
    write_trail(j, &choice->trail);
    json_object_end(j);
}

static void write_boot(struct json_writer *j, const struct entry *entry)
{
    static const char *const kinds[] = {
        [ENTRY_MENU] = "menu",
        [ENTRY_IMAGE] = "image",
        [ENTRY_LOCAL] = "local",
        [ENTRY_SHELL] = "shell",
    };
    json_object_begin(j, "boot");
    json_text(j, "starts", kinds[entry->kind]);
    if (entry->image)
        json_text(j, "image", entry->image->name);
    json_bool(j, "one_shot", entry->one_shot);
    write_trail(j, &entry->trail);
    json_object_end(j);
}

void explain_write(const struct catalog *catalog, const struct client *client,
                   const struct reach *reach, struct json_writer *out)
{
    struct client asks = *client;
    struct choice choice = { 0 };
    struct entry entry = { 0 };
    bool assumed = asks.arch == ARCH_NONE && !asks.has_arch;

    if (assumed) {
        asks.arch = ARCH_EFI_X64;
        asks.has_arch = find_wire(asks.arch, asks.transport, &asks.arch_wire);
    }
    if (asks.kind == CLIENT_UNKNOWN)
        follow_transport(&asks);
    choose_loader(catalog, &asks, reach, &choice);
    choose_entry(catalog, &asks, &entry);
    json_object_begin(out, NULL);
    shape_client(out, "client", &asks);
    json_bool(out, "assumed_arch", assumed);
    if (entry.host)
        json_text(out, "host", entry.host->name);
    write_firmware(out, &choice);
    write_boot(out, &entry);
    json_object_end(out);
}
