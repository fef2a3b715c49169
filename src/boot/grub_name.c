/* See grub_name.h. A GRUB asks in this order, and stops at the first name that is there:
 * grub.cfg-<UUID of option 97, in the order of the wire>, grub.cfg-01-<MAC>, grub.cfg-<IPv4 address
 * in hex> cut from the right digit by digit (or the IPv6 address with - for :), grub.cfg. Debian's
 * looks into the folder of its platform before that, and asks for the plain name only. */
#include "boot/grub_name.h"

#define BASE "grub.cfg"

/* The last part of a folder, and what stands before it. */
static struct span last_part(struct span folder, struct span *ret_before)
{
    size_t start = folder.len;

    while (start > 0 && folder.data[start - 1] != '/')
        start--;
    *ret_before = span_slice(folder, 0, start > 0 ? start - 1 : 0);
    return span_from(folder, start);
}

/* "x86_64-efi": what kind of machine such a GRUB runs on; false for any other folder. */
static bool read_platform(struct span folder, enum arch *ret_arch)
{
    static const struct {
        const char *name;
        enum arch arch;
    } platforms[] = {
        { "x86_64-efi", ARCH_EFI_X64 },          { "arm64-efi", ARCH_EFI_ARM64 },
        { "i386-efi", ARCH_EFI_IA32 },           { "arm-efi", ARCH_EFI_ARM32 },
        { "riscv64-efi", ARCH_EFI_RISCV64 },     { "riscv32-efi", ARCH_EFI_RISCV32 },
        { "loongarch64-efi", ARCH_EFI_LOONG64 }, { "i386-pc", ARCH_BIOS_X86 },
        { "powerpc-ieee1275", ARCH_PPC_OF },
    };

    for (size_t i = 0; i < sizeof platforms / sizeof platforms[0]; i++) {
        if (!span_is_nocase(folder, platforms[i].name))
            continue;
        *ret_arch = platforms[i].arch;
        return true;
    }
    return false;
}

static bool is_hex(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = ascii_lower(s.data[i]);
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
            return false;
    }
    return s.len > 0;
}

/* fe80-0-0-0-5054-ff-fe12-3456: at least two groups of up to four digits. */
static bool is_ipv6(struct span s)
{
    size_t groups = 0;

    if (s.len > 39)
        return false;
    while (s.len > 0) {
        size_t dash = span_find(s, '-');
        if (dash > 4 || (dash > 0 && !is_hex(span_slice(s, 0, dash))))
            return false;
        groups++;
        s = span_from(s, dash + 1);
    }
    return groups >= 2;
}

static bool take_mac(struct span s, struct client *client)
{
    struct mac mac;

    if (!mac_parse(s, &mac))
        return false;
    if (!mac_is_zero(mac))
        client->mac = mac;
    return true;
}

/* What follows "grub.cfg-"; false when no GRUB makes such a name. */
static bool read_suffix(struct span s, struct client *client)
{
    struct uuid wire;

    if (uuid_parse(s, &wire)) {
        struct uuid uuid = uuid_from_wire(wire.bytes);
        if (!uuid_is_void(&uuid)) {
            client->uuid = uuid;
            client->has_uuid = true;
        }
        return true;
    }
    if (span_starts_with(s, "01-") && take_mac(span_from(s, 3), client))
        return true;
    return take_mac(s, client) || (s.len <= 8 && is_hex(s)) || is_ipv6(s);
}

struct grub_name grub_name_read(const struct safe_path *path, struct client *client)
{
    struct grub_name name = { .kind = GRUB_NAME_NONE };
    struct span base = safe_path_base(path), folder = safe_path_folder(path), before;
    struct client told = *client;
    size_t plain = strlen(BASE);
    enum arch arch;

    if (!span_is_nocase(span_slice(base, 0, plain), BASE))
        return name;
    if (base.len > plain &&
        (base.data[plain] != '-' || !read_suffix(span_from(base, plain + 1), &told)))
        return name;
    *client = told;
    struct span last = last_part(folder, &before);
    if (span_is_nocase(last_part(before, &before), "entry") && last.len > 0)
        return (struct grub_name){ .kind = GRUB_NAME_ENTRY, .entry = last };
    last = last_part(folder, &before);
    name.kind = base.len > plain ? GRUB_NAME_SEARCHED : GRUB_NAME_PLAIN;
    name.folder = folder;
    if (read_platform(last, &arch)) {
        client->arch = arch;
        name.kind = GRUB_NAME_SEARCHED;
        name.folder = before;
    }
    return name;
}

struct listing {
    struct span folder, asked;
    struct safe_path *out;
    size_t count;
    bool found; /* the name asked for was passed */
};

static void add_name(struct listing *l, struct span suffix)
{
    char buffer[SAFE_PATH_MAX + 64];
    struct text text = text_over(buffer, sizeof buffer);
    struct safe_path path;

    text_add_span(&text, l->folder);
    text_add(&text, "/" BASE);
    text_add_span(&text, suffix);
    if (text.failed || safe_path_parse(text_span(&text), &path) != PATH_SOUND)
        return;
    if (span_equals_nocase(safe_path_span(&path), l->asked))
        l->found = true;
    else if (l->found)
        l->out[l->count++] = path;
}

static void add_mac_names(struct listing *l, struct mac mac)
{
    char buffer[32];
    struct text text = text_over(buffer, sizeof buffer);

    text_add(&text, "-01");
    for (size_t i = 0; i < sizeof mac.bytes; i++)
        text_addf(&text, "-%02x", mac.bytes[i]);
    add_name(l, text_span(&text));
    add_name(l, span_from(text_span(&text), 3));
}

size_t grub_name_list(const struct grub_name *name, const struct safe_path *path,
                      const struct client *client, struct safe_path out[GRUB_NAMES_MAX])
{
    struct listing l = { .folder = name->folder, .asked = safe_path_span(path), .out = out };
    char buffer[UUID_TEXT_MAX + 1];
    struct text text = text_over(buffer, sizeof buffer);

    if (name->kind != GRUB_NAME_SEARCHED)
        return 0;
    /* The folder of the platform is looked into first of all, or alone. */
    l.found = safe_path_folder(path).len != name->folder.len;
    if (client->has_uuid) {
        char uuid[UUID_TEXT_MAX];
        struct uuid wire = uuid_from_wire(client->uuid.bytes); /* its own inverse */
        uuid_format(&wire, uuid);
        text_addf(&text, "-%s", uuid);
        add_name(&l, text_span(&text));
    }
    if (!mac_is_zero(client->mac))
        add_mac_names(&l, client->mac);
    if (!ipv4_is_none(client->address)) {
        text = text_over(buffer, sizeof buffer);
        text_addf(&text, "-%08X", client->address.value);
        for (size_t digits = 8; digits > 0; digits--)
            add_name(&l, span_slice(text_span(&text), 0, digits + 1));
    }
    l.found = true; /* even where the name was another machine's, or one not known here */
    add_name(&l, (struct span){ 0 });
    return l.count;
}

bool grub_name_is_optional(const struct safe_path *path)
{
    static const char *const ends[] = { ".lst", ".mod", ".mo", ".gmo", ".pf2" };
    struct span folder = safe_path_folder(path), before, base = safe_path_base(path);
    struct span last = last_part(folder, &before);
    enum arch arch;
    bool own = read_platform(last, &arch) || span_is_nocase(last, "locale") ||
               span_is_nocase(last, "fonts");

    if (span_is_nocase(base, "grubenv") || span_is_nocase(base, "unicode.pf2"))
        return true;
    for (size_t i = 0; own && i < sizeof ends / sizeof ends[0]; i++)
        if (span_ends_with_nocase(base, ends[i]))
            return true;
    return false;
}
