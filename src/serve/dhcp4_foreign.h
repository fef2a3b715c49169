/* Other DHCP and boot servers on the wire: heard in passing, or asked for with a DISCOVER of our
 * own. Each is told once, and again after an hour. */
#ifndef SERVE_DHCP4_FOREIGN_H
#define SERVE_DHCP4_FOREIGN_H

#include "base/event.h"

#include "net/raw.h"
#include "serve/view.h"

#define FOREIGN_SERVERS_MAX 16

struct foreign_sighting {
    struct ipv4 server;
    uint32_t interface;
    bool boots, gives_address;
    struct instant told;
};

struct dhcp4_foreign {
    struct foreign_sighting rows[FOREIGN_SERVERS_MAX];
    uint8_t count;
};

/* Look at a datagram to port 68 that somebody else sent; emits FOREIGN_DHCP_SERVER (where tugboot
 * gives addresses itself) or FOREIGN_BOOT_SERVER. */
void dhcp4_foreign_hear(struct dhcp4_foreign *foreign, const struct raw_udp *datagram,
                        const struct view *view, struct now now, const struct event_sink *sink);

/* Broadcast a DISCOVER of a PXE client out of this interface, as a frame, so that this machine's
 * own servers do not hear it. `ear_fd` is raw_open_dhcp_ear()'s. */
must_check int dhcp4_foreign_ask(int ear_fd, const struct iface *iface, uint32_t xid);

#endif
