/* The machine's network interfaces and their IPv4 addresses, as the kernel tells over rtnetlink,
 * and a descriptor that becomes readable when any of it changes. */
#ifndef NET_IFACE_H
#define NET_IFACE_H

#include "base/checked.h"

#include "model/addr.h"
#include "model/mac.h"

#define IFACE_MAX           32
#define IFACE_ADDRESSES_MAX 8
#define IFACE_NAME_MAX      16

struct iface_address {
    struct ipv4 addr;
    struct ipv4_prefix link; /* the network it lies in */
};

struct iface {
    uint32_t index;
    char name[IFACE_NAME_MAX];
    struct mac mac;
    uint16_t mtu; /* 65535 when larger */
    bool ethernet, up, running, loopback;
    struct iface_address addresses[IFACE_ADDRESSES_MAX];
    uint8_t address_count;
};

struct iface_table {
    struct iface rows[IFACE_MAX];
    uint8_t count;
};

/* A netlink socket that hears of changes to links and addresses (non-blocking), or negative
 * errno. */
must_check int iface_open_monitor(void);

/* Throw away what the monitor has to say; true if there was anything. */
bool iface_drain_monitor(int monitor_fd);

/* All interfaces now. `netlink_fd` is from iface_open_query() (opened before rights are dropped).
 */
must_check int iface_open_query(void);
must_check int iface_read(int netlink_fd, struct iface_table *ret_table);

/* NULL when there is none. */
const struct iface *iface_by_index(const struct iface_table *table, uint32_t index);
const struct iface *iface_by_name(const struct iface_table *table, const char *name);

/* The interface one of whose addresses this is, or NULL. */
const struct iface *iface_by_address(const struct iface_table *table, struct ipv4 addr);

/* The address of the interface whose network holds `peer`, else its first; NULL if it has none. */
const struct iface_address *iface_address_for(const struct iface *iface, struct ipv4 peer);

#endif
