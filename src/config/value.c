/* Each type's reader, and one writer for all. Nothing here knows of places in a file or of what
 * values mean to each other: that is config.c and checks.c. */
#include "config/value.h"

#include "base/checked.h"

#include "config/config.h"

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
    return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

static bool parse_number(struct span text, uint64_t *ret)
{
    uint64_t v = 0;
    if (text.len == 0 || text.len > 12)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.data[i]))
            return false;
        v = v * 10 + (uint64_t)(text.data[i] - '0');
    }
    *ret = v;
    return true;
}

static const struct {
    char name;
    uint32_t seconds;
} units[] = { { 'w', 604800 }, { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };

#define UNIT_COUNT (sizeof units / sizeof units[0])

/* "30s", "1h30m", "12h", "0": units s, m, h, d, w, largest first. False on anything else. */
static bool parse_duration(struct span text, struct duration *ret_duration)
{
    uint64_t seconds = 0;
    size_t unit = 0, at = 0;

    if (span_is(text, "0")) {
        *ret_duration = duration_seconds(0);
        return true;
    }
    while (at < text.len) {
        size_t digits = 0;
        while (at + digits < text.len && is_digit(text.data[at + digits]))
            digits++;
        uint64_t number;
        if (digits > 9 || at + digits == text.len ||
            !parse_number(span_slice(text, at, digits), &number))
            return false;
        while (unit < UNIT_COUNT && units[unit].name != (char)text.data[at + digits])
            unit++;
        if (unit == UNIT_COUNT)
            return false;
        seconds += number * units[unit].seconds;
        unit++;
        at += digits + 1;
    }
    if (at == 0 || seconds > INT32_MAX)
        return false;
    *ret_duration = duration_seconds((int64_t)seconds);
    return true;
}

static void add_duration(struct text *out, struct duration duration)
{
    uint64_t left = duration.ns > 0 ? (uint64_t)duration.ns / 1000000000U : 0;
    if (left == 0)
        text_add(out, "0s");
    for (size_t i = 0; i < UNIT_COUNT && left > 0; i++) {
        if (left >= units[i].seconds)
            text_addf(out, "%llu%c", (unsigned long long)(left / units[i].seconds), units[i].name);
        left %= units[i].seconds;
    }
}

bool value_parse_range(struct span text, struct ipv4_range *ret_range)
{
    struct ipv4_range range;
    size_t dash = span_find(text, '-');
    struct span first = span_slice(text, 0, dash), last = first;

    if (dash < text.len)
        last = span_from(text, dash + 1);
    while (first.len > 0 && first.data[first.len - 1] == ' ')
        first.len--;
    while (last.len > 0 && last.data[0] == ' ')
        last = span_from(last, 1);
    if (!ipv4_parse(first, &range.first) || !ipv4_parse(last, &range.last) ||
        range.first.value > range.last.value)
        return false;
    *ret_range = range;
    return true;
}

bool value_is_one_line(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 || text.data[i] == 0x7f)
            return false;
    return true;
}

bool value_is_path(struct span text)
{
    return text.len > 0 && text.len < CONFIG_PATH_MAX && text.data[0] == '/' &&
           value_is_one_line(text);
}

bool value_is_interface(struct span text)
{
    if (text.len == 0 || text.len > 15 || span_is(text, ".") || span_is(text, ".."))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] <= ' ' || text.data[i] >= 0x7f || text.data[i] == '/' ||
            text.data[i] == ':')
            return false;
    return true;
}

static bool is_name(struct span text, bool upper_too)
{
    if (text.len == 0 || text.len > 63 || text.data[0] == '.' || text.data[0] == '-')
        return false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool lower = is_letter(c) && ascii_lower(c) == c;
        if (!lower && !is_digit(c) && c != '.' && c != '_' && c != '-' &&
            !(upper_too && is_letter(c)))
            return false;
    }
    return true;
}

bool value_is_boot_name(struct span text)
{
    return is_name(text, false);
}

static bool parse_bool(struct span text, bool *ret)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = { { "true", true },   { "yes", true }, { "on", true },
                  { "false", false }, { "no", false }, { "off", false } };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!span_is_nocase(text, words[i].word))
            continue;
        *ret = words[i].value;
        return true;
    }
    return false;
}

static const struct {
    const char *name;
    uint8_t bit;
} areas[] = { { "images", CONFIG_AREA_IMAGES },
              { "files", CONFIG_AREA_FILES },
              { "scripts", CONFIG_AREA_SCRIPTS },
              { "answers", CONFIG_AREA_ANSWERS } };

uint8_t value_parse_area(struct span text)
{
    for (size_t i = 0; i < sizeof areas / sizeof areas[0]; i++)
        if (span_is(text, areas[i].name))
            return areas[i].bit;
    return 0;
}

const char *value_area_name(uint8_t bit)
{
    for (size_t i = 0; i < sizeof areas / sizeof areas[0]; i++)
        if (areas[i].bit == bit)
            return areas[i].name;
    return NULL;
}

bool value_is_dns_name(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        if (!is_letter(c) && !is_digit(c) && c != '-' && c != '.' && c != ':' && c != '_' &&
            !(c == '*' && i == 0))
            return false;
    }
    return text.len > 0 && text.len < 128;
}

static const char *const mode_names[] = {
    [CONFIG_DHCP_PROXY] = "proxy",
    [CONFIG_DHCP_SERVER] = "server",
    [CONFIG_DHCP_OFF] = "off",
};

static bool parse_mode(struct span text, enum config_dhcp_mode *ret)
{
    for (size_t i = 0; i < sizeof mode_names / sizeof mode_names[0]; i++) {
        if (!span_is(text, mode_names[i]))
            continue;
        *ret = (enum config_dhcp_mode)i;
        return true;
    }
    return false;
}

static bool parse_chars(const struct schema_key *key, struct span text, char *field)
{
    if (text.len < key->min || text.len > key->max || text.len >= key->size ||
        !value_is_one_line(text))
        return false;
    span_to_text(text, field, key->size);
    return true;
}

static bool parse_u32(const struct schema_key *key, struct span text, uint32_t *ret)
{
    uint64_t number;
    return parse_number(text, &number) && number >= key->min && number <= key->max &&
           narrow_u32(number, ret);
}

static bool parse_bounded_duration(const struct schema_key *key, struct span text,
                                   struct duration *field, struct text *hint)
{
    struct duration duration;
    uint64_t number;
    if (parse_number(text, &number) && number > 0) {
        text_addf(hint, "; a unit is missing, write %llus for seconds", (unsigned long long)number);
        return false;
    }
    if (!parse_duration(text, &duration) || duration.ns < duration_seconds(key->min).ns ||
        duration.ns > duration_seconds(key->max).ns)
        return false;
    *field = duration;
    return true;
}

static bool parse_prefix(struct span text, struct ipv4_prefix *field, struct text *hint)
{
    if (ipv4_prefix_parse(text, field))
        return true;
    size_t slash = span_find(text, '/');
    struct ipv4 addr;
    uint64_t length;
    if (!ipv4_parse(span_slice(text, 0, slash), &addr))
        return false;
    if (slash == text.len) {
        text_add(hint, "; its length is missing, as /24");
    } else if (parse_number(span_from(text, slash + 1), &length) && length <= 32) {
        struct ipv4_prefix p = { .length = (uint8_t)length };
        p.base.value = addr.value & ipv4_prefix_mask(p).value;
        text_add(hint, "; did you mean ");
        text_add_ipv4(hint, p.base);
        text_addf(hint, "/%u?", p.length);
    }
    return false;
}

static bool parse_match(const struct schema_key *key, struct span text, struct host_match *match,
                        struct text *hint)
{
    if (key->type == TYPE_MATCH_MAC) {
        struct mac mac;
        if (!mac_parse(text, &mac) || mac_is_zero(mac))
            return false;
        if (mac.bytes[0] & 1) {
            text_add(hint, "; this one is a group address, which no machine has");
            return false;
        }
        match->mac = mac;
        return match->has_mac = true;
    }
    if (key->type == TYPE_MATCH_UUID) {
        struct uuid uuid;
        if (!uuid_parse(text, &uuid))
            return false;
        match->uuid = uuid;
        return match->has_uuid = true;
    }
    if (key->type == TYPE_MATCH_ARCH)
        return match->has_arch = arch_parse(text, &match->arch) && match->arch != ARCH_NONE;
    return match->has_subnet = parse_prefix(text, &match->subnet, hint);
}

static bool is_sound_string(const struct schema_key *key, struct span text)
{
    if (text.len < key->min || text.len > key->max)
        return false;
    if (key->type == TYPE_HOST_NAME)
        return is_name(text, true);
    if (key->type == TYPE_STRING)
        return value_is_one_line(text);
    return value_is_boot_name(text);
}

static enum value_verdict parse_https(struct span text, const char **field)
{
    bool value;
    if (span_is(text, "always"))
        return *field = "always", VALUE_SOUND;
    if (!parse_bool(text, &value))
        return VALUE_WRONG;
    *field = value ? "true" : "false";
    return VALUE_SOUND;
}

static enum value_verdict parse_string(const struct schema_key *key, struct span text,
                                       const char **field, struct arena *arena)
{
    if (!is_sound_string(key, text))
        return VALUE_WRONG;
    char *copy = arena_alloc(arena, text.len + 1);
    if (!copy)
        return VALUE_NO_MEMORY;
    span_to_text(text, copy, text.len + 1);
    *field = copy;
    return VALUE_SOUND;
}

/* "0.0.0.0:8067" */
static bool parse_endpoint(const struct schema_key *key, struct span text, struct endpoint *field)
{
    size_t colon = span_find(text, ':');
    struct endpoint at;
    uint32_t port;
    if (colon == text.len || !ipv4_parse(span_slice(text, 0, colon), &at.addr) ||
        !parse_u32(key, span_from(text, colon + 1), &port) || !narrow_u16(port, &at.port))
        return false;
    *field = at;
    return true;
}

static const char *const admin_tls_names[] = {
    [CONFIG_ADMIN_TLS_AUTO] = "auto",
    [CONFIG_ADMIN_TLS_REQUIRED] = "required",
    [CONFIG_ADMIN_TLS_OFF] = "off",
};

static bool parse_admin_tls(struct span text, enum config_admin_tls *ret)
{
    for (size_t i = 0; i < sizeof admin_tls_names / sizeof admin_tls_names[0]; i++) {
        if (!span_is(text, admin_tls_names[i]))
            continue;
        *ret = (enum config_admin_tls)i;
        return true;
    }
    return false;
}

static bool parse_into(const struct schema_key *key, struct span text, void *at, struct text *hint)
{
    struct ipv4 addr;
    uint32_t number;

    switch (key->type) {
    case TYPE_BOOL:
        return parse_bool(text, at);
    case TYPE_U16:
        if (!parse_u32(key, text, &number))
            return false;
        return narrow_u16(number, at);
    case TYPE_U32:
        return parse_u32(key, text, at);
    case TYPE_DURATION:
        return parse_bounded_duration(key, text, at, hint);
    case TYPE_CHARS:
        return parse_chars(key, text, at);
    case TYPE_PATH:
        return value_is_path(text) && parse_chars(key, text, at);
    case TYPE_USER:
        if (text.len == 0)
            return *(char *)at = 0, true;
        return is_name(text, true) && parse_chars(key, text, at);
    case TYPE_WORD:
        return value_is_interface(text) && parse_chars(key, text, at);
    case TYPE_DOMAIN:
        return is_name(span_slice(text, 0, 63), true) && text.len < 128 &&
               is_name(span_slice(text, text.len > 63 ? text.len - 63 : 0, 63), true) &&
               parse_chars(key, text, at);
    case TYPE_BOOT:
        return value_is_boot_name(text) && parse_chars(key, text, at);
    case TYPE_MODE:
    case TYPE_INTERFACE_MODE:
        return parse_mode(text, at);
    case TYPE_IPV4:
        if (!ipv4_parse(text, &addr) || !ipv4_is_unicast(addr))
            return false;
        *(struct ipv4 *)at = addr;
        return true;
    case TYPE_PREFIX:
        return parse_prefix(text, at, hint);
    case TYPE_ENDPOINT:
        return parse_endpoint(key, text, at);
    case TYPE_ADMIN_TLS:
        return parse_admin_tls(text, at);
    case TYPE_MATCH_MAC:
    case TYPE_MATCH_UUID:
    case TYPE_MATCH_ARCH:
    case TYPE_MATCH_SUBNET:
        return parse_match(key, text, at, hint);
    case TYPE_STRING:
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
    case TYPE_ADMIN_NAMES:
    case TYPE_ADMIN_ADDRESSES:
    case TYPE_ADMIN_GROUPS:
        return false;
    }
    return false;
}

enum value_verdict value_parse(const struct schema_key *key, struct span text, void *base,
                               struct arena *arena, struct text *hint)
{
    void *at = (uint8_t *)base + key->offset;

    if (key->type == TYPE_HTTPS_STRING)
        return parse_https(text, at);
    if (key->type >= TYPE_STRING && key->type <= TYPE_BOOT_STRING)
        return parse_string(key, text, at, arena);
    if (!parse_into(key, text, at, hint))
        return VALUE_WRONG;
    if (key->type == TYPE_INTERFACE_MODE)
        ((struct config_interface *)base)->has_mode = true;
    return VALUE_SOUND;
}

void value_add_quoted(struct text *out, struct span text)
{
    text_add_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\')
            text_add_char(out, '\\');
        text_add_char(out, (char)text.data[i]);
    }
    text_add_char(out, '"');
}

static bool print_match(const struct schema_key *key, const struct host_match *match,
                        struct text *out)
{
    char buffer[UUID_TEXT_MAX];
    if (key->type == TYPE_MATCH_MAC && match->has_mac) {
        text_add_mac(out, match->mac);
        return true;
    }
    if (key->type == TYPE_MATCH_UUID && match->has_uuid) {
        uuid_format(&match->uuid, buffer);
        text_add(out, buffer);
        return true;
    }
    if (key->type == TYPE_MATCH_ARCH && match->has_arch) {
        text_add(out, arch_name(match->arch));
        return true;
    }
    if (key->type == TYPE_MATCH_SUBNET && match->has_subnet) {
        text_add_ipv4(out, match->subnet.base);
        text_addf(out, "/%u", match->subnet.length);
        return true;
    }
    return false;
}

static bool print_text(const char *text, struct text *out)
{
    if (text)
        value_add_quoted(out, span_text(text));
    return text != NULL;
}

bool value_print(const struct schema_key *key, const void *base, struct text *out)
{
    const void *at = (const uint8_t *)base + key->offset;
    const struct ipv4_prefix *prefix = at;

    switch (key->type) {
    case TYPE_BOOL:
        text_add(out, *(const bool *)at ? "true" : "false");
        return true;
    case TYPE_U16:
        text_addf(out, "%u", *(const uint16_t *)at);
        return true;
    case TYPE_U32:
        text_addf(out, "%u", *(const uint32_t *)at);
        return true;
    case TYPE_DURATION:
        add_duration(out, *(const struct duration *)at);
        return true;
    case TYPE_USER:
        return print_text(at, out);
    case TYPE_CHARS:
    case TYPE_PATH:
    case TYPE_WORD:
    case TYPE_DOMAIN:
    case TYPE_BOOT:
        return *(const char *)at != 0 && print_text(at, out);
    case TYPE_INTERFACE_MODE:
        if (!((const struct config_interface *)base)->has_mode)
            return false;
        text_add(out, mode_names[*(const enum config_dhcp_mode *)at]);
        return true;
    case TYPE_MODE:
        text_add(out, mode_names[*(const enum config_dhcp_mode *)at]);
        return true;
    case TYPE_IPV4:
        if (ipv4_is_none(*(const struct ipv4 *)at))
            return false;
        text_add_ipv4(out, *(const struct ipv4 *)at);
        return true;
    case TYPE_PREFIX:
        text_add_ipv4(out, prefix->base);
        text_addf(out, "/%u", prefix->length);
        return true;
    case TYPE_ENDPOINT:
        text_add_ipv4(out, ((const struct endpoint *)at)->addr);
        text_addf(out, ":%u", ((const struct endpoint *)at)->port);
        return true;
    case TYPE_ADMIN_TLS:
        text_add(out, admin_tls_names[*(const enum config_admin_tls *)at]);
        return true;
    case TYPE_MATCH_MAC:
    case TYPE_MATCH_UUID:
    case TYPE_MATCH_ARCH:
    case TYPE_MATCH_SUBNET:
        return print_match(key, at, out);
    case TYPE_STRING:
    case TYPE_HOST_NAME:
    case TYPE_NAME_STRING:
    case TYPE_BOOT_STRING:
        return print_text(*(const char *const *)at, out);
    case TYPE_HTTPS_STRING:
        if (*(const char *const *)at)
            text_add(out, *(const char *const *)at);
        return *(const char *const *)at != NULL;
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
    case TYPE_HOST_NAMES:
    case TYPE_AREAS:
    case TYPE_ADMIN_NAMES:
    case TYPE_ADMIN_ADDRESSES:
    case TYPE_ADMIN_GROUPS:
        return false;
    }
    return false;
}

bool value_is_hook_url(struct span text)
{
    struct span rest = text;
    if (span_starts_with(text, "https://"))
        rest = span_slice(text, 8, text.len - 8);
    else if (span_starts_with(text, "http://"))
        rest = span_slice(text, 7, text.len - 7);
    else
        return false;
    size_t host = 0;
    while (host < rest.len && rest.data[host] != '/' && rest.data[host] != '?')
        host++;
    for (size_t i = 0; i < rest.len; i++)
        if (rest.data[i] <= ' ' || rest.data[i] > '~' || rest.data[i] == '#' ||
            (i < host && rest.data[i] == '@'))
            return false;
    return host > 0 && rest.data[0] != ':';
}
