/* Sending Wake-on-LAN packets: as UDP to a network's broadcast address, which needs no rights, and
 * as frames of their own, which need a packet socket. */
#ifndef NET_WAKE_H
#define NET_WAKE_H

#include "base/checked.h"
#include "base/span.h"

#include "net/iface.h"

/* To port 9 of the broadcast address of the network `own` lies in, from that address. 0 or a
 * negative errno. */
must_check int wake_send_udp(const struct iface_address *own, struct span packet);

/* As EtherType 0x0842 to everybody on the interface. `packet_fd` is any packet socket of kind
 * SOCK_DGRAM (net/raw). 0 or a negative errno. */
must_check int wake_send_frame(int packet_fd, uint32_t interface, struct span packet);

/* Such a socket, that receives nothing; a negative errno (-EPERM without CAP_NET_RAW). */
must_check int wake_open_frames(void);

#endif
