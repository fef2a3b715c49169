/* Tests of windows_plan, windows_start, windows_answers and script_windows: which drivers a machine
 * gets, and what it is told to do with them. */
#include "boot/explain.h"
#include "boot/ipxe_secure.h"
#include "boot/resolve.h"
#include "boot/script.h"
#include "boot/script_windows.h"
#include "boot/test_catalog.h"
#include "boot/test_ipxe_reader.h"
#include "boot/windows_files.h"

#define DEVICES "x,80861237.00000000.02,808615b8.86721043.31,8086a77f.00000000.00"

static struct reach reach = { { 0xc0000201 }, 80 };
static const char *const net_files[] = { "e1d.cat", "x64/e1d.sys" };
static const char *const vmd_files[] = { "vmd.sys" };

static const struct windows_driver drivers[] = {
    { .folder = "drivers/old",
      .inf = "e1d.inf",
      .files = net_files,
      .file_count = 2,
      .class_name = "Net",
      .version = "1.0",
      .day = 20200101,
      .rank = 1 },
    { .folder = "drivers/net",
      .inf = "e1d.inf",
      .files = net_files,
      .file_count = 2,
      .class_name = "Net",
      .version = "2.0",
      .day = 20230101,
      .rank = 2 },
    { .folder = "",
      .inf = "vmd.inf",
      .files = vmd_files,
      .file_count = 1,
      .class_name = "SCSIAdapter",
      .version = "3.0",
      .day = 20230101,
      .rank = 3 },
};
static const struct windows_pattern patterns[] = {
    { { .vendor = 0x8086, .device = 0x15b8 }, 0 },
    { { .vendor = 0x8086, .device = 0x15b8 }, 1 },
    { { .vendor = 0x8086, .device = 0xa77f }, 2 },
    { { .vendor = 0x8086, .device = 0xa77f, .subsystem = 1, .has_subsystem = true }, 0 },
};

static struct windows_start start;
static struct image image;
static struct catalog catalog;
static struct loader loaders[2];

/* A catalog with one image of Windows and a wimboot. */
static void begin(void)
{
    start = (struct windows_start){ .arch = "amd64",
                                    .share = "",
                                    .user = "",
                                    .password = "",
                                    .command = "",
                                    .edition = "",
                                    .locale = "",
                                    .keyboard = "",
                                    .time_zone = "",
                                    .product_key = "",
                                    .answers = "",
                                    .wipe_disk = WINDOWS_NO_DISK };
    image = (struct image){ .name = "win11",
                            .title = "Windows 11",
                            .group = "Windows",
                            .kind = IMAGE_WIM,
                            .arches = TEST_X86,
                            .kernel = "sources/boot.wim",
                            .root = 1,
                            .folder = "win11",
                            .windows = &start };
    loaders[0] = (struct loader){
        .set = "wimboot", .file = "wimboot", .arch = ARCH_EFI_X64, .path = "wimboot"
    };
    catalog = test_catalog;
    catalog.images = &image;
    catalog.image_count = 1;
    catalog.loaders = loaders;
    catalog.loader_count = 1;
}

static void with_drivers(void)
{
    start.drivers = drivers;
    start.driver_count = sizeof drivers / sizeof drivers[0];
    start.patterns = patterns;
    start.pattern_count = sizeof patterns / sizeof patterns[0];
}

static const char *ask(const char *name, const char *query, enum arch arch, struct arena *arena)
{
    static struct resolution out;
    const struct client client = test_client(CLIENT_IPXE, arch, 1);
    const struct resolve_request request = { .name = span_text(name),
                                             .query = span_text(query),
                                             .transport = TRANSPORT_HTTP,
                                             .client = &client,
                                             .reach = reach };
    resolve(&catalog, &request, arena, &out);
    if (out.count == 0 || out.candidates[0].kind == CANDIDATE_FILE)
        return NULL;
    assert_int_equal(out.candidates[0].kind, CANDIDATE_TEXT);
    assert_int_equal(strlen((const char *)out.candidates[0].text.data), out.candidates[0].text.len);
    return (const char *)out.candidates[0].text.data;
}

static uint8_t memory[1 << 18];

static const char *ask_script(const char *more, enum arch arch)
{
    static struct reader_script script;
    char query[1024];
    struct arena arena = arena_over(memory, sizeof memory);
    snprintf(query, sizeof query,
             "mac=02-00-00-00-00-01&platform=%s&buildarch=x86_64&entry=win11%s",
             arch == ARCH_BIOS_X86 ? "pcbios" : "efi", more);
    const char *text = ask("boot.ipxe", query, arch, &arena);
    if (!text) {
        fail_msg("no script");
        return "";
    }
    reader_read(&script, text, strlen(text));
    if (!script.is_sound)
        fail_msg("not sound:\n%s", text);
    return text;
}

static struct windows_made made;
static char why_not[200];

static const char *ask_file_of(enum arch arch, const char *file, const char *more)
{
    char query[512];
    struct arena arena = arena_over(memory, sizeof memory);
    const struct client client = test_client(CLIENT_IPXE, arch, 1);
    struct text why = text_over(why_not, sizeof why_not);
    snprintf(query, sizeof query, "mac=02-00-00-00-00-01&platform=efi&buildarch=x86_64%s", more);
    if (!script_windows_file(&catalog, &image, &client, &reach, span_text(file), span_text(query),
                             &arena, &made, &why))
        return NULL;
    assert_int_equal(strlen((const char *)made.text.data), made.text.len);
    return (const char *)made.text.data;
}

static const char *ask_file(const char *file, const char *more)
{
    return ask_file_of(ARCH_EFI_X64, file, more);
}

__attribute__((noinline)) static void assert_has(const char *text, const char *part)
{
    const char *in = text ? text : "nothing";
    if (!strstr(in, part))
        fail_msg("no \"%s\" in\n%s", part, in);
}

static void assert_lacks(const char *text, const char *part)
{
    assert_non_null(text);
    const char *in = text ? text : "";
    if (strstr(in, part))
        fail_msg("\"%s\" is in\n%.4000s", part, in);
}

static void only_the_wim_is_sent(void **state)
{
    static const enum arch arches[] = { ARCH_EFI_X64, ARCH_BIOS_X86 };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        begin();
        const char *text = ask_script("", arches[i]);
        assert_has(text, "kernel --name wimboot http://192.0.2.1/wimboot ||");
        assert_has(
            text,
            "initrd --name boot.wim http://192.0.2.1/images/win11/sources/boot.wim boot.wim ||");
        assert_has(text, "\nboot ||");
        assert_lacks(text, "winpeshl.ini");
        assert_lacks(text, "BCD");
        assert_lacks(text, "pciscan");
    }
    start.index = 2;
    image.arguments = "gui console=ttyS0 pause quiet";
    assert_has(ask_script("", ARCH_EFI_X64), "/wimboot index=2 gui pause quiet ||");
    image.arguments = "";
    image.initrds[0] = "tools/my tool.exe";
    image.initrd_count = 1;
    assert_has(
        ask_script("", ARCH_EFI_X64),
        "initrd --name my%20tool.exe http://192.0.2.1/images/win11/tools/my%20tool.exe my%20tool.exe ||");
}

static void without_wimboot_it_says_so(void **state)
{
    (void)state;
    begin();
    catalog.loader_count = 0;
    const char *text = ask_script("", ARCH_EFI_X64);
    assert_has(text, "win11 cannot be started: wimboot, which starts Windows, is not here: run "
                     "'tugboot loader fetch wimboot'");
    assert_lacks(text, "initrd");
    assert_null(script_windows_refusal(&(struct catalog){ .loaders = loaders, .loader_count = 1 },
                                       ARCH_BIOS_X86));
    assert_has(script_windows_refusal(&catalog, ARCH_EFI_ARM64), "wimboot.arm64");
    assert_has(script_windows_refusal(&catalog, ARCH_EFI_RISCV64), "no wimboot");
}

static void devices_are_asked_for_first(void **state)
{
    (void)state;
    begin();
    with_drivers();
    const char *text = ask_script("", ARCH_EFI_X64);
    assert_has(text, "pciscan place || goto byhand");
    assert_has(text, "&entry=win11&pci=x${devices} || goto failed");
    assert_lacks(text, "initrd");
    /* None of them has a driver here: no driver is sent, and nothing is asked again. */
    text = ask_script("&pci=x", ARCH_EFI_X64);
    assert_lacks(text, "pciscan");
    assert_lacks(text, "tb0");
    assert_lacks(text, "startnet.cmd");
}

static void the_best_drivers_are_sent(void **state)
{
    (void)state;
    begin();
    with_drivers();
    const char *text = ask_script("&pci=" DEVICES, ARCH_EFI_X64);
    assert_has(
        text,
        "initrd --name tb0100.bin http://192.0.2.1/images/win11/drivers/net/e1d.inf tb0100.bin ||");
    assert_has(
        text,
        "initrd --name tb0101.bin http://192.0.2.1/images/win11/drivers/net/e1d.cat tb0101.bin ||");
    assert_has(
        text,
        "initrd --name tb0102.bin http://192.0.2.1/images/win11/drivers/net/x64/e1d.sys tb0102.bin ||");
    assert_has(text,
               "initrd --name tb0200.bin http://192.0.2.1/images/win11/vmd.inf tb0200.bin ||");
    assert_has(text,
               "initrd --name tb0201.bin http://192.0.2.1/images/win11/vmd.sys tb0201.bin ||");
    assert_lacks(text, "drivers/old");
    assert_lacks(text, "tb03");
    assert_has(text, "http://192.0.2.1/answers/preview/startnet.cmd?mac=${netX/mac}");
    assert_has(
        text,
        "&pci=80861237.00000000.02,808615b8.86721043.31,8086a77f.00000000.00 startnet.cmd ||");

    const char *cmd = ask_file("startnet.cmd", "&pci=" DEVICES);
    assert_has(cmd,
               "md X:\\tugboot\\1 >nul\r\n"
               "copy /b /y X:\\Windows\\System32\\tb0100.bin \"X:\\tugboot\\1\\e1d.inf\" >nul\r\n"
               "copy /b /y X:\\Windows\\System32\\tb0101.bin \"X:\\tugboot\\1\\e1d.cat\" >nul\r\n"
               "md \"X:\\tugboot\\1\\x64\" >nul 2>nul\r\n"
               "copy /b /y X:\\Windows\\System32\\tb0102.bin \"X:\\tugboot\\1\\x64\\e1d.sys\""
               " >nul\r\n");
    assert_has(cmd, "drvload \"X:\\tugboot\\1\\e1d.inf\"\r\n");
    assert_has(cmd, "drvload \"X:\\tugboot\\2\\vmd.inf\"\r\nwpeinit\r\n");
}

/* wimboot has places for so many files only. */
static void drivers_without_room_are_told_of(void **state)
{
    static struct windows_driver many[WINDOWS_PLAN_DRIVERS + 4];
    static struct windows_pattern of_many[WINDOWS_PLAN_DRIVERS + 4];
    static struct pci_device devices[WINDOWS_PLAN_DRIVERS + 4];
    static const char *files[40];
    struct windows_plan plan;
    const size_t count = sizeof many / sizeof many[0];
    (void)state;
    begin();
    for (size_t i = 0; i < count; i++) {
        many[i] = (struct windows_driver){ .folder = "d", .inf = "a.inf", .files = files };
        of_many[i] =
            (struct windows_pattern){ { .vendor = 1, .device = (uint16_t)i }, (uint16_t)i };
        devices[i] = (struct pci_device){ .vendor = 1, .device = (uint16_t)i };
    }
    start.drivers = many;
    start.driver_count = start.pattern_count = count;
    start.patterns = of_many;
    windows_plan_make(&image, devices, count, &plan);
    assert_int_equal(plan.driver_count, WINDOWS_PLAN_DRIVERS);
    assert_int_equal(plan.left_out, 4);
    many[0].file_count = 37;
    many[1].file_count = 38;
    windows_plan_make(&image, devices, 3, &plan);
    assert_int_equal(plan.driver_count, 2);
    assert_int_equal(plan.left_out, 1);
    /* A pattern of a driver that is not there is passed over. */
    of_many[2].driver = 500;
    windows_plan_make(&image, &devices[2], 1, &plan);
    assert_int_equal(plan.driver_count, 0);
}

static void setup_runs_from_the_share(void **state)
{
    (void)state;
    begin();
    start.is_setup = true;
    const char *cmd = ask_file("startnet.cmd", "");
    assert_has(cmd, "in image.yaml of win11, windows: share:");
    assert_lacks(cmd, "net use");
    start.share = "\\\\files\\win11";
    start.user = "LAB\\reader";
    start.password = "50% & <more>";
    cmd = ask_file("startnet.cmd", "");
    assert_has(cmd, "echo tugboot: this machine is node1\r\n");
    assert_has(cmd, "net use Z: \"\\\\files\\win11\" \"50%% & <more>\" /user:\"LAB\\reader\" "
                    "/persistent:no && goto connected\r\n");
    assert_has(cmd, "Z:\\setup.exe\r\n");
    assert_lacks(cmd, "/unattend");
    start.locale = "de-DE";
    cmd = ask_file("startnet.cmd", "");
    assert_has(cmd, "Z:\\setup.exe /unattend:X:\\Windows\\System32\\autounattend.xml\r\n");
    start.command = "X:\\tools\\deploy.cmd";
    cmd = ask_file("startnet.cmd", "");
    assert_has(cmd, "X:\\tools\\deploy.cmd\r\n");
    assert_lacks(cmd, "setup.exe");
    assert_string_equal(ask_file("winpeshl.ini", ""), "[LaunchApps]\r\n\"startnet.cmd\"\r\n");
    for (const char *at = cmd ? cmd : ""; (at = strchr(at, '\n')); at++)
        assert_true(at[-1] == '\r');
}

/* They are given to the machine itself alone: where it gets no token, the script says so, and
 * nobody finds them by their image's name. */
static bool give_none(void *context, const struct client *client, const struct image *of,
                      char token[ANSWER_TOKEN_MAX])
{
    (void)context;
    (void)client;
    (void)of;
    (void)token;
    return false;
}

static void secrets_are_for_the_machine_alone(void **state)
{
    static const struct answer_source none = { .give = give_none };
    static const char *const names[] = { "windows/win11/startnet.cmd", "windows/win11/winpeshl.ini",
                                         "images/win11/startnet.cmd" };
    struct arena arena = arena_over(memory, sizeof memory);
    (void)state;
    begin();
    start.is_setup = true;
    start.share = "\\\\files\\win11";
    assert_has(ask_file("startnet.cmd", ""), "net use");
    assert_false(made.has_secret);
    start.user = "reader";
    start.password = "secret";
    assert_has(ask_file("STARTNET.CMD", ""), "secret");
    assert_true(made.has_secret);
    assert_non_null(ask_file("winpeshl.ini", ""));
    assert_false(made.has_secret);
    start.locale = "de-DE";
    assert_non_null(ask_file("autounattend.xml", ""));
    assert_true(made.has_secret);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *text = ask(names[i], "mac=02-00-00-00-00-01", ARCH_EFI_X64, &arena);
        if (text)
            fail_msg("%s is %s", names[i], text);
    }
    reach.answers = &none;
    const char *text = ask_script("", ARCH_EFI_X64);
    assert_has(text, "win11 is started with files that are given to the machine itself alone");
    assert_lacks(text, "initrd");
    reach.answers = NULL;
}

/* Firmware with Secure Boot on looks at wimboot first, then at the boot manager in the WIM. */
static void both_programs_count_for_secure_boot(void **state)
{
    static const struct secure_facts good = {
        .inspected = true, .is_efi = true, .is_signed = true, .signers = SECURE_WINDOWS_2023
    };
    static const struct secure_facts bad = { .inspected = true,
                                             .is_efi = true,
                                             .refusal = "it is not signed" };
    static const struct secure_facts vendor = {
        .inspected = true, .is_efi = true, .is_signed = true, .signers = SECURE_VENDOR
    };
    static const struct {
        const struct secure_facts *wimboot, *wim;
        const char *refusal;
    } rows[] = {
        { &good, &good, NULL },
        { &bad, &good, "not signed" },
        { &good, &bad, "not signed" },
        { &vendor, &good, "wimboot, which starts it" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct client client = test_client(CLIENT_IPXE, ARCH_EFI_X64, 1);
        begin();
        loaders[0].secure = *rows[i].wimboot;
        image.secure = *rows[i].wim;
        const char *why = ipxe_secure_refusal(&catalog, &client, &image);
        if (!why != !rows[i].refusal || (why && !strstr(why, rows[i].refusal)))
            fail_msg("row %zu: %s", i, why ? why : "no refusal");
    }
}

static void questions_are_answered(void **state)
{
    (void)state;
    begin();
    assert_null(ask_file("autounattend.xml", ""));
    assert_null(ask_file("startnet.cmd", ""));
    assert_null(ask_file("other", ""));
    start.edition = "Windows 11 Pro & <N>";
    start.locale = "de-DE";
    start.time_zone = "W. Europe Standard Time";
    const char *xml = ask_file("autounattend.xml", "");
    assert_has(xml, "<Key>/IMAGE/NAME</Key><Value>Windows 11 Pro &amp; &lt;N&gt;</Value>");
    assert_has(xml, "<UILanguage>de-DE</UILanguage>");
    assert_has(xml, "<ComputerName>node1</ComputerName>");
    assert_has(xml, "<TimeZone>W. Europe Standard Time</TimeZone>");
    assert_lacks(xml, "DiskConfiguration");
    assert_lacks(xml, "DriverPaths");
    start.edition = "6";
    start.wipe_disk = 0;
    with_drivers();
    xml = ask_file("autounattend.xml", "&pci=" DEVICES);
    assert_has(xml, "<Key>/IMAGE/INDEX</Key><Value>6</Value>");
    assert_has(xml, "<DiskID>0</DiskID>\r\n          <WillWipeDisk>true</WillWipeDisk>");
    assert_has(xml, "<Type>EFI</Type>");
    assert_has(xml, "<PartitionID>3</PartitionID></InstallTo>");
    assert_has(xml, "<Path>X:\\tugboot</Path>");
    xml = ask_file_of(ARCH_BIOS_X86, "autounattend.xml", "");
    assert_has(xml, "<Active>true</Active>");
    assert_has(xml, "<PartitionID>2</PartitionID></InstallTo>");
    assert_lacks(xml, "<Type>EFI</Type>");
}

/* Every tag that is opened is closed, in order. */
static void answers_are_well_formed(void **state)
{
    const char *open[16];
    size_t depth = 0;
    (void)state;
    begin();
    start.edition = start.locale = start.keyboard = start.time_zone = start.product_key = "a";
    start.wipe_disk = 1;
    with_drivers();
    const char *xml = ask_file("autounattend.xml", "&pci=" DEVICES);
    assert_has(xml, "<unattend ");
    for (const char *at = xml ? strchr(xml, '<') : NULL; at; at = strchr(at + 1, '<')) {
        if (at[1] == '?')
            continue;
        if (at[1] != '/') {
            assert_in_range(depth, 0, 15);
            open[depth++] = at + 1;
            continue;
        }
        assert_true(depth > 0);
        depth--;
        size_t len = strcspn(open[depth], " >");
        if (strcspn(at + 2, ">") != len || strncmp(open[depth], at + 2, len) != 0)
            fail_msg("%.40s closes %.40s", at, open[depth]);
    }
    assert_int_equal(depth, 0);
}

static void own_answers_are_a_template(void **state)
{
    (void)state;
    begin();
    start.is_setup = true;
    start.answers = "<a>${name} in ${room}</a>";
    assert_string_equal(ask_file("autounattend.xml", ""), "<a>node1 in lab 7</a>");
    assert_has(ask_script("", ARCH_EFI_X64), "initrd --name autounattend.xml");
    start.answers = "<a>${no-such}</a>";
    assert_null(ask_file("autounattend.xml", ""));
    const char *text = ask_script("", ARCH_EFI_X64);
    assert_has(text, "win11 cannot be started: in its answer file the variable 'no-such' is not "
                     "defined");
    assert_lacks(text, "initrd");
}

static void a_wim_without_settings_is_started(void **state)
{
    (void)state;
    begin();
    image.windows = NULL;
    assert_has(ask_script("", ARCH_EFI_X64), "initrd --name boot.wim");
    assert_null(ask_file("startnet.cmd", ""));
}

static void grub_refuses_it(void **state)
{
    const struct grub_place place = { .kind = GRUB_NET };
    const char *why = NULL;
    (void)state;
    begin();
    assert_false(script_grub_can_start(&place, &image, &why));
    assert_string_equal(why, "GRUB cannot start Windows by wimboot; iPXE can");
}

/* The same reasons, before any machine meets them. */
static void obstacles_are_explained(void **state)
{
    static const struct {
        const char *chain;
        size_t loaders;
        const char *words;
    } cases[] = {
        { "ipxe", 1, "the script starts win11" },
        { "ipxe", 0, "win11 cannot be started there: wimboot, which starts Windows, is not here" },
        { "grub", 1, "win11 cannot be started there: GRUB cannot start Windows by wimboot" },
    };
    static struct explanation e;
    static struct loader all[16];
    static struct host host;
    static char buffer[16384];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct client client = test_client(CLIENT_PXE, ARCH_EFI_X64, 9);
        struct text text = text_over(buffer, sizeof buffer);
        begin();
        host = (struct host){ .name = "pc",
                              .match = { .has_mac = true, .mac = client.mac },
                              .boot = "win11",
                              .loader = cases[i].chain };
        catalog.hosts = &host;
        catalog.host_count = 1;
        memcpy(all, test_catalog.loaders, test_catalog.loader_count * sizeof all[0]);
        catalog.loaders = all;
        catalog.loader_count = test_catalog.loader_count;
        all[catalog.loader_count] = loaders[0];
        catalog.loader_count += cases[i].loaders;
        client.has_arch = true;
        client.arch_wire = 7;
        explain(&catalog, &client, &reach, NULL, &e);
        explain_write(&e, &text);
        assert_has(buffer, cases[i].words);
        if (strcmp(cases[i].words, "the script starts win11") == 0)
            assert_lacks(buffer, "cannot be started there");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_wim_is_sent),
        cmocka_unit_test(without_wimboot_it_says_so),
        cmocka_unit_test(devices_are_asked_for_first),
        cmocka_unit_test(the_best_drivers_are_sent),
        cmocka_unit_test(drivers_without_room_are_told_of),
        cmocka_unit_test(setup_runs_from_the_share),
        cmocka_unit_test(secrets_are_for_the_machine_alone),
        cmocka_unit_test(both_programs_count_for_secure_boot),
        cmocka_unit_test(questions_are_answered),
        cmocka_unit_test(answers_are_well_formed),
        cmocka_unit_test(own_answers_are_a_template),
        cmocka_unit_test(a_wim_without_settings_is_started),
        cmocka_unit_test(grub_refuses_it),
        cmocka_unit_test(obstacles_are_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
