/* Two file formats, five link types, one question: which UDP datagrams are in here? Knows the
 * layout of classic pcap (draft-ietf-opsawg-pcap), of pcapng (draft-ietf-opsawg-pcapng) and of the
 * headers below UDP; does not know what a datagram means. Packets that are something else are
 * passed over and counted; what breaks the file's own structure ends the reading with a name. */
#include "story/pcap_read.h"

#define MAGIC_MICRO      UINT32_C(0xa1b2c3d4)
#define MAGIC_NANO       UINT32_C(0xa1b23c4d)
#define MAGIC_BYTE_ORDER UINT32_C(0x1a2b3c4d)

enum block_type {
    BLOCK_INTERFACE = 1,
    BLOCK_SIMPLE_PACKET = 3,
    BLOCK_ENHANCED_PACKET = 6,
    BLOCK_SECTION = 0x0a0d0d0a, /* reads the same in both byte orders */
};

enum link_type {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_RAW_BSD = 12,
    LINK_RAW_OPENBSD = 14,
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_LINUX_SLL = 113,
    LINK_IPV4 = 228,
    LINK_LINUX_SLL2 = 276,
};

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_QINQ 0x88a8
#define PROTOCOL_UDP   17

static uint16_t file_u16(const struct pcap_reader *p, struct reader *r)
{
    return p->is_big_endian ? reader_be16(r) : reader_le16(r);
}

static uint32_t file_u32(const struct pcap_reader *p, struct reader *r)
{
    return p->is_big_endian ? reader_be32(r) : reader_le32(r);
}

static bool link_is_known(uint16_t link)
{
    static const uint16_t known[] = { LINK_NULL,        LINK_ETHERNET, LINK_RAW_BSD,
                                      LINK_RAW_OPENBSD, LINK_RAW,      LINK_LOOP,
                                      LINK_LINUX_SLL,   LINK_IPV4,     LINK_LINUX_SLL2 };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i] == link)
            return true;
    return false;
}

static struct mac read_mac(struct reader *r)
{
    struct mac mac = { 0 };
    struct span s = reader_take(r, sizeof mac.bytes);
    if (s.len == sizeof mac.bytes)
        memcpy(mac.bytes, s.data, sizeof mac.bytes);
    return mac;
}

/* Ethernet with any VLAN tags: the EtherType below them. */
static uint16_t read_ethernet(struct reader *r, struct pcap_packet *out)
{
    out->destination_mac = read_mac(r);
    out->source_mac = read_mac(r);
    uint16_t type = reader_be16(r);
    for (int tags = 0; tags < 2 && (type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ); tags++) {
        reader_skip(r, 2);
        type = reader_be16(r);
    }
    return type;
}

/* Linux cooked capture, versions 1 and 2: the EtherType, and the sender where it is Ethernet's. */
static uint16_t read_sll(struct reader *r, struct pcap_packet *out)
{
    reader_skip(r, 4);
    uint16_t length = reader_be16(r);
    struct mac mac = read_mac(r);
    reader_skip(r, 2);
    if (length == sizeof mac.bytes)
        out->source_mac = mac;
    return reader_be16(r);
}

static uint16_t read_sll2(struct reader *r, struct pcap_packet *out)
{
    uint16_t type = reader_be16(r);
    reader_skip(r, 9);
    uint8_t length = reader_u8(r);
    struct mac mac = read_mac(r);
    reader_skip(r, 2);
    if (length == sizeof mac.bytes)
        out->source_mac = mac;
    return type;
}

/* Pass over the link's header: true when IPv4 follows. */
static bool read_link(const struct pcap_reader *p, uint16_t link, struct reader *r,
                      struct pcap_packet *out)
{
    switch ((enum link_type)link) {
    case LINK_ETHERNET:
        return read_ethernet(r, out) == ETHERTYPE_IPV4;
    case LINK_LINUX_SLL:
        return read_sll(r, out) == ETHERTYPE_IPV4;
    case LINK_LINUX_SLL2:
        return read_sll2(r, out) == ETHERTYPE_IPV4;
    case LINK_NULL:
        return file_u32(p, r) == 2; /* AF_INET is 2 everywhere, in the capturing host's order */
    case LINK_LOOP:
        return reader_be32(r) == 2;
    case LINK_RAW:
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
    case LINK_IPV4:
        return true;
    }
    return false;
}

/* IPv4 (RFC 791) and UDP (RFC 768). Fragments and datagrams that were not captured whole are not
 * shown: half a DHCP message would look like a broken one. */
static bool read_udp(struct reader *r, struct pcap_packet *out)
{
    uint8_t version_and_length = reader_u8(r);
    size_t header = (size_t)(version_and_length & 0x0f) * 4;
    reader_skip(r, 1);
    uint16_t total = reader_be16(r);
    reader_skip(r, 2);
    uint16_t fragment = reader_be16(r);
    reader_skip(r, 1);
    uint8_t protocol = reader_u8(r);
    reader_skip(r, 2);
    out->source.addr.value = reader_be32(r);
    out->destination.addr.value = reader_be32(r);
    if (r->failed || version_and_length >> 4 != 4 || header < 20 || total < header ||
        (fragment & 0x3fff) != 0 || protocol != PROTOCOL_UDP)
        return false;
    reader_skip(r, header - 20);

    struct reader datagram = reader_over(reader_take(r, total - header));
    if (r->failed)
        return false;
    out->source.port = reader_be16(&datagram);
    out->destination.port = reader_be16(&datagram);
    uint16_t length = reader_be16(&datagram);
    reader_skip(&datagram, 2);
    if (datagram.failed || length < 8)
        return false;
    out->payload = reader_take(&datagram, length - 8U);
    return !datagram.failed;
}

static bool read_frame(const struct pcap_reader *p, uint16_t link, struct span frame,
                       struct pcap_packet *out)
{
    struct reader r = reader_over(frame);
    return read_link(p, link, &r, out) && read_udp(&r, out);
}

static enum pcap_flaw init_classic(struct pcap_reader *p, uint32_t magic)
{
    p->is_nano = magic == MAGIC_NANO;
    reader_skip(&p->bytes, 4 + 4 + 4 + 4); /* version, zone, accuracy, snap length */
    /* The upper half of the link type field tells of frame check sequences. */
    uint16_t link = (uint16_t)(file_u32(p, &p->bytes) & 0xffff);
    if (p->bytes.failed)
        return PCAP_CUT;
    if (!link_is_known(link))
        return PCAP_LINK_UNKNOWN;
    p->interfaces[0] = (struct pcap_interface){ .link_type = link };
    p->interface_count = 1;
    return PCAP_SOUND;
}

enum pcap_flaw pcap_reader_init(struct pcap_reader *p, struct span file)
{
    *p = (struct pcap_reader){ .bytes = reader_over(file) };
    struct reader ahead = p->bytes;
    uint32_t magic = reader_le32(&ahead);
    struct reader swapped = p->bytes;
    uint32_t magic_be = reader_be32(&swapped);

    if (magic == BLOCK_SECTION) {
        p->is_ng = true; /* the section block tells its byte order when it is read */
    } else if (magic == MAGIC_MICRO || magic == MAGIC_NANO) {
        p->bytes = ahead;
        p->flaw = init_classic(p, magic);
    } else if (magic_be == MAGIC_MICRO || magic_be == MAGIC_NANO) {
        p->bytes = swapped;
        p->is_big_endian = true;
        p->flaw = init_classic(p, magic_be);
    } else {
        p->flaw = PCAP_NOT_A_CAPTURE;
    }
    return p->flaw;
}

/* One record of a classic file: false at its end or at a flaw. */
static bool next_classic(struct pcap_reader *p, struct pcap_packet *out, bool *ret_shown)
{
    struct reader *r = &p->bytes;
    uint32_t seconds = file_u32(p, r);
    uint32_t fraction = file_u32(p, r);
    uint32_t captured = file_u32(p, r);
    reader_skip(r, 4);
    struct span frame = reader_take(r, captured);
    if (r->failed) {
        p->flaw = PCAP_CUT;
        return false;
    }
    out->at.ms = (int64_t)seconds * 1000 + fraction / (p->is_nano ? 1000000 : 1000);
    *ret_shown = read_frame(p, p->interfaces[0].link_type, frame, out);
    return true;
}

/* Ticks since 1970 in an interface's unit, as milliseconds; absurd times come out as 0. */
static struct calendar ticks_to_calendar(const struct pcap_interface *i, uint64_t ticks)
{
    unsigned int digits = i->ticks_digits;
    uint64_t ms;

    if (i->ticks_base2) {
        uint64_t fraction = digits > 0 ? ticks & ((UINT64_C(1) << digits) - 1) : 0;
        ms = (ticks >> digits) * 1000;
        ms += digits > 10 ? (fraction >> (digits - 10)) * 1000 >> 10 : fraction * 1000 >> digits;
    } else {
        ms = ticks;
        for (; digits > 3; digits--)
            ms /= 10;
        for (; digits < 3; digits++)
            if (__builtin_mul_overflow(ms, UINT64_C(10), &ms))
                ms = 0;
    }
    return (struct calendar){ .ms = ms <= INT64_MAX / 1000000 ? (int64_t)ms : 0 };
}

/* if_tsresol, option 9 of an interface block: the top bit chooses powers of two. */
static void read_interface_options(const struct pcap_reader *p, struct reader *r,
                                   struct pcap_interface *i)
{
    while (reader_left(r) >= 4) {
        uint16_t code = file_u16(p, r);
        uint16_t length = file_u16(p, r);
        struct span value = reader_take(r, length);
        size_t pad = (4U - length % 4U) % 4U;
        if (r->failed || code == 0)
            return;
        reader_skip(r, pad);
        if (code == 9 && value.len == 1) {
            i->ticks_base2 = value.data[0] >> 7;
            i->ticks_digits = value.data[0] & 0x3f;
        }
    }
}

static bool read_interface(struct pcap_reader *p, struct reader *r)
{
    struct pcap_interface i = { .ticks_digits = 6 };
    i.link_type = file_u16(p, r);
    reader_skip(r, 2 + 4);
    if (r->failed)
        return false;
    read_interface_options(p, r, &i);
    /* One too many is numbered but not kept: its packets are passed over. */
    if (p->interface_count < PCAP_INTERFACES_MAX)
        p->interfaces[p->interface_count++] = i;
    return true;
}

static bool show_block_packet(struct pcap_reader *p, uint32_t interface, uint64_t ticks,
                              struct span frame, struct pcap_packet *out)
{
    if (interface >= p->interface_count)
        return false;
    const struct pcap_interface *i = &p->interfaces[interface];
    out->at = ticks_to_calendar(i, ticks);
    return link_is_known(i->link_type) && read_frame(p, i->link_type, frame, out);
}

static bool read_packet_block(struct pcap_reader *p, uint32_t type, struct reader *body,
                              struct pcap_packet *out, bool *ret_shown)
{
    if (type == BLOCK_SIMPLE_PACKET) {
        uint32_t original = file_u32(p, body);
        struct span rest = reader_rest(body);
        *ret_shown = show_block_packet(p, 0, 0, span_slice(rest, 0, original), out);
        return !body->failed;
    }
    uint32_t interface = file_u32(p, body);
    uint64_t ticks = (uint64_t)file_u32(p, body) << 32;
    ticks |= file_u32(p, body);
    uint32_t captured = file_u32(p, body);
    reader_skip(body, 4);
    struct span frame = reader_take(body, captured);
    if (!body->failed)
        *ret_shown = show_block_packet(p, interface, ticks, frame, out);
    return !body->failed;
}

/* The section header decides the byte order of its own length, so it is looked at ahead. */
static bool read_section_order(struct pcap_reader *p)
{
    struct reader ahead = p->bytes;
    reader_skip(&ahead, 4);
    uint32_t magic = reader_le32(&ahead);
    if (ahead.failed)
        return false;
    p->is_big_endian = magic != MAGIC_BYTE_ORDER;
    p->interface_count = 0;
    return magic == MAGIC_BYTE_ORDER || magic == UINT32_C(0x4d3c2b1a);
}

/* One pcapng block: false at a flaw; *ret_shown when it held a datagram, *ret_packet when it held
 * any packet. */
static bool next_block(struct pcap_reader *p, struct pcap_packet *out, bool *ret_shown,
                       bool *ret_packet)
{
    struct reader *r = &p->bytes;
    uint32_t type = file_u32(p, r);
    if (type == BLOCK_SECTION && !read_section_order(p)) {
        p->flaw = PCAP_BLOCK_ILL_SIZED;
        return false;
    }
    uint32_t total = file_u32(p, r);
    if (!r->failed && (total < 12 || total % 4 != 0)) {
        p->flaw = PCAP_BLOCK_ILL_SIZED;
        return false;
    }
    struct reader body = reader_over(reader_take(r, r->failed ? 0 : total - 12));
    uint32_t again = file_u32(p, r);
    if (r->failed || again != total) {
        p->flaw = r->failed ? PCAP_CUT : PCAP_BLOCK_ILL_SIZED;
        return false;
    }
    bool sound = true;
    if (type == BLOCK_INTERFACE)
        sound = read_interface(p, &body);
    *ret_packet = type == BLOCK_ENHANCED_PACKET || type == BLOCK_SIMPLE_PACKET;
    if (*ret_packet)
        sound = read_packet_block(p, type, &body, out, ret_shown);
    if (!sound)
        p->flaw = PCAP_BLOCK_ILL_SIZED;
    return sound;
}

bool pcap_reader_next(struct pcap_reader *p, struct pcap_packet *ret_packet)
{
    while (p->flaw == PCAP_SOUND && reader_left(&p->bytes) > 0) {
        struct pcap_packet packet = { 0 };
        bool shown = false, is_packet = true;
        bool sound = p->is_ng ? next_block(p, &packet, &shown, &is_packet)
                              : next_classic(p, &packet, &shown);
        if (!sound)
            return false;
        if (shown) {
            *ret_packet = packet;
            return true;
        }
        if (is_packet)
            p->skipped++;
    }
    return false;
}

const char *pcap_flaw_text(enum pcap_flaw flaw)
{
    static const char *const texts[] = {
        [PCAP_SOUND] = "sound",
        [PCAP_NOT_A_CAPTURE] = "not a capture file: neither pcap nor pcapng",
        [PCAP_CUT] = "the file ends in the middle of a packet",
        [PCAP_BLOCK_ILL_SIZED] = "a block of the file has an impossible length",
        [PCAP_LINK_UNKNOWN] = "captured on a link that is not read here: use Ethernet or \"any\"",
    };
    _Static_assert(sizeof texts / sizeof texts[0] == PCAP_FLAW_COUNT, "a text for each flaw");
    return texts[flaw];
}
