/* Classic pcap, version 2.4, in big-endian order (readers take either). The headers below UDP are
 * built, not kept: what tugboot receives is a payload and two endpoints. Checksums are right, so
 * that Wireshark does not paint the packets black (RFC 1071, 791, 768). */
#include "story/pcap_write.h"

#include "base/checked.h"

#define UDP_PAYLOAD_MAX 65507
#define LINK_ETHERNET   1

/* The one's complement sum of RFC 1071, folded at the end by checksum_end(). */
static uint32_t checksum_add(uint32_t sum, struct span s)
{
    for (size_t i = 0; i < s.len; i++)
        sum += i % 2 == 0 ? (uint32_t)s.data[i] << 8 : s.data[i];
    return sum;
}

static uint16_t checksum_end(uint32_t sum)
{
    while (sum > 0xffff)
        sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t)~sum;
}

void pcap_write_header(struct writer *w)
{
    writer_be32(w, UINT32_C(0xa1b2c3d4));
    writer_be16(w, 2);
    writer_be16(w, 4);
    writer_be32(w, 0);
    writer_be32(w, 0);
    writer_be32(w, 65536);
    writer_be32(w, LINK_ETHERNET);
}

static void write_record(struct writer *w, struct calendar at, uint32_t length)
{
    int64_t ms = at.ms > 0 ? at.ms : 0;
    writer_be32(w, (uint32_t)(ms / 1000));
    writer_be32(w, (uint32_t)(ms % 1000 * 1000));
    writer_be32(w, length);
    writer_be32(w, length);
}

static void write_ethernet(struct writer *w, const struct pcap_packet *p)
{
    struct mac to = p->destination_mac;
    if (mac_is_zero(to) && ipv4_equals(p->destination.addr, IPV4_BROADCAST))
        memset(to.bytes, 0xff, sizeof to.bytes);
    writer_bytes(w, span_of(to.bytes, sizeof to.bytes));
    writer_bytes(w, span_of(p->source_mac.bytes, sizeof p->source_mac.bytes));
    writer_be16(w, 0x0800);
}

static void write_ipv4(struct writer *w, const struct pcap_packet *p, uint16_t total)
{
    uint8_t bytes[20];
    struct writer header = writer_over(bytes, sizeof bytes);
    writer_be16(&header, 0x4500);
    writer_be16(&header, total);
    writer_be32(&header, 0);
    writer_be16(&header, 64 << 8 | 17);
    writer_be16(&header, 0);
    writer_be32(&header, p->source.addr.value);
    writer_be32(&header, p->destination.addr.value);
    uint16_t sum = checksum_end(checksum_add(0, writer_span(&header)));
    bytes[10] = (uint8_t)(sum >> 8);
    bytes[11] = (uint8_t)sum;
    writer_bytes(w, writer_span(&header));
}

static void write_udp(struct writer *w, const struct pcap_packet *p, uint16_t length)
{
    uint8_t bytes[20];
    struct writer pseudo = writer_over(bytes, sizeof bytes);
    writer_be32(&pseudo, p->source.addr.value);
    writer_be32(&pseudo, p->destination.addr.value);
    writer_be16(&pseudo, 17);
    writer_be16(&pseudo, length);
    writer_be16(&pseudo, p->source.port);
    writer_be16(&pseudo, p->destination.port);
    writer_be16(&pseudo, length);
    uint16_t sum = checksum_end(checksum_add(checksum_add(0, writer_span(&pseudo)), p->payload));
    writer_be16(w, p->source.port);
    writer_be16(w, p->destination.port);
    writer_be16(w, length);
    writer_be16(w, sum == 0 ? 0xffff : sum); /* RFC 768: zero means "none" */
    writer_bytes(w, p->payload);
}

void pcap_write_packet(struct writer *w, const struct pcap_packet *p)
{
    if (w->failed || p->payload.len > UDP_PAYLOAD_MAX ||
        writer_left(w) < PCAP_PACKET_BYTES + p->payload.len) {
        w->failed = true;
        return;
    }
    uint16_t udp = (uint16_t)(8 + p->payload.len);
    write_record(w, p->at, 14U + 20U + udp);
    write_ethernet(w, p);
    write_ipv4(w, p, (uint16_t)(20 + udp));
    write_udp(w, p, udp);
}
