/* Tests of boot/script_ipxe, boot/menu and boot/script: the scripts are read back by an independent
 * reader, and hostile texts must not change what it finds. */
#include "boot/ipxe_dialect.h"
#include "boot/ipxe_secure.h"
#include "boot/menu.h"
#include "boot/script.h"
#include "boot/script_ipxe.h"
#include "boot/test_catalog.h"
#include "boot/test_ipxe_reader.h"

static const struct reach reach = { { 0xc0000201 }, 80 };
static struct reader_script script;

static const char *const hostile[] = {
    "plain text",
    "",
    "\n",
    "a\nshell\n",
    "a\r\nreboot",
    "|| shell",
    "&& shell ||",
    "; shell",
    "x ; shell",
    "# comment",
    "x #y",
    "${password}",
    "$${password}",
    "${",
    "${net0/${x}}",
    "ends in \\",
    "\\",
    "-x --default",
    "--",
    "tab\tand\vvt\fff",
    "\x01\x02\x1b[2J",
    "\xc3\xa4\xe2\x82\xac\xff\x80",
    "$\\{a}",
    "a||b&&c;d#e",
    "||",
    "&&",
    ";",
    "#!ipxe",
    ":label",
    "012345678901234567890123456789012345678901234567890123456789012",
};

#define HOSTILE_COUNT (sizeof hostile / sizeof hostile[0])

/* Every setting the writers use; none can be named by a client. */
static bool is_our_setting(const char *name)
{
    static const char *const ours[] = {
        "netX/mac",
        "uuid",
        "serial:uristring",
        "asset:uristring",
        "manufacturer:uristring",
        "product:uristring",
        "platform",
        "buildarch",
        "memsize",
        "ip",
        "errno",
        "pick",
        "menu-timeout",
        "netmask",
        "gateway",
        "dns",
        "version:uristring",
        "version",
        "netX/chip",
        "efi/SecureBoot",
        "refused",
        "waited",
    };
    if (strncmp(name, "net", 3) == 0 && name[3] >= '0' && name[3] < '8' &&
        strcmp(name + 4, "/ip") == 0)
        return true;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (strcmp(name, ours[i]) == 0)
            return true;
    return false;
}

static void assert_sound(const struct text *text, const char *what)
{
    char name[64];

    assert_false(text->failed);
    reader_read(&script, text->data, text->len);
    if (!script.is_sound)
        fail_msg("%s is not sound:\n%s", what, text->data);
    for (int i = 0; reader_setting(text->data, text->len, i, name); i++)
        if (!is_our_setting(name))
            fail_msg("%s uses the setting '%s'", what, name);
    for (size_t i = 0; i < text->len; i++)
        if ((text->data[i] < 0x20 && text->data[i] != '\n') || text->data[i] == 0x7f)
            fail_msg("%s has the byte %02x", what, (unsigned)text->data[i]);
    /* The last command never lets the script fall off its end, and every goto has its label. */
    const struct reader_command *last = &script.commands[script.count - 1];
    if (strcmp(last->words[0], "goto") != 0 && strcmp(last->words[0], "exit") != 0)
        fail_msg("%s ends in %s", what, last->words[0]);
    for (int i = 0; i < script.count; i++) {
        const struct reader_command *c = &script.commands[i];
        if (c->count != 2 || strcmp(c->words[0], "goto") != 0)
            continue;
        bool found = false;
        for (int k = 0; k < script.count; k++)
            found = found || strcmp(script.commands[k].label, c->words[1]) == 0;
        if (!found)
            fail_msg("%s: goto %s has no label", what, c->words[1]);
    }
}

static int count_commands(const char *begin)
{
    int n = 0;
    for (int i = 0; i < script.count; i++)
        n += reader_command_begins(&script.commands[i], begin);
    return n;
}

static void foreign_text_is_harmless(void **state)
{
    (void)state;
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        char buffer[400];
        struct text text = text_over(buffer, sizeof buffer);
        text_add(&text, "#!ipxe\necho before ");
        script_add_foreign(&text, span_text(hostile[i]), 60, "nothing");
        text_add(&text, " after\ngoto x\n:x\nexit 1\n");
        assert_sound(&text, hostile[i]);
        /* one echo that reaches to its last word, and what we wrote after it */
        assert_int_equal(script.count, 4);
        assert_string_equal(script.commands[0].words[script.commands[0].count - 1], "after");
        assert_string_equal(script.commands[0].end, "");
    }
    char buffer[32];
    struct text text = text_over(buffer, sizeof buffer);
    script_add_foreign(&text, span_text("0123456789 abc"), 10, "");
    assert_string_equal(buffer, "0123456789");
    text = text_over(buffer, sizeof buffer);
    script_add_foreign(&text, span_text("  a \n b  "), 10, "");
    assert_string_equal(buffer, "a b");
}

static void operator_words_are_checked(void **state)
{
    static const struct {
        const char *words;
        enum script_flaw want;
    } cases[] = {
        { "quiet ds=nocloud;s=http://x/ --- a||b", SCRIPT_SOUND },
        { "", SCRIPT_SOUND },
        { "a || b", SCRIPT_TERMINATOR },
        { "a ;", SCRIPT_TERMINATOR },
        { "&& a", SCRIPT_TERMINATOR },
        { "a #b", SCRIPT_COMMENT },
        { "a#b", SCRIPT_SOUND },
        { "a=${b}", SCRIPT_SETTING },
        { "a\nb", SCRIPT_CONTROL },
        { "a\\", SCRIPT_BACKSLASH },
        { "a\\b", SCRIPT_SOUND },
        { "a b\\", SCRIPT_BACKSLASH },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (script_check_words(span_text(cases[i].words)) != cases[i].want)
            fail_msg("%s", cases[i].words);
}

static struct client hostile_client(const char *text)
{
    struct client c = test_client(CLIENT_IPXE, ARCH_EFI_X64, 9);
    c.hostname = c.serial = c.asset = c.product = c.manufacturer = c.user_class = c.vendor_class =
        label_of(span_text(text));
    c.address.value = 0xc0000a09;
    return c;
}

static void hostile_clients_change_no_command(void **state)
{
    static const char *const pages[] = { "",
                                         "entry=@facts",
                                         "entry=@menu",
                                         "entry=big",
                                         "entry=debian-12",
                                         "entry=@shell",
                                         "entry=@local",
                                         "entry=memtest" };
    static uint8_t memory[100000];
    (void)state;
    for (size_t p = 0; p < sizeof pages / sizeof pages[0]; p++) {
        int want = 0;
        for (size_t i = 0; i < HOSTILE_COUNT; i++) {
            struct client client = hostile_client(hostile[i]);
            struct arena arena = arena_over(memory, sizeof memory);
            struct candidate c;
            assert_true(script_for_machine(&test_catalog, &client, &reach, span_text(pages[p]),
                                           &arena, &c));
            char *copy = (char *)(memory + 80000);
            struct text text = text_over(copy, 20000);
            text_add_span(&text, c.text);
            assert_sound(&text, pages[p]);
            if (strcmp(pages[p], "entry=big") == 0)
                continue; /* its arguments need a serial number: one text has none */
            if (i == 0)
                want = script.count;
            assert_int_equal(script.count, want);
        }
    }
}

static void hostile_entries_lead_to_the_menu(void **state)
{
    static uint8_t memory[100000];
    (void)state;
    for (size_t i = 1; i < HOSTILE_COUNT; i++) {
        struct client client = test_client(CLIENT_IPXE, ARCH_EFI_X64, 9);
        struct arena arena = arena_over(memory, sizeof memory);
        struct candidate c;
        char query_buffer[300], copy[4096];
        struct text query = text_over(query_buffer, sizeof query_buffer);
        if (hostile[i][0] == 0)
            continue;
        text_add(&query, "entry=");
        for (const char *at = hostile[i]; *at; at++)
            text_addf(&query, "%%%02x", (unsigned char)*at);
        assert_true(
            script_for_machine(&test_catalog, &client, &reach, text_span(&query), &arena, &c));
        struct text text = text_over(copy, sizeof copy);
        text_add_span(&text, c.text);
        assert_sound(&text, hostile[i]);
        assert_int_equal(count_commands("chain"), 1);
        assert_null(c.image);
    }
}

static void write_image(const char *name, const char *arguments, struct text *out, char *buffer,
                        size_t cap)
{
    *out = text_over(buffer, cap);
    const struct script_start start = { .image = catalog_find_image(&test_catalog, span_text(name)),
                                        .arguments = span_text(arguments) };
    script_write_image(out, &start, &reach);
    assert_sound(out, name);
}

static void images_become_commands(void **state)
{
    char buffer[8192];
    struct text text;
    (void)state;

    write_image("debian-12", "quiet ---", &text, buffer, sizeof buffer);
    assert_int_equal(count_commands("imgfree"), 1);
    assert_int_equal(count_commands("kernel http://192.0.2.1/images/debian-12/linux "
                                    "initrd=initrd.gz quiet ---"),
                     1);
    assert_int_equal(count_commands("initrd --name initrd.gz "
                                    "http://192.0.2.1/images/debian-12/initrd.gz"),
                     1);
    assert_int_equal(count_commands("boot"), 1);

    /* two of the same name, and one with a blank: numbered, and the URL is coded */
    write_image("big", "", &text, buffer, sizeof buffer);
    assert_int_equal(count_commands("kernel http://192.0.2.1/images/big/vmlinuz "
                                    "initrd=initrd1.img initrd=initrd2.img initrd=initrd3.img"),
                     1);
    assert_int_equal(count_commands("initrd --name initrd3.img "
                                    "http://192.0.2.1/images/big/odd%20name"),
                     1);
    write_image("arm", "", &text, buffer, sizeof buffer);
    assert_int_equal(count_commands("chain http://192.0.2.1/images/arm/uki.efi"), 1);
    write_image("disk", "", &text, buffer, sizeof buffer);
    assert_int_equal(count_commands("sanboot --no-describe http://192.0.2.1/images/disk/disk.img"),
                     1);
    write_image("broken", "", &text, buffer, sizeof buffer);
    assert_int_equal(count_commands("echo tugboot: starting Broken .| template"), 1);
}

static void versions_tell_the_dialect(void **state)
{
    static const struct {
        const char *version;
        enum arch arch;
        bool shim;
    } cases[] = {
        { "", ARCH_EFI_X64, true }, /* not told: the command is tried */
        { "1.0.0+", ARCH_EFI_X64, false },
        { "1.21.1", ARCH_EFI_X64, false }, /* the release of 2020, Broadcom's */
        { "1.21.1+ (g3ddbd)", ARCH_EFI_X64, true },
        { "2.0.0", ARCH_EFI_ARM64, true },
        { "2.0.0", ARCH_BIOS_X86, false },
        { "10.0.0", ARCH_NONE, true },
    };
    static const char *const senseless[] = { "x", "1", "1.2", "1.2.", "256.1.1", "1..1", ".1.1" };
    struct ipxe_version version;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct client client = test_client(CLIENT_IPXE, cases[i].arch, 9);
        if (cases[i].version[0])
            assert_true(ipxe_version_parse(span_text(cases[i].version), &client.ipxe_version));
        if (ipxe_dialect_of(&client).shim != cases[i].shim)
            fail_msg("%s", cases[i].version);
    }
    for (size_t i = 0; i < sizeof senseless / sizeof senseless[0]; i++)
        assert_false(ipxe_version_parse(span_text(senseless[i]), &version));
}

static void a_known_shim_is_named_to_who_can_use_it(void **state)
{
    static const char own[] = "shim http://192.0.2.1/images/debian-12/boot/bootnet%20x64.efi";
    static const char systems[] = "shim http://192.0.2.1/shimx64.efi";
    static const struct {
        const char *what, *shim, *kernel_vendor, *grub_vendor, *version, *want;
    } cases[] = {
        { "its own", "boot/bootnet x64.efi", "", "", "2.0.0", own },
        { "its own before the system's", "boot/bootnet x64.efi", "D CA", "D CA", "2.0.0", own },
        { "an old iPXE", "boot/bootnet x64.efi", "D CA", "D CA", "1.0.0", NULL },
        { "the system's", NULL, "D CA", "D CA", "2.0.0", systems },
        { "another vendor's kernel", "", "E CA", "D CA", "2.0.0", NULL },
        { "not signed", "", "", "", "2.0.0", NULL },
    };
    static uint8_t memory[100000];
    struct loader loaders[sizeof test_loaders / sizeof test_loaders[0]];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct image image = test_images[0];
        struct catalog catalog = test_catalog;
        struct client client = test_client(CLIENT_IPXE, ARCH_EFI_X64, 9);
        struct arena arena = arena_over(memory, sizeof memory);
        struct candidate c;
        char copy[8192];
        struct text text = text_over(copy, sizeof copy);

        memcpy(loaders, test_loaders, sizeof loaders);
        for (size_t k = 0; k < sizeof loaders / sizeof loaders[0]; k++)
            if (strcmp(loaders[k].file, "grubx64.efi") == 0) {
                loaders[k].secure.is_signed = cases[i].grub_vendor[0] != 0;
                span_to_text(span_text(cases[i].grub_vendor), loaders[k].secure.vendor,
                             sizeof loaders[k].secure.vendor);
            }
        image.shim = cases[i].shim;
        image.secure.is_signed = cases[i].kernel_vendor[0] != 0;
        span_to_text(span_text(cases[i].kernel_vendor), image.secure.vendor,
                     sizeof image.secure.vendor);
        catalog.loaders = loaders;
        catalog.images = &image;
        catalog.image_count = 1;
        assert_true(ipxe_version_parse(span_text(cases[i].version), &client.ipxe_version));
        assert_true(script_for_machine(&catalog, &client, &reach, span_text("entry=debian-12"),
                                       &arena, &c));
        text_add_span(&text, c.text);
        assert_sound(&text, cases[i].what);
        assert_int_equal(count_commands("shim"), cases[i].want ? 1 : 0);
        if (cases[i].want && count_commands(cases[i].want) != 1)
            fail_msg("%s:\n%s", cases[i].what, copy);
        for (int k = 0; k < script.count; k++) /* a build without the command goes on */
            if (strcmp(script.commands[k].words[0], "shim") == 0)
                assert_string_equal(script.commands[k].end, "||");
    }
}

static void local_disk_follows_the_firmware(void **state)
{
    static const struct {
        enum arch arch;
        const char *want;
        int sanboots;
    } cases[] = {
        { ARCH_EFI_X64, "exit 1", 0 },
        { ARCH_EFI_ARM64, "exit 1", 0 },
        { ARCH_BIOS_X86, "exit 0", 1 },
        { ARCH_NONE, "iseq ${platform} efi", 1 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct client client = test_client(CLIENT_IPXE, cases[i].arch, 9);
        char buffer[2048];
        struct text text = text_over(buffer, sizeof buffer);
        script_write_local(&text, &client, &reach);
        assert_sound(&text, "local");
        assert_int_equal(count_commands(cases[i].want), 1);
        assert_int_equal(count_commands("sanboot --no-describe --drive 0x80"), cases[i].sanboots);
    }
}

/* Which entries of the menu carry the mark, whose text iPXE fills in by its own state. */
static void what_secure_boot_refuses_is_marked(void **state)
{
    static const struct secure_facts unsigned_one = { .inspected = true, .is_efi = true };
    static const struct secure_facts by_debian = { .inspected = true,
                                                   .is_efi = true,
                                                   .is_signed = true,
                                                   .signers = SECURE_VENDOR,
                                                   .vendor = "D CA" };
    static const struct secure_facts by_microsoft = {
        .inspected = true, .is_efi = true, .is_signed = true, .signers = SECURE_MICROSOFT_UEFI_2023
    };
    static const struct {
        const char *what;
        struct secure_facts facts;
        enum image_kind kind;
        enum arch arch;
        const char *shim, *version, *refusal;
    } cases[] = {
        { "not looked at", { 0 }, IMAGE_LINUX, ARCH_EFI_X64, NULL, "2.0.0", NULL },
        { "not signed", unsigned_one, IMAGE_EFI, ARCH_EFI_X64, NULL, "2.0.0", "it is not signed" },
        { "a disk", unsigned_one, IMAGE_SANBOOT, ARCH_EFI_X64, NULL, "2.0.0", NULL },
        { "Microsoft's", by_microsoft, IMAGE_EFI, ARCH_EFI_X64, NULL, "1.0.0", NULL },
        { "its shim is known", by_debian, IMAGE_LINUX, ARCH_EFI_X64, "s.efi", "2.0.0", NULL },
        { "no shim is known", by_debian, IMAGE_LINUX, ARCH_EFI_X64, "", "2.0.0", "none is here" },
        { "no shim command", by_debian, IMAGE_LINUX, ARCH_EFI_X64, "s.efi", "1.0.0",
          "no command for that" },
        { "a program, no kernel", by_debian, IMAGE_EFI, ARCH_EFI_X64, "s.efi", "2.0.0",
          "only a shim" },
    };
    static const enum arch arches[] = { ARCH_EFI_X64, ARCH_EFI_ARM64, ARCH_BIOS_X86, ARCH_NONE };
    char buffer[16384];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct image image = test_images[0];
        struct catalog catalog = test_catalog;
        struct client client = test_client(CLIENT_IPXE, cases[i].arch, 9);
        struct text text = text_over(buffer, sizeof buffer);

        image.secure = cases[i].facts;
        image.kind = cases[i].kind;
        image.shim = cases[i].shim;
        image.title =
            "A title that is longer than the seventy columns an entry of the menu has, far";
        catalog.images = &image;
        catalog.image_count = 1;
        assert_true(ipxe_version_parse(span_text(cases[i].version), &client.ipxe_version));
        const char *why = ipxe_secure_refusal(&catalog, &client, &image);
        if (!why != !cases[i].refusal || (why && !strstr(why, cases[i].refusal)))
            fail_msg("%s: %s", cases[i].what, why ? why : "no refusal");
        menu_write_ipxe(&text, &catalog, &client, NULL, &reach, (struct span){ 0 });
        assert_sound(&text, cases[i].what);
        for (int k = 0; k < script.count; k++) {
            const struct reader_command *c = &script.commands[k];
            if (c->count < 3 || strcmp(c->words[2], "debian-12") != 0)
                continue;
            bool marked = strcmp(c->words[c->count - 1], "${refused}") == 0;
            size_t columns = marked ? strlen("(Secure Boot refuses it)") - strlen("${refused}") : 0;
            if (marked != (cases[i].refusal != NULL))
                fail_msg("%s: %s", cases[i].what, c->words[c->count - 1]);
            for (int w = 3; w < c->count; w++)
                columns += strlen(c->words[w]) + 1;
            assert_in_range(columns, 1, 71);
        }
        assert_int_equal(count_commands("item -- debian-12 A title that"), 1);
    }
    for (size_t i = 0; i < sizeof arches / sizeof arches[0]; i++) {
        struct client client = test_client(CLIENT_IPXE, arches[i], 9);
        struct text text = text_over(buffer, sizeof buffer);
        bool may_be_on = arches[i] != ARCH_BIOS_X86;
        menu_write_ipxe(&text, &test_catalog, &client, NULL, &reach, (struct span){ 0 });
        assert_sound(&text, arch_name(arches[i]));
        assert_int_equal(count_commands("clear refused"), may_be_on ? 2 : 1);
        assert_int_equal(count_commands("set refused"), may_be_on ? 2 : 0);
    }
}

static void namesakes_are_told_apart(void **state)
{
    static const struct image twins[] = {
        { .name = "plain", .title = "Debian 12", .kernel = "linux", .arches = UINT32_MAX },
        { .name = "rescue", .title = "Debian 12", .kernel = "linux", .arches = UINT32_MAX },
        { .name = "other", .title = "Memtest", .kernel = "memtest", .arches = UINT32_MAX },
    };
    struct catalog catalog = test_catalog;
    struct client client = test_client(CLIENT_IPXE, ARCH_EFI_X64, 9);
    char buffer[16384];
    struct text text = text_over(buffer, sizeof buffer);
    (void)state;
    catalog.images = twins;
    catalog.image_count = 3;
    menu_write_ipxe(&text, &catalog, &client, NULL, &reach, (struct span){ 0 });
    assert_sound(&text, "namesakes");
    assert_int_equal(count_commands("item -- plain Debian 12 [plain]"), 1);
    assert_int_equal(count_commands("item -- rescue Debian 12 [rescue]"), 1);
    assert_int_equal(count_commands("item -- other Memtest"), 1);
}

static void the_menu_shows_what_can_boot(void **state)
{
    static const struct {
        const char *name;
        enum arch arch;
        uint32_t memory;
        int debian, big, arm, disk;
    } cases[] = {
        { "x64", ARCH_EFI_X64, 0, 1, 1, 0, 0 },
        { "x64 with little memory", ARCH_EFI_X64, 1024, 1, 0, 0, 0 },
        { "BIOS", ARCH_BIOS_X86, 8192, 1, 1, 0, 1 },
        { "arm64", ARCH_EFI_ARM64, 0, 0, 0, 1, 0 },
        { "unknown", ARCH_NONE, 0, 1, 1, 1, 1 },
        { "none of it", ARCH_EFI_RISCV64, 0, 0, 0, 0, 0 },
    };
    struct catalog catalog = test_catalog;
    catalog.menu.default_choice = "pick"; /* with no such item the first image would be started */
    catalog.menu.pick = false;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct client client = test_client(CLIENT_IPXE, cases[i].arch, 9);
        char buffer[16384];
        struct text text = text_over(buffer, sizeof buffer);
        client.memory_mib = cases[i].memory;
        menu_write_ipxe(&text, &catalog, &client, NULL, &reach, (struct span){ 0 });
        assert_sound(&text, cases[i].name);
        assert_int_equal(count_commands("item -- debian-12"), cases[i].debian);
        assert_int_equal(count_commands("item -- big"), cases[i].big);
        assert_int_equal(count_commands("item -- arm"), cases[i].arm);
        assert_int_equal(count_commands("item -- disk"), cases[i].disk);
        assert_int_equal(count_commands("item --gap -- Installers"),
                         cases[i].debian + cases[i].arm > 0);
        assert_int_equal(count_commands("item --key l @local Boot from local disk"), 1);
        assert_int_equal(count_commands("choose --default @local --timeout ${menu-timeout} pick"),
                         1);
        /* 80 columns: only URLs are longer */
        for (int k = 0; k < script.count; k++) {
            size_t width = 0;
            for (int w = 2; w < script.commands[k].count; w++)
                width += strlen(script.commands[k].words[w]) + 1;
            if (strcmp(script.commands[k].words[0], "item") == 0)
                assert_true(width <= 78);
        }
    }
}

static void one_shots_and_failures_are_told(void **state)
{
    static uint8_t memory[40000];
    struct candidate c;
    (void)state;

    struct client client = test_client(CLIENT_IPXE, ARCH_EFI_X64, 2);
    struct arena arena = arena_over(memory, sizeof memory);
    assert_true(script_for_machine(&test_catalog, &client, &reach, (struct span){ 0 }, &arena, &c));
    assert_string_equal(c.what, "debian-12");
    assert_string_equal(c.used_next_boot->name, "node2");
    assert_ptr_equal(c.image, &test_images[0]);

    client.mac.bytes[5] = 5; /* "a || shell" among the arguments */
    arena_reset(&arena);
    assert_true(script_for_machine(&test_catalog, &client, &reach, (struct span){ 0 }, &arena, &c));
    char copy[4096];
    struct text text = text_over(copy, sizeof copy);
    text_add_span(&text, c.text);
    assert_sound(&text, "broken");
    assert_int_equal(count_commands("kernel"), 0);
    assert_non_null(strstr(copy, "broken cannot be started: in its arguments a word that is just"));

    client.mac.bytes[5] = 4; /* an arm64 image for an x64 machine */
    arena_reset(&arena);
    assert_true(script_for_machine(&test_catalog, &client, &reach, (struct span){ 0 }, &arena, &c));
    assert_string_equal(c.what, "menu");
    text = text_over(copy, sizeof copy);
    text_add_span(&text, c.text);
    assert_sound(&text, "menu with a notice");
    assert_int_equal(count_commands("item --gap -- host node4 says arm, which cannot be booted"),
                     1);

    arena = arena_over(memory, 300);
    assert_false(
        script_for_machine(&test_catalog, &client, &reach, (struct span){ 0 }, &arena, &c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_text_is_harmless),
        cmocka_unit_test(operator_words_are_checked),
        cmocka_unit_test(hostile_clients_change_no_command),
        cmocka_unit_test(hostile_entries_lead_to_the_menu),
        cmocka_unit_test(images_become_commands),
        cmocka_unit_test(versions_tell_the_dialect),
        cmocka_unit_test(a_known_shim_is_named_to_who_can_use_it),
        cmocka_unit_test(what_secure_boot_refuses_is_marked),
        cmocka_unit_test(local_disk_follows_the_firmware),
        cmocka_unit_test(the_menu_shows_what_can_boot),
        cmocka_unit_test(namesakes_are_told_apart),
        cmocka_unit_test(one_shots_and_failures_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
