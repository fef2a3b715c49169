/* See identity.h. Nothing here is trusted for more than choosing what to boot: a client may claim
 * any MAC, as it may in DHCP. */
#include "boot/identity.h"

#include "base/text.h"

#include "boot/ipxe_dialect.h"
#include "model/url.h"

#define VALUE_MAX 128

static bool find_value(struct span query, const char *key, char buffer[VALUE_MAX],
                       struct span *ret_value)
{
    struct text value = text_over(buffer, VALUE_MAX);

    if (!url_query_find(query, key, &value))
        return false;
    *ret_value = text_span(&value);
    return true;
}

bool identity_is_told(struct span query)
{
    static const char *const keys[] = { "mac", "uuid", "serial" };
    char buffer[VALUE_MAX];
    struct span value;

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (find_value(query, keys[i], buffer, &value))
            return true;
    return false;
}

/* The kind of machine behind iPXE's ${platform} and ${buildarch}; ARCH_NONE when unknown. */
static enum arch arch_of(struct span platform, struct span buildarch)
{
    static const struct {
        const char *platform, *buildarch;
        enum arch arch;
    } kinds[] = {
        { "pcbios", "i386", ARCH_BIOS_X86 },    { "pcbios", "x86_64", ARCH_BIOS_X86 },
        { "efi", "i386", ARCH_EFI_IA32 },       { "efi", "x86_64", ARCH_EFI_X64 },
        { "efi", "arm32", ARCH_EFI_ARM32 },     { "efi", "arm", ARCH_EFI_ARM32 },
        { "efi", "arm64", ARCH_EFI_ARM64 },     { "efi", "riscv32", ARCH_EFI_RISCV32 },
        { "efi", "riscv64", ARCH_EFI_RISCV64 }, { "efi", "loong64", ARCH_EFI_LOONG64 },
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (span_is_nocase(platform, kinds[i].platform) &&
            span_is_nocase(buildarch, kinds[i].buildarch))
            return kinds[i].arch;
    return ARCH_NONE;
}

static void take_label(struct span query, const char *key, struct label *label)
{
    char buffer[VALUE_MAX];
    struct span value;

    if (find_value(query, key, buffer, &value) && value.len > 0)
        *label = label_of(value);
}

static uint32_t parse_number(struct span digits)
{
    uint32_t n = 0;

    if (digits.len == 0 || digits.len > 9)
        return 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return 0;
        n = n * 10 + (digits.data[i] - '0');
    }
    return n;
}

static void take_arch(struct span query, struct client *client)
{
    char platform_buffer[VALUE_MAX], buildarch_buffer[VALUE_MAX];
    struct span platform, buildarch;

    if (!find_value(query, "platform", platform_buffer, &platform) ||
        !find_value(query, "buildarch", buildarch_buffer, &buildarch))
        return;
    enum arch arch = arch_of(platform, buildarch);
    if (arch != ARCH_NONE)
        client->arch = arch;
}

static bool has_word(struct span key, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i + n <= key.len; i++)
        if (span_is_nocase(span_slice(key, i, n), word))
            return true;
    return false;
}

/* One parameter of a build that has names of its own. Twelve digits may as well be a serial number:
 * they are an address only where the name says so. */
static void take_any(struct span key, struct span value, struct client *client,
                     struct span *platform, struct span *buildarch)
{
    struct mac mac;
    struct uuid uuid;

    if ((value.len != 12 || has_word(key, "mac")) && mac_parse(value, &mac) && !mac_is_zero(mac)) {
        client->mac = mac;
    } else if (uuid_parse(value, &uuid) && !uuid_is_void(&uuid)) {
        client->uuid = uuid;
        client->has_uuid = true;
    } else if (has_word(key, "serial") && value.len > 0) {
        client->serial = label_of(value);
    } else if (has_word(key, "asset") && value.len > 0) {
        client->asset = label_of(value);
    } else if (has_word(key, "manufacturer") && value.len > 0) {
        client->manufacturer = label_of(value);
    } else if ((has_word(key, "product") || has_word(key, "model")) && value.len > 0) {
        client->product = label_of(value);
    } else if (has_word(key, "platform") && value.len <= 8) {
        *platform = value;
    } else if (has_word(key, "arch") && value.len <= 8) {
        *buildarch = value;
    }
}

void identity_take_any(struct span query, struct client *client)
{
    char key_buffer[VALUE_MAX], value_buffer[VALUE_MAX], platform_buffer[16], arch_buffer[16];
    struct span platform = span_text("efi"), buildarch = { 0 };

    client->kind = CLIENT_IPXE;
    while (query.len > 0) {
        struct text key = text_over(key_buffer, sizeof key_buffer);
        struct text value = text_over(value_buffer, sizeof value_buffer);
        struct span is_platform = { 0 }, is_arch = { 0 };
        if (!url_query_next(&query, &key, &value))
            continue;
        take_any(text_span(&key), text_span(&value), client, &is_platform, &is_arch);
        if (is_platform.len > 0) {
            span_to_text(is_platform, platform_buffer, sizeof platform_buffer);
            platform = span_text(platform_buffer);
        }
        if (is_arch.len > 0) {
            span_to_text(is_arch, arch_buffer, sizeof arch_buffer);
            buildarch = span_text(arch_buffer);
        }
    }
    enum arch arch = arch_of(platform, buildarch);
    if (arch != ARCH_NONE)
        client->arch = arch;
}

void identity_take(struct span query, struct client *client)
{
    char buffer[VALUE_MAX];
    struct span value;

    if (identity_is_told(query))
        client->kind = CLIENT_IPXE;
    struct mac mac;
    if (find_value(query, "mac", buffer, &value) && mac_parse(value, &mac) && !mac_is_zero(mac))
        client->mac = mac;
    struct uuid uuid;
    if (find_value(query, "uuid", buffer, &value) && uuid_parse(value, &uuid) &&
        !uuid_is_void(&uuid)) {
        client->uuid = uuid;
        client->has_uuid = true;
    }
    take_label(query, "serial", &client->serial);
    take_label(query, "asset", &client->asset);
    take_label(query, "manufacturer", &client->manufacturer);
    take_label(query, "product", &client->product);
    take_arch(query, client);
    struct ipxe_version version;
    if (find_value(query, "version", buffer, &value) && ipxe_version_parse(value, &version))
        client->ipxe_version = version;
    if (find_value(query, "memsize", buffer, &value) && parse_number(value) > 0)
        client->memory_mib = parse_number(value);
}
