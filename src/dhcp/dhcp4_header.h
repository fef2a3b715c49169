/* The fixed part of a DHCPv4 message (RFC 2131 2): the only file that knows its offsets. */
#ifndef DHCP_DHCP4_HEADER_H
#define DHCP_DHCP4_HEADER_H

#include "base/reader.h"
#include "base/writer.h"

#include "dhcp/flaw.h"
#include "model/addr.h"
#include "model/mac.h"

#define DHCP4_OP_REQUEST      1
#define DHCP4_OP_REPLY        2
#define DHCP4_HTYPE_ETHERNET  1
#define DHCP4_FLAG_BROADCAST  0x8000
#define DHCP4_MAGIC           UINT32_C(0x63825363)
#define DHCP4_HEADER_BYTES    240 /* magic included */
#define DHCP4_BOOTP_BYTES     300 /* no message is sent shorter (RFC 1542 2.1) */
#define DHCP4_MESSAGE_MAX     4096
#define DHCP4_SNAME_MAX       64
#define DHCP4_FILE_MAX        128
#define DHCP4_SERVER_PORT     67
#define DHCP4_CLIENT_PORT     68
#define DHCP4_PXE_SERVER_PORT 4011

struct dhcp4_header {
    uint8_t op, htype, hlen, hops;
    uint32_t xid;
    uint16_t secs, flags;
    struct ipv4 ciaddr, yiaddr, siaddr, giaddr;
    uint8_t chaddr[16];
    uint8_t sname[DHCP4_SNAME_MAX];
    uint8_t file[DHCP4_FILE_MAX];
};

/* Read header and magic; *r then stands at the options. Knows nothing of what is sensible: only
 * HEADER_CUT and NO_MAGIC. *ret_header is filled as far as there were bytes. */
enum dhcp4_flaw dhcp4_header_decode(struct reader *r, struct dhcp4_header *ret_header);

/* Write header and magic. */
void dhcp4_header_encode(struct writer *w, const struct dhcp4_header *header);

/* The client's Ethernet address: the first six bytes of chaddr. */
struct mac dhcp4_header_mac(const struct dhcp4_header *header);

#endif
