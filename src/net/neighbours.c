/* See neighbours.h. The dump of the parameters of all neighbour tables (linux/neighbour.h):
 * one message a table with what counts for the machine, then one an interface. */
#include "net/neighbours.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "net/route_dump.h"

struct found {
    struct neighbour_table table;
    bool is_ours, is_whole;
};

static int read_attr(const struct nlattr *attr, void *data)
{
    struct found *found = data;
    struct ndt_stats stats;

    switch (mnl_attr_get_type(attr)) {
    case NDTA_NAME:
        found->is_ours = strcmp(mnl_attr_get_str(attr), "arp_cache") == 0;
        break;
    case NDTA_THRESH3:
        if (mnl_attr_get_payload_len(attr) == sizeof found->table.limit)
            found->table.limit = mnl_attr_get_u32(attr);
        break;
    case NDTA_STATS:
        /* Longer ones of newer kernels begin the same. */
        if (mnl_attr_get_payload_len(attr) < sizeof stats)
            break;
        memcpy(&stats, mnl_attr_get_payload(attr), sizeof stats);
        found->table.refused = stats.ndts_table_fulls;
        found->is_whole = true;
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

static int read_table(const struct nlmsghdr *message, void *data)
{
    struct found *kept = data, found = { 0 };
    if (message->nlmsg_type != RTM_NEWNEIGHTBL)
        return MNL_CB_OK;
    int r = mnl_attr_parse(message, sizeof(struct ndtmsg), read_attr, &found);
    if (found.is_ours && found.is_whole)
        *kept = found;
    return r;
}

int neighbours_read(int netlink_fd, struct neighbour_table *ret_table)
{
    struct found found = { 0 };
    int r = route_dump(netlink_fd, RTM_GETNEIGHTBL, AF_INET, 3, read_table, &found);
    if (r < 0)
        return r;
    if (!found.is_whole)
        return -ENOENT;
    *ret_table = found.table;
    return 0;
}
