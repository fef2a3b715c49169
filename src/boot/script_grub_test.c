/* Tests of boot/script_grub, boot/menu_grub and the GRUB part of boot/script: configurations are
 * read back by an independent reader and by GRUB's own parser, where that is installed. */
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot/menu_grub.h"
#include "boot/script.h"
#include "boot/script_ipxe.h"
#include "boot/test_catalog.h"
#include "boot/test_grub_reader.h"

#define CHECKER "/usr/bin/grub-script-check"

static const struct reach reach = { .server = { 0xc0000201 }, .http_port = 80 };
static struct grub_script script;
static char values[400000];
/* All that was written in one test: GRUB's parser sees it as one script, since a process for each
 * takes too long. */
static uint8_t all[16 << 20];
static size_t all_len;

static const char *const hostile[] = {
    "plain text",
    "",
    "'",
    "''",
    "it's",
    "'; reboot; '",
    "' ; halt #",
    "a\nreboot",
    "a\r\nreboot\n",
    "$root",
    "${root}",
    "$(reboot)",
    "\"; reboot; \"",
    "\\",
    "ends in \\",
    "\\'",
    "} reboot",
    "{ reboot }",
    "fi",
    "done; done",
    "# comment",
    "-e",
    "--id x",
    "--",
    "a | b & c < d > e",
    "\x01\x02\x1b[2J\x7f",
    "\xc3\xa4\xe2\x82\xac\xff\x80",
    "012345678901234567890123456789012345678901234567890123456789012",
};

#define HOSTILE_COUNT (sizeof hostile / sizeof hostile[0])

static void read_back(struct span text)
{
    grub_read(&script, (const char *)text.data, text.len, values, sizeof values);
}

/* What GRUB's own parser says of it: its exit status, -1 when it is not installed. */
static int ask_grub(struct span text)
{
    char name[] = "/tmp/tugboot-grub-XXXXXX";
    int status = -1;

    if (access(CHECKER, X_OK) != 0)
        return -1;
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text.data, text.len), (ssize_t)text.len);
    close(fd);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        execl(CHECKER, CHECKER, name, (char *)NULL);
        _exit(126);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    unlink(name);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void assert_sound(struct span text, const char *what)
{
    read_back(text);
    if (!grub_is_sound(&script))
        fail_msg("%s is not sound:\n%.*s", what, (int)text.len, (const char *)text.data);
    for (size_t i = 0; i < text.len; i++)
        if ((text.data[i] < 0x20 && text.data[i] != '\n') || text.data[i] == 0x7f)
            fail_msg("%s has the byte %02x", what, (unsigned)text.data[i]);
    assert_true(text.len <= sizeof all - all_len);
    memcpy(all + all_len, text.data, text.len);
    all_len += text.len;
}

static int forget_all(void **state)
{
    (void)state;
    all_len = 0;
    return 0;
}

static int ask_grub_about_all(void **state)
{
    (void)state;
    if (all_len == 0 || ask_grub(span_of(all, all_len)) <= 0)
        return 0;
    print_error("GRUB refuses what this test wrote\n");
    return -1;
}

static void the_parsers_can_say_no(void **state)
{
    static const char *const broken[] = { "if true; then\n", "menuentry 'a' {\n", "echo 'a\n",
                                          "a | b\n" };
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        read_back(span_text(broken[i]));
        assert_false(grub_is_sound(&script));
        if (ask_grub(span_text(broken[i])) == 0)
            fail_msg("GRUB takes %s", broken[i]);
    }
}

static void words_stay_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        char buffer[512];
        struct text text = text_over(buffer, sizeof buffer);
        text_add(&text, "echo ");
        script_grub_add_word(&text, span_text(hostile[i]));
        text_add(&text, " end\n");
        assert_sound(text_span(&text), hostile[i]);
        assert_int_equal(script.count, 4);
        assert_string_equal(script.tokens[2].value, "end");
        const char *got = script.tokens[1].value;
        assert_int_equal(strlen(got), strlen(hostile[i]));
        for (size_t k = 0; got[k]; k++)
            assert_true(got[k] == hostile[i][k] || got[k] == '?');
        assert_false(script.tokens[1].has_variable);
        /* texts for display never look like an option */
        text = text_over(buffer, sizeof buffer);
        text_add(&text, "menuentry ");
        script_grub_add_text(&text, "", span_text(hostile[i]), 60, "nothing");
        text_add(&text, " { true }\n");
        assert_sound(text_span(&text), hostile[i]);
        assert_int_equal(script.tokens[2].kind, GRUB_OPEN);
        assert_true(script.tokens[1].value[0] != '-' && script.tokens[1].value[0] != 0);
    }
}

static void kernel_arguments_are_checked(void **state)
{
    static const struct {
        const char *words;
        enum grub_flaw want;
        const char *written; /* by script_grub_add_words */
    } cases[] = {
        { "quiet ds=nocloud;s=http://x/ --- a||b", GRUB_SOUND,
          " 'quiet' 'ds=nocloud;s=http://x/' '---' 'a||b'" },
        { "", GRUB_SOUND, "" },
        { "  a   b ", GRUB_SOUND, " 'a' 'b'" },
        { "a=$root b=${x} #c", GRUB_SOUND, " 'a=$root' 'b=${x}' '#c'" },
        { "dyndbg=\"file x.c +p\" z", GRUB_SOUND, " 'dyndbg=file x.c +p' 'z'" },
        { "\"a=b c\" z", GRUB_SOUND, " 'a=b c' 'z'" },
        { "a=\"\" b", GRUB_SOUND, " 'a=' 'b'" },
        { "unit=a\\x2db", GRUB_SOUND, " 'unit=a\\x2db'" },
        { "a=b\"c\"", GRUB_ALTERED, NULL },
        { "a=\"b\"c", GRUB_ALTERED, NULL },
        { "a='b'", GRUB_ALTERED, NULL },
        { "a\\b", GRUB_ALTERED, NULL },
        { "a\\x2", GRUB_ALTERED, NULL },
        { "a=\"b c", GRUB_OPEN_QUOTE, NULL },
        { "a\nb", GRUB_CONTROL, NULL },
        { "a\tb", GRUB_CONTROL, NULL },
    };
    char buffer[300], longest[2049];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum grub_flaw got = script_grub_check_words(span_text(cases[i].words));
        if (got != cases[i].want)
            fail_msg("%s: %s", cases[i].words, script_grub_flaw_text(got));
        if (!cases[i].written)
            continue;
        struct text text = text_over(buffer, sizeof buffer);
        script_grub_add_words(&text, span_text(cases[i].words));
        assert_string_equal(buffer, cases[i].written);
    }
    memset(longest, 'a', sizeof longest);
    assert_int_equal(script_grub_check_words(span_of(longest, 2047)), GRUB_SOUND);
    assert_int_equal(script_grub_check_words(span_of(longest, 2048)), GRUB_LONG_WORD);
}

static struct candidate make(const struct catalog *catalog, const struct client *client,
                             const struct grub_place *place, const char *entry)
{
    static uint8_t memory[200000];
    struct arena arena = arena_over(memory, sizeof memory);
    struct candidate c;

    assert_true(script_for_grub(catalog, client, &reach, place, span_text(entry), &arena, &c));
    assert_int_equal(c.served_as, SERVED_GRUB_CONFIG);
    assert_sound(c.text, entry);
    return c;
}

static bool says(const struct candidate *c, const char *part)
{
    for (size_t i = 0; i + strlen(part) <= c->text.len; i++)
        if (memcmp(c->text.data + i, part, strlen(part)) == 0)
            return true;
    return false;
}

static const struct grub_place net = { .kind = GRUB_NET };

static void hostile_clients_change_no_command(void **state)
{
    static const char *const pages[] = { "", "@menu", "big", "debian-12", "@local", "@shell" };
    static const enum grub_place_kind kinds[] = { GRUB_NET, GRUB_DISK, GRUB_DISK_NET };
    (void)state;
    for (size_t p = 0; p < sizeof pages / sizeof pages[0]; p++) {
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            const struct grub_place place = { .kind = kinds[k] };
            int want = 0;
            for (size_t i = 0; i < HOSTILE_COUNT; i++) {
                struct client client = test_client(CLIENT_PXE, ARCH_EFI_X64, 9);
                client.serial = client.asset = client.product = client.manufacturer =
                    label_of(span_text(hostile[i]));
                if (client.serial.len == 0)
                    continue; /* a line less */
                make(&test_catalog, &client, &place, pages[p]);
                want = want ? want : script.count;
                if (want != script.count)
                    fail_msg("%s: %s", pages[p], hostile[i]);
            }
        }
    }
}

static void hostile_entries_lead_to_the_menu(void **state)
{
    struct client client = test_client(CLIENT_PXE, ARCH_EFI_X64, 9);
    (void)state;
    for (size_t i = 0; i < HOSTILE_COUNT; i++) {
        if (hostile[i][0] == 0)
            continue;
        struct candidate c = make(&test_catalog, &client, &net, hostile[i]);
        assert_string_equal(c.what, "a page that says what is wrong");
        assert_true(says(&c, "configfile '/grub/entry/@menu/grub.cfg-01-02-00-00-00-00-09'\n"));
    }
}

static void the_menu_has_what_the_machine_can_boot(void **state)
{
    struct client client = test_client(CLIENT_PXE, ARCH_EFI_X64, 9);
    (void)state;

    struct candidate c = make(&test_catalog, &client, &net, "");
    assert_string_equal(c.what, "menu");
    assert_null(c.used_next_boot);
    assert_true(says(&c, "set default='@local'\nset timeout=30\nset timeout_style=menu\n"));
    assert_true(says(&c, "menuentry 'tugboot' { true }"));
    assert_true(says(&c, "menuentry '02:00:00:00:00:09 efi-x64' { true }"));
    assert_true(says(&c, "menuentry 'Installers' { true }\n"
                         "menuentry '  Debian 12 installer' --id 'debian-12' {\n"
                         "  configfile "
                         "'/grub/entry/debian-12/grub.cfg-01-02-00-00-00-00-09'\n}\n"));
    assert_true(says(&c, "menuentry 'Tools' { true }"));
    assert_false(says(&c, "'arm'"));   /* another architecture */
    assert_false(says(&c, "'disk'"));  /* GRUB attaches no disk images */
    assert_false(says(&c, "linux '")); /* asked for when chosen */
    assert_true(says(&c, "menuentry '  Boot from local disk' --id '@local' --hotkey l"));
    assert_true(says(&c, "fwsetup"));
    assert_true(says(&c, "reboot"));

    client.memory_mib = 1024;
    c = make(&test_catalog, &client, &net, "@menu");
    assert_false(says(&c, "'big'"));
    assert_true(says(&c, "'  Debian 12 installer'"));
    client.arch = ARCH_EFI_RISCV64;
    c = make(&test_catalog, &client, &net, "");
    assert_true(says(&c, "'No image can be booted by this kind of machine'"));
}

static void default_and_timeout_are_the_menus(void **state)
{
    static const struct {
        const char *word;
        uint32_t timeout_ms;
        const char *want;
    } cases[] = {
        { "debian-12", 5000, "set default='debian-12'\nset timeout=5\n" },
        { "debian-12", 1, "set default='debian-12'\nset timeout=1\n" },
        { "debian-12", 0, "set default='debian-12'\nset timeout=-1\n" },
        { "local", 30000, "set default='@local'\nset timeout=30\n" },
        { NULL, 30000, "set default='@local'\nset timeout=30\n" },
        { "arm", 30000, "set default='@local'\nset timeout=30\n" },
        { "disk", 30000, "set default='@local'\nset timeout=30\n" },
        { "shell", 30000, "set default='@local'\nset timeout=-1\n" },
        /* without that entry the first image would be started */
        { "pick", 30000, "set default='@local'\nset timeout=30\n" },
    };
    struct client client = test_client(CLIENT_PXE, ARCH_EFI_X64, 9);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct catalog catalog = test_catalog;
        catalog.menu.default_choice = cases[i].word;
        catalog.menu.timeout_ms = cases[i].timeout_ms;
        struct candidate c = make(&catalog, &client, &net, "");
        if (!says(&c, cases[i].want))
            fail_msg("%s", cases[i].want);
    }
}

static void an_assigned_image_starts_by_itself(void **state)
{
    struct client client = test_client(CLIENT_PXE, ARCH_EFI_X64, 1); /* node1 */
    (void)state;

    struct candidate c = make(&test_catalog, &client, &net, "");
    assert_string_equal(c.what, "debian-12");
    assert_non_null(c.image);
    assert_null(c.used_next_boot);
    assert_true(says(&c, "if sleep --verbose --interruptible 2; then\n"));
    assert_true(says(&c, "if linux '/images/debian-12/linux' 'priority=low' "
                         "'url=http://192.0.2.1/x.cfg' 'site=1' 'lab=1' 'host=node1'; then\n"));
    assert_true(says(&c, "if initrd '/images/debian-12/initrd.gz'; then\n"));
    assert_true(says(&c, "configfile '/grub/entry/@menu/grub.cfg-01-02-00-00-00-00-01'\n"));
    /* the menu, and what is chosen in it, come without a pause */
    c = make(&test_catalog, &client, &net, "@menu");
    assert_string_equal(c.what, "menu");
    c = make(&test_catalog, &client, &net, "debian-12");
    assert_string_equal(c.what, "debian-12");
    assert_false(says(&c, "--interruptible 2"));
}

static void one_shot_is_used_by_the_first_configuration(void **state)
{
    struct client client = test_client(CLIENT_PXE, ARCH_EFI_X64, 2); /* node2 */
    uint8_t memory[4096];
    struct arena arena = arena_over(memory, sizeof memory);
    struct candidate pointer;
    (void)state;

    struct candidate c = make(&test_catalog, &client, &net, "");
    assert_string_equal(c.what, "debian-12");
    assert_string_equal(c.used_next_boot->name, "node2");
    c = make(&test_catalog, &client, &net, "@start");
    assert_string_equal(c.used_next_boot->name, "node2");
    c = make(&test_catalog, &client, &net, "@menu");
    assert_null(c.used_next_boot);
    /* a name that GRUB only looks at leads on, and uses nothing up */
    assert_true(script_to_grub_start(&client, &arena, &pointer));
    assert_sound(pointer.text, "pointer");
    assert_int_equal(pointer.served_as, SERVED_POINTER);
    assert_null(pointer.used_next_boot);
    assert_true(says(&pointer, "source '/grub/entry/@start/grub.cfg-01-02-00-00-00-00-02'\n"));
}

static void what_grub_cannot_start_is_told(void **state)
{
    static const struct host hosts[] = {
        { .name = "h",
          .match = { .has_mac = true, .mac = { { 2, 0, 0, 0, 0, 9 } } },
          .boot = "iso" },
    };
    static const struct image images[] = {
        { .name = "iso",
          .title = "An ISO",
          .kind = IMAGE_SANBOOT,
          .arches = UINT32_MAX,
          .kernel = "a.iso",
          .folder = "" },
        { .name = "quoted",
          .title = "Quoted",
          .kind = IMAGE_LINUX,
          .arches = UINT32_MAX,
          .kernel = "it's here",
          .folder = "quoted",
          .arguments = "a=it's" },
        { .name = "uki",
          .title = "UKI",
          .kind = IMAGE_EFI,
          .arches = UINT32_MAX,
          .kernel = "u.efi",
          .folder = "uki",
          .arguments = "a b" },
    };
    const struct catalog catalog = { .images = images,
                                     .image_count = 3,
                                     .hosts = hosts,
                                     .host_count = 1,
                                     .menu = { .title = "it's $x" } };
    struct client client = test_client(CLIENT_PXE, ARCH_EFI_X64, 9);
    (void)state;

    struct candidate c = make(&catalog, &client, &net, "");
    assert_string_equal(c.what, "menu");
    assert_true(says(&c, "'! iso cannot be started: GRUB cannot attach a disk image"));
    assert_true(says(&c, "menuentry 'it'\\''s ?x' { true }"));
    c = make(&catalog, &client, &net, "iso");
    assert_string_equal(c.what, "a page that says what is wrong");
    c = make(&catalog, &client, &net, "quoted");
    assert_true(says(&c, "quoted cannot be started: in its arguments a "));
    assert_int_equal(grub_count(&script, "linux"), 0);
    c = make(&catalog, &client, &net, "uki");
    assert_true(says(&c, "if chainloader '/images/uki/u.efi' 'a' 'b'; then\n  boot\nfi\n"));
}

static void what_secure_boot_refuses_is_marked_where_it_is_on(void **state)
{
    static const struct secure_facts grub = { .inspected = true,
                                              .is_efi = true,
                                              .is_signed = true,
                                              .signers = SECURE_VENDOR,
                                              .vendor = "Debian Secure Boot CA" };
    static const struct {
        const char *name;
        struct secure_facts secure;
        const char *refusal; /* NULL: none */
    } cases[] = {
        { "nobody looked", { 0 }, NULL },
        { "unsigned", { .inspected = true, .is_efi = true }, "it is not signed" },
        { "damaged",
          { .inspected = true, .is_efi = true, .is_signed = true, .is_damaged = true },
          "damaged" },
        { "revoked",
          { .inspected = true,
            .is_efi = true,
            .is_signed = true,
            .is_revoked = true,
            .signers = SECURE_MICROSOFT_UEFI_2011 },
          "revoked" },
        { "same distribution",
          { .inspected = true,
            .is_efi = true,
            .is_signed = true,
            .signers = SECURE_VENDOR,
            .vendor = "Debian Secure Boot CA" },
          NULL },
        { "another distribution",
          { .inspected = true,
            .is_efi = true,
            .is_signed = true,
            .signers = SECURE_VENDOR,
            .vendor = "Fedora Secure Boot CA" },
          "another distribution" },
        { "by Microsoft",
          { .inspected = true,
            .is_efi = true,
            .is_signed = true,
            .signers = SECURE_MICROSOFT_UEFI_2023 | SECURE_VENDOR,
            .vendor = "Microsoft" },
          NULL },
    };
    struct client client = test_client(CLIENT_PXE, ARCH_EFI_X64, 9);
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct image image = { .name = "x",
                               .title = "X",
                               .kind = IMAGE_LINUX,
                               .arches = UINT32_MAX,
                               .kernel = "linux",
                               .folder = "x",
                               .secure = cases[i].secure };
        const struct catalog catalog = { .images = &image, .image_count = 1 };
        const struct grub_place place = { .kind = GRUB_NET, .grub = &grub };
        struct candidate c = make(&catalog, &client, &place, "");
        bool marked = says(&c, "(Secure Boot refuses it)");
        if (marked != (cases[i].refusal != NULL))
            fail_msg("%s: marked %d", cases[i].name, marked);
        c = make(&catalog, &client, &place, "x");
        if (cases[i].refusal && !says(&c, cases[i].refusal))
            fail_msg("%s: %.*s", cases[i].name, (int)c.text.len, (const char *)c.text.data);
        assert_int_equal(grub_count(&script, "linux"), 1); /* where Secure Boot is off */
    }
}

static void a_boot_disk_has_its_commands_in_the_menu(void **state)
{
    struct client client = test_client(CLIENT_HTTP, ARCH_EFI_X64, 1); /* node1 */
    const struct image *on_disk[] = { catalog_find_image(&test_catalog, span_text("debian-12")) };
    struct grub_place place = {
        .kind = GRUB_DISK, .images = on_disk, .image_count = 1, .marker = "/tugboot.id"
    };
    (void)state;

    struct candidate c = make(&test_catalog, &client, &place, "");
    assert_string_equal(c.what, "debian-12");
    assert_true(says(&c, "search --no-floppy --file --set=root '/tugboot.id'\n"));
    assert_true(says(&c, "set default='debian-12'\nset timeout=2\nset timeout_style=countdown\n"));
    assert_true(says(&c, "  if linux '/images/debian-12/linux' 'priority=low'"));
    assert_false(says(&c, "memtest"));
    assert_int_equal(grub_count(&script, "configfile"), 0);

    place.images = NULL;
    place.marker = NULL;
    c = make(&test_catalog, &client, &place, "@menu");
    assert_true(says(&c, "linux '/images/memtest/memtest.bin'"));
    assert_false(says(&c, "search "));
    assert_int_equal(grub_count(&script, "configfile"), 0);

    place.kind = GRUB_DISK_NET;
    c = make(&test_catalog, &client, &place, "@menu");
    assert_true(says(&c, "if net_bootp; then\n  set root=tftp,192.0.2.1\n"));
    assert_true(says(&c, "configfile '/grub/entry/memtest/"));
}

static void the_local_disk_is_looked_for_and_then_left_to_firmware(void **state)
{
    struct client client = test_client(CLIENT_PXE, ARCH_EFI_X64, 9);
    (void)state;

    struct candidate c = make(&test_catalog, &client, &net, "@local");
    assert_string_equal(c.what, "local disk");
    assert_true(says(&c, "for part in (hd*,*); do"));
    assert_true(says(&c, "set root=\"${part}\"\n        if chainloader \"${loader}\"; then\n"));
    assert_true(says(&c, "\"/EFI/Microsoft/Boot/bootmgfw.efi\""));
    assert_true(says(&c, "\nexit 1\n"));
    assert_string_equal(script.tokens[script.count - 2].value, "1");
}

static void a_menu_of_many_images_fits(void **state)
{
    static struct image images[512];
    static char names[512][65];
    struct client client = test_client(CLIENT_PXE, ARCH_EFI_X64, 9);
    (void)state;
    for (size_t i = 0; i < 512; i++) {
        snprintf(names[i], sizeof names[i], "image-%03zu", i);
        images[i] = (struct image){ .name = names[i],
                                    .title = names[i],
                                    .arches = UINT32_MAX,
                                    .kernel = "k",
                                    .folder = names[i] };
    }
    const struct catalog catalog = { .images = images, .image_count = 512 };
    struct candidate c = make(&catalog, &client, &net, "");
    assert_true(says(&c, "'image-511'"));
    assert_true(c.text.len < 50000); /* there is room for longer names */
}

#define CHECKED(test) cmocka_unit_test_setup_teardown(test, forget_all, ask_grub_about_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CHECKED(the_parsers_can_say_no),
        CHECKED(words_stay_words),
        CHECKED(kernel_arguments_are_checked),
        CHECKED(hostile_clients_change_no_command),
        CHECKED(hostile_entries_lead_to_the_menu),
        CHECKED(the_menu_has_what_the_machine_can_boot),
        CHECKED(default_and_timeout_are_the_menus),
        CHECKED(an_assigned_image_starts_by_itself),
        CHECKED(one_shot_is_used_by_the_first_configuration),
        CHECKED(what_grub_cannot_start_is_told),
        CHECKED(what_secure_boot_refuses_is_marked_where_it_is_on),
        CHECKED(a_boot_disk_has_its_commands_in_the_menu),
        CHECKED(the_local_disk_is_looked_for_and_then_left_to_firmware),
        CHECKED(a_menu_of_many_images_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
