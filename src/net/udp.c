/* See udp.h. The only place that knows IP_PKTINFO, recvmmsg and UDP_SEGMENT. Path MTU discovery is
 * off on these sockets: firmware drops "fragmentation needed" on the floor, so a router must be
 * allowed to split a packet that is too large for a later link. */
#include "net/udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONTROL_MAX CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(uint16_t))

/* Control data is read through cmsghdr, so it is aligned for it. */
union control {
    struct cmsghdr align;
    uint8_t bytes[CONTROL_MAX];
};

struct udp_batch {
    struct mmsghdr messages[UDP_BATCH_MAX];
    struct iovec vectors[UDP_BATCH_MAX];
    struct sockaddr_in names[UDP_BATCH_MAX];
    union control controls[UDP_BATCH_MAX];
    struct udp_packet packets[UDP_BATCH_MAX];
    uint8_t buffers[UDP_BATCH_MAX][UDP_PACKET_MAX];
};

static struct sockaddr_in to_sockaddr(struct endpoint e)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons(e.port),
        .sin_addr.s_addr = htonl(e.addr.value),
    };
}

static int set_flag(int fd, int level, int option)
{
    const int on = 1;
    return setsockopt(fd, level, option, &on, sizeof on);
}

int udp_adopt(int fd, const struct udp_settings *settings)
{
    const struct udp_settings *s = settings;
    const int no_discovery = IP_PMTUDISC_DONT;
    const int receive = (int)s->receive_buffer, send_size = (int)s->send_buffer;

    if (setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &no_discovery, sizeof no_discovery) < 0)
        return -errno;
    if (s->arrival && set_flag(fd, IPPROTO_IP, IP_PKTINFO) < 0)
        return -errno;
    if (s->broadcast && set_flag(fd, SOL_SOCKET, SO_BROADCAST) < 0)
        return -errno;
    if (receive > 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive, sizeof receive) < 0)
        return -errno;
    if (send_size > 0 && setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_size, sizeof send_size) < 0)
        return -errno;
    return 0;
}

static int set_up(int fd, const struct udp_settings *s)
{
    int r = udp_adopt(fd, s);
    if (r < 0)
        return r;
    if (s->share_port && set_flag(fd, SOL_SOCKET, SO_REUSEPORT) < 0)
        return -errno;
    if (s->interface && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, s->interface,
                                   (socklen_t)strlen(s->interface)) < 0)
        return -errno;
    struct sockaddr_in name = to_sockaddr((struct endpoint){ .addr = s->addr, .port = s->port });
    if (bind(fd, (const struct sockaddr *)&name, sizeof name) < 0)
        return -errno;
    return 0;
}

int udp_open(const struct udp_settings *settings, int *ret_fd)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    int r = set_up(fd, settings);
    if (r < 0) {
        close(fd);
        return r;
    }
    *ret_fd = fd;
    return 0;
}

uint16_t udp_local_port(int fd)
{
    struct sockaddr_in name = { 0 };
    socklen_t len = sizeof name;
    if (getsockname(fd, (struct sockaddr *)&name, &len) < 0)
        return 0;
    return ntohs(name.sin_port);
}

/* Receiving. */

int udp_batch_new(struct udp_batch **ret_batch)
{
    struct udp_batch *batch = calloc(1, sizeof *batch);
    if (!batch)
        return -ENOMEM;
    for (size_t i = 0; i < UDP_BATCH_MAX; i++) {
        batch->vectors[i] =
            (struct iovec){ .iov_base = batch->buffers[i], .iov_len = sizeof batch->buffers[i] };
        batch->messages[i].msg_hdr = (struct msghdr){
            .msg_name = &batch->names[i],
            .msg_iov = &batch->vectors[i],
            .msg_iovlen = 1,
            .msg_control = &batch->controls[i],
        };
    }
    *ret_batch = batch;
    return 0;
}

void udp_batch_free(struct udp_batch *batch)
{
    free(batch);
}

static void read_arrival(struct msghdr *m, struct udp_packet *packet)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        struct in_pktinfo info;
        if (c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_PKTINFO)
            continue;
        memcpy(&info, CMSG_DATA(c), sizeof info);
        packet->local.value = ntohl(info.ipi_addr.s_addr);
        packet->interface = (uint32_t)info.ipi_ifindex;
    }
}

static bool is_earlier_send(int error)
{
    return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH ||
           error == EHOSTDOWN || error == EMSGSIZE || error == EPROTO || error == EINTR;
}

int udp_receive(int fd, struct udp_batch *batch)
{
    int got = -1;
    for (size_t i = 0; i < UDP_BATCH_MAX; i++) {
        batch->messages[i].msg_hdr.msg_namelen = sizeof batch->names[i];
        batch->messages[i].msg_hdr.msg_controllen = sizeof batch->controls[i];
    }
    for (int tries = 0; got < 0 && tries < 8; tries++) {
        got = recvmmsg(fd, batch->messages, UDP_BATCH_MAX, MSG_DONTWAIT, NULL);
        if (got < 0 && !is_earlier_send(errno))
            return errno == EAGAIN ? 0 : -errno;
    }
    int kept = 0;
    for (int i = 0; i < got; i++) {
        struct msghdr *m = &batch->messages[i].msg_hdr;
        if ((m->msg_flags & MSG_TRUNC) || batch->names[i].sin_family != AF_INET)
            continue;
        struct udp_packet *packet = &batch->packets[kept++];
        *packet = (struct udp_packet){
            .bytes = span_of(batch->buffers[i], batch->messages[i].msg_len),
            .source = { .addr = { ntohl(batch->names[i].sin_addr.s_addr) },
                        .port = ntohs(batch->names[i].sin_port) },
        };
        read_arrival(m, packet);
    }
    return kept;
}

/* A plain recvfrom: without the bookkeeping of recvmmsg it costs a third less. */
int udp_receive_one(int fd, struct udp_batch *batch)
{
    struct sockaddr_in *name = &batch->names[0];
    ssize_t got = -1;
    for (int tries = 0; got < 0 && tries < 8; tries++) {
        socklen_t len = sizeof *name;
        got = recvfrom(fd, batch->buffers[0], sizeof batch->buffers[0], MSG_DONTWAIT | MSG_TRUNC,
                       (struct sockaddr *)name, &len);
        if (got < 0 && !is_earlier_send(errno))
            return errno == EAGAIN ? 0 : -errno;
    }
    if (got < 0 || (size_t)got > sizeof batch->buffers[0] || name->sin_family != AF_INET)
        return 0;
    batch->packets[0] = (struct udp_packet){
        .bytes = span_of(batch->buffers[0], (size_t)got),
        .source = { .addr = { ntohl(name->sin_addr.s_addr) }, .port = ntohs(name->sin_port) },
    };
    return 1;
}

const struct udp_packet *udp_batch_packet(const struct udp_batch *batch, int index)
{
    return &batch->packets[index];
}

/* Sending. */

static void add_control(struct msghdr *m, union control *control, int level, int type,
                        const void *value, size_t size)
{
    size_t at = m->msg_controllen;
    m->msg_control = control;
    m->msg_controllen = at + CMSG_SPACE(size);
    struct cmsghdr header = { .cmsg_level = level, .cmsg_type = type, .cmsg_len = CMSG_LEN(size) };
    memcpy(&control->bytes[at], &header, sizeof header);
    memcpy(&control->bytes[at + CMSG_LEN(0)], value, size);
}

/* 0, or what an attempt to send came to. */
static int send_result(ssize_t sent)
{
    if (sent >= 0)
        return 0;
    return errno == ENOBUFS || errno == EAGAIN ? -EAGAIN : -errno;
}

static int send_message(int fd, const struct udp_route *route, struct span bytes, size_t segment)
{
    struct sockaddr_in name = to_sockaddr(route->to);
    struct iovec vector = { .iov_len = bytes.len };
    union control control = { 0 };
    struct msghdr m = {
        .msg_name = &name, .msg_namelen = sizeof name, .msg_iov = &vector, .msg_iovlen = 1
    };
    /* sendmsg does not write to it; iovec has no const form */
    memcpy(&vector.iov_base, &bytes.data, sizeof vector.iov_base);

    if (!ipv4_is_none(route->from) || route->interface != 0) {
        struct in_pktinfo info = { .ipi_ifindex = (int)route->interface,
                                   .ipi_spec_dst.s_addr = htonl(route->from.value) };
        add_control(&m, &control, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    }
    if (segment > 0) {
        uint16_t size = (uint16_t)segment;
        add_control(&m, &control, SOL_UDP, UDP_SEGMENT, &size, sizeof size);
    }
    for (int tries = 0; tries < 4; tries++) {
        if (sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return 0;
        /* an ICMP error to an earlier packet is reported once, in place of the send */
        if (errno != ECONNREFUSED && errno != EINTR)
            break;
    }
    return send_result(-1);
}

int udp_send(int fd, const struct udp_route *route, struct span bytes)
{
    struct sockaddr_in name = to_sockaddr(route->to);
    if (!ipv4_is_none(route->from) || route->interface != 0)
        return send_message(fd, route, bytes, 0);
    ssize_t sent = -1;
    for (int tries = 0; tries < 4 && sent < 0; tries++) {
        sent = sendto(fd, bytes.data, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL,
                      (const struct sockaddr *)&name, sizeof name);
        if (sent < 0 && errno != ECONNREFUSED && errno != EINTR)
            break;
    }
    return send_result(sent);
}

int udp_send_segments(int fd, const struct udp_route *route, struct span bytes, size_t segment,
                      bool *plain)
{
    int count = bytes.len > 0 ? (int)((bytes.len + segment - 1) / segment) : 0;
    if (count > 1 && !*plain && segment <= UINT16_MAX) {
        int r = send_message(fd, route, bytes, segment);
        if (r == 0)
            return count;
        if (r == -EAGAIN)
            return r;
        /* EIO: the device has no checksum offload; EINVAL, EMSGSIZE: more than this path takes in
         * one piece; ENOPROTOOPT: an old kernel. What is really wrong will show below. */
        *plain = true;
    }
    for (int i = 0; i < count; i++) {
        int r = udp_send(fd, route, span_slice(bytes, (size_t)i * segment, segment));
        if (r < 0)
            return i > 0 ? i : r;
    }
    return count;
}

uint32_t udp_interface_mtu(int fd, uint32_t interface)
{
    struct ifreq request = { .ifr_ifindex = (int)interface };
    if (interface == 0 || ioctl(fd, SIOCGIFNAME, &request) < 0 ||
        ioctl(fd, SIOCGIFMTU, &request) < 0 || request.ifr_mtu < 0)
        return 0;
    return (uint32_t)request.ifr_mtu;
}
