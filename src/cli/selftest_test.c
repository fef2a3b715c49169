/* Tests of the parts of `tugboot selftest` that only decide: QEMU's words, the DHCP server that is
 * played, and what counts as a boot that works. */
/* cmocka.h wants the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

#include "cli/selftest_giver.h"
#include "cli/selftest_watch.h"
#include "cli/selftest_way.h"
#include "dhcp/options.h"

static bool all_files(const char *path)
{
    (void)path;
    return true;
}

static bool no_files(const char *path)
{
    (void)path;
    return false;
}

static const struct selftest_files everything = { all_files, all_files };
static const struct selftest_files nothing = { no_files, no_files };
static const struct selftest_files no_firmware = { no_files, all_files };

static bool has_word(const struct selftest_words *w, const char *word)
{
    for (size_t i = 0; i < w->count; i++)
        if (strcmp(w->argv[i], word) == 0)
            return true;
    return false;
}

static void machines_differ_as_their_firmware_does(void **state)
{
    static struct selftest_words w;
    struct selftest_machine m = {
        .tap = "tap3", .console = "/c", .variables = "/v", .ca = "", .memory_mib = 512
    };

    (void)state;
    for (unsigned int i = 0; i < WAY_COUNT; i++) {
        const char *name = selftest_way_name((enum selftest_way)i);
        bool secure = strncmp(name, "secure", 6) == 0;
        enum selftest_way found;
        m.way = (enum selftest_way)i;
        selftest_way_words(&m, &everything, &w);
        assert_false(w.failed);
        assert_null(w.argv[w.count]);
        assert_true(has_word(&w, "file:/c"));
        assert_true(has_word(&w, "512"));
        assert_int_equal(has_word(&w, "driver=cfi.pflash01,property=secure,value=on"), secure);
        assert_int_equal(has_word(&w, "if=pflash,unit=1,format=raw,file=/v"), i != WAY_BIOS);
        assert_int_equal(has_word(&w, "name=opt/org.tianocore/IPv4PXESupport,string=n"),
                         strstr(name, "http") != NULL);
        assert_true(selftest_way_find(name, &found) && found == (enum selftest_way)i);
        assert_false(has_word(&w, "name=etc/edk2/https/cacerts,file=/ca"));
        m.ca = "/ca";
        selftest_way_words(&m, &everything, &w);
        assert_int_equal(has_word(&w, "name=etc/edk2/https/cacerts,file=/ca"),
                         strstr(name, "http") != NULL);
        m.ca = "";
    }
    assert_false(mac_equals(selftest_way_mac(WAY_BIOS), selftest_way_mac(WAY_UEFI_PXE)));
}

static void what_is_missing_is_named_by_package(void **state)
{
    static const struct {
        enum selftest_way way;
        const struct selftest_files *files;
        const char *want; /* "" = it is here */
    } rows[] = {
        { WAY_BIOS, &everything, "" },
        { WAY_BIOS, &no_firmware, "" },
        { WAY_BIOS, &nothing, "not installed: apt-get install qemu-system-x86" },
        { WAY_SECURE_PXE, &no_firmware, "not installed: apt-get install ovmf" },
        { WAY_ARM64_HTTP, &nothing,
          "not installed: apt-get install qemu-system-arm qemu-efi-aarch64" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char said[200] = "";
        struct text why = text_over(said, sizeof said);
        assert_int_equal(selftest_way_is_here(rows[i].way, rows[i].files, &why),
                         rows[i].want[0] == 0);
        assert_string_equal(said, rows[i].want);
    }
}

static struct ipv4_prefix network_of(const char *text)
{
    struct ipv4_prefix prefix;
    assert_true(ipv4_prefix_parse(span_text(text), &prefix));
    return prefix;
}

static struct ipv4 address_of(const char *text)
{
    struct ipv4 address;
    assert_true(ipv4_parse(span_text(text), &address));
    return address;
}

/* A message of a client: kind, and the server it has chosen (none: none). */
static struct span message_of(uint8_t op, uint8_t kind, struct ipv4 chosen, uint8_t last,
                              uint8_t data[400])
{
    struct writer w = writer_over(data, 400);
    struct dhcp4_header header = { .op = op, .htype = 1, .hlen = 6, .xid = 0x12345678 };

    memcpy(header.chaddr, (const uint8_t[]){ 0x52, 0x54, 0, 0x73, 0x66, last }, 6);
    dhcp4_header_encode(&w, &header);
    writer_u8(&w, OPTION_MESSAGE_TYPE);
    writer_u8(&w, 1);
    writer_u8(&w, kind);
    if (!ipv4_is_none(chosen)) {
        writer_u8(&w, OPTION_SERVER_ID);
        writer_u8(&w, 4);
        writer_be32(&w, chosen.value);
    }
    writer_u8(&w, OPTION_END);
    assert_false(w.failed);
    return writer_span(&w);
}

static void the_other_server_gives_addresses_and_nothing_else(void **state)
{
    struct selftest_giver giver;
    uint8_t data[400], reply[600], memory[4096];
    struct dhcp4_header header;
    struct dhcp4_options options;

    (void)state;
    assert_true(selftest_giver_init(&giver, network_of("10.1.2.0/24"), address_of("10.1.2.254")));
    assert_int_equal(giver.own.value, address_of("10.1.2.253").value);
    for (uint8_t last = 0; last < 8; last++) {
        struct writer w = writer_over(reply, sizeof reply);
        struct arena scratch = arena_over(memory, sizeof memory);
        assert_true(selftest_giver_answer(
            &giver, message_of(DHCP4_OP_REQUEST, 1, IPV4_NONE, last, data), &w));
        struct reader r = reader_over(writer_span(&w));
        assert_int_equal(dhcp4_header_decode(&r, &header), DHCP4_SOUND);
        assert_int_equal(dhcp4_options_read(reader_rest(&r), &header, &scratch, &options),
                         DHCP4_SOUND);
        assert_int_equal(header.xid, 0x12345678);
        assert_int_equal(header.op, DHCP4_OP_REPLY);
        assert_true(ipv4_prefix_is_host(giver.network, header.yiaddr));
        assert_false(ipv4_equals(header.yiaddr, giver.own));
        assert_false(ipv4_equals(header.yiaddr, giver.taken));
        assert_true(ipv4_is_none(header.siaddr));
        assert_int_equal(header.file[0], 0);
        assert_int_equal(dhcp4_options_u8(&options, OPTION_MESSAGE_TYPE), 2);
        assert_false(dhcp4_options_has(&options, OPTION_BOOT_FILE));
        assert_false(dhcp4_options_has(&options, OPTION_VENDOR_CLASS));
    }
}

static void the_other_server_keeps_silent(void **state)
{
    struct selftest_giver giver;
    uint8_t data[400], reply[600];

    (void)state;
    assert_true(selftest_giver_init(&giver, network_of("10.1.2.0/24"), address_of("10.1.2.1")));
    const struct {
        uint8_t op, kind;
        struct ipv4 chosen;
        bool answered;
    } rows[] = {
        { DHCP4_OP_REQUEST, 3, giver.own, true },    { DHCP4_OP_REQUEST, 3, IPV4_NONE, true },
        { DHCP4_OP_REQUEST, 3, giver.taken, false }, { DHCP4_OP_REQUEST, 4, IPV4_NONE, false },
        { DHCP4_OP_REPLY, 1, IPV4_NONE, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct writer w = writer_over(reply, sizeof reply);
        struct span in = message_of(rows[i].op, rows[i].kind, rows[i].chosen, 1, data);
        assert_int_equal(selftest_giver_answer(&giver, in, &w), rows[i].answered);
        w = writer_over(reply, sizeof reply);
        assert_false(selftest_giver_answer(&giver, span_slice(in, 0, in.len / 2), &w));
    }
    assert_false(selftest_giver_init(&giver, network_of("10.1.2.0/30"), address_of("10.1.2.1")));
}

#define MACHINE UINT64_C(0x525400736601)

static void note(struct selftest_watch *w, enum event_id id, const char *key, const char *value)
{
    struct event e = event_make(id, (struct now){ 0 }, MACHINE);
    if (key)
        event_add_text(&e, key, value);
    selftest_watch_note(w, &e, "said", (struct instant){ 0 });
}

/* Events as letters: O an offer of http://, T of https://, D a disk with the menu, I a disk with an
 * image, M the menu's script, S an image's script, K a kernel, F all files, L its own disk; g GRUB
 * prints, k the kernel prints. */
static void play(struct selftest_watch *w, const char *letters)
{
    note(w, EVENT_DHCP_DISCOVER, "kind", "pxe");
    for (; *letters; letters++) {
        switch (*letters) {
        case 'O':
            note(w, EVENT_DHCP_OFFER_SENT, "file", "http://192.0.2.1/s.efi");
            break;
        case 'T':
            note(w, EVENT_DHCP_OFFER_SENT, "file", "https://192.0.2.1/s.efi");
            break;
        case 'D':
            note(w, EVENT_DISK_DONE, "what", "menu");
            break;
        case 'I':
            note(w, EVENT_DISK_DONE, "what", "debian");
            break;
        case 'M':
            note(w, EVENT_SCRIPT_SENT, "what", "menu");
            break;
        case 'S':
            note(w, EVENT_SCRIPT_SENT, "what", "debian");
            break;
        case 'K':
            note(w, EVENT_HTTP_KERNEL_DONE, "file", "linux");
            break;
        case 'F':
            note(w, EVENT_BOOT_DONE, "image", "debian");
            break;
        case 'L':
            note(w, EVENT_BOOT_LOCAL, NULL, NULL);
            break;
        case 'g':
            selftest_watch_console(w, span_text("...\r\nWelcome to GRUB!\r\n"));
            break;
        default:
            selftest_watch_console(w, span_text("[    0.000000] Linux version 6.1.0"));
            break;
        }
    }
}

static void what_counts_as_proof(void **state)
{
    static const struct {
        const char *letters, *image;
        bool kernel_speaks, works;
        const char *said; /* a part of it */
    } rows[] = {
        { "", NULL, false, false, "" },
        { "M", NULL, false, true, "its loader runs and was given: menu" },
        { "L", NULL, false, true, "local disk" },
        { "S", NULL, false, false, "" },
        { "SKF", NULL, false, true, "all files of debian were fetched" },
        { "D", NULL, false, false, "nothing on it started" },
        { "ODg", NULL, false, true, "GRUB runs from its boot disk (menu)" },
        { "TDg", NULL, false, true, "by HTTPS, GRUB runs from its boot disk (menu)" },
        { "TM", NULL, false, true, "by HTTPS, its loader runs and was given: menu" },
        { "SKF", "debian", true, false, "its kernel said nothing" },
        { "SKFk", "debian", true, true, "the kernel of debian speaks" },
        { "IF", "debian", true, false, "its kernel said nothing" },
        { "IFgk", "debian", true, true, "the kernel of debian speaks" },
        { "SF", "debian", false, true, "all files of debian were fetched" },
        { "M", "debian", true, false, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct selftest_watch w;
        char said[SELFTEST_SAID_MAX] = "";
        struct text out = text_over(said, sizeof said);
        selftest_watch_init(&w, MACHINE, rows[i].image, rows[i].kernel_speaks);
        play(&w, rows[i].letters);
        enum selftest_result result = selftest_watch_result(&w);
        if ((result == SELFTEST_WORKS) != rows[i].works)
            fail_msg("%s: %d", rows[i].letters, result);
        selftest_watch_say(&w, rows[i].works ? SELFTEST_WORKS : SELFTEST_FAILS, &out);
        if (!strstr(said, rows[i].said) || said[0] == 0)
            fail_msg("%s: %s", rows[i].letters, said);
    }
}

static void another_machine_is_not_its_business(void **state)
{
    struct selftest_watch w;
    char said[SELFTEST_SAID_MAX] = "";
    struct text out = text_over(said, sizeof said);

    (void)state;
    selftest_watch_init(&w, MACHINE + 1, NULL, false);
    play(&w, "M");
    assert_int_equal(selftest_watch_result(&w), SELFTEST_RUNS);
    selftest_watch_say(&w, SELFTEST_FAILS, &out);
    assert_non_null(strstr(said, "it sent nothing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machines_differ_as_their_firmware_does),
        cmocka_unit_test(what_is_missing_is_named_by_package),
        cmocka_unit_test(the_other_server_gives_addresses_and_nothing_else),
        cmocka_unit_test(the_other_server_keeps_silent),
        cmocka_unit_test(what_counts_as_proof),
        cmocka_unit_test(another_machine_is_not_its_business),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
