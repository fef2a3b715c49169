/* How the values of a configuration fit together. Runs even when single values were refused, so
 * that all faults come in one run; what could not be read is zero and is passed over here. The
 * tree is walked beside the structs, entry for entry, to know the places. */
#include <assert.h>
#include <stdlib.h>

#include "config/reading.h"

#define PORT_DHCP_SERVER 67
#define PORT_DHCP_CLIENT 68
#define PORT_PXE         4011

/* Where a key stands: its own place, or that of what it would be in. */
struct place {
    uint32_t line, column;
};

static struct place place_of(const struct yaml_node *node)
{
    return node ? (struct place){ node->line, node->column } : (struct place){ 0 };
}

static const struct yaml_node *find(const struct yaml_node *map, const char *key)
{
    return map && map->kind == YAML_MAP ? yaml_node_find(map, key) : NULL;
}

static const struct yaml_node *first_of(const struct yaml_node *list)
{
    return list && list->kind == YAML_LIST ? list->first : NULL;
}

/* The place of `key` in an entry, else that of the entry. */
static struct place entry_place(const struct yaml_node *entry, const char *key)
{
    const struct yaml_node *node = find(entry, key);
    return place_of(node ? node : entry);
}

static bool is_set(struct ipv4_prefix prefix)
{
    return prefix.length > 0 || !ipv4_is_none(prefix.base);
}

static const char *prefix_text(struct ipv4_prefix prefix, char buffer[20])
{
    struct text t = text_over(buffer, 20);
    text_add_ipv4(&t, prefix.base);
    text_addf(&t, "/%u", prefix.length);
    return buffer;
}

static const char *addr_text(struct ipv4 addr, char buffer[IPV4_TEXT_MAX])
{
    ipv4_format(addr, buffer);
    return buffer;
}

/* Does any interface run in this mode? */
static bool has_mode(const struct config *config, enum config_dhcp_mode mode)
{
    if (config->interface_count == 0)
        return config->dhcp.mode == mode;
    for (unsigned i = 0; i < config->interface_count; i++) {
        const struct config_interface *interface = &config->interfaces[i];
        if ((interface->has_mode ? interface->mode : config->dhcp.mode) == mode)
            return true;
    }
    return false;
}

static void check_mode(struct reading *r)
{
    const struct yaml_node *dhcp = find(r->root, "dhcp");
    const struct yaml_node *mode = find(dhcp, "mode");
    const struct yaml_node *where = mode ? mode : find(r->root, "interfaces");

    if (has_mode(r->config, CONFIG_DHCP_SERVER) && r->config->dhcp.subnet_count == 0)
        reading_fault(r, place_of(where).line, place_of(where).column,
                      "mode server gives out addresses and needs to know which: add dhcp.subnets "
                      "with a network and a pool, or use mode proxy beside another DHCP server");
}

static void check_interfaces(struct reading *r)
{
    const struct yaml_node *n = first_of(find(r->root, "interfaces"));

    for (unsigned i = 0; i < r->config->interface_count && n; i++, n = n->next)
        for (unsigned j = 0; j < i; j++)
            if (r->config->interfaces[i].name[0] &&
                strcmp(r->config->interfaces[i].name, r->config->interfaces[j].name) == 0)
                reading_fault(r, n->line, n->column, "the interface %s stands twice: keep one",
                              r->config->interfaces[i].name);
}

static void check_ports(struct reading *r)
{
    const struct config *c = r->config;
    const struct yaml_node *tftp_port = find(find(r->root, "tftp"), "port");
    bool dhcp = has_mode(c, CONFIG_DHCP_PROXY) || has_mode(c, CONFIG_DHCP_SERVER);
    bool taken = c->tftp.port == PORT_DHCP_SERVER || c->tftp.port == PORT_DHCP_CLIENT ||
                 c->tftp.port == PORT_PXE;

    if (c->tftp.enabled && dhcp && taken)
        reading_fault(r, place_of(tftp_port).line, place_of(tftp_port).column,
                      "tftp.port: UDP port %u belongs to DHCP: use 69", c->tftp.port);
}

static void check_tcp_ports(struct reading *r)
{
    const struct config *c = r->config;
    struct place at = place_of(find(find(r->root, "altiris"), "port"));

    if (at.line == 0)
        at = place_of(find(find(r->root, "http"), "port"));
    if (c->altiris.enabled && c->http.enabled && c->altiris.port == c->http.port &&
        c->http.port != 0)
        reading_fault(r, at.line, at.column,
                      "altiris.port and http.port are both %u: give them ports of their own, or "
                      "set altiris: {enabled: false}",
                      c->http.port);
}

static void check_https(struct reading *r)
{
    struct config *c = r->config;
    const struct yaml_node *https = find(r->root, "https");
    const struct yaml_node *certificate = find(https, "certificate"), *key = find(https, "key");
    const struct yaml_node *areas = find(https, "client-ca-for");
    struct place at = entry_place(https, "port");

    c->https.is_said = https != NULL;
    if ((certificate != NULL) != (key != NULL)) {
        struct place half = place_of(certificate ? certificate : key);
        reading_fault(r, half.line, half.column,
                      "https.certificate and https.key belong together: add https.%s",
                      certificate ? "key" : "certificate");
    }
    if (areas && c->https.client_ca[0] == 0 && !find(https, "client-ca"))
        reading_fault(r, place_of(areas).line, place_of(areas).column,
                      "https.client-ca-for needs https.client-ca: the CA of the machines' "
                      "certificates");
    if (c->https.client_ca[0] != 0 && !areas)
        c->https.client_areas = CONFIG_AREA_IMAGES | CONFIG_AREA_FILES;
    if (c->https.client_ca[0] != 0 && !c->https.enabled)
        reading_fault(r, at.line, at.column,
                      "https.client-ca without HTTPS keeps everybody out: set https.enabled");
    if (c->https.enabled && c->http.enabled && c->https.port == c->http.port && c->http.port != 0)
        reading_fault(r, at.line, at.column,
                      "https.port and http.port are both %u: give them ports of their own",
                      c->http.port);
}

static void check_admin(struct reading *r)
{
    struct config *c = r->config;
    const struct yaml_node *admin = find(r->root, "admin");
    struct place at = entry_place(admin, "listen");
    const struct {
        const char *name;
        bool enabled;
        uint16_t port;
    } others[] = { { "http", c->http.enabled, c->http.port },
                   { "https", c->https.enabled, c->https.port },
                   { "altiris", c->altiris.enabled, c->altiris.port } };

    c->admin.is_said = admin != NULL;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (c->admin.enabled && others[i].enabled && others[i].port == c->admin.listen.port &&
            others[i].port != 0)
            reading_fault(r, at.line, at.column,
                          "admin.listen and %s.port both have port %u: give them ports of their "
                          "own",
                          others[i].name, others[i].port);
    if (c->admin.longest.ns < c->admin.idle.ns)
        reading_fault(r, at.line, at.column,
                      "admin.session-max is shorter than admin.session-idle: make it longer");
}

/* The mirror has a port of its own. */
static void check_mirror(struct reading *r)
{
    const struct config *c = r->config;
    struct place at = entry_place(find(r->root, "mirror"), "port");
    const struct {
        const char *name;
        bool enabled;
        uint16_t port;
    } others[] = { { "http.port", c->http.enabled, c->http.port },
                   { "https.port", c->https.enabled, c->https.port },
                   { "altiris.port", c->altiris.enabled, c->altiris.port },
                   { "admin.listen", c->admin.enabled, c->admin.listen.port } };

    for (size_t i = 0; c->mirror.upstream_count > 0 && i < sizeof others / sizeof others[0]; i++)
        if (others[i].enabled && others[i].port == c->mirror.port)
            reading_fault(r, at.line, at.column,
                          "mirror.port and %s both have port %u: give them ports of their own",
                          others[i].name, others[i].port);
}

static bool nodes_overlap(struct ipv4_prefix a, struct ipv4_prefix b)
{
    return ipv4_prefix_contains(a, b.base) || ipv4_prefix_contains(b, a.base);
}

static void check_pool(struct reading *r, const struct subnet *subnet, unsigned index,
                       struct place at)
{
    const struct ipv4_range *pool = &subnet->pools[index];
    char network[20], first[IPV4_TEXT_MAX], last[IPV4_TEXT_MAX];

    addr_text(pool->first, first);
    addr_text(pool->last, last);
    if (is_set(subnet->network) && (!ipv4_prefix_is_host(subnet->network, pool->first) ||
                                    !ipv4_prefix_is_host(subnet->network, pool->last)))
        reading_fault(r, at.line, at.column,
                      "the pool %s-%s is not inside %s, or takes in its first or last address, "
                      "which no machine can have",
                      first, last, prefix_text(subnet->network, network));
    for (unsigned i = 0; i < index; i++)
        if (pool->first.value <= subnet->pools[i].last.value &&
            subnet->pools[i].first.value <= pool->last.value)
            reading_fault(r, at.line, at.column, "the pool %s-%s overlaps another of this subnet",
                          first, last);
    if (pool->first.value <= subnet->router.value && subnet->router.value <= pool->last.value)
        reading_fault(r, at.line, at.column,
                      "the pool %s-%s holds the router's own address: leave it out", first, last);
}

static void check_subnet(struct reading *r, unsigned index, const struct yaml_node *entry)
{
    const struct subnet *subnets = r->config->dhcp.subnets, *subnet = &subnets[index];
    const struct yaml_node *pools = find(entry, "pool");
    const struct yaml_node *pool = first_of(pools);
    struct place at = entry_place(entry, "network");
    char network[20], other[20], addr[IPV4_TEXT_MAX];

    prefix_text(subnet->network, network);
    for (unsigned i = 0; i < subnet->pool_count; i++) {
        check_pool(r, subnet, i, place_of(pool ? pool : pools));
        pool = pool ? pool->next : NULL;
    }
    if (!is_set(subnet->network))
        return;
    if (subnet->network.length > 30)
        reading_fault(r, at.line, at.column, "the network %s is too small to serve: at most /30",
                      network);
    for (unsigned i = 0; i < index; i++)
        if (is_set(subnets[i].network) && nodes_overlap(subnets[i].network, subnet->network))
            reading_fault(r, at.line, at.column, "the network %s overlaps %s, which stands above",
                          network, prefix_text(subnets[i].network, other));
    if (!ipv4_is_none(subnet->router) && !ipv4_prefix_is_host(subnet->network, subnet->router)) {
        at = entry_place(entry, "router");
        reading_fault(r, at.line, at.column,
                      "the router %s is not inside %s: machines could not reach it",
                      addr_text(subnet->router, addr), network);
    }
    const struct config *c = r->config;
    bool known = subnet->interface[0] == 0 || c->interface_count == 0;
    for (unsigned i = 0; i < c->interface_count && !known; i++)
        known = strcmp(c->interfaces[i].name, subnet->interface) == 0;
    at = entry_place(entry, "interface");
    if (!known)
        reading_fault(r, at.line, at.column,
                      "the interface %s is not one of interfaces:, so this subnet would never be "
                      "served",
                      subnet->interface);
}

/* The server keeps so many ranges; the bounds of the lists cannot exceed it. */
static_assert(CONFIG_SUBNETS_MAX * SUBNET_POOLS_MAX <= CONFIG_RANGES_MAX, "too many ranges");

/* What the DHCP server can hold in memory. Told once, where the limit is passed. */
static void check_sizes(struct reading *r)
{
    const struct yaml_node *n = first_of(find(find(r->root, "dhcp"), "subnets"));
    uint64_t addresses = 0;

    for (unsigned i = 0; i < r->config->dhcp.subnet_count && n; i++, n = n->next) {
        const struct subnet *subnet = &r->config->dhcp.subnets[i];
        struct place at = entry_place(n, "pool");
        for (unsigned j = 0; j < subnet->pool_count; j++)
            addresses += UINT64_C(1) + subnet->pools[j].last.value - subnet->pools[j].first.value;
        if (addresses > CONFIG_ADDRESSES_MAX) {
            reading_fault(r, at.line, at.column,
                          "the pools up to here hold %llu addresses; all together may hold %u: "
                          "make them smaller",
                          (unsigned long long)addresses, CONFIG_ADDRESSES_MAX);
            return;
        }
    }
}

static void check_subnets(struct reading *r)
{
    const struct yaml_node *n = first_of(find(find(r->root, "dhcp"), "subnets"));

    for (unsigned i = 0; i < r->config->dhcp.subnet_count && n; i++, n = n->next)
        check_subnet(r, i, n);
}

static bool has_match(const struct host_match *m)
{
    return m->has_mac || m->has_uuid || m->has_arch || m->has_subnet || m->serial || m->asset ||
           m->vendor;
}

static void check_host(struct reading *r, const struct host *host, const struct yaml_node *entry)
{
    const struct config *c = r->config;
    struct place at;
    char addr[IPV4_TEXT_MAX];
    bool inside = false;

    static const char *const match_keys[] = { "mac",  "uuid",   "serial", "asset",
                                              "arch", "subnet", "vendor" };
    bool tried = has_match(&host->match);
    for (size_t i = 0; i < sizeof match_keys / sizeof match_keys[0]; i++)
        tried = tried || find(entry, match_keys[i]);
    if (entry->kind == YAML_MAP && !tried)
        reading_fault(r, entry->line, entry->column,
                      "nothing says which machine this host is: add mac: (or uuid, serial, asset)");
    for (unsigned i = 0; i < c->dhcp.subnet_count; i++)
        inside = inside || ipv4_prefix_is_host(c->dhcp.subnets[i].network, host->address);
    at = entry_place(entry, "address");
    if (!ipv4_is_none(host->address) && has_mode(c, CONFIG_DHCP_SERVER) &&
        c->dhcp.subnet_count > 0 && !inside)
        reading_fault(r, at.line, at.column,
                      "the address %s is in none of the networks of dhcp.subnets",
                      addr_text(host->address, addr));
    if (!ipv4_is_none(host->address) && tried && !host->match.has_mac && !find(entry, "mac"))
        reading_fault(r, at.line, at.column,
                      "an address can only be kept for a known mac: add it to this host");
    if (!host->group)
        return;
    for (size_t i = 0; i < c->group_count; i++)
        if (c->groups[i].name && strcmp(c->groups[i].name, host->group) == 0)
            return;
    at = entry_place(entry, "group");
    reading_fault(r, at.line, at.column, "there is no group \"%s\" under groups:", host->group);
}

/* One thing that must be unlike in all hosts, with its place. */
struct unique {
    uint64_t number;  /* mac or address */
    const char *name; /* or a name */
    const struct host *host;
    struct place at;
};

static int compare_unique(const void *a, const void *b)
{
    const struct unique *x = a, *y = b;
    if (x->name && y->name) {
        int order = strcmp(x->name, y->name);
        if (order != 0)
            return order;
    }
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->at.line != y->at.line ? (x->at.line < y->at.line ? -1 : 1)
                                    : (x->at.column > y->at.column) - (x->at.column < y->at.column);
}

enum unique_kind {
    UNIQUE_NAME,
    UNIQUE_MAC,
    UNIQUE_ADDRESS,
    UNIQUE_KINDS,
};

static bool unique_of(enum unique_kind kind, const struct host *host, struct unique *out)
{
    *out = (struct unique){ .host = host };
    switch (kind) {
    case UNIQUE_NAME:
        out->name = host->name;
        return host->name != NULL;
    case UNIQUE_MAC:
        out->number = mac_to_u64(host->match.mac);
        return host->match.has_mac;
    case UNIQUE_ADDRESS:
        out->number = host->address.value;
        return !ipv4_is_none(host->address);
    case UNIQUE_KINDS:
        break;
    }
    return false;
}

static void check_unique(struct reading *r, enum unique_kind kind, const struct yaml_node *list)
{
    static const char *const keys[] = { "name", "mac", "address" };
    struct unique *rows = calloc(r->config->host_count + 1, sizeof *rows);
    const struct yaml_node *n = first_of(list);
    size_t count = 0;

    if (!rows) {
        r->no_memory = true;
        return;
    }
    for (size_t i = 0; i < r->config->host_count && n; i++, n = n->next) {
        if (!unique_of(kind, &r->config->hosts[i], &rows[count]))
            continue;
        rows[count++].at = entry_place(n, keys[kind]);
    }
    qsort(rows, count, sizeof *rows, compare_unique);
    for (size_t i = 1; i < count; i++) {
        const struct unique *a = &rows[i - 1], *b = &rows[i];
        if (a->number != b->number || (a->name && strcmp(a->name, b->name) != 0))
            continue;
        reading_fault(r, b->at.line, b->at.column,
                      "the %s of host %s is that of another host, in line %u", keys[kind],
                      b->host->name ? b->host->name : "without a name", a->at.line);
    }
    free(rows);
}

static void check_hosts(struct reading *r)
{
    const struct yaml_node *list = find(r->root, "hosts");
    const struct yaml_node *n = first_of(list);

    for (size_t i = 0; i < r->config->host_count && n; i++, n = n->next)
        check_host(r, &r->config->hosts[i], n);
    for (unsigned kind = 0; kind < UNIQUE_KINDS; kind++)
        check_unique(r, kind, list);
}

static const struct host_group *find_group(const struct config *c, const char *name)
{
    for (size_t i = 0; name && i < c->group_count; i++)
        if (c->groups[i].name && strcmp(c->groups[i].name, name) == 0)
            return &c->groups[i];
    return NULL;
}

static void check_groups(struct reading *r)
{
    const struct config *c = r->config;
    const struct yaml_node *n = first_of(find(r->root, "groups"));

    for (size_t i = 0; i < c->group_count && n; i++, n = n->next) {
        const struct host_group *group = &c->groups[i];
        struct place at = entry_place(n, "name");
        if (group->name && find_group(c, group->name) != group)
            reading_fault(r, at.line, at.column, "the group %s stands twice: keep one",
                          group->name);
        at = entry_place(n, "parent");
        if (group->parent && !find_group(c, group->parent))
            reading_fault(r, at.line, at.column, "there is no group \"%s\" to be the parent",
                          group->parent);
        const struct host_group *up = group;
        for (size_t steps = 0; up && steps <= c->group_count; steps++)
            up = find_group(c, up->parent);
        if (up)
            reading_fault(r, at.line, at.column, "the parents of group %s lead back to it",
                          group->name ? group->name : "without a name");
    }
}

void checks_run(struct reading *r)
{
    check_interfaces(r);
    check_mode(r);
    check_ports(r);
    check_tcp_ports(r);
    check_mirror(r);
    check_https(r);
    check_admin(r);
    check_subnets(r);
    check_sizes(r);
    check_groups(r);
    check_hosts(r);
}
