/* See wake.h. */
#include "net/wake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "model/wake.h"

static struct sockaddr_in address_of(struct ipv4 address, uint16_t port)
{
    return (struct sockaddr_in){ .sin_family = AF_INET,
                                 .sin_port = htons(port),
                                 .sin_addr = { htonl(address.value) } };
}

static int send_from(int fd, const struct iface_address *own, struct span packet)
{
    const uint32_t hosts = own->link.length == 0 ? UINT32_MAX : UINT32_MAX >> own->link.length;
    const struct ipv4 everybody = { own->addr.value | (own->link.length >= 31 ? 0 : hosts) };
    const struct sockaddr_in from = address_of(own->addr, 0);
    const struct sockaddr_in to = address_of(everybody, WAKE_UDP_PORT);
    int on = 1;

    if (setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) < 0 ||
        bind(fd, (const struct sockaddr *)&from, sizeof from) < 0 ||
        sendto(fd, packet.data, packet.len, 0, (const struct sockaddr *)&to, sizeof to) < 0)
        return -errno;
    return 0;
}

int wake_send_udp(const struct iface_address *own, struct span packet)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int r = send_from(fd, own, packet);
    close(fd);
    return r;
}

int wake_send_frame(int packet_fd, uint32_t interface, struct span packet)
{
    struct sockaddr_ll to = { .sll_family = AF_PACKET,
                              .sll_protocol = htons(WAKE_ETHERTYPE),
                              .sll_ifindex = (int)interface,
                              .sll_halen = 6 };

    memset(to.sll_addr, 0xff, to.sll_halen);
    ssize_t n =
        sendto(packet_fd, packet.data, packet.len, 0, (const struct sockaddr *)&to, sizeof to);
    return n < 0 ? -errno : 0;
}

int wake_open_frames(void)
{
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return fd < 0 ? -errno : fd;
}
