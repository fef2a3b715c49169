/* See policy.h. */
#include "dhcp/policy.h"

/* A client may ask for less than the configured time, but not so little that it does nothing but
 * renew. */
#define LEASE_LEAST_S 60

static void add_subnet(struct policy_subnets *found, const struct subnet *subnet)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->at[i] == subnet)
            return;
    if (found->count < POLICY_SUBNETS_MAX)
        found->at[found->count++] = subnet;
}

static bool is_on_interface(const struct subnet *subnet, const char *name)
{
    return name && name[0] != 0 && subnet->interface[0] != 0 &&
           strncmp(subnet->interface, name, sizeof subnet->interface) == 0;
}

void policy_find_subnets(const struct subnet *subnets, size_t count, const struct dhcp4_input *in,
                         const struct message4 *m, struct policy_subnets *ret_found)
{
    bool by_link = !ipv4_is_none(m->relay.link);
    struct ipv4 link = by_link ? m->relay.link : in->from.local;

    ret_found->count = 0;
    for (size_t i = 0; i < count; i++)
        if (ipv4_prefix_contains(subnets[i].network, link))
            add_subnet(ret_found, &subnets[i]);
    if (by_link)
        return;
    for (size_t i = 0; i < count; i++)
        if (is_on_interface(&subnets[i], in->interface_name))
            add_subnet(ret_found, &subnets[i]);
    /* By unicast it may come from behind a router, where no relay tells the network. */
    for (size_t i = 0; m->unicast && m->type != DHCP4_DISCOVER && i < count; i++)
        if (ipv4_prefix_is_host(subnets[i].network, m->header.ciaddr))
            add_subnet(ret_found, &subnets[i]);
}

const struct subnet *policy_subnet_with(const struct policy_subnets *found, struct ipv4 address)
{
    for (size_t i = 0; i < found->count; i++)
        if (ipv4_prefix_is_host(found->at[i]->network, address))
            return found->at[i];
    return NULL;
}

uint32_t policy_lease_seconds(const struct subnet *subnet, const struct message4 *m)
{
    int64_t seconds = subnet->lease.ns / 1000000000;
    uint32_t given = seconds < 1 ? 1 : seconds >= UINT32_MAX ? UINT32_MAX - 1 : (uint32_t)seconds;
    uint32_t wanted = dhcp4_options_be32(&m->options, OPTION_LEASE_TIME);

    if (!dhcp4_options_has(&m->options, OPTION_LEASE_TIME) || wanted >= given)
        return given;
    return wanted > LEASE_LEAST_S ? wanted : given < LEASE_LEAST_S ? given : LEASE_LEAST_S;
}
