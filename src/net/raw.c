/* Packet sockets of type SOCK_DGRAM: the kernel writes the Ethernet header. IPv4 and UDP headers
 * (RFC 791, RFC 768) and ARP (RFC 826, probes by RFC 5227) are written and read here by the bounded
 * reader and writer. */
#include "net/raw.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/reader.h"
#include "base/writer.h"

#define IP_HEADER_LEN  20
#define UDP_HEADER_LEN 8
#define ARP_LEN        28
#define SKIPPED_MAX    64 /* frames a receive call passes over before it lets others have a turn */

/* IPv4, not a later fragment, UDP, destination port 68. Offsets from the IP header. */
static const struct sock_filter dhcp_filter[] = {
    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 8),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 6),
    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 4, 0),
    BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
    BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 68, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 0xffff),
    BPF_STMT(BPF_RET | BPF_K, 0),
};

static int open_packet_socket(uint16_t protocol, const struct sock_filter *filter, uint16_t count)
{
    struct sock_filter code[16];
    if (count > sizeof code / sizeof code[0])
        return -EINVAL;
    memcpy(code, filter, count * sizeof *filter);
    const struct sock_fprog program = { .len = count, .filter = code };
    /* Protocol 0 first: nothing is received before the filter is in place. */
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    struct sockaddr_ll addr = { .sll_family = AF_PACKET, .sll_protocol = htons(protocol) };
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0 ||
        bind(fd, (const struct sockaddr *)&addr, sizeof addr) < 0) {
        int r = -errno;
        close(fd);
        return r;
    }
    return fd;
}

int raw_open_dhcp_ear(void)
{
    return open_packet_socket(ETH_P_IP, dhcp_filter, sizeof dhcp_filter / sizeof dhcp_filter[0]);
}

int raw_open_dhcp_tap(void)
{
    /* Only a socket for all protocols is shown what goes out (packet(7)). */
    return open_packet_socket(ETH_P_ALL, dhcp_filter, sizeof dhcp_filter / sizeof dhcp_filter[0]);
}

int raw_open_arp(void)
{
    static const struct sock_filter filter[] = { BPF_STMT(BPF_RET | BPF_K, 64) };
    return open_packet_socket(ETH_P_ARP, filter, 1);
}

static uint16_t internet_checksum(struct span s)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < s.len; i++)
        sum += i % 2 == 0 ? (uint32_t)s.data[i] << 8 : s.data[i];
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void write_ip_header(struct writer *w, struct ipv4 from, struct ipv4 to, size_t payload)
{
    size_t start = w->len;
    writer_u8(w, 0x45);
    writer_u8(w, 0x10); /* low delay, as DHCP servers set it */
    writer_be16(w, (uint16_t)(IP_HEADER_LEN + UDP_HEADER_LEN + payload));
    writer_be16(w, 0);
    writer_be16(w, 0x4000); /* don't fragment */
    writer_u8(w, 64);
    writer_u8(w, IPPROTO_UDP);
    writer_be16(w, 0);
    writer_be32(w, from.value);
    writer_be32(w, to.value);
    if (w->failed)
        return;
    uint16_t sum = internet_checksum(span_of(w->data + start, IP_HEADER_LEN));
    w->data[start + 10] = (uint8_t)(sum >> 8);
    w->data[start + 11] = (uint8_t)sum;
}

int raw_send_udp(int fd, uint32_t interface, struct mac mac, struct endpoint from,
                 struct endpoint to, struct span payload)
{
    uint8_t frame[IP_HEADER_LEN + UDP_HEADER_LEN + 2048];
    struct writer w = writer_over(frame, sizeof frame);
    struct sockaddr_ll addr = { .sll_family = AF_PACKET,
                                .sll_protocol = htons(ETH_P_IP),
                                .sll_ifindex = (int)interface,
                                .sll_halen = sizeof mac.bytes };

    write_ip_header(&w, from.addr, to.addr, payload.len);
    writer_be16(&w, from.port);
    writer_be16(&w, to.port);
    writer_be16(&w, (uint16_t)(UDP_HEADER_LEN + payload.len));
    writer_be16(&w, 0); /* no checksum (RFC 768): the frame's own covers the link */
    writer_bytes(&w, payload);
    if (w.failed)
        return -EMSGSIZE;
    memcpy(addr.sll_addr, mac.bytes, sizeof mac.bytes);
    ssize_t n = sendto(fd, w.data, w.len, 0, (const struct sockaddr *)&addr, sizeof addr);
    return n < 0 ? -errno : 0;
}

/* Take an IPv4 packet apart down to its UDP payload; false when it is not a sound one. */
static bool read_udp(struct span packet, struct raw_udp *datagram)
{
    struct reader ip = reader_over(packet);
    uint8_t version_length = reader_u8(&ip);
    reader_skip(&ip, 1);
    uint16_t total = reader_be16(&ip);
    reader_skip(&ip, 5);
    uint8_t protocol = reader_u8(&ip);
    reader_skip(&ip, 2);
    datagram->from.addr.value = reader_be32(&ip);
    datagram->to.addr.value = reader_be32(&ip);
    size_t header = (size_t)(version_length & 15) * 4;
    if (ip.failed || version_length >> 4 != 4 || header < IP_HEADER_LEN || total > packet.len ||
        protocol != IPPROTO_UDP)
        return false;

    struct reader udp = reader_over(span_from(span_slice(packet, 0, total), header));
    datagram->from.port = reader_be16(&udp);
    datagram->to.port = reader_be16(&udp);
    uint16_t length = reader_be16(&udp);
    reader_skip(&udp, 2);
    size_t payload;
    if (!checked_sub(length, UDP_HEADER_LEN, &payload))
        return false;
    datagram->payload = reader_take(&udp, payload);
    return !udp.failed;
}

int raw_receive_udp(int fd, uint8_t *buffer, size_t cap, struct raw_udp *ret_datagram)
{
    for (int skipped = 0; skipped < SKIPPED_MAX; skipped++) {
        struct sockaddr_ll addr = { 0 };
        socklen_t addr_len = sizeof addr;
        ssize_t n = recvfrom(fd, buffer, cap, 0, (struct sockaddr *)&addr, &addr_len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? 0 : -errno;
        struct raw_udp datagram = { .interface = (uint32_t)addr.sll_ifindex,
                                    .ours = addr.sll_pkttype == PACKET_OUTGOING };
        if (addr.sll_halen == sizeof datagram.from_mac.bytes)
            memcpy(datagram.from_mac.bytes, addr.sll_addr, sizeof datagram.from_mac.bytes);
        if (!read_udp(span_of(buffer, (size_t)n), &datagram))
            continue;
        *ret_datagram = datagram;
        return 1;
    }
    return 0;
}

int raw_send_arp_probe(int fd, uint32_t interface, struct mac own, struct ipv4 address)
{
    uint8_t packet[ARP_LEN];
    struct writer w = writer_over(packet, sizeof packet);
    struct sockaddr_ll addr = { .sll_family = AF_PACKET,
                                .sll_protocol = htons(ETH_P_ARP),
                                .sll_ifindex = (int)interface,
                                .sll_halen = sizeof own.bytes };

    writer_be16(&w, ARPHRD_ETHER);
    writer_be16(&w, ETH_P_IP);
    writer_u8(&w, 6);
    writer_u8(&w, 4);
    writer_be16(&w, ARPOP_REQUEST);
    writer_bytes(&w, span_of(own.bytes, sizeof own.bytes));
    writer_be32(&w, 0);
    writer_fill(&w, 0, 6);
    writer_be32(&w, address.value);
    memset(addr.sll_addr, 0xff, sizeof own.bytes);
    ssize_t n = sendto(fd, w.data, w.len, 0, (const struct sockaddr *)&addr, sizeof addr);
    return n < 0 ? -errno : 0;
}

int raw_receive_arp(int fd, uint32_t *ret_interface, struct ipv4 *ret_address,
                    struct mac *ret_owner)
{
    for (int skipped = 0; skipped < SKIPPED_MAX; skipped++) {
        uint8_t packet[64];
        struct sockaddr_ll from = { 0 };
        socklen_t from_len = sizeof from;
        ssize_t n = recvfrom(fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &from_len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? 0 : -errno;
        struct reader r = reader_over(span_of(packet, (size_t)n));
        uint16_t hardware = reader_be16(&r), protocol = reader_be16(&r);
        uint8_t hardware_len = reader_u8(&r), protocol_len = reader_u8(&r);
        reader_skip(&r, 2);
        struct span sender = reader_take(&r, 6);
        struct ipv4 address = { reader_be32(&r) };
        if (r.failed || hardware != ARPHRD_ETHER || protocol != ETH_P_IP || hardware_len != 6 ||
            protocol_len != 4 || ipv4_is_none(address) || from.sll_pkttype == PACKET_OUTGOING)
            continue;
        *ret_interface = (uint32_t)from.sll_ifindex;
        *ret_address = address;
        memcpy(ret_owner->bytes, sender.data, sizeof ret_owner->bytes);
        return 1;
    }
    return 0;
}

#define ICMP_ECHO_ID 0x7462 /* "tb": which echo replies are ours */

int raw_open_icmp(void)
{
    int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);
    return fd < 0 ? -errno : fd;
}

int raw_send_echo(int fd, struct ipv4 address)
{
    uint8_t packet[16];
    struct writer w = writer_over(packet, sizeof packet);
    const struct sockaddr_in to = { .sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(address.value) };

    writer_u8(&w, 8);
    writer_u8(&w, 0);
    writer_be16(&w, 0);
    writer_be16(&w, ICMP_ECHO_ID);
    writer_be16(&w, 1);
    writer_fill(&w, 0, 8);
    uint16_t sum = internet_checksum(writer_span(&w));
    packet[2] = (uint8_t)(sum >> 8);
    packet[3] = (uint8_t)sum;
    ssize_t n = sendto(fd, packet, w.len, 0, (const struct sockaddr *)&to, sizeof to);
    return n < 0 ? -errno : 0;
}

int raw_receive_echo(int fd, struct ipv4 *ret_address)
{
    for (int skipped = 0; skipped < SKIPPED_MAX; skipped++) {
        uint8_t packet[128];
        struct sockaddr_in from = { 0 };
        socklen_t from_len = sizeof from;
        ssize_t n = recvfrom(fd, packet, sizeof packet, 0, (struct sockaddr *)&from, &from_len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? 0 : -errno;
        struct reader ip = reader_over(span_of(packet, (size_t)n));
        uint8_t version_length = reader_u8(&ip);
        struct reader icmp =
            reader_over(span_from(span_of(packet, (size_t)n), (size_t)(version_length & 15) * 4));
        uint8_t type = reader_u8(&icmp);
        reader_skip(&icmp, 3);
        if (type != 0 || reader_be16(&icmp) != ICMP_ECHO_ID || icmp.failed)
            continue;
        ret_address->value = ntohl(from.sin_addr.s_addr);
        return 1;
    }
    return 0;
}

int raw_open_bpdu_ear(uint32_t interface)
{
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    const struct sockaddr_ll addr = { .sll_family = AF_PACKET,
                                      .sll_protocol = htons(ETH_P_802_2),
                                      .sll_ifindex = (int)interface };
    const struct packet_mreq group = { .mr_ifindex = (int)interface,
                                       .mr_type = PACKET_MR_MULTICAST,
                                       .mr_alen = 6,
                                       .mr_address = { 0x01, 0x80, 0xc2, 0, 0, 0 } };
    if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &group, sizeof group) < 0 ||
        bind(fd, (const struct sockaddr *)&addr, sizeof addr) < 0) {
        int r = -errno;
        close(fd);
        return r;
    }
    return fd;
}

int raw_receive_bpdu(int fd, uint8_t *buffer, size_t cap)
{
    for (int skipped = 0; skipped < SKIPPED_MAX; skipped++) {
        struct sockaddr_ll from = { 0 };
        socklen_t from_len = sizeof from;
        ssize_t n = recvfrom(fd, buffer, cap, 0, (struct sockaddr *)&from, &from_len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? 0 : -errno;
        if (from.sll_pkttype != PACKET_OUTGOING && n > 0)
            return (int)n;
    }
    return 0;
}

bool raw_find_neighbour(int any_inet_fd, const char *interface_name, struct ipv4 address,
                        struct mac *ret_mac)
{
    struct arpreq request = { 0 };
    const struct sockaddr_in wanted = { .sin_family = AF_INET,
                                        .sin_addr.s_addr = htonl(address.value) };

    memcpy(&request.arp_pa, &wanted, sizeof wanted);
    span_to_text(span_text(interface_name), request.arp_dev, sizeof request.arp_dev);
    if (ioctl(any_inet_fd, SIOCGARP, &request) < 0 || (request.arp_flags & ATF_COM) == 0)
        return false;
    memcpy(ret_mac->bytes, request.arp_ha.sa_data, sizeof ret_mac->bytes);
    return true;
}
