/* Frames below UDP: a reply to a machine that has no address yet, the ARP question whether an
 * address is in use, and an ear for what other DHCP servers broadcast. The sockets are opened
 * before rights are dropped; sending on them needs none. */
#ifndef NET_RAW_H
#define NET_RAW_H

#include "base/checked.h"

#include "model/addr.h"
#include "model/mac.h"

/* An IPv4 packet socket that only receives UDP to port 68 (a kernel filter), and sends frames.
 * Non-blocking; negative errno on failure. */
must_check int raw_open_dhcp_ear(void);

/* The same for what this machine's own servers send as well, past its own firewall. */
must_check int raw_open_dhcp_tap(void);

/* An ARP packet socket that only receives ARP replies and requests. Non-blocking. */
must_check int raw_open_arp(void);

/* Send a UDP datagram in an Ethernet frame to `mac` out of `interface`, without asking ARP.
 * RFC 2131 4.1: how a client without an address is reached. 0 or negative errno. */
must_check int raw_send_udp(int fd, uint32_t interface, struct mac mac, struct endpoint from,
                            struct endpoint to, struct span payload);

/* A UDP datagram overheard. `payload` points into the caller's buffer. */
struct raw_udp {
    uint32_t interface;
    struct mac from_mac;
    struct endpoint from, to;
    struct span payload;
    bool ours; /* sent by this machine */
};

/* The next datagram: 1, 0 when there is none, negative errno. Malformed frames are skipped; after
 * many of them in a row 0 as well, and the socket stays ready. So with those below. */
must_check int raw_receive_udp(int fd, uint8_t *buffer, size_t cap, struct raw_udp *ret_datagram);

/* Ask who has `address` with an ARP probe (RFC 5227 2.1.1: sender address zero). */
must_check int raw_send_arp_probe(int fd, uint32_t interface, struct mac own, struct ipv4 address);

/* The next ARP packet that shows somebody at an address: 1 with address and owner, 0 when there is
 * none, negative errno. */
must_check int raw_receive_arp(int fd, uint32_t *ret_interface, struct ipv4 *ret_address,
                               struct mac *ret_owner);

/* A raw ICMP socket for echo questions to addresses behind a relay. Non-blocking. */
must_check int raw_open_icmp(void);

/* Send an echo request (RFC 792) to `address`. */
must_check int raw_send_echo(int fd, struct ipv4 address);

/* The next echo reply: 1 and who it came from, 0 when there is none, negative errno. */
must_check int raw_receive_echo(int fd, struct ipv4 *ret_address);

/* A packet socket on one interface that only receives what switches tell each other about spanning
 * tree (802.2 frames to 01:80:c2:00:00:00). Non-blocking; needs CAP_NET_RAW. */
must_check int raw_open_bpdu_ear(uint32_t interface);

/* The payload of the next such frame, cut at `cap`: its length, 0 when there is none, negative
 * errno. Frames this machine sent itself are passed over. */
must_check int raw_receive_bpdu(int fd, uint8_t *buffer, size_t cap);

/* The kernel's neighbour entry for an address on an interface; false when it has none. */
bool raw_find_neighbour(int any_inet_fd, const char *interface_name, struct ipv4 address,
                        struct mac *ret_mac);

#endif
