/* rtnetlink by libmnl: two dumps (links, addresses) make the whole table. Changes are not followed
 * message by message; the monitor only says that it is time to dump again, so nothing can drift. */
#include "net/iface.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/reader.h"

#include "net/route_dump.h"

#define TRIES 5 /* to see the table whole, while interfaces come and go */

static int open_route_socket(uint32_t groups, int flags)
{
    struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = groups };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE);
    if (fd < 0)
        return -errno;
    if (bind(fd, (const struct sockaddr *)&addr, sizeof addr) < 0) {
        int r = -errno;
        close(fd);
        return r;
    }
    return fd;
}

int iface_open_monitor(void)
{
    return open_route_socket(RTMGRP_LINK | RTMGRP_IPV4_IFADDR, SOCK_NONBLOCK);
}

int iface_open_query(void)
{
    int fd = open_route_socket(0, 0);
    const struct timeval patience = { .tv_sec = 2 };
    if (fd >= 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

bool iface_drain_monitor(int monitor_fd)
{
    char dropped[8192];
    bool any = false;
    /* ENOBUFS means that messages were lost, which is news as well. */
    while (recv(monitor_fd, dropped, sizeof dropped, MSG_DONTWAIT) > 0 || errno == ENOBUFS)
        any = true;
    return any;
}

static struct iface *find_row(struct iface_table *table, uint32_t index)
{
    for (uint8_t i = 0; i < table->count; i++)
        if (table->rows[i].index == index)
            return &table->rows[i];
    return NULL;
}

static int read_link_attr(const struct nlattr *attr, void *data)
{
    struct iface *row = data;
    switch (mnl_attr_get_type(attr)) {
    case IFLA_IFNAME:
        span_to_text(span_text(mnl_attr_get_str(attr)), row->name, sizeof row->name);
        break;
    case IFLA_MTU:
        row->mtu = (uint16_t)min_size(mnl_attr_get_u32(attr), UINT16_MAX);
        break;
    case IFLA_ADDRESS:
        if (mnl_attr_get_payload_len(attr) == sizeof row->mac.bytes)
            memcpy(row->mac.bytes, mnl_attr_get_payload(attr), sizeof row->mac.bytes);
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

static int read_link(const struct nlmsghdr *message, void *data)
{
    struct iface_table *table = data;
    const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);

    if (message->nlmsg_type != RTM_NEWLINK || table->count >= IFACE_MAX)
        return MNL_CB_OK;
    struct iface *row = &table->rows[table->count++];
    *row = (struct iface){ .index = (uint32_t)info->ifi_index,
                           .ethernet = info->ifi_type == ARPHRD_ETHER,
                           .loopback = (info->ifi_flags & IFF_LOOPBACK) != 0,
                           .up = (info->ifi_flags & IFF_UP) != 0,
                           .running = (info->ifi_flags & IFF_RUNNING) != 0 };
    return mnl_attr_parse(message, sizeof *info, read_link_attr, row);
}

struct address_attrs {
    struct ipv4 local, peer;
};

static int read_address_attr(const struct nlattr *attr, void *data)
{
    struct address_attrs *attrs = data;
    if (mnl_attr_get_payload_len(attr) != 4)
        return MNL_CB_OK;
    struct reader r = reader_over(span_of(mnl_attr_get_payload(attr), 4));
    struct ipv4 addr = { reader_be32(&r) };
    if (mnl_attr_get_type(attr) == IFA_LOCAL)
        attrs->local = addr;
    else if (mnl_attr_get_type(attr) == IFA_ADDRESS)
        attrs->peer = addr;
    return MNL_CB_OK;
}

static int read_address(const struct nlmsghdr *message, void *data)
{
    const struct ifaddrmsg *info = mnl_nlmsg_get_payload(message);
    struct iface *row = find_row(data, info->ifa_index);
    struct address_attrs attrs = { 0 };

    if (message->nlmsg_type != RTM_NEWADDR || info->ifa_family != AF_INET || !row ||
        row->address_count >= IFACE_ADDRESSES_MAX || info->ifa_prefixlen > 32)
        return MNL_CB_OK;
    int r = mnl_attr_parse(message, sizeof *info, read_address_attr, &attrs);
    struct iface_address *address = &row->addresses[row->address_count];
    address->addr = ipv4_is_none(attrs.local) ? attrs.peer : attrs.local;
    address->link.length = info->ifa_prefixlen;
    address->link.base.value = address->addr.value & ipv4_prefix_mask(address->link).value;
    if (!ipv4_is_none(address->addr))
        row->address_count++;
    return r;
}

int iface_read(int netlink_fd, struct iface_table *ret_table)
{
    int r = -EINTR;

    for (int i = 0; i < TRIES && r == -EINTR; i++) {
        struct iface_table table = { 0 };
        r = route_dump(netlink_fd, RTM_GETLINK, AF_UNSPEC, 1, read_link, &table);
        if (r == 0)
            r = route_dump(netlink_fd, RTM_GETADDR, AF_INET, 2, read_address, &table);
        if (r == 0)
            *ret_table = table;
    }
    return r;
}

const struct iface *iface_by_index(const struct iface_table *table, uint32_t index)
{
    for (uint8_t i = 0; i < table->count; i++)
        if (table->rows[i].index == index)
            return &table->rows[i];
    return NULL;
}

const struct iface *iface_by_name(const struct iface_table *table, const char *name)
{
    for (uint8_t i = 0; i < table->count; i++)
        if (strcmp(table->rows[i].name, name) == 0)
            return &table->rows[i];
    return NULL;
}

const struct iface *iface_by_address(const struct iface_table *table, struct ipv4 addr)
{
    for (uint8_t i = 0; i < table->count; i++)
        for (uint8_t k = 0; k < table->rows[i].address_count; k++)
            if (ipv4_equals(table->rows[i].addresses[k].addr, addr))
                return &table->rows[i];
    return NULL;
}

const struct iface_address *iface_address_for(const struct iface *iface, struct ipv4 peer)
{
    for (uint8_t i = 0; i < iface->address_count; i++)
        if (ipv4_prefix_contains(iface->addresses[i].link, peer))
            return &iface->addresses[i];
    return iface->address_count > 0 ? &iface->addresses[0] : NULL;
}
