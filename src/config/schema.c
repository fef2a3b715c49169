/* schema.def made into one constant table, and what can be told from a row alone. */
#include "config/schema.h"

#include <stddef.h>

#include "config/config.h"

#define SCOPE_STRUCT_TOP       struct config
#define SCOPE_STRUCT_INTERFACE struct config_interface
#define SCOPE_STRUCT_SUBNET    struct subnet
#define SCOPE_STRUCT_HOST      struct host
#define SCOPE_STRUCT_GROUP     struct host_group
#define SCOPE_STRUCT_WEBHOOK   struct config_webhook

static const struct schema_key keys[] = {
#define KEY(scope_, path_, type_, field_, min_, max_, fallback_, unit_, doc_)                      \
    { .scope = SCOPE_##scope_,                                                                     \
      .path = path_,                                                                               \
      .type = TYPE_##type_,                                                                        \
      .offset = offsetof(SCOPE_STRUCT_##scope_, field_),                                           \
      .size = sizeof(((SCOPE_STRUCT_##scope_ *)0)->field_),                                        \
      .min = min_,                                                                                 \
      .max = max_,                                                                                 \
      .fallback = fallback_,                                                                       \
      .unit = unit_,                                                                               \
      .doc = doc_ },
#include "config/schema.def"
#undef KEY
};

size_t schema_count(void)
{
    return sizeof keys / sizeof keys[0];
}

const struct schema_key *schema_at(size_t index)
{
    return &keys[index];
}

const struct schema_key *schema_find(enum schema_scope scope, struct span path)
{
    for (size_t i = 0; i < schema_count(); i++)
        if (keys[i].scope == scope && span_is(path, keys[i].path))
            return &keys[i];
    return NULL;
}

struct span schema_key_section(const struct schema_key *key)
{
    struct span path = span_text(key->path);
    size_t dot = span_find(path, '.');
    return dot < path.len ? span_slice(path, 0, dot) : (struct span){ 0 };
}

const char *schema_key_name(const struct schema_key *key)
{
    const char *dot = strchr(key->path, '.');
    return dot ? dot + 1 : key->path;
}

bool schema_has_section(struct span name)
{
    for (size_t i = 0; i < schema_count(); i++)
        if (name.len > 0 && span_equals(schema_key_section(&keys[i]), name))
            return true;
    return false;
}

void schema_add_expected(struct text *out, const struct schema_key *key)
{
    static const char *const words[] = {
        [TYPE_BOOL] = "true or false",
        [TYPE_PATH] = "an absolute path, as /srv/boot",
        [TYPE_USER] = "a user's name",
        [TYPE_WORD] = "an interface's name, as eth0",
        [TYPE_DOMAIN] = "a domain name, as lab.example",
        [TYPE_BOOT] =
            "an image's name (a-z, 0-9, \".\", \"_\", \"-\"), \"local\", \"shell\" or \"pick\"",
        [TYPE_MODE] = "proxy, server or off",
        [TYPE_INTERFACE_MODE] = "proxy, server or off",
        [TYPE_IPV4] = "an IPv4 address, as 192.168.50.1",
        [TYPE_PREFIX] = "a network without host bits, as 192.168.50.0/24",
        [TYPE_ENDPOINT] = "an IPv4 address and a port, as 0.0.0.0:8067",
        [TYPE_ADMIN_TLS] = "auto, required or off",
        [TYPE_ADMIN_NAMES] = "a list of host names",
        [TYPE_ADMIN_ADDRESSES] = "a list of IPv4 addresses",
        [TYPE_ADMIN_GROUPS] = "a list of groups' names",
        [TYPE_MATCH_MAC] = "a hardware address, as 52:54:00:12:34:56",
        [TYPE_MATCH_UUID] = "a UUID, as 4c4c4544-0032-4810-8053-b9c04f4d4b32",
        [TYPE_MATCH_ARCH] = "an architecture, as bios-x86, efi-x64 or efi-arm64",
        [TYPE_MATCH_SUBNET] = "a network without host bits, as 192.168.50.0/24",
        [TYPE_HOST_NAME] = "a name of letters, digits, \".\", \"_\" and \"-\", at most 63 long",
        [TYPE_NAME_STRING] = "a name of a-z, 0-9, \".\", \"_\" and \"-\"",
        [TYPE_BOOT_STRING] =
            "an image's name (a-z, 0-9, \".\", \"_\", \"-\"), \"menu\", \"local\", \"shell\" or \"pick\"",
        [TYPE_HTTPS_STRING] = "true, false or always",
        [TYPE_HOST_NAMES] = "a list of host names and addresses",
        [TYPE_AREAS] = "a list of images, files, scripts and answers",
        [TYPE_INTERFACES] = "a list of interface names",
        [TYPE_CHAINS] = "a list of chains' names, as [snponly-shim, grub, ipxe]",
        [TYPE_PATHS] = "a list of absolute paths",
        [TYPE_WEBHOOKS] =
            "a list of webhooks, each a map with name:, url:, events: and secret-file:",
        [TYPE_WEBHOOK_EVENTS] = "a list of events, as [BOOT_DONE, stalled, warning]",
        [TYPE_SUBNETS] = "a list of subnets, each a map that begins with network:",
        [TYPE_POOLS] = "a list of ranges, as 192.168.50.100-192.168.50.199",
        [TYPE_ADDRESSES] = "a list of IPv4 addresses",
        [TYPE_HOSTS] = "a list of hosts, each a map that begins with name:",
        [TYPE_GROUPS] = "a list of groups, each a map that begins with name:",
        [TYPE_VARIABLES] = "a map of names and values",
        [TYPE_SECRETS] = "a map of names and values",
        [TYPE_UPSTREAMS] = "a map of names and addresses, as debian: http://deb.debian.org/debian",
    };
    switch (key->type) {
    case TYPE_U16:
    case TYPE_U32:
        text_addf(out, "a number from %u to %u", key->min, key->max);
        if (*key->unit)
            text_addf(out, " (%s)", key->unit);
        return;
    case TYPE_DURATION:
        text_addf(out, "a time with its unit, as 30s, 10m or 12h, from %us to %us", key->min,
                  key->max);
        return;
    case TYPE_CHARS:
    case TYPE_STRING:
        text_addf(out, "a text on one line, at most %u bytes", key->max);
        return;
    case TYPE_BOOL:
    case TYPE_PATH:
    case TYPE_USER:
    case TYPE_WORD:
    case TYPE_DOMAIN:
    case TYPE_BOOT:
    case TYPE_MODE:
    case TYPE_INTERFACE_MODE:
    case TYPE_IPV4:
    case TYPE_PREFIX:
    case TYPE_ENDPOINT:
    case TYPE_ADMIN_TLS:
    case TYPE_ADMIN_NAMES:
    case TYPE_ADMIN_ADDRESSES:
    case TYPE_ADMIN_GROUPS:
    case TYPE_MATCH_MAC:
    case TYPE_MATCH_UUID:
    case TYPE_MATCH_ARCH:
    case TYPE_MATCH_SUBNET:
    case TYPE_HOST_NAME:
    case TYPE_NAME_STRING:
    case TYPE_BOOT_STRING:
    case TYPE_INTERFACES:
    case TYPE_PATHS:
    case TYPE_CHAINS:
    case TYPE_SUBNETS:
    case TYPE_POOLS:
    case TYPE_ADDRESSES:
    case TYPE_HOSTS:
    case TYPE_GROUPS:
    case TYPE_VARIABLES:
    case TYPE_SECRETS:
    case TYPE_UPSTREAMS:
    case TYPE_WEBHOOKS:
    case TYPE_WEBHOOK_EVENTS:
    case TYPE_HTTPS_STRING:
    case TYPE_HOST_NAMES:
    case TYPE_AREAS:
        text_add(out, words[key->type]);
        return;
    }
}

static const char *scope_heading(enum schema_scope scope)
{
    static const char *const headings[] = {
        [SCOPE_TOP] = "KEYS",
        [SCOPE_INTERFACE] = "KEYS OF AN INTERFACE",
        [SCOPE_SUBNET] = "KEYS OF A SUBNET",
        [SCOPE_HOST] = "KEYS OF A HOST",
        [SCOPE_GROUP] = "KEYS OF A GROUP",
        [SCOPE_WEBHOOK] = "KEYS OF A WEBHOOK",
    };
    return headings[scope];
}

void schema_write_manual(struct text *out)
{
    for (size_t i = 0; i < schema_count(); i++) {
        const struct schema_key *key = &keys[i];
        if (i == 0 || keys[i - 1].scope != key->scope)
            text_addf(out, "# %s\n\n", scope_heading(key->scope));
        text_addf(out, "*%s*\n\t%s\n\n\tValue: ", key->path, key->doc);
        schema_add_expected(out, key);
        text_add(out, ".");
        if (key->fallback)
            text_addf(out, " Default: %s.", key->fallback);
        text_add(out, "\n\n");
    }
}
