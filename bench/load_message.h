/* DHCP messages of the load programs: written and read without tugboot's own DHCP code, so that a
 * fault in that is seen here. */
#ifndef BENCH_LOAD_MESSAGE_H
#define BENCH_LOAD_MESSAGE_H

#include "base/checked.h"
#include "base/span.h"

#include "model/addr.h"
#include "model/mac.h"

#define LOAD_MESSAGE_MAX 600

enum load_type {
    LOAD_DISCOVER = 1,
    LOAD_OFFER = 2,
    LOAD_REQUEST = 3,
    LOAD_ACK = 5,
    LOAD_NAK = 6,
};

struct load_ask {
    enum load_type type;
    uint32_t xid;
    struct mac mac;
    struct ipv4 giaddr, ciaddr;    /* none: left empty */
    struct ipv4 requested, server; /* none: no option 50, 54 */
    bool pxe;                      /* as UEFI x64 PXE firmware; else as a plain DHCP client */
};

/* The bytes of the message in `out` (LOAD_MESSAGE_MAX bytes); their number. */
size_t load_message_write(const struct load_ask *ask, uint8_t *out);

struct load_told {
    uint8_t type; /* option 53; 0: none */
    uint32_t xid;
    struct mac mac;
    struct ipv4 yiaddr, server; /* server: option 54, none when absent */
    bool names_pxe;             /* option 60 is PXEClient */
};

/* False when it is no BOOTREPLY of sound form. */
must_check bool load_message_read(struct span bytes, struct load_told *ret_told);

/* The hardware address of the n-th virtual machine. */
struct mac load_machine_mac(uint32_t n);

#endif
