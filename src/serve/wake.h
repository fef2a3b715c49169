/* Waking a machine: which interfaces it may be behind, and what is sent there. */
#ifndef SERVE_WAKE_H
#define SERVE_WAKE_H

#include "base/checked.h"
#include "base/text.h"

#include "model/mac.h"
#include "net/iface.h"

struct wake_order {
    struct mac machine;
    const struct mac *password; /* SecureOn; NULL = none */
    struct ipv4 address;        /* what it has when it runs; none = not known */
    const struct iface_table *ifaces;
    /* Is this one of those we serve? */
    bool (*serves)(const void *context, const struct iface *iface);
    const void *context;
    int packet_fd; /* a packet socket, -1 = there is none */
};

/* Send the packet on the interface whose network holds the machine's address, else on all that are
 * served; `sent` gets their names. 0; -ENODEV when there is none, or another negative errno when
 * nothing could be sent. */
must_check int wake_machine(const struct wake_order *order, struct text *sent);

#endif
