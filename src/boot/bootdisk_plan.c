/* See bootdisk_plan.h. Which GRUB: the network's where it is here, since it has all that the disk's
 * has and TFTP besides (Debian's module lists differ by tftp, and by ciphers for local disks). It
 * reads its configuration from its built-in folder on the device it came from, else from the folder
 * of its own program.
 *
 * The configuration itself is one file, named after the machine; at the places where GRUBs look
 * there are a few words that lead to it. Seen with Debian's on x64 (/EFI/debian, /grub) and arm64
 * (/debian-installer/arm64/grub): started from a RAM disk they keep `root` on it. */
#include "boot/bootdisk_plan.h"

#include "base/checked.h"

#include "boot/bootdisk.h"
#include "boot/image_files.h"
#include "boot/rule.h"
#include "boot/script.h"
#include "boot/script_grub.h"

#define MIB ((uint64_t)1 << 20)

/* Folders of the prefixes built into signed GRUBs. The first is the program's own folder, which
 * Debian's tries last and Fedora's tries first. */
static const char *const config_folders[] = {
    "EFI/BOOT",
    "EFI/debian",
    "EFI/ubuntu",
    "EFI/fedora",
    "EFI/redhat",
    "EFI/centos",
    "EFI/rocky",
    "EFI/almalinux",
    "EFI/opensuse",
    "EFI/sles",
    "grub",
    "boot/grub",
    "boot/grub2",
    "debian-installer/amd64/grub",
    "debian-installer/arm64/grub",
};

/* The programs of an architecture: names of loader.def, and the name firmware looks for. */
struct disk_kind {
    enum arch arch;
    const char *boot, *shim, *grub, *grub_of_disks, *mok;
};

static const struct disk_kind kinds[] = {
    { ARCH_EFI_X64, "BOOTX64.EFI", "shimx64.efi", "grubx64.efi", "grubdiskx64.efi", "mmx64.efi" },
    { ARCH_EFI_ARM64, "BOOTAA64.EFI", "shimaa64.efi", "grubaa64.efi", "grubdiskaa64.efi",
      "mmaa64.efi" },
    { ARCH_EFI_IA32, "BOOTIA32.EFI", "shimia32.efi", "grubia32.efi", "grubdiskia32.efi",
      "mmia32.efi" },
};

struct planning {
    const struct catalog *catalog;
    const struct client *client;
    const struct reach *reach;
    struct arena *arena;
    const struct disk_kind *kind;
    const struct loader *shim, *grub, *mok;
    bool by_network; /* the GRUB has TFTP */
    uint64_t image_bytes_max, menu_bytes_max;
    struct disk_part *parts;
    uint16_t count;
    bool failed; /* the arena is used up, or there are too many parts */
};

bool bootdisk_name_parse(struct span path, struct mac *ret_mac)
{
    size_t slash = span_find(path, '/');
    struct span base = span_from(path, slash + 1);

    if (!span_is_nocase(span_slice(path, 0, slash), "disk") || base.len < 4 ||
        !span_is_nocase(span_from(base, base.len - 4), ".img"))
        return false;
    base.len -= 4;
    if (span_is_nocase(base, "boot")) {
        *ret_mac = (struct mac){ 0 };
        return true;
    }
    return mac_parse(base, ret_mac) && !mac_is_zero(*ret_mac);
}

/* Words in the arena, joined by slashes; NULL and `failed` when it is used up. */
static const char *join(struct planning *p, const char *folder, const char *name)
{
    size_t folder_len = strlen(folder), len = folder_len + strlen(name) + 2;
    char *copy = arena_alloc(p->arena, len);
    struct text text;

    if (!copy) {
        p->failed = true;
        return "";
    }
    text = text_over(copy, len);
    text_add(&text, folder);
    if (folder_len > 0)
        text_add_char(&text, '/');
    text_add(&text, name);
    return copy;
}

static void add_part(struct planning *p, const struct disk_part *part)
{
    if (p->count == BOOTDISK_FILES_MAX)
        p->failed = true;
    else
        p->parts[p->count++] = *part;
}

static void add_loader(struct planning *p, const char *name, const struct loader *loader)
{
    const struct disk_part part = {
        .path = join(p, "EFI/BOOT", name),
        .source = { .kind = PART_FILE, .path = loader->path, .root = loader->root },
    };
    add_part(p, &part);
}

/* shims of SUSE were built to ask for grub.efi. */
static const char *name_of_grub(const struct planning *p)
{
    const char *vendor = p->grub->secure.vendor;
    return strstr(vendor, "SUSE") ? "grub.efi" : p->kind->grub;
}

static void add_programs(struct planning *p)
{
    add_loader(p, p->kind->boot, p->shim);
    add_loader(p, name_of_grub(p), p->grub);
    if (p->mok)
        add_loader(p, p->kind->mok, p->mok);
}

/* The name by which GRUB finds this disk among those of the machine. */
static const char *config_path(struct planning *p)
{
    char buffer[32];
    struct text name = text_over(buffer, sizeof buffer);

    for (size_t i = 0; i < sizeof p->client->mac.bytes; i++)
        text_addf(&name, "%02x", p->client->mac.bytes[i]);
    text_add(&name, ".cfg");
    return join(p, "tugboot", buffer);
}

static void add_config(struct planning *p, const char *path, struct span text)
{
    const struct disk_part config = { .path = path, .source = { .kind = PART_TEXT, .text = text } };
    char buffer[400];
    struct text way = text_over(buffer, sizeof buffer);

    text_addf(&way,
              "# tugboot: leads to this machine's configuration, /%s\n"
              "if [ ! -e /%s ]; then search --no-floppy --file --set=root /%s; fi\n"
              "configfile /%s\n",
              path, path, path, path);
    struct span copy = arena_copy(p->arena, text_span(&way));
    if (!copy.data)
        p->failed = true;
    add_part(p, &config);
    for (size_t i = 0; i < sizeof config_folders / sizeof config_folders[0]; i++) {
        const struct disk_part part = { .path = join(p, config_folders[i], "grub.cfg"),
                                        .source = { .kind = PART_TEXT, .text = copy } };
        add_part(p, &part);
    }
}

/* A file of the image, at this place of the disk. */
static void add_image_file(struct planning *p, const struct image *image, const char *name,
                           const char *cpio_name, const char *path)
{
    struct disk_part part = { .path = path };

    /* Another entry of the same image has brought it. */
    for (uint16_t i = 0; i < p->count; i++)
        if (strcmp(p->parts[i].path, path) == 0)
            return;
    if (!image_files_plan(image, name, p->arena, &part.source)) {
        p->failed = true;
        return;
    }
    part.source.cpio_name = cpio_name;
    add_part(p, &part);
}

/* The same place as on the server, where the configuration looks for it. */
static const char *place_of(struct planning *p, const struct image *image, const char *name)
{
    struct safe_path clean;

    if (safe_path_parse(span_text(name), &clean) != PATH_SOUND) {
        p->failed = true;
        return "";
    }
    return join(p, join(p, "images", image_main_name(image)), clean.text);
}

static void add_image(struct planning *p, const struct image *image)
{
    char buffer[SAFE_PATH_MAX + sizeof IMAGE_CPIO_ENDING];

    add_image_file(p, image, image->kernel, NULL, place_of(p, image, image->kernel));
    for (uint8_t i = 0; i < image->initrd_count && i < IMAGE_INITRDS_MAX; i++) {
        struct text initrd = text_over(buffer, sizeof buffer);
        image_files_add_initrd(&initrd, image, i);
        add_image_file(p, image, image->initrds[i], image->initrd_names[i],
                       place_of(p, image, buffer));
    }
}

static bool begin(struct planning *p)
{
    p->failed = false;
    p->count = 0;
    p->parts = arena_array(p->arena, struct disk_part, BOOTDISK_FILES_MAX);
    return p->parts != NULL;
}

/* Close the list and make a candidate of it; false when it did not come out whole. */
static bool end(struct planning *p, uint64_t bytes_max, struct candidate *out)
{
    struct disk_plan *plan = arena_new(p->arena, struct disk_plan);

    if (!plan || p->failed)
        return false;
    *plan = (struct disk_plan){ .parts = p->parts, .count = p->count, .bytes_max = bytes_max };
    out->kind = CANDIDATE_DISK;
    out->served_as = SERVED_DISK;
    out->media_type = "application/vnd.efi-img";
    out->disk = plan;
    out->text = (struct span){ 0 };
    return true;
}

/* A program that firmware itself starts, Secure Boot or not. */
static bool is_for_firmware(const struct image *image)
{
    const struct secure_facts *f = &image->secure;
    return image->kind == IMAGE_EFI && f->inspected && f->is_signed && !f->is_damaged &&
           !f->is_revoked && !f->refusal[0] && (f->signers & (SECURE_MICROSOFT_ANY | SECURE_OWN));
}

static bool plan_program(struct planning *p, const struct entry *entry, struct candidate *out)
{
    *out = (struct candidate){ .what = entry->image->name,
                               .image = entry->image,
                               .last_of_image = true,
                               .used_next_boot = entry->one_shot ? entry->host : NULL };
    if (!begin(p))
        return false;
    add_image_file(p, entry->image, entry->image->kernel, NULL, join(p, "EFI/BOOT", p->kind->boot));
    return end(p, p->image_bytes_max, out);
}

/* A disk with GRUB, its configuration and these images (`all`: whatever the menu offers). */
static bool plan_grub(struct planning *p, struct grub_place *place, bool all, uint64_t bytes_max,
                      struct candidate *out)
{
    if (!begin(p))
        return false;
    const char *path = config_path(p);
    if (place->kind == GRUB_DISK)
        place->marker = path;
    place->grub = &p->grub->secure;
    add_programs(p);
    if (p->failed ||
        !script_for_grub(p->catalog, p->client, p->reach, place, (struct span){ 0 }, p->arena, out))
        return false;
    add_config(p, path, out->text);
    for (size_t i = 0; all && i < p->catalog->image_count; i++) {
        const struct image *image = &p->catalog->images[i];
        if (catalog_can_boot(image, p->client, NULL) && script_grub_can_start(place, image, NULL))
            add_image(p, image);
    }
    for (size_t i = 0; !all && i < place->image_count; i++)
        add_image(p, place->images[i]);
    return end(p, bytes_max, out);
}

/* The disk that has all it needs. */
static bool plan_whole(struct planning *p, const struct entry *entry, struct candidate *out)
{
    const struct image *image = entry->image;
    struct grub_place place = { .kind = GRUB_DISK, .images = &image };

    switch (entry->kind) {
    case ENTRY_IMAGE:
        place.image_count = 1;
        if (!plan_grub(p, &place, false, p->image_bytes_max, out))
            return false;
        out->last_of_image = out->image != NULL;
        return true;
    case ENTRY_MENU:
    case ENTRY_PICK: /* a disk has nobody to ask */
        place.images = NULL;
        return plan_grub(p, &place, true, p->menu_bytes_max, out);
    case ENTRY_LOCAL:
    case ENTRY_SHELL:
        return plan_grub(p, &place, false, UINT64_MAX, out);
    }
    return false;
}

static bool plan_small(struct planning *p, struct candidate *out)
{
    struct grub_place place = { .kind = GRUB_DISK_NET };

    if (!plan_grub(p, &place, false, UINT64_MAX, out))
        return false;
    out->image = NULL; /* its files come later, one by one */
    return true;
}

static void take_limits(struct planning *p)
{
    const struct disk_settings *settings = &p->catalog->disk;
    struct rule_settings rules;

    rule_settings_of(p->catalog, p->client, &rules);
    uint64_t most = rules.disk_max_mib > 0 ? rules.disk_max_mib : settings->size_max_mib;
    /* The firmware holds the disk, GRUB what it reads from it, and the system needs some, too. */
    if (p->client->memory_mib > 0 && most > p->client->memory_mib / 3)
        most = p->client->memory_mib / 3;
    p->image_bytes_max = most * MIB;
    p->menu_bytes_max = (most < settings->menu_max_mib ? most : settings->menu_max_mib) * MIB;
}

static bool find_programs(struct planning *p, struct text *why)
{
    const struct disk_kind *kind = p->kind;

    p->shim = catalog_find_loader(p->catalog, span_text(kind->shim));
    p->grub = catalog_find_loader(p->catalog, span_text(kind->grub));
    p->mok = catalog_find_loader(p->catalog, span_text(kind->mok));
    p->by_network = p->grub != NULL;
    if (!p->grub)
        p->grub = catalog_find_loader(p->catalog, span_text(kind->grub_of_disks));
    if (p->shim && p->grub)
        return true;
    text_addf(why, "no boot disk without %s: install the distribution's signed shim and GRUB",
              p->shim ? kind->grub : kind->shim);
    return false;
}

uint8_t bootdisk_plan(const struct catalog *catalog, const struct client *client,
                      const struct reach *reach, struct arena *arena,
                      struct candidate out[BOOTDISK_PLANS_MAX], struct text *why)
{
    enum arch arch = client->arch == ARCH_NONE ? ARCH_EFI_X64 : client->arch;
    struct planning p = { .catalog = catalog, .client = client, .reach = reach, .arena = arena };
    struct client known = *client;
    struct entry entry;
    uint8_t count = 0;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].arch == arch)
            p.kind = &kinds[i];
    if (!p.kind) {
        text_addf(why, "there is no boot disk for %s", arch_name(arch));
        return 0;
    }
    known.arch = arch;
    p.client = &known;
    take_limits(&p);
    choose_entry(catalog, &known, &entry);
    if (entry.kind == ENTRY_IMAGE && is_for_firmware(entry.image))
        return plan_program(&p, &entry, out) ? 1 : 0;
    if (!find_programs(&p, why))
        return 0;
    if (plan_whole(&p, &entry, &out[count]))
        count++;
    if (p.by_network && (entry.kind == ENTRY_IMAGE || entry.kind == ENTRY_MENU) &&
        plan_small(&p, &out[count]))
        count++;
    if (count == 0)
        text_addf(why, "the boot disk does not fit into the request's memory");
    return count;
}
