/* What the doctor sends is what real firmware is taken for, and what servers answer it is read
 * back; bridge messages of switches. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "dhcp/options_write.h"
#include "dhcp/proxy.h"
#include "doctor/answer.h"
#include "doctor/bpdu.h"

#define SEED UINT32_C(0x1234ab00)

static uint8_t scratch_bytes[65536];

static struct dhcp4_input input_of(struct span bytes, uint16_t port)
{
    static const struct catalog empty = { .menu = { .title = "t", .default_choice = "local" } };
    return (struct dhcp4_input){ .bytes = bytes,
                                 .from = { .interface = 2,
                                           .local = { 0xc0a84d01 },
                                           .link = { { 0xc0a84d00 }, 24 },
                                           .port = port,
                                           .source = { { 0xc0a84d09 }, 68 },
                                           .mtu = 1500 },
                                 .catalog = &empty,
                                 .http_port = 80 };
}

static void test_poses_are_known(void **state)
{
    static const struct {
        enum client_kind kind;
        enum arch arch;
    } want[POSE_COUNT] = {
        [POSE_BIOS] = { CLIENT_PXE, ARCH_BIOS_X86 },
        [POSE_UEFI] = { CLIENT_PXE, ARCH_EFI_X64 },
        [POSE_UEFI_HTTP] = { CLIENT_HTTP, ARCH_EFI_X64 },
        [POSE_UEFI_ARM64] = { CLIENT_PXE, ARCH_EFI_ARM64 },
        [POSE_IPXE] = { CLIENT_IPXE, ARCH_EFI_X64 },
    };

    (void)state;
    for (unsigned int i = 0; i < POSE_COUNT; i++) {
        uint8_t block[POSE_MESSAGE_MAX];
        struct writer w = writer_over(block, sizeof block);
        struct arena scratch = arena_over(scratch_bytes, sizeof scratch_bytes);
        struct message4 m;
        pose_write_discover(&w, (enum pose)i, SEED);
        assert_false(w.failed);
        struct dhcp4_input in = input_of(writer_span(&w), 67);
        assert_int_equal(message4_decode(&in, &scratch, &m), DHCP4_SOUND);
        if (m.client.kind != want[i].kind || m.client.arch != want[i].arch ||
            m.type != DHCP4_DISCOVER || !mac_is_doctor(m.client.mac) || !m.client.has_uuid)
            fail_msg("%s is taken for %s %s", pose_row((enum pose)i)->name,
                     client_kind_name(m.client.kind), arch_name(m.client.arch));
    }
}

/* A question to port 4011 is answered where it came from, by the core that real firmware asks. */
static void test_port_4011(void **state)
{
    uint8_t block[POSE_MESSAGE_MAX];
    struct writer w = writer_over(block, sizeof block);
    struct arena scratch = arena_over(scratch_bytes, sizeof scratch_bytes);
    struct dhcp4_outcome out = { 0 };
    struct doctor_answer answer;

    (void)state;
    pose_write_boot_request(&w, POSE_IPXE, SEED, (struct ipv4){ 0xc0a84d09 });
    struct dhcp4_input in = input_of(writer_span(&w), 4011);
    dhcp4_proxy_handle(&in, &scratch, &out);
    assert_int_equal(out.action, DHCP4_REPLY);
    assert_true(answer_read(out.reply, (struct ipv4){ 0xc0a84d01 }, SEED, &scratch, &answer));
    assert_int_equal(answer.pose, POSE_IPXE);
    assert_int_equal(answer.server.value, 0xc0a84d01);
    assert_true(answer.says_pxe && answer.loads_at_once && answer.is_url);
    assert_string_equal(answer.file, "http://192.168.77.1/boot.ipxe");
    assert_false(answer_gives_address(&answer));
    /* Another seed: the answer to somebody else's question. */
    assert_false(answer_read(out.reply, answer.server, SEED + 256, &scratch, &answer));
}

static struct span reply(struct writer *w, uint8_t op, uint8_t type, const char *file,
                         uint8_t option, struct span value)
{
    struct dhcp4_header h = { .op = op, .htype = 1, .hlen = 6, .xid = pose_xid(POSE_UEFI, SEED) };

    memcpy(h.chaddr, mac_of_doctor().bytes, 6);
    memcpy(h.file, file, strlen(file));
    dhcp4_header_encode(w, &h);
    struct options_writer o = options_write_begin(w, 1024, (struct span){ 0 });
    options_write_u8(&o, OPTION_MESSAGE_TYPE, type);
    if (option != 0)
        options_write(&o, option, value);
    assert_true(options_write_end(&o));
    return writer_span(w);
}

static void test_answers(void **state)
{
    const struct {
        const char *name;
        uint8_t op, type;
        const char *file;
        uint8_t option;
        struct span value;
        bool sound;
        const char *want_file;
        uint32_t want_next;
        bool says_pxe, says_http, has_vendor, is_url;
    } rows[] = {
        { "plain offer", 2, DHCP4_OFFER, "", 0, { 0 }, true, "", 0, false, false, false, false },
        { "a request", 1, DHCP4_OFFER, "", 0, { 0 }, false, "", 0, false, false, false, false },
        { "a NAK", 2, DHCP4_NAK, "", 0, { 0 }, false, "", 0, false, false, false, false },
        { "file field",
          2,
          DHCP4_OFFER,
          "a.efi",
          0,
          { 0 },
          true,
          "a.efi",
          0,
          false,
          false,
          false,
          false },
        { "67 counts before the field", 2, DHCP4_OFFER, "a.efi", OPTION_BOOT_FILE,
          BYTES('b', '\\', 'c', 0), true, "b\\c", 0, false, false, false, false },
        { "66 as an address", 2, DHCP4_ACK, "a", OPTION_TFTP_SERVER,
          BYTES('1', '.', '2', '.', '3', '.', '4'), true, "a", 0x01020304, false, false, false,
          false },
        { "66 as a name", 2, DHCP4_ACK, "a", OPTION_TFTP_SERVER, BYTES('h', 'o', 's', 't'), true,
          "a", 0, false, false, false, false },
        { "class alone", 2, DHCP4_OFFER, "", OPTION_VENDOR_CLASS,
          BYTES('P', 'X', 'E', 'C', 'l', 'i', 'e', 'n', 't'), true, "", 0, true, false, false,
          false },
        { "HTTPClient", 2, DHCP4_OFFER, "https://x/y", OPTION_VENDOR_CLASS,
          BYTES('H', 'T', 'T', 'P', 'C', 'l', 'i', 'e', 'n', 't'), true, "https://x/y", 0, false,
          true, false, true },
        { "43 without discovery control", 2, DHCP4_OFFER, "", OPTION_VENDOR, BYTES(1, 1, 1), true,
          "", 0, false, false, true, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t block[1024];
        struct writer w = writer_over(block, sizeof block);
        struct arena scratch = arena_over(scratch_bytes, sizeof scratch_bytes);
        struct doctor_answer a = { 0 };
        struct span bytes =
            reply(&w, rows[i].op, rows[i].type, rows[i].file, rows[i].option, rows[i].value);
        bool sound = answer_read(bytes, (struct ipv4){ 0x0a000001 }, SEED, &scratch, &a);
        if (sound != rows[i].sound)
            fail_msg("%s: %s", rows[i].name, sound ? "read" : "refused");
        if (!sound)
            continue;
        if (strcmp(a.file, rows[i].want_file) != 0 || a.next_server.value != rows[i].want_next ||
            a.says_pxe != rows[i].says_pxe || a.says_http != rows[i].says_http ||
            a.has_vendor != rows[i].has_vendor || a.is_url != rows[i].is_url ||
            a.server.value != 0x0a000001)
            fail_msg("%s: file '%s', next %08x", rows[i].name, a.file, a.next_server.value);
        /* Cut anywhere, it is refused or still sound, and never read beyond. */
        for (size_t n = 0; n < bytes.len; n++)
            (void)answer_read(span_slice(bytes, 0, n), a.server, SEED, &scratch, &a);
        assert_int_equal(scratch.used, 0);
    }
}

static void test_bpdu(void **state)
{
    uint8_t frame[] = { 0x42, 0x42, 0x03, 0, 0, 0, 0,  0,    0x80, 0,    2,    2,    2,
                        2,    2,    2,    0, 0, 0, 0,  0x80, 1,    0x02, 0xaa, 0xbb, 0xcc,
                        0xdd, 0xee, 0x80, 1, 0, 0, 20, 0,    2,    0,    15,   0 };
    struct bpdu seen;

    (void)state;
    assert_true(bpdu_read(span_of(frame, sizeof frame), &seen));
    assert_int_equal(seen.forward_delay_s, 15);
    assert_false(seen.is_rapid);
    assert_int_equal(mac_to_u64(seen.bridge), 0x02aabbccddee);
    for (size_t n = 0; n < sizeof frame; n++)
        assert_false(bpdu_read(span_of(frame, n), &seen));
    frame[5] = 2;
    frame[6] = 2;
    assert_true(bpdu_read(span_of(frame, sizeof frame), &seen) && seen.is_rapid);
    frame[6] = 0x80; /* a topology change tells no times */
    assert_false(bpdu_read(span_of(frame, sizeof frame), &seen));
    frame[6] = 0;
    frame[0] = 0xaa;
    assert_false(bpdu_read(span_of(frame, sizeof frame), &seen));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_poses_are_known),
        cmocka_unit_test(test_port_4011),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_bpdu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
