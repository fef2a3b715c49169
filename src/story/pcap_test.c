/* Reading and writing of captures against each other, against files written byte by byte, and
 * against files that lie about their lengths. */
/* cmocka.h needs the headers before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "story/pcap_read.h"
#include "story/pcap_write.h"

static const struct pcap_packet discover = {
    .at = { 1700000000123 },
    .source_mac = { { 0x52, 0x54, 0, 0x12, 0x34, 0x56 } },
    .source = { { 0 }, 68 },
    .destination = { { UINT32_MAX }, 67 },
    .payload = { (const uint8_t *)"hello", 5 },
};
static const struct pcap_packet offer = {
    .at = { 1700000001000 },
    .source_mac = { { 2, 0, 0, 0, 0, 1 } },
    .destination_mac = { { 0x52, 0x54, 0, 0x12, 0x34, 0x56 } },
    .source = { { 0xc0000201 }, 67 },
    .destination = { { 0xc0000232 }, 68 },
    .payload = { (const uint8_t *)"there you are", 13 },
};

static void assert_packet(const struct pcap_packet *got, const struct pcap_packet *want)
{
    assert_int_equal(got->at.ms, want->at.ms);
    assert_true(mac_equals(got->source_mac, want->source_mac));
    assert_int_equal(got->source.addr.value, want->source.addr.value);
    assert_int_equal(got->source.port, want->source.port);
    assert_int_equal(got->destination.addr.value, want->destination.addr.value);
    assert_int_equal(got->destination.port, want->destination.port);
    assert_true(span_equals(got->payload, want->payload));
}

static void reads_what_it_writes(void **state)
{
    (void)state;
    uint8_t bytes[512];
    struct writer w = writer_over(bytes, sizeof bytes);
    pcap_write_header(&w);
    assert_int_equal(w.len, PCAP_FILE_HEADER_BYTES);
    pcap_write_packet(&w, &discover);
    assert_int_equal(w.len, PCAP_FILE_HEADER_BYTES + PCAP_PACKET_BYTES + 5);
    pcap_write_packet(&w, &offer);
    assert_false(w.failed);

    struct pcap_reader r;
    struct pcap_packet p;
    assert_int_equal(pcap_reader_init(&r, writer_span(&w)), PCAP_SOUND);
    assert_true(pcap_reader_next(&r, &p));
    assert_packet(&p, &discover);
    assert_int_equal(mac_to_u64(p.destination_mac), 0xffffffffffff);
    assert_true(pcap_reader_next(&r, &p));
    assert_packet(&p, &offer);
    assert_false(pcap_reader_next(&r, &p));
    assert_int_equal(r.flaw, PCAP_SOUND);
}

/* The bytes of a frame, checksums included, as other programs compute them. */
static void writes_right_checksums(void **state)
{
    (void)state;
    uint8_t bytes[128];
    struct writer w = writer_over(bytes, sizeof bytes);
    pcap_write_packet(&w, &discover);
    static const uint8_t want[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0x00, 0x12,
                                    0x34, 0x56, 0x08, 0x00, 0x45, 0x00, 0x00, 0x21, 0x00, 0x00,
                                    0x00, 0x00, 0x40, 0x11, 0x7a, 0xcd, 0x00, 0x00, 0x00, 0x00,
                                    0xff, 0xff, 0xff, 0xff, 0x00, 0x44, 0x00, 0x43, 0x00, 0x0d,
                                    0xbb, 0x7b, 'h',  'e',  'l',  'l',  'o' };
    assert_int_equal(w.len, 16 + sizeof want);
    assert_memory_equal(bytes + 16, want, sizeof want);
}

static void refuses_what_does_not_fit(void **state)
{
    (void)state;
    uint8_t bytes[PCAP_FILE_HEADER_BYTES + PCAP_PACKET_BYTES + 4];
    struct writer w = writer_over(bytes, sizeof bytes);
    pcap_write_header(&w);
    pcap_write_packet(&w, &discover);
    assert_true(w.failed);
    assert_int_equal(w.len, PCAP_FILE_HEADER_BYTES);

    static uint8_t much[70000];
    static uint8_t room[80000];
    w = writer_over(room, sizeof room);
    struct pcap_packet p = offer;
    p.payload = span_of(much, 65508);
    pcap_write_packet(&w, &p);
    assert_true(w.failed);
    w = writer_over(room, sizeof room);
    p.payload.len = 65507;
    pcap_write_packet(&w, &p);
    assert_false(w.failed);
}

#define UDP_IN_IP                                                                                  \
    0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 50, 0, 67, 0, 68, 0, 10, 0, \
        0, 'h', 'i'
#define ETHER   1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
#define LE32(v) (v) & 0xff, (v) >> 8 & 0xff, (v) >> 16 & 0xff, (v) >> 24
#define BE32(v) (v) >> 24, (v) >> 16 & 0xff, (v) >> 8 & 0xff, (v)&0xff
#define CLASSIC_LE(link)                                                                           \
    0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, LE32(link)
#define RECORD_LE(n) LE32(100), LE32(5000), LE32(n), LE32(n)
#define SECTION_LE                                                                                 \
    0x0a, 0x0d, 0x0d, 0x0a, LE32(28), 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,  \
        0xff, 0xff, 0xff, 0xff, LE32(28)
#define SECTION_BE                                                                                 \
    0x0a, 0x0d, 0x0d, 0x0a, BE32(28), 0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0, 0xff, 0xff, 0xff, 0xff,  \
        0xff, 0xff, 0xff, 0xff, BE32(28)
#define INTERFACE_LE(link) LE32(1), LE32(20), link, 0, 0, 0, LE32(0), LE32(20)

static const struct {
    const char *name;
    struct span file;
    enum pcap_flaw flaw;
    unsigned int packets, skipped;
    int64_t first_ms;
} cases[] = {
    { "nothing", { 0 }, PCAP_NOT_A_CAPTURE, 0, 0, 0 },
    { "text", { (const uint8_t *)"GIF89a and more", 15 }, PCAP_NOT_A_CAPTURE, 0, 0, 0 },
    { "header alone", BYTES(CLASSIC_LE(1)), PCAP_SOUND, 0, 0, 0 },
    { "header cut", BYTES(0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0), PCAP_CUT, 0, 0, 0 },
    { "wireless", BYTES(CLASSIC_LE(127)), PCAP_LINK_UNKNOWN, 0, 0, 0 },
    { "raw IP", BYTES(CLASSIC_LE(101), RECORD_LE(30), UDP_IN_IP), PCAP_SOUND, 1, 0, 100005 },
    { "nanoseconds, big endian",
      BYTES(0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, BE32(101),
            BE32(7), BE32(3000000), BE32(30), BE32(30), UDP_IN_IP),
      PCAP_SOUND, 1, 0, 7003 },
    { "Ethernet", BYTES(CLASSIC_LE(1), RECORD_LE(44), ETHER, 8, 0, UDP_IN_IP), PCAP_SOUND, 1, 0,
      100005 },
    { "Ethernet with trailing padding",
      BYTES(CLASSIC_LE(1), RECORD_LE(46), ETHER, 8, 0, UDP_IN_IP, 0, 0), PCAP_SOUND, 1, 0, 100005 },
    { "two VLAN tags",
      BYTES(CLASSIC_LE(1), RECORD_LE(52), ETHER, 0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 8, 0, UDP_IN_IP),
      PCAP_SOUND, 1, 0, 100005 },
    { "three VLAN tags are too many",
      BYTES(CLASSIC_LE(1), RECORD_LE(56), ETHER, 0x81, 0, 0, 5, 0x81, 0, 0, 6, 0x81, 0, 0, 7, 8, 0,
            UDP_IN_IP),
      PCAP_SOUND, 0, 1, 0 },
    { "IPv6", BYTES(CLASSIC_LE(1), RECORD_LE(44), ETHER, 0x86, 0xdd, UDP_IN_IP), PCAP_SOUND, 0, 1,
      0 },
    { "Linux cooked",
      BYTES(CLASSIC_LE(113), RECORD_LE(46), 0, 4, 0, 1, 0, 6, 7, 8, 9, 10, 11, 12, 0, 0, 8, 0,
            UDP_IN_IP),
      PCAP_SOUND, 1, 0, 100005 },
    { "Linux cooked v2",
      BYTES(CLASSIC_LE(276), RECORD_LE(50), 8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 7, 8, 9, 10, 11, 12,
            0, 0, UDP_IN_IP),
      PCAP_SOUND, 1, 0, 100005 },
    { "loopback", BYTES(CLASSIC_LE(0), RECORD_LE(34), 2, 0, 0, 0, UDP_IN_IP), PCAP_SOUND, 1, 0,
      100005 },
    { "record cut", BYTES(CLASSIC_LE(101), RECORD_LE(31), UDP_IN_IP), PCAP_CUT, 0, 0, 0 },
    { "record header cut", BYTES(CLASSIC_LE(101), RECORD_LE(30), UDP_IN_IP, 1, 2, 3), PCAP_CUT, 1,
      0, 100005 },
    { "record of four gigabytes", BYTES(CLASSIC_LE(101), RECORD_LE(0xffffffffU), UDP_IN_IP),
      PCAP_CUT, 0, 0, 0 },
    { "fragment",
      BYTES(CLASSIC_LE(101), RECORD_LE(30), 0x45, 0, 0, 30, 0, 0, 0x20, 0, 64, 17, 0, 0, 192, 0, 2,
            1, 192, 0, 2, 50, 0, 67, 0, 68, 0, 10, 0, 0, 'h', 'i'),
      PCAP_SOUND, 0, 1, 0 },
    { "IP header longer than the packet",
      BYTES(CLASSIC_LE(101), RECORD_LE(30), 0x4f, 0, 0, 60, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1,
            192, 0, 2, 50, 0, 67, 0, 68, 0, 10, 0, 0, 'h', 'i'),
      PCAP_SOUND, 0, 1, 0 },
    { "UDP length below its header",
      BYTES(CLASSIC_LE(101), RECORD_LE(30), 0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1,
            192, 0, 2, 50, 0, 67, 0, 68, 0, 7, 0, 0, 'h', 'i'),
      PCAP_SOUND, 0, 1, 0 },
    { "UDP length beyond the packet",
      BYTES(CLASSIC_LE(101), RECORD_LE(30), 0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1,
            192, 0, 2, 50, 0, 67, 0, 68, 0, 11, 0, 0, 'h', 'i'),
      PCAP_SOUND, 0, 1, 0 },
    { "pcapng, enhanced block",
      BYTES(SECTION_LE, INTERFACE_LE(101), LE32(6), LE32(64), LE32(0), LE32(0), LE32(2000000),
            LE32(30), LE32(30), UDP_IN_IP, 0, 0, LE32(64)),
      PCAP_SOUND, 1, 0, 2000 },
    { "pcapng, milliseconds by option",
      BYTES(SECTION_LE, LE32(1), LE32(32), 101, 0, 0, 0, LE32(0), 9, 0, 1, 0, 3, 0, 0, 0, LE32(0),
            LE32(32), LE32(6), LE32(64), LE32(0), LE32(0), LE32(2000), LE32(30), LE32(30),
            UDP_IN_IP, 0, 0, LE32(64)),
      PCAP_SOUND, 1, 0, 2000 },
    { "pcapng, units of 2^-10 s",
      BYTES(SECTION_LE, LE32(1), LE32(32), 101, 0, 0, 0, LE32(0), 9, 0, 1, 0, 0x8a, 0, 0, 0,
            LE32(0), LE32(32), LE32(6), LE32(64), LE32(0), LE32(0), LE32(2560), LE32(30), LE32(30),
            UDP_IN_IP, 0, 0, LE32(64)),
      PCAP_SOUND, 1, 0, 2500 },
    { "pcapng, simple block",
      BYTES(SECTION_LE, INTERFACE_LE(101), LE32(3), LE32(48), LE32(30), UDP_IN_IP, 0, 0, LE32(48)),
      PCAP_SOUND, 1, 0, 0 },
    { "pcapng, unknown block passed over",
      BYTES(SECTION_LE, LE32(5), LE32(16), LE32(0), LE32(16), INTERFACE_LE(101), LE32(3), LE32(48),
            LE32(30), UDP_IN_IP, 0, 0, LE32(48)),
      PCAP_SOUND, 1, 0, 0 },
    { "pcapng, second section the other way round",
      BYTES(SECTION_LE, INTERFACE_LE(101), SECTION_BE, BE32(1), BE32(20), 0, 101, 0, 0, BE32(0),
            BE32(20), BE32(3), BE32(48), BE32(30), UDP_IN_IP, 0, 0, BE32(48)),
      PCAP_SOUND, 1, 0, 0 },
    { "pcapng, packet of an interface never described",
      BYTES(SECTION_LE, LE32(3), LE32(48), LE32(30), UDP_IN_IP, 0, 0, LE32(48)), PCAP_SOUND, 0, 1,
      0 },
    { "pcapng, block shorter than its frame", BYTES(SECTION_LE, LE32(6), LE32(8), LE32(8)),
      PCAP_BLOCK_ILL_SIZED, 0, 0, 0 },
    { "pcapng, block beyond the file", BYTES(SECTION_LE, LE32(6), LE32(4000), LE32(0), LE32(4000)),
      PCAP_CUT, 0, 0, 0 },
    { "pcapng, lengths disagree", BYTES(SECTION_LE, LE32(5), LE32(16), LE32(0), LE32(20)),
      PCAP_BLOCK_ILL_SIZED, 0, 0, 0 },
    { "pcapng, packet longer than its block",
      BYTES(SECTION_LE, INTERFACE_LE(101), LE32(6), LE32(36), LE32(0), LE32(0), LE32(0), LE32(30),
            LE32(30), 1, 2, 3, 4, LE32(36)),
      PCAP_BLOCK_ILL_SIZED, 0, 0, 0 },
    { "pcapng, no byte order",
      BYTES(0x0a, 0x0d, 0x0d, 0x0a, LE32(28), 1, 2, 3, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            LE32(28)),
      PCAP_BLOCK_ILL_SIZED, 0, 0, 0 },
};

static void reads_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("  %s\n", cases[i].name);
        /* A heap block of the exact size, so that the sanitizer sees one byte too far. */
        size_t n = cases[i].file.len;
        uint8_t *copy = malloc(n > 0 ? n : 1);
        assert_non_null(copy);
        if (n > 0)
            memcpy(copy, cases[i].file.data, n);
        struct pcap_reader r;
        struct pcap_packet p;
        unsigned int packets = 0;
        enum pcap_flaw flaw = pcap_reader_init(&r, span_of(copy, n));
        assert_int_equal(flaw, r.flaw);
        while (pcap_reader_next(&r, &p)) {
            if (packets++ == 0)
                assert_int_equal(p.at.ms, cases[i].first_ms);
            assert_true(span_is(p.payload, "hi"));
            assert_int_equal(p.source.port, 67);
            assert_int_equal(p.destination.addr.value, 0xc0000232);
        }
        assert_int_equal(r.flaw, cases[i].flaw);
        assert_int_equal(packets, cases[i].packets);
        assert_int_equal(r.skipped, cases[i].skipped);
        assert_true(strlen(pcap_flaw_text(r.flaw)) > 0);
        free(copy);
    }
}

/* Every prefix of a sound file ends soundly or with a name, and never shows a packet it has not. */
static void survives_every_cut(void **state)
{
    (void)state;
    const struct span whole =
        BYTES(SECTION_LE, INTERFACE_LE(101), LE32(6), LE32(64), LE32(0), LE32(0), LE32(2000000),
              LE32(30), LE32(30), UDP_IN_IP, 0, 0, LE32(64));
    for (size_t n = 0; n < whole.len; n++) {
        uint8_t *copy = malloc(n > 0 ? n : 1);
        assert_non_null(copy);
        if (n > 0)
            memcpy(copy, whole.data, n);
        struct pcap_reader r;
        struct pcap_packet p;
        (void)pcap_reader_init(&r, span_of(copy, n));
        assert_false(pcap_reader_next(&r, &p));
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_writes),      cmocka_unit_test(writes_right_checksums),
        cmocka_unit_test(refuses_what_does_not_fit), cmocka_unit_test(reads_files),
        cmocka_unit_test(survives_every_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
