/* See lists.h. */
#include "config/lists.h"

#include "config/keys.h"
#include "config/value.h"

const struct yaml_node *lists_entries(struct reading *r, const struct schema_key *key,
                                      const struct yaml_node *node, uint32_t *ret_count)
{
    *ret_count = 0;
    if (yaml_node_is_empty(node))
        return NULL;
    bool alone =
        node->kind == YAML_TEXT &&
        (key->type == TYPE_PATHS || key->type == TYPE_POOLS || key->type == TYPE_ADDRESSES ||
         key->type == TYPE_INTERFACES || key->type == TYPE_CHAINS || key->type == TYPE_HOST_NAMES ||
         key->type == TYPE_AREAS || key->type == TYPE_ADMIN_NAMES ||
         key->type == TYPE_ADMIN_ADDRESSES || key->type == TYPE_ADMIN_GROUPS ||
         key->type == TYPE_WEBHOOK_EVENTS);
    if (node->kind != YAML_LIST && !alone) {
        reading_wrong_value(r, key, node, "");
        return NULL;
    }
    uint32_t count = alone ? 1 : node->count;
    if (count > key->max) {
        reading_fault(r, node->line, node->column, "%s has %u entries: at most %u are taken",
                      key->path, count, key->max);
        count = key->max;
    }
    *ret_count = count;
    return alone ? node : node->first;
}

void lists_read_interfaces(struct reading *r, const struct schema_key *key,
                           const struct yaml_node *node)
{
    uint32_t count;
    const struct yaml_node *n = lists_entries(r, key, node, &count);

    r->config->interface_count = 0;
    for (uint32_t i = 0; i < count; i++, n = n->next) {
        struct config_interface *interface = &r->config->interfaces[r->config->interface_count++];
        *interface = (struct config_interface){ 0 };
        if (n->kind == YAML_TEXT && value_is_interface(n->text)) {
            span_to_text(n->text, interface->name, sizeof interface->name);
        } else if (n->kind == YAML_MAP) {
            keys_read_map(r, key, SCOPE_INTERFACE, n, interface);
            if (!yaml_node_find(n, "name"))
                reading_fault(r, n->line, n->column, "this interface has no name: add name: eth0");
        } else {
            reading_wrong_entry(r, key, n,
                                "an interface's name, as eth0, or {name: eth0, mode: proxy}");
        }
    }
}

void lists_read_paths(struct reading *r, const struct schema_key *key, const struct yaml_node *node)
{
    uint32_t count;
    const struct yaml_node *n = lists_entries(r, key, node, &count);

    r->config->loader_count = 0;
    for (uint32_t i = 0; i < count; i++, n = n->next) {
        if (n->kind == YAML_TEXT && value_is_path(n->text))
            span_to_text(n->text, r->config->loaders[r->config->loader_count++], CONFIG_PATH_MAX);
        else
            reading_wrong_entry(r, key, n, "an absolute path, as /srv/loaders");
    }
}

void lists_read_host_names(struct reading *r, const struct schema_key *key,
                           const struct yaml_node *node, char (*names)[128], uint8_t *name_count)
{
    uint32_t count;
    const struct yaml_node *n = lists_entries(r, key, node, &count);

    *name_count = 0;
    for (uint32_t i = 0; i < count; i++, n = n->next) {
        if (n->kind == YAML_TEXT && value_is_dns_name(n->text))
            span_to_text(n->text, names[(*name_count)++], sizeof names[0]);
        else
            reading_wrong_entry(r, key, n, "a host name or an address, as boot.lab.example");
    }
}

void lists_read_proxies(struct reading *r, const struct schema_key *key,
                        const struct yaml_node *node)
{
    uint32_t count;
    const struct yaml_node *n = lists_entries(r, key, node, &count);
    struct config_admin *admin = &r->config->admin;

    admin->proxy_count = 0;
    for (uint32_t i = 0; i < count; i++, n = n->next) {
        struct ipv4 address;
        if (n->kind == YAML_TEXT && ipv4_parse(n->text, &address) && !ipv4_is_none(address))
            admin->proxies[admin->proxy_count++] = address;
        else
            reading_wrong_entry(r, key, n, "the IPv4 address of a reverse proxy, as 127.0.0.1");
    }
}

void lists_read_group_names(struct reading *r, const struct schema_key *key,
                            const struct yaml_node *node, void *base)
{
    struct config_group_names *names = (void *)((uint8_t *)base + key->offset);
    uint32_t count;
    const struct yaml_node *n = lists_entries(r, key, node, &count);

    names->count = 0;
    for (uint32_t i = 0; i < count; i++, n = n->next) {
        if (n->kind == YAML_TEXT && n->text.len > 0 && n->text.len < sizeof names->rows[0] &&
            value_is_one_line(n->text) && span_find(n->text, ',') == n->text.len)
            span_to_text(n->text, names->rows[names->count++], sizeof names->rows[0]);
        else
            reading_wrong_entry(r, key, n, "a group's name, at most 63 bytes, without a comma");
    }
}

void lists_read_areas(struct reading *r, const struct schema_key *key, const struct yaml_node *node)
{
    uint32_t count;
    const struct yaml_node *n = lists_entries(r, key, node, &count);

    r->config->https.client_areas = 0;
    for (uint32_t i = 0; i < count; i++, n = n->next) {
        uint8_t area = n->kind == YAML_TEXT ? value_parse_area(n->text) : 0;
        r->config->https.client_areas |= area;
        if (area == 0)
            reading_wrong_entry(r, key, n, "images, files, scripts or answers");
    }
}

void lists_read_subnets(struct reading *r, const struct schema_key *key,
                        const struct yaml_node *node)
{
    uint32_t count;
    const struct yaml_node *n = lists_entries(r, key, node, &count);

    for (uint32_t i = 0; i < count; i++, n = n->next) {
        struct subnet *subnet = &r->config->dhcp.subnets[r->config->dhcp.subnet_count++];
        keys_read_map(r, key, SCOPE_SUBNET, n, subnet);
        if (n->kind == YAML_MAP && !yaml_node_find(n, "network"))
            reading_fault(r, n->line, n->column,
                          "this subnet has no network: add network: 192.168.50.0/24");
    }
}

void lists_read_pools(struct reading *r, const struct schema_key *key, const struct yaml_node *node,
                      struct subnet *subnet)
{
    uint32_t count;
    const struct yaml_node *n = lists_entries(r, key, node, &count);

    for (uint32_t i = 0; i < count; i++, n = n->next) {
        if (n->kind == YAML_TEXT && value_parse_range(n->text, &subnet->pools[subnet->pool_count]))
            subnet->pool_count++;
        else
            reading_wrong_entry(
                r, key, n,
                "a range with the lower address first, as 192.168.50.100-192.168.50.199");
    }
}

void lists_read_addresses(struct reading *r, const struct schema_key *key,
                          const struct yaml_node *node, struct subnet *subnet)
{
    uint32_t count;
    const struct yaml_node *n = lists_entries(r, key, node, &count);

    for (uint32_t i = 0; i < count; i++, n = n->next) {
        struct ipv4 addr;
        if (n->kind == YAML_TEXT && ipv4_parse(n->text, &addr) && ipv4_is_unicast(addr))
            subnet->dns[subnet->dns_count++] = addr;
        else
            reading_wrong_entry(r, key, n, "an IPv4 address, as 192.168.50.1");
    }
}

void lists_read_hosts(struct reading *r, const struct schema_key *key, const struct yaml_node *node)
{
    uint32_t count;
    const struct yaml_node *n = lists_entries(r, key, node, &count);
    struct host *hosts = count > 0 ? arena_array(&r->arena, struct host, count) : NULL;

    if (count > 0 && !hosts) {
        r->no_memory = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++, n = n->next) {
        hosts[i].from_file = true;
        keys_read_map(r, key, SCOPE_HOST, n, &hosts[i]);
        if (n->kind == YAML_MAP && !yaml_node_find(n, "name"))
            reading_fault(r, n->line, n->column, "this host has no name: add name: node1");
    }
    r->config->hosts = hosts;
    r->config->host_count = count;
}

void lists_read_groups(struct reading *r, const struct schema_key *key,
                       const struct yaml_node *node)
{
    uint32_t count;
    const struct yaml_node *n = lists_entries(r, key, node, &count);
    struct host_group *groups = count > 0 ? arena_array(&r->arena, struct host_group, count) : NULL;

    if (count > 0 && !groups) {
        r->no_memory = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++, n = n->next) {
        keys_read_map(r, key, SCOPE_GROUP, n, &groups[i]);
        if (n->kind == YAML_MAP && !yaml_node_find(n, "name"))
            reading_fault(r, n->line, n->column, "this group has no name: add name: lab");
    }
    r->config->groups = groups;
    r->config->group_count = count;
}

/* One text of all names: which of them there are, boot/chain knows. */
void lists_read_chains(struct reading *r, const struct schema_key *key,
                       const struct yaml_node *node, void *base)
{
    char names[CONFIG_CHAINS_MAX * (CONFIG_CHAIN_NAME_MAX + 1)];
    struct text joined = text_over(names, sizeof names);
    uint32_t count;
    const struct yaml_node *n = lists_entries(r, key, node, &count);

    for (uint32_t i = 0; i < count; i++, n = n->next) {
        if (n->kind != YAML_TEXT || n->text.len > CONFIG_CHAIN_NAME_MAX ||
            !value_is_boot_name(n->text)) {
            reading_wrong_entry(r, key, n, "a chain's name, as grub; 'tugboot explain' shows them");
            continue;
        }
        if (joined.len > 0)
            text_add_char(&joined, ' ');
        text_add_span(&joined, n->text);
    }
    if (joined.len == 0)
        return;
    const char *text = reading_keep(r, text_span(&joined));
    memcpy((uint8_t *)base + key->offset, &text, sizeof text);
}
