/* Tests of boot/shim_name and boot/grub_name through boot/resolve: names that shims, firmware and
 * GRUBs were seen to ask for, and what each of them has to get. The source stands in each row:
 * owner/repo#N is an issue or pull request, "file: function" the source that makes the name. */
#include <stdio.h>

#include "boot/chain.h"
#include "boot/grub_name.h"
#include "boot/loader.h"
#include "boot/resolve.h"
#include "boot/shim_name.h"
#include "boot/test_catalog.h"

enum { LOADERS, IMAGES, FILES };

static const struct root roots[] = {
    [LOADERS] = { ROOT_LOADERS, "/loaders" },
    [IMAGES] = { ROOT_IMAGES, "/images" },
    [FILES] = { ROOT_FILES, "/files" },
};

static const struct image images[] = {
    { .name = "deb",
      .title = "Debian",
      .kind = IMAGE_LINUX,
      .arches = UINT32_MAX,
      .kernel = "amd64/linux",
      .initrds = { "amd64/initrd.gz" },
      .initrd_count = 1,
      .root = IMAGES,
      .folder = "deb" },
    { .name = "grubs",
      .title = "Has its own",
      .kind = IMAGE_LINUX,
      .arches = UINT32_MAX,
      .kernel = "vmlinuz",
      .root = IMAGES,
      .folder = "grubs" },
};

/* What lies in the folders, besides the loaders. */
static const struct {
    uint16_t root;
    const char *path;
} there[] = {
    { IMAGES, "deb/amd64/bootnetx64.efi" },
    { IMAGES, "deb/amd64/grubx64.efi" },
    { IMAGES, "deb/amd64/linux" },
    { IMAGES, "grubs/boot/grub/grub.cfg" },
    { FILES, "NWA_PXE/rhel-8.3-x86_64-dvd/EFI/BOOT/BOOTX64.EFI" },
    { FILES, "NWA_PXE/rhel-8.3-x86_64-dvd/EFI/BOOT/grubx64.efi" },
    { FILES, "bblefi-x64/grub_x64.efi" },
    { FILES, "host_config/00-11-22-33-44-55/grub2/grubx64.efi" },
    { FILES, "warewulf/grub.efi" },
    { FILES, "opsi/opsi-netboot.efi" },
    { FILES, "cobbler/grub/grub.cfg" },
    { FILES, "cobbler/grub/grub.cfg-C0A84A65" },
    { FILES, "ubuntu/grub/x86_64-efi/grub.cfg" },
    { LOADERS, "revocations.efi" },
    { LOADERS, "shim_certificate_0.efi" },
};

static struct loader loaders[128];
static struct catalog catalog = {
    .roots = roots, .root_count = 3, .images = images, .image_count = 2
};

/* Every loader of loader.def is here, under its wire name. */
static int fill_catalog(void **state)
{
    size_t count;
    const struct loader_row *rows = loader_rows(&count);
    (void)state;

    assert_true(count <= sizeof loaders / sizeof loaders[0]);
    for (size_t i = 0; i < count; i++)
        loaders[i] = (struct loader){ .folder = rows[i].folder,
                                      .set = rows[i].set,
                                      .file = rows[i].file,
                                      .arch = rows[i].arch,
                                      .root = LOADERS,
                                      .path = rows[i].file };
    catalog.loaders = loaders;
    catalog.loader_count = count;
    return 0;
}

static bool is_there(const struct candidate *c)
{
    if (c->loader)
        return true;
    for (size_t i = 0; i < sizeof there / sizeof there[0]; i++)
        if (there[i].root == c->root &&
            (c->any_case ? span_equals_nocase(safe_path_span(&c->path), span_text(there[i].path))
                         : span_equals(safe_path_span(&c->path), span_text(there[i].path))))
            return true;
    return false;
}

/* The file of loader.def that a chain's shim, or its second stage, is. */
static const char *stage(const char *chain, enum arch arch, bool second)
{
    const struct chain_row *row = chain_find(chain, arch, NULL);

    assert_non_null(row);
    return second ? row->second : row->first;
}

enum runs { NOTHING, SHIM, SECOND }; /* what of its chain the client fetched last */

static const struct {
    const char *asked;
    const char *folder; /* where it fetched its last loader */
    const char *chain;  /* that it was given; "" = none of ours */
    enum arch arch;
    enum runs runs;
    const char *want; /* "2" = the chain's second stage, "-" = nothing, and no error; "!" = nothing;
                         "menu", "pointer" = a text; "loaders:", "images:", "files:" and a path */
    const char *source;
} cases[] = {
    /* clang-format off */
    /* shim's own names, folder and all */
    { "grubx64.efi", "", "grub", ARCH_EFI_X64, SHIM, "2", "shim: netboot.c, at the root" },
    { "/grubx64.efi", "", "grub", ARCH_EFI_X64, SHIM, "2", "shim: httpboot.c" },
    { "//grubx64.efi", "", "grub", ARCH_EFI_X64, SHIM, "2", "rhboot/shim#436" },
    { "path//grubx64.efi", "path", "grub", ARCH_EFI_X64, SHIM, "2", "rhboot/shim#436" },
    { "\\grubx64.efi", "", "grub", ARCH_EFI_X64, SHIM, "2", "shim: DEFAULT_LOADER" },
    { "\\\\grubx64.efi", "", "grub", ARCH_EFI_X64, SHIM, "2", "shim: translate_slashes" },
    { "EFI\\BOOT\\grubx64.efi", "EFI/BOOT", "grub", ARCH_EFI_X64, SHIM, "2", "rhboot/shim#524" },
    { "GRUBX64.EFI", "", "grub", ARCH_EFI_X64, SHIM, "2", "FAT names in upper case" },
    { "EFI/BOOT/GRUBX64.EFI", "EFI/BOOT", "grub", ARCH_EFI_X64, SHIM, "2", "EFI/BOOT on media" },
    { "oader/grubx64.efi", "loader", "grub", ARCH_EFI_X64, SHIM, "2", "rhboot/shim#649: folder cut" },
    { "loader/grubx64.efi", "loader", "grub", ARCH_EFI_X64, SHIM, "2", "rhboot/shim#649" },
    { "grub/grubx64.efi", "grub", "grub", ARCH_EFI_X64, SHIM, "2", "rhboot/shim#696" },
    { "grub2/grubx64.efi", "grub2", "grub", ARCH_EFI_X64, SHIM, "2", "rhboot/shim#649 (Foreman)" },
    { "grubaa64.efi", "", "grub", ARCH_EFI_ARM64, SHIM, "2", "shim.h: EFI_ARCH aa64" },
    { "debian-installer/arm64/grubaa64.efi", "debian-installer/arm64", "grub", ARCH_EFI_ARM64, SHIM, "2", "Debian's arm64 netboot tree" },
    { "grubia32.efi", "", "grub", ARCH_EFI_IA32, SHIM, "2", "shim.h: EFI_ARCH ia32" },
    { "grub.efi", "", "grub", ARCH_EFI_X64, SHIM, "2", "SUSE's shim: DEFAULT_LOADER" },
    { "EFI/BOOT/grub.efi", "EFI/BOOT", "grub", ARCH_EFI_X64, SHIM, "2", "SUSE's shim, from EFI/BOOT" },
    { "\\EFI\\BOOT\\grub.efi", "", "grub", ARCH_EFI_ARM64, SHIM, "2", "SUSE's shim, arm64" },
    { "grub.efi", "", "", ARCH_EFI_X64, NOTHING, "loaders:grubx64.efi", "a SUSE shim of somebody else's server" },
    { "grubx64.efi", "", "", ARCH_NONE, NOTHING, "loaders:grubx64.efi", "rhboot/shim#710: 67 only, nothing known" },

    /* words of the boot entry in the place of the name, or stuck to it */
    { "grub/\xef\xbf\xbdOnboard", "grub", "grub", ARCH_EFI_X64, SHIM, "2", "rhboot/shim#696: Wyse 5070" },
    { "grub/?Onboard", "grub", "grub", ARCH_EFI_X64, SHIM, "2", "rhboot/shim#696 as a log shows it" },
    { "loader/?USB", "loader", "grub", ARCH_EFI_X64, SHIM, "2", "rhboot/shim#649: Latitude 5300" },
    { "\xffUSB", "", "grub", ARCH_EFI_X64, SHIM, "2", "rhboot/shim#649: load options" },
    { "Onboard", "", "grub", ARCH_EFI_X64, SHIM, "2", "rhboot/shim#649: OptiPlex 3040" },
    { "grub2/UEFI:", "grub2", "grub", ARCH_EFI_X64, SHIM, "2", "shim: load-options.c, first word of a title" },
    { "grub2/UEFI", "grub2", "grub", ARCH_EFI_X64, SHIM, "2", "shim: load-options.c, \"UEFI PXEv4 (MAC:..)\"" },
    { "PXE", "", "grub", ARCH_EFI_X64, SHIM, "2", "shim: load-options.c, \"PXE Network\"" },
    { "/IPV4", "", "grub", ARCH_EFI_X64, SHIM, "2", "shim: load-options.c, \"IPV4 Network - ..\"" },
    { "Network", "", "grub", ARCH_EFI_ARM64, SHIM, "2", "shim: load-options.c, aa64" },
    { "grub/\x01Onboard", "grub", "grub", ARCH_EFI_X64, SHIM, "2", "shim: load-options.c, a control character" },
    { "\x02\x1f", "", "grub", ARCH_EFI_X64, SHIM, "2", "shim: load-options.c, the optional data of the entry" },
    { "\xac\xed", "", "grub", ARCH_EFI_X64, SHIM, "2", "shim: load-options.c, UCS-2 cut to bytes" },
    { "/", "", "grub", ARCH_EFI_X64, SHIM, "2", "\"//?USB\" by HTTP: the rest is a query" },
    { "grub", "grub", "grub", ARCH_EFI_X64, SHIM, "2", "\"grub//?USB\" by HTTP" },
    { "grubx64.efi Onboard NIC (IPv4)", "", "grub", ARCH_EFI_X64, SHIM, "2", "load options with the name first" },
    { "grub/grubx64.efi?USB", "grub", "grub", ARCH_EFI_X64, SHIM, "2", "the same with a replacement character" },
    { "grubx64.efi\xff", "", "grub", ARCH_EFI_X64, SHIM, "2", "netbootxyz/netboot.xyz#1198: 0xff" },
    { "shimx64.efi\xff\xff", "", "grub", ARCH_EFI_X64, NOTHING, "loaders:shimx64.efi", "netbootxyz/netboot.xyz#1198" },
    { "Onboard", "", "grub", ARCH_EFI_X64, SECOND, "!", "GRUB runs: an unknown name is absent" },
    { "Onboard", "", "", ARCH_EFI_X64, NOTHING, "!", "nobody's shim" },
    { "../../Onboard", "", "grub", ARCH_EFI_X64, SHIM, "!", "a name that climbs is refused" },

    /* shims from elsewhere: their second stage lies beside them */
    { "grubx64.efi", "NWA_PXE/rhel-8.3-x86_64-dvd/EFI/BOOT", "", ARCH_EFI_X64, NOTHING, "files:NWA_PXE/rhel-8.3-x86_64-dvd/EFI/BOOT/grubx64.efi", "rhboot/shim#300: backslashes, bare name" },
    { "\\NWA_PXE\\rhel-8.3-x86_64-dvd\\EFI\\BOOT\\grubx64.efi", "", "", ARCH_EFI_X64, NOTHING, "files:NWA_PXE/rhel-8.3-x86_64-dvd/EFI/BOOT/grubx64.efi", "rhboot/shim#300" },
    { "grub_x64.efi", "bblefi-x64", "", ARCH_EFI_X64, NOTHING, "files:bblefi-x64/grub_x64.efi", "rhboot/shim#710: only option 67" },
    { "\\bblefi-x64\\grub_x64.efi", "", "", ARCH_EFI_X64, NOTHING, "files:bblefi-x64/grub_x64.efi", "rhboot/shim#710" },
    { "NWA_PXE/rhel-8.3-x86_64-dvd/EFI/BOOT/grubx64.efi", "NWA_PXE/rhel-8.3-x86_64-dvd/EFI/BOOT", "grub", ARCH_EFI_X64, NOTHING, "files:NWA_PXE/rhel-8.3-x86_64-dvd/EFI/BOOT/grubx64.efi", "given ours, started another server's" },
    { "host_config/00-11-22-33-44-55/grub2/grubx64.efi", "", "", ARCH_EFI_X64, NOTHING, "files:host_config/00-11-22-33-44-55/grub2/grubx64.efi", "theforeman/smart-proxy#877" },
    { "warewulf/grub.efi", "warewulf", "", ARCH_EFI_X64, NOTHING, "files:warewulf/grub.efi", "warewulf/warewulf#2238" },
    { "opsi-netboot.efi", "opsi", "", ARCH_EFI_X64, NOTHING, "files:opsi/opsi-netboot.efi", "rhboot/shim-review#457: its default loader" },
    { "grubx64.efi", "images/deb/amd64", "", ARCH_EFI_X64, NOTHING, "images:deb/amd64/grubx64.efi", "Debian's bootnetx64.efi of an image" },
    { "images/deb/amd64//grubx64.efi", "images/deb/amd64", "", ARCH_EFI_X64, NOTHING, "images:deb/amd64/grubx64.efi", "the same by HTTP Boot" },
    { "EFI/BOOT/grubx64.efi", "images/deb/amd64", "", ARCH_EFI_X64, NOTHING, "images:deb/amd64/grubx64.efi", "the same with a folder of its own mind" },

    /* the iPXE project's pairs */
    { "ipxe.efi", "", "snponly-shim", ARCH_EFI_X64, SHIM, "2", "ipxe/ipxe#1684: cannot see its name" },
    { "snponly.efi", "", "snponly-shim", ARCH_EFI_X64, SHIM, "2", "ipxe/shim: automatic_next_path" },
    { "ipxe.efi", "", "ipxe-shim", ARCH_EFI_X64, SHIM, "2", "ipxe/shim: DEFAULT_LOADER" },
    { "//ipxe.efi", "", "ipxe-shim", ARCH_EFI_X64, SHIM, "2", "rhboot/shim#436 with iPXE's shim" },
    { "ipxe.efi", "", "snponly-shim", ARCH_EFI_ARM64, SHIM, "2", "ipxe/ipxe#1684, arm64: not the x64 one" },
    { "snponly.efi", "", "snponly-shim", ARCH_EFI_ARM64, SHIM, "2", "ipxe/shim: automatic_next_path, arm64" },
    { "?USB", "", "snponly-shim", ARCH_EFI_X64, SHIM, "2", "rhboot/shim#649 with iPXE's shim" },
    { "snponly.efi", "", "snponly-shim", ARCH_EFI_X64, NOTHING, "2", "given this chain, its shim fetched elsewhere" },
    { "snponly.efi", "", "", ARCH_EFI_X64, NOTHING, "loaders:snponly.efi", "firmware asks for the unsigned one" },

    /* what shim goes on without */
    { "revocations.efi", "", "grub", ARCH_EFI_X64, SHIM, "loaders:revocations.efi", "rhboot/shim#662: shim 15.8" },
    { "oader/revocations.efi", "loader", "grub", ARCH_EFI_X64, SHIM, "loaders:revocations.efi", "rhboot/shim#649" },
    { "revocations_sku.efi", "", "grub", ARCH_EFI_X64, SHIM, "-", "shim 16: netboot.c" },
    { "revocations_sbat.efi", "", "grub", ARCH_EFI_X64, SHIM, "-", "shim 16: netboot.c" },
    { "/shim_certificate_0.efi", "", "grub", ARCH_EFI_X64, SHIM, "loaders:shim_certificate_0.efi", "shim 16: load_unbundled_trust" },
    { "shim_certificate_1.efi", "", "grub", ARCH_EFI_X64, SHIM, "-", "shim 16: load_unbundled_trust" },
    { "EFI\\BOOT\\shim_certificate_10.efi", "", "grub", ARCH_EFI_ARM64, SHIM, "-", "shim 16: load_unbundled_trust" },
    { "mmx64.efi", "", "grub", ARCH_EFI_X64, SECOND, "loaders:mmx64.efi", "shim: MOK_MANAGER" },
    { "warewulf/mmx64.efi", "warewulf", "", ARCH_EFI_X64, NOTHING, "loaders:mmx64.efi", "warewulf/warewulf#2238" },
    { "\\mmaa64.efi", "", "grub", ARCH_EFI_ARM64, SHIM, "loaders:mmaa64.efi", "shim: MOK_MANAGER, aa64" },
    { "fbx64.efi", "", "grub", ARCH_EFI_X64, SHIM, "loaders:fbx64.efi", "shim: FALLBACK" },
    { "MokManager.efi", "", "", ARCH_EFI_X64, NOTHING, "-", "rhboot/shim#44: shim before 12" },

    /* GRUB's configuration */
    { "/grub/grub.cfg", "", "grub", ARCH_EFI_X64, SECOND, "menu", "Debian's and Ubuntu's prefix" },
    { "/debian-installer/amd64/grub/grub.cfg", "", "grub", ARCH_EFI_X64, SECOND, "menu", "Debian's installer build" },
    { "/debian-installer/arm64/grub/grub.cfg", "", "grub", ARCH_EFI_ARM64, SECOND, "menu", "Debian's installer build, arm64" },
    { "/EFI/fedora/grub.cfg", "", "grub", ARCH_EFI_X64, SECOND, "menu", "Fedora's prefix" },
    { "/EFI/redhat/grub.cfg", "", "", ARCH_EFI_X64, NOTHING, "menu", "RHEL's prefix" },
    { "/EFI/BOOT/grub.cfg", "EFI/BOOT", "", ARCH_EFI_X64, NOTHING, "menu", "PartialVolume/shredos.x86_64#147" },
    { "/grub.cfg", "", "", ARCH_EFI_X64, NOTHING, "menu", "SUSE: empty prefix" },
    { "//grub.cfg", "", "", ARCH_EFI_X64, NOTHING, "menu", "SUSE: empty prefix, by HTTP" },
    { "EFI\\BOOT\\GRUB.CFG", "", "", ARCH_EFI_X64, NOTHING, "menu", "backslashes and upper case" },
    { "/grub/x86_64-efi/grub.cfg", "", "grub", ARCH_EFI_X64, SECOND, "pointer", "Debian's embedded configuration; grub-mknetdir" },
    { "grub/grub.cfg-01-00-50-56-b2-29-50", "", "", ARCH_EFI_X64, NOTHING, "pointer", "cobbler/cobbler#3219" },
    { "/grub/grub.cfg-01-c0-3f-d5-a4-1b-54", "", "", ARCH_EFI_X64, NOTHING, "pointer", "Thinstation/thinstation#566" },
    { "/grub/grub.cfg-52:54:00:12:34:56", "", "", ARCH_EFI_X64, NOTHING, "pointer", "MAAS: the MAC as it is" },
    { "/EFI/fedora/grub.cfg-9cfe245e-d0c8-bd45-a79f-54ea5fbd3d97", "", "", ARCH_EFI_X64, NOTHING, "pointer", "grub: net/bootp.c, client UUID" },
    { "grub/grub.cfg-C0A84A65", "", "", ARCH_EFI_X64, NOTHING, "pointer", "cobbler/cobbler#3219" },
    { "grub/grub.cfg-C0A84A", "", "", ARCH_EFI_X64, NOTHING, "pointer", "cobbler/cobbler#3219" },
    { "grub/grub.cfg-C", "", "", ARCH_EFI_X64, NOTHING, "pointer", "grub: net/net.c, the last cut" },
    { "/grub/grub.cfg-fe80-0-0-0-5054-ff-fe12-3456", "", "", ARCH_EFI_X64, NOTHING, "pointer", "grub: net/net.c, IPv6" },
    { "/grub/grub.cfg-node1", "", "", ARCH_EFI_X64, NOTHING, "!", "no GRUB makes that name" },
    { "/grub/grub.cfg.bak", "", "", ARCH_EFI_X64, NOTHING, "!", "no GRUB makes that name" },
    /* a tree of files made for another server, and an image's own, come first */
    { "cobbler/grub/grub.cfg", "", "", ARCH_EFI_X64, NOTHING, "files:cobbler/grub/grub.cfg", "cobbler/cobbler#3219" },
    { "cobbler/grub/grub.cfg-01-02-00-00-00-00-09", "", "", ARCH_EFI_X64, NOTHING, "files:cobbler/grub/grub.cfg-C0A84A65", "its next name is there" },
    { "cobbler/grub/grub.cfg-C0A84A6", "", "", ARCH_EFI_X64, NOTHING, "files:cobbler/grub/grub.cfg", "its last name is there" },
    { "cobbler/grub/x86_64-efi/grub.cfg", "", "", ARCH_EFI_X64, NOTHING, "files:cobbler/grub/grub.cfg-C0A84A65", "the platform's folder has none" },
    { "ubuntu/grub/x86_64-efi/grub.cfg", "", "", ARCH_EFI_X64, NOTHING, "files:ubuntu/grub/x86_64-efi/grub.cfg", "grub-mknetdir" },
    { "images/grubs/boot/grub/grub.cfg", "", "", ARCH_EFI_X64, NOTHING, "images:grubs/boot/grub/grub.cfg", "an installer's own menu" },
    { "images/deb/boot/grub/grub.cfg", "", "", ARCH_EFI_X64, NOTHING, "menu", "an image without one" },

    /* what GRUB goes on without */
    { "/grub/x86_64-efi/command.lst", "", "grub", ARCH_EFI_X64, SECOND, "-", "PartialVolume/shredos.x86_64#147" },
    { "/EFI/BOOT/x86_64-efi/fs.lst", "", "grub", ARCH_EFI_X64, SECOND, "-", "PartialVolume/shredos.x86_64#147" },
    { "/grub/arm64-efi/crypto.lst", "", "grub", ARCH_EFI_ARM64, SECOND, "-", "seen with Debian's arm64 GRUB" },
    { "/grub/arm64-efi/terminal.lst", "", "grub", ARCH_EFI_ARM64, SECOND, "-", "seen with Debian's arm64 GRUB" },
    { "/grub/i386-pc/normal.mod", "", "", ARCH_BIOS_X86, NOTHING, "-", "Thinstation/thinstation#566" },
    { "/grub/fonts/unicode.pf2", "", "grub", ARCH_EFI_X64, SECOND, "-", "Ubuntu's netboot configuration" },
    { "/grub/locale/de.mo", "", "grub", ARCH_EFI_X64, SECOND, "-", "grub: gettext.c" },
    { "/grub/grubenv", "", "grub", ARCH_EFI_X64, SECOND, "-", "grub: loadenv.c" },
    { "/images/deb/amd64/linux", "", "grub", ARCH_EFI_X64, SECOND, "images:deb/amd64/linux", "what our menu starts" },
    /* clang-format on */
};

static const char *const root_names[] = {
    [LOADERS] = "loaders:", [IMAGES] = "images:", [FILES] = "files:"
};

/* What this row's client would get, as a word of the table. */
static void tell(const struct resolution *found, char *out, size_t cap)
{
    struct text text = text_over(out, cap);

    for (uint8_t i = 0; i < found->count; i++) {
        const struct candidate *c = &found->candidates[i];
        if (c->kind == CANDIDATE_TEXT) {
            text_add(&text, c->served_as == SERVED_POINTER ? "pointer" : "menu");
            return;
        }
        if (!is_there(c))
            continue;
        text_add(&text, root_names[c->root]);
        if (c->loader)
            loader_add_wire_name(&text, c->loader->folder, c->loader->file);
        else
            text_add_span(&text, safe_path_span(&c->path));
        return;
    }
    text_add(&text, found->is_optional ? "-" : "!");
}

static void names_seen_in_the_wild(void **state)
{
    static uint8_t memory[100000];
    (void)state;
    assert_true(sizeof cases / sizeof cases[0] >= 100);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct client client = { .kind = CLIENT_PXE,
                                 .arch = cases[i].arch,
                                 .mac = { { 2, 0, 0, 0, 0, 9 } },
                                 .address = { 0xc0a84a65 } };
        const char *last = "", *want = cases[i].want;
        char got[600], wanted[600];
        struct resolution found;
        struct arena arena = arena_over(memory, sizeof memory);

        if (cases[i].chain[0]) {
            client.chain = chain_name_find(span_text(cases[i].chain));
            assert_non_null(client.chain);
            if (cases[i].runs != NOTHING)
                last = stage(client.chain, client.arch, cases[i].runs == SECOND);
        }
        if (strcmp(want, "2") == 0) {
            snprintf(wanted, sizeof wanted, "loaders:%s", stage(client.chain, client.arch, true));
            want = wanted;
        }
        const struct resolve_request request = {
            .name = span_text(cases[i].asked),
            .last_folder = span_text(cases[i].folder),
            .last_loader = span_text(last),
            .client = &client,
            .reach = { .server = { 0xc0000201 }, .http_port = 80 },
        };
        resolve(&catalog, &request, &arena, &found);
        tell(&found, got, sizeof got);
        if (strcmp(got, want) != 0)
            fail_msg("%s (%s): want %s, got %s", cases[i].asked, cases[i].source, want, got);
        if (strcmp(want, "!") == 0 && found.count == 0)
            assert_true(found.why[0]);
    }
}

/* Who the machine is, as its GRUB's name tells. */
static void names_tell_the_machine(void **state)
{
    static const struct {
        const char *path, *mac, *uuid;
        enum arch arch;
        enum grub_name_kind kind;
    } rows[] = {
        { "grub/grub.cfg-01-52-54-00-12-34-56", "52:54:00:12:34:56", NULL, ARCH_NONE,
          GRUB_NAME_SEARCHED },
        { "grub/grub.cfg-52-54-00-12-34-56", "52:54:00:12:34:56", NULL, ARCH_NONE,
          GRUB_NAME_SEARCHED },
        { "grub/grub.cfg-01-00-00-00-00-00-00", "00:00:00:00:00:00", NULL, ARCH_NONE,
          GRUB_NAME_SEARCHED },
        /* the first three fields as on the wire */
        { "grub/grub.cfg-1e5c0d7b-0000-0040-8000-525400123456", "00:00:00:00:00:00",
          "7b0d5c1e-0000-4000-8000-525400123456", ARCH_NONE, GRUB_NAME_SEARCHED },
        { "grub/arm64-efi/grub.cfg", "00:00:00:00:00:00", NULL, ARCH_EFI_ARM64,
          GRUB_NAME_SEARCHED },
        { "grub/entry/debian-12/grub.cfg-01-52-54-00-12-34-56", "52:54:00:12:34:56", NULL,
          ARCH_NONE, GRUB_NAME_ENTRY },
        { "grub/entry/@menu/grub.cfg", "00:00:00:00:00:00", NULL, ARCH_NONE, GRUB_NAME_ENTRY },
        { "entry/grub.cfg", "00:00:00:00:00:00", NULL, ARCH_NONE, GRUB_NAME_PLAIN },
        { "grub.cfg-", "00:00:00:00:00:00", NULL, ARCH_NONE, GRUB_NAME_NONE },
        { "grub.cfg-123456789", "00:00:00:00:00:00", NULL, ARCH_NONE, GRUB_NAME_NONE },
        { "grub.conf", "00:00:00:00:00:00", NULL, ARCH_NONE, GRUB_NAME_NONE },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct client client = { 0 };
        struct safe_path path;
        char mac[MAC_TEXT_MAX], uuid[UUID_TEXT_MAX];
        assert_int_equal(safe_path_parse(span_text(rows[i].path), &path), PATH_SOUND);
        struct grub_name name = grub_name_read(&path, &client);
        mac_format(client.mac, mac);
        if (name.kind != rows[i].kind || strcmp(mac, rows[i].mac) != 0 ||
            client.arch != rows[i].arch || client.has_uuid != (rows[i].uuid != NULL))
            fail_msg("%s", rows[i].path);
        uuid_format(&client.uuid, uuid);
        if (rows[i].uuid)
            assert_string_equal(uuid, rows[i].uuid);
    }
}

/* The order in which a GRUB goes on from a name. */
static void a_grub_goes_on_in_its_order(void **state)
{
    static const char *const all[] = {
        "g/grub.cfg-1e5c0d7b-0000-0040-8000-525400123456",
        "g/grub.cfg-01-02-00-00-00-00-09",
        "g/grub.cfg-02-00-00-00-00-09",
        "g/grub.cfg-C0A84A65",
        "g/grub.cfg-C0A84A6",
        "g/grub.cfg-C0A84A",
        "g/grub.cfg-C0A84",
        "g/grub.cfg-C0A8",
        "g/grub.cfg-C0A",
        "g/grub.cfg-C0",
        "g/grub.cfg-C",
        "g/grub.cfg",
    };
    size_t count = sizeof all / sizeof all[0];
    struct client client = { .mac = { { 2, 0, 0, 0, 0, 9 } },
                             .address = { 0xc0a84a65 },
                             .has_uuid = true };
    struct safe_path path, out[GRUB_NAMES_MAX];
    (void)state;

    assert_true(uuid_parse(span_text("7b0d5c1e-0000-4000-8000-525400123456"), &client.uuid));
    assert_int_equal(count, GRUB_NAMES_MAX);
    for (size_t from = 0; from + 1 < count; from++) {
        assert_int_equal(safe_path_parse(span_text(all[from]), &path), PATH_SOUND);
        struct grub_name name = grub_name_read(&path, &client);
        assert_int_equal(grub_name_list(&name, &path, &client, out), count - from - 1);
        for (size_t i = 0; i + from + 1 < count; i++)
            assert_string_equal(out[i].text, all[from + 1 + i]);
    }
    assert_int_equal(safe_path_parse(span_text("g/x86_64-efi/grub.cfg"), &path), PATH_SOUND);
    struct grub_name name = grub_name_read(&path, &client);
    assert_int_equal(grub_name_list(&name, &path, &client, out), count);
    assert_int_equal(safe_path_parse(span_text("g/grub.cfg"), &path), PATH_SOUND);
    name = grub_name_read(&path, &client);
    assert_int_equal(grub_name_list(&name, &path, &client, out), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(names_seen_in_the_wild, fill_catalog),
        cmocka_unit_test(names_tell_the_machine),
        cmocka_unit_test(a_grub_goes_on_in_its_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
