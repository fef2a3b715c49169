/* UDP over IPv4: sockets that know to which of our addresses a packet was sent and over which
 * interface, batches in, and many packets of one size out by one system call. */
#ifndef NET_UDP_H
#define NET_UDP_H

#include "base/checked.h"
#include "base/span.h"

#include "model/addr.h"

#define UDP_BATCH_MAX   32
#define UDP_PACKET_MAX  2048  /* longer packets are dropped by udp_receive() */
#define UDP_SEGMENT_SUM 65000 /* most bytes of one udp_send_segments() call */
#define UDP_SEGMENTS    64    /* most packets of one such call */

struct udp_settings {
    struct ipv4 addr;      /* none = every address */
    uint16_t port;         /* 0 = any free one */
    bool share_port;       /* SO_REUSEPORT: the kernel spreads clients over all such sockets */
    bool arrival;          /* report local address and interface of each packet */
    bool broadcast;        /* may send to broadcast addresses */
    const char *interface; /* bound to it (SO_BINDTODEVICE); NULL = all */
    uint32_t receive_buffer, send_buffer; /* bytes, 0 = the system's */
};

/* A bound, non-blocking, close-on-exec socket in *ret_fd. 0 or a negative errno (-EADDRINUSE:
 * another program has the port; -EACCES: no right to it). */
must_check int udp_open(const struct udp_settings *settings, int *ret_fd);

/* Make a bound socket that was handed over (net/activation.h) what udp_open() would have made; its
 * address and interface stay as they are. 0 or a negative errno. */
must_check int udp_adopt(int fd, const struct udp_settings *settings);

/* The port it is bound to, 0 when that cannot be told. */
uint16_t udp_local_port(int fd);

struct udp_packet {
    struct span bytes; /* valid until the next receive into the same batch */
    struct endpoint source;
    struct ipv4 local;  /* the destination address of the packet; none if not asked for */
    uint32_t interface; /* the kernel's index; 0 if not asked for */
};

struct udp_batch;
must_check int udp_batch_new(struct udp_batch **ret_batch);
void udp_batch_free(struct udp_batch *batch);

/* Take up to UDP_BATCH_MAX waiting packets. How many there are for udp_batch_packet() (0 when none
 * waits), or a negative errno. Failures of earlier sends, which Linux reports here, are passed
 * over. */
must_check int udp_receive(int fd, struct udp_batch *batch);
/* The same for at most one packet, without local address and interface: cheaper where one is the
 * rule. */
must_check int udp_receive_one(int fd, struct udp_batch *batch);
const struct udp_packet *udp_batch_packet(const struct udp_batch *batch, int index);

/* Where a packet goes, and by which of our addresses and interfaces (none/0: the kernel's choice).
 */
struct udp_route {
    struct endpoint to;
    struct ipv4 from;
    uint32_t interface;
};

/* 0 or a negative errno; -EAGAIN when the socket's buffer is full. */
must_check int udp_send(int fd, const struct udp_route *route, struct span bytes);

/* Send `bytes` as packets of `segment` bytes, the last one perhaps shorter. *plain is the path's
 * memory: set when the kernel or the device refuses segmentation, after which the packets go
 * singly; begin with false. How many packets were taken (fewer when the buffer is full), or a
 * negative errno when not one was. At most UDP_SEGMENTS and UDP_SEGMENT_SUM bytes. */
must_check int udp_send_segments(int fd, const struct udp_route *route, struct span bytes,
                                 size_t segment, bool *plain);

/* The largest IP packet the interface carries, or 0 when it is not known. */
uint32_t udp_interface_mtu(int fd, uint32_t interface);

#endif
