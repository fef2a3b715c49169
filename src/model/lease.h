/* An address given to a client, as it is kept on disk. Times are calendar times: they outlive the
 * process. */
#ifndef MODEL_LEASE_H
#define MODEL_LEASE_H

#include "base/clock.h"

#include "model/addr.h"
#include "model/label.h"
#include "model/mac.h"

enum lease_status {
    LEASE_ACTIVE,
    LEASE_RELEASED, /* given back, kept so that the client gets it again */
    LEASE_DECLINED, /* somebody else has it; blocked until expires */
};

struct lease {
    struct ipv4 address;
    struct mac mac;         /* the key of a client (dhcp-pxe: firmware, iPXE and the OS all send
                               other client identifiers) */
    struct label client_id; /* option 61 as last sent, for display */
    struct label hostname;
    struct calendar since;   /* first acknowledged */
    struct calendar expires; /* what the client was promised */
    enum lease_status status;
};

#endif
