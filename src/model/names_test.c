/* What names a machine: hardware addresses, UUIDs, IPv4 addresses and prefixes, architectures,
 * short labels. Each way a person or a firmware writes them, each way that is refused, and back
 * again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "model/addr.h"
#include "model/arch.h"
#include "model/client.h"
#include "model/label.h"
#include "model/mac.h"
#include "model/media_type.h"
#include "model/uuid.h"

#include <cmocka.h>

static void mac_is_read_in_four_ways(void **state)
{
    static const char *const good[] = { "52:54:00:ab:CD:ef", "52-54-00-AB-cd-EF", "5254.00ab.cdef",
                                        "525400abcdef", "525400ABCDEF" };
    static const char *const bad[] = {
        "",
        "52:54:00:ab:cd",
        "52:54:00:ab:cd:e",
        "52:54:00:ab:cd:eff",
        "52:54:00:ab:cd:eg",
        "52:54-00:ab-cd:ef",
        "52:54:00:ab:cd-ef",
        "525400abcdeg",
        "525400abcde",
        "525400abcdef0",
        "5254:00ab:cdef",
        "5254.00ab-cdef",
        "5.2.5.4.0.0.a.",
        "..............",
        ":::::::::::::::::",
        "52 54 00 ab cd ef",
        " 2:54:00:ab:cd:ef",
        "+2:54:00:ab:cd:ef",
        "525400ab\0def",
    };
    const struct mac want = { { 0x52, 0x54, 0x00, 0xab, 0xcd, 0xef } };
    char text[MAC_TEXT_MAX];
    struct mac mac;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(mac_parse(span_text(good[i]), &mac));
        assert_true(mac_equals(mac, want));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (mac_parse(span_text(bad[i]), &mac))
            fail_msg("taken: %s", bad[i]);
    assert_false(mac_parse(BYTES('5', '2', '5', '4', '0', '0', 'a', 'b', 0, 'd', 'e', 'f'), &mac));
    assert_true(mac_equals(mac, want));
    mac_format(mac, text);
    assert_string_equal(text, "52:54:00:ab:cd:ef");
    assert_true(mac_to_u64(mac) == 0x525400abcdef);
    assert_true(mac_equals(mac_from_u64(0x525400abcdef), want));
    assert_true(mac_is_zero(mac_from_u64(0)) && !mac_is_zero(mac));
}

static void uuid_is_read_and_written(void **state)
{
    static const uint8_t wire[16] = { 0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66,
                                      0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff };
    static const char *const bad[] = {
        "",
        "00112233-4455-6677-8899-aabbccddeef",
        "00112233-4455-6677-8899-aabbccddeeffa",
        "00112233445566778899aabbccddeeff",
        "00112233-4455-6677-8899_aabbccddeeff",
        "0011223-34455-6677-8899-aabbccddeeff",
        "g0112233-4455-6677-8899-aabbccddeeff",
        "{0112233-4455-6677-8899-aabbccddeef}",
    };
    struct uuid uuid = uuid_from_wire(wire), back;
    char text[UUID_TEXT_MAX];
    (void)state;
    uuid_format(&uuid, text);
    assert_string_equal(text, "00112233-4455-6677-8899-aabbccddeeff");
    assert_true(uuid_parse(span_text("00112233-4455-6677-8899-AABBCCDDEEFF"), &back));
    assert_true(uuid_equals(&uuid, &back));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (uuid_parse(span_text(bad[i]), &back))
            fail_msg("taken: %s", bad[i]);
    assert_true(uuid_equals(&uuid, &back));
    assert_false(uuid_is_void(&uuid));
    memset(back.bytes, 0, 16);
    assert_true(uuid_is_void(&back));
    memset(back.bytes, 0xff, 16);
    assert_true(uuid_is_void(&back));
    back.bytes[15] = 0xfe;
    assert_false(uuid_is_void(&back));
    memset(back.bytes, 0x11, 16);
    assert_false(uuid_is_void(&back));
}

static void ipv4_is_the_strict_form(void **state)
{
    static const struct {
        const char *text;
        uint32_t want;
    } good[] = {
        { "0.0.0.0", 0 },
        { "255.255.255.255", UINT32_MAX },
        { "192.0.2.10", 0xc000020a },
        { "1.20.0.3", 0x01140003 },
    };
    static const char *const bad[] = {
        "",          "1.2.3",      "1.2.3.",     "1.2.3.4.",  "1.2.3.4.5",        ".1.2.3",
        "1..2.3",    "256.1.1.1",  "1.1.1.256",  "999.1.1.1", "01.2.3.4",         "1.2.3.00",
        "0x1.2.3.4", "1.2.3.4 ",   " 1.2.3.4",   "+1.2.3.4",  "-1.2.3.4",         "1.2.3.4/24",
        "1,2,3,4",   "1.2.3.1000", "4294967296", "1.2.3.a",   "1.2.3.4294967297",
    };
    char text[IPV4_TEXT_MAX];
    struct ipv4 addr = { 7 };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (ipv4_parse(span_text(bad[i]), &addr))
            fail_msg("taken: %s", bad[i]);
    assert_int_equal(addr.value, 7);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(ipv4_parse(span_text(good[i].text), &addr));
        assert_int_equal(addr.value, good[i].want);
        ipv4_format(addr, text);
        assert_string_equal(text, good[i].text);
    }
}

static void prefixes_know_their_hosts(void **state)
{
    static const struct {
        const char *prefix, *addr;
        bool contains, is_host;
    } cases[] = {
        { "192.0.2.0/24", "192.0.2.0", true, false },
        { "192.0.2.0/24", "192.0.2.1", true, true },
        { "192.0.2.0/24", "192.0.2.255", true, false },
        { "192.0.2.0/24", "192.0.3.1", false, false },
        { "10.0.0.0/8", "10.0.0.255", true, true },
        { "10.0.0.0/8", "10.1.0.0", true, true },
        { "10.0.0.4/30", "10.0.0.5", true, true },
        { "10.0.0.4/30", "10.0.0.7", true, false },
        { "10.0.0.4/31", "10.0.0.4", true, true },
        { "10.0.0.4/31", "10.0.0.5", true, true },
        { "10.0.0.4/32", "10.0.0.4", true, true },
        { "10.0.0.4/32", "10.0.0.5", false, false },
        { "0.0.0.0/0", "8.8.8.8", true, true },
        { "0.0.0.0/0", "255.255.255.255", true, false },
    };
    static const char *const bad[] = { "10.0.0.0",   "10.0.0.0/",   "10.0.0.0/33", "10.0.0.0/100",
                                       "10.0.0.1/8", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8 ",
                                       "/8",         "10.0.0/8",    "10.0.0.0/a",  "10.0.0.0//8" };
    struct ipv4_prefix prefix = { { 7 }, 7 };
    struct ipv4 addr;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (ipv4_prefix_parse(span_text(bad[i]), &prefix))
            fail_msg("taken: %s", bad[i]);
    assert_int_equal(prefix.base.value, 7);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(ipv4_prefix_parse(span_text(cases[i].prefix), &prefix));
        assert_true(ipv4_parse(span_text(cases[i].addr), &addr));
        if (ipv4_prefix_contains(prefix, addr) != cases[i].contains ||
            ipv4_prefix_is_host(prefix, addr) != cases[i].is_host)
            fail_msg("%s in %s", cases[i].addr, cases[i].prefix);
    }
    assert_int_equal(ipv4_prefix_mask((struct ipv4_prefix){ { 0 }, 0 }).value, 0);
    assert_int_equal(ipv4_prefix_mask((struct ipv4_prefix){ { 0 }, 32 }).value, UINT32_MAX);
    assert_int_equal(ipv4_prefix_broadcast((struct ipv4_prefix){ { 0x0a000000 }, 8 }).value,
                     0x0affffff);
}

static void unicast_is_what_can_be_reached(void **state)
{
    static const uint32_t no[] = { 0, 0x00ffffff, 0x7f000001, 0xe0000001, 0xf0000001, UINT32_MAX };
    static const uint32_t yes[] = { 0x01000000, 0x7effffff, 0x80000000, 0xdfffffff, 0xc0000201 };
    (void)state;
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_false(ipv4_is_unicast((struct ipv4){ no[i] }));
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        assert_true(ipv4_is_unicast((struct ipv4){ yes[i] }));
}

/* The registry as it is printed, apart from arch.def: what each number must mean. */
static void every_architecture_is_known(void **state)
{
    static const enum arch tftp[] = {
        [0] = ARCH_BIOS_X86,     [6] = ARCH_EFI_IA32,     [7] = ARCH_EFI_X64,
        [9] = ARCH_EFI_X64,      [10] = ARCH_EFI_ARM32,   [11] = ARCH_EFI_ARM64,
        [12] = ARCH_PPC_OF,      [14] = ARCH_PPC_OPAL,    [21] = ARCH_UBOOT_ARM32,
        [22] = ARCH_UBOOT_ARM64, [25] = ARCH_EFI_RISCV32, [27] = ARCH_EFI_RISCV64,
        [37] = ARCH_EFI_LOONG32, [39] = ARCH_EFI_LOONG64, [41] = ARCH_RPI,
    };
    static const enum arch http[] = {
        [15] = ARCH_EFI_IA32,    [16] = ARCH_EFI_X64,     [17] = ARCH_EFI_X64,
        [18] = ARCH_EFI_ARM32,   [19] = ARCH_EFI_ARM64,   [20] = ARCH_BIOS_X86,
        [23] = ARCH_UBOOT_ARM32, [24] = ARCH_UBOOT_ARM64, [26] = ARCH_EFI_RISCV32,
        [28] = ARCH_EFI_RISCV64, [38] = ARCH_EFI_LOONG32, [40] = ARCH_EFI_LOONG64,
        [41] = ARCH_NONE,
    };
    (void)state;
    for (uint16_t wire = 0; wire <= 41; wire++) {
        enum arch arch, want = http[wire] != ARCH_NONE ? http[wire] : tftp[wire];
        enum transport transport;
        assert_true(arch_from_wire(wire, &arch, &transport));
        assert_int_equal(arch, want);
        assert_int_equal(transport,
                         http[wire] != ARCH_NONE || wire == 30 ? TRANSPORT_HTTP : TRANSPORT_TFTP);
        assert_string_not_equal(arch_wire_text(wire), "unknown");
    }
    for (uint32_t wire = 42; wire <= UINT16_MAX; wire += 17) {
        enum arch arch = ARCH_RPI;
        enum transport transport;
        assert_false(arch_from_wire((uint16_t)wire, &arch, &transport));
        assert_int_equal(arch, ARCH_NONE);
        assert_string_equal(arch_wire_text((uint16_t)wire), "unknown");
    }
}

static void architectures_have_names(void **state)
{
    uint32_t seen = 0;
    enum arch back = ARCH_RPI;
    (void)state;
    for (int i = ARCH_NONE + 1; i < ARCH_COUNT; i++) {
        assert_true(arch_parse(span_text(arch_name((enum arch)i)), &back));
        assert_int_equal(back, i);
        assert_true(strlen(arch_cpu((enum arch)i)) > 0);
        assert_false(seen & arch_bit((enum arch)i));
        seen |= arch_bit((enum arch)i);
        assert_int_equal(arch_is_efi((enum arch)i),
                         strncmp(arch_name((enum arch)i), "efi-", 4) == 0);
    }
    assert_false(arch_parse(span_text("unknown"), &back));
    assert_false(arch_parse((struct span){ 0 }, &back));
    assert_true(arch_parse(span_text("EFI-X64"), &back) && back == ARCH_EFI_X64);
    assert_string_equal(arch_name(ARCH_COUNT), "unknown");
    assert_string_equal(arch_name((enum arch)1000), "unknown");
    assert_string_equal(arch_cpu((enum arch)1000), "unknown");
    assert_false(arch_is_efi(ARCH_NONE));
}

static void clients_have_names(void **state)
{
    (void)state;
    for (int i = CLIENT_UNKNOWN; i <= CLIENT_PETITBOOT; i++)
        assert_true(strlen(client_kind_name((enum client_kind)i)) > 1);
    assert_string_equal(client_kind_name((enum client_kind)(CLIENT_PETITBOOT + 1)), "unknown");
}

static void labels_are_cut(void **state)
{
    char big[100];
    struct label label;
    (void)state;
    memset(big, 'a', sizeof big);
    label = label_of(span_of(big, sizeof big));
    assert_int_equal(label.len, 63);
    label = label_of((struct span){ 0 });
    assert_int_equal(label_span(&label).len, 0);
    label = label_of(BYTES(0, 0xff, 'x'));
    assert_true(span_equals(label_span(&label), BYTES(0, 0xff, 'x')));
}

static void media_types(void **state)
{
    (void)state;
    assert_string_equal(media_type_of(span_text("/A/BOOTX64.EFI")), "application/efi");
    assert_string_equal(media_type_of(span_text("x.iso")), "application/vnd.efi-iso");
    assert_string_equal(media_type_of(span_text("x.img")), "application/vnd.efi-img");
    assert_string_equal(media_type_of(span_text(".efi")), "application/octet-stream");
    assert_string_equal(media_type_of(span_text("")), "application/octet-stream");
    assert_true(media_type_is_program(span_text("undionly.KPXE")));
    assert_true(media_type_is_program(span_text("pxelinux.0")));
    assert_false(media_type_is_program(span_text("linux")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(media_types),
        cmocka_unit_test(mac_is_read_in_four_ways),
        cmocka_unit_test(uuid_is_read_and_written),
        cmocka_unit_test(ipv4_is_the_strict_form),
        cmocka_unit_test(prefixes_know_their_hosts),
        cmocka_unit_test(unicast_is_what_can_be_reached),
        cmocka_unit_test(every_architecture_is_known),
        cmocka_unit_test(architectures_have_names),
        cmocka_unit_test(clients_have_names),
        cmocka_unit_test(labels_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
