/* Other servers on the wire, known by their replies as they pass by (port 68). */
#ifndef DHCP_FOREIGN_H
#define DHCP_FOREIGN_H

#include "dhcp/message4.h"

struct foreign_server {
    struct ipv4 server;      /* option 54, else siaddr */
    struct mac client;       /* whom it answered */
    enum dhcp4_type type;    /* OFFER, ACK or NAK */
    bool gives_address;      /* yiaddr is set: a DHCP server */
    bool boots;              /* names a boot file, or calls itself PXEClient or HTTPClient */
    struct ipv4 address;     /* yiaddr */
    struct ipv4 next_server; /* siaddr */
};

/* Read a server's reply. SOUND only for an OFFER, ACK or NAK with a server's address; the caller
 * compares `server` with its own addresses. */
enum dhcp4_flaw foreign_server_read(struct span bytes, struct arena *scratch,
                                    struct foreign_server *ret_server);

#endif
