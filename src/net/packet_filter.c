/* See packet_filter.h. A dump of all chains (linux/netfilter/nf_tables.h); only base chains, those
 * at a hook, have a policy. */
#include "net/packet_filter.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/reader.h"

#include "net/route_dump.h"

#define NAME_BYTES       64
#define CHAIN_TYPE(what) ((NFNL_SUBSYS_NFTABLES << 8) | (what))

struct chain {
    char table[NAME_BYTES], name[NAME_BYTES];
    uint32_t hook, policy;
    bool has_hook, has_policy;
};

struct search {
    struct chain found;
    bool is_found;
};

/* Numbers of nf_tables are in the order of the network. */
static bool read_number(const struct nlattr *attr, uint32_t *ret_number)
{
    struct reader r =
        reader_over(span_of(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr)));
    *ret_number = reader_be32(&r);
    return !r.failed;
}

static void read_name(const struct nlattr *attr, char name[NAME_BYTES])
{
    size_t length = strnlen(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));
    span_to_text(span_of(mnl_attr_get_payload(attr), length), name, NAME_BYTES);
}

static int read_hook_attr(const struct nlattr *attr, void *data)
{
    struct chain *chain = data;
    if (mnl_attr_get_type(attr) == NFTA_HOOK_HOOKNUM)
        chain->has_hook = read_number(attr, &chain->hook);
    return MNL_CB_OK;
}

static int read_chain_attr(const struct nlattr *attr, void *data)
{
    struct chain *chain = data;

    switch (mnl_attr_get_type(attr)) {
    case NFTA_CHAIN_TABLE:
        read_name(attr, chain->table);
        break;
    case NFTA_CHAIN_NAME:
        read_name(attr, chain->name);
        break;
    case NFTA_CHAIN_HOOK:
        return mnl_attr_parse_nested(attr, read_hook_attr, chain);
    case NFTA_CHAIN_POLICY:
        chain->has_policy = read_number(attr, &chain->policy);
        break;
    default:
        break;
    }
    return MNL_CB_OK;
}

static int read_chain(const struct nlmsghdr *message, void *data)
{
    struct search *search = data;
    struct chain chain = { 0 };

    if (message->nlmsg_type != CHAIN_TYPE(NFT_MSG_NEWCHAIN) ||
        mnl_nlmsg_get_payload_len(message) < sizeof(struct nfgenmsg))
        return MNL_CB_OK;
    const struct nfgenmsg *head = mnl_nlmsg_get_payload(message);
    int r = mnl_attr_parse(message, sizeof *head, read_chain_attr, &chain);
    bool is_ipv4 = head->nfgen_family == NFPROTO_IPV4 || head->nfgen_family == NFPROTO_INET;
    if (!search->is_found && is_ipv4 && chain.has_hook && chain.hook == NF_INET_LOCAL_IN &&
        chain.has_policy && chain.policy == NF_DROP) {
        search->found = chain;
        search->is_found = true;
    }
    return r;
}

int packet_filter_describe(struct text *out)
{
    const struct timeval patience = { .tv_sec = 2 };
    struct search search = { 0 };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    int r = route_dump(fd, CHAIN_TYPE(NFT_MSG_GETCHAIN), NFPROTO_UNSPEC, 1, read_chain, &search);
    close(fd);
    if (r < 0 || !search.is_found)
        return r;
    text_addf(out, "%s %s", search.found.table, search.found.name);
    return 1;
}
