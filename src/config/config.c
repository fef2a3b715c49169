/* From text to a configuration. The tree of the text is walked by the schema: each key's row says
 * how its value is read. A fault never ends the walk, so that all faults are found in one run. How
 * values fit together is asked at the end, by checks.c. */
#include "config/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/autoclean.h"
#include "base/event_filter.h"

#include "config/reading.h"
#include "config/schema.h"
#include "config/value.h"
#include "yaml/near_miss.h"

DEFINE_FREEP(struct config, config_free)
DEFINE_FREEP(struct yaml_tree, yaml_tree_free)

#define SUGGESTIONS_MAX 64

static void hear_no_fault(void *context, uint32_t line, uint32_t column, const char *text)
{
    (void)context;
    (void)line;
    (void)column;
    (void)text;
}

void config_find_control(struct span yaml, char *out, size_t cap)
{
    const struct yaml_fault_sink deaf = { .add = hear_no_fault };
    autoclean(yaml_tree_freep) struct yaml_tree *tree = NULL;
    autoclean(config_freep) struct config *defaults = NULL;
    const struct yaml_node *top = NULL, *found = NULL;

    if (yaml_tree_parse(yaml, &deaf, &tree) == 0)
        top = yaml_tree_root(tree);
    if (top && top->kind == YAML_MAP)
        found = yaml_node_find(top, "control");
    if (found && found->kind == YAML_TEXT && found->text.len > 0 && found->text.data[0] == '/')
        span_to_text(found->text, out, cap);
    else
        span_to_text(span_text(config_defaults(&defaults) == 0 ? defaults->control : ""), out, cap);
}

void config_free(struct config *config)
{
    if (!config)
        return;
    if (config->memory)
        explicit_bzero(config->memory, config->memory_size);
    free(config->memory);
    free(config);
}

void reading_fault(struct reading *r, uint32_t line, uint32_t column, const char *format, ...)
{
    struct config_faults *faults = r->faults;
    va_list args;

    if (faults->count == CONFIG_FAULTS_MAX) {
        faults->more = true;
        return;
    }
    struct config_fault *fault = &faults->rows[faults->count++];
    fault->line = line;
    fault->column = column;
    va_start(args, format);
    vsnprintf(fault->text, sizeof fault->text, format, args);
    va_end(args);
}

static void add_tree_fault(void *context, uint32_t line, uint32_t column, const char *text)
{
    reading_fault(context, line, column, "%s", text);
}

/* A foreign text for a sentence: short, and harmless to a terminal. */
static const char *shown(struct span s, char buffer[96])
{
    struct text t = text_over(buffer, 96);
    text_add_escaped(&t, span_slice(s, 0, 60));
    if (s.len > 60)
        text_add(&t, "...");
    return buffer;
}

static void wrong_value(struct reading *r, const struct schema_key *key,
                        const struct yaml_node *node, const char *hint)
{
    char expected[160], quoted[96];
    struct text t = text_over(expected, sizeof expected);
    schema_add_expected(&t, key);
    if (yaml_node_is_empty(node))
        reading_fault(r, node->line, node->column, "%s has no value: it takes %s", key->path,
                      expected);
    else if (node->kind != YAML_TEXT)
        reading_fault(r, node->line, node->column, "%s is %s here: it takes %s", key->path,
                      yaml_kind_name(node->kind), expected);
    else
        reading_fault(r, node->line, node->column, "%s: \"%s\" is not right: it takes %s%s",
                      key->path, shown(node->text, quoted), expected, hint);
}

static void read_single(struct reading *r, const struct schema_key *key,
                        const struct yaml_node *node, void *base)
{
    char hint_buffer[96];
    struct text hint = text_over(hint_buffer, sizeof hint_buffer);

    if (node->kind != YAML_TEXT || (yaml_node_is_empty(node) && key->type != TYPE_USER)) {
        wrong_value(r, key, node, "");
        return;
    }
    switch (value_parse(key, node->text, base, &r->arena, &hint)) {
    case VALUE_SOUND:
        return;
    case VALUE_WRONG:
        wrong_value(r, key, node, hint_buffer);
        return;
    case VALUE_NO_MEMORY:
        r->no_memory = true;
        return;
    }
}

static void read_value(struct reading *r, const struct schema_key *key,
                       const struct yaml_node *node, void *base);

static void unknown_key(struct reading *r, enum schema_scope scope, struct span section,
                        const struct yaml_node *node)
{
    const char *words[SUGGESTIONS_MAX];
    char section_words[SUGGESTIONS_MAX][24], quoted[96];
    size_t count = 0;
    const struct schema_key *elsewhere = NULL;

    for (size_t i = 0; i < schema_count() && count < SUGGESTIONS_MAX; i++) {
        const struct schema_key *key = schema_at(i);
        if (key->scope != scope)
            continue;
        struct span its_section = schema_key_section(key);
        if (span_equals(its_section, section)) {
            words[count++] = schema_key_name(key);
        } else if (section.len == 0) {
            span_to_text(its_section, section_words[count], sizeof section_words[count]);
            words[count] = section_words[count];
            count++;
        }
        if (!elsewhere && span_is(node->key, schema_key_name(key)))
            elsewhere = key;
    }
    const char *near = near_miss_find(node->key, words, count);
    shown(node->key, quoted);
    if (near)
        reading_fault(r, node->key_line, node->key_column,
                      "there is no key \"%s\" here: did you mean \"%s\"?", quoted, near);
    else if (elsewhere)
        reading_fault(r, node->key_line, node->key_column,
                      "there is no key \"%s\" here: did you mean \"%s\"?", quoted, elsewhere->path);
    else
        reading_fault(r, node->key_line, node->key_column,
                      "there is no key \"%s\" here; tugboot.yaml(5) lists them", quoted);
}

/* Members of one section, or of a whole scope when `section` is empty. */
static void read_members(struct reading *r, enum schema_scope scope, struct span section,
                         const struct yaml_node *map, void *base)
{
    for (const struct yaml_node *n = map->first; n; n = n->next) {
        char buffer[128];
        struct text path = text_over(buffer, sizeof buffer);
        if (section.len > 0) {
            text_add_span(&path, section);
            text_add_char(&path, '.');
        }
        text_add_span(&path, n->key);
        bool dotted = span_find(n->key, '.') < n->key.len;
        const struct schema_key *key =
            path.failed || dotted ? NULL : schema_find(scope, text_span(&path));
        if (key)
            read_value(r, key, n, base);
        else if (scope != SCOPE_TOP || section.len > 0 || !schema_has_section(n->key))
            unknown_key(r, scope, section, n);
    }
}

static void read_top(struct reading *r)
{
    const struct yaml_node *root = r->root;

    if (!root || yaml_node_is_empty(root))
        return;
    if (root->kind != YAML_MAP) {
        reading_fault(r, root->line, root->column,
                      "the configuration is %s: it takes keys and values, as \"dhcp: {mode: "
                      "proxy}\"",
                      yaml_kind_name(root->kind));
        return;
    }
    read_members(r, SCOPE_TOP, (struct span){ 0 }, root, r->config);
    for (const struct yaml_node *n = root->first; n; n = n->next) {
        char quoted[96];
        if (!schema_has_section(n->key) || yaml_node_is_empty(n))
            continue;
        if (n->kind == YAML_MAP)
            read_members(r, SCOPE_TOP, n->key, n, r->config);
        else
            reading_fault(r, n->line, n->column, "%s is %s here: it takes a map of keys",
                          shown(n->key, quoted), yaml_kind_name(n->kind));
    }
}

static void apply_defaults(struct reading *r, enum schema_scope scope, void *base)
{
    for (size_t i = 0; i < schema_count(); i++) {
        const struct schema_key *key = schema_at(i);
        if (key->scope != scope || !key->fallback)
            continue;
        struct yaml_node node = { .kind = YAML_TEXT, .text = span_text(key->fallback) };
        read_value(r, key, &node, base);
    }
}

static void read_map_of(struct reading *r, const struct schema_key *key, enum schema_scope scope,
                        const struct yaml_node *node, void *base)
{
    apply_defaults(r, scope, base);
    if (node->kind == YAML_MAP)
        read_members(r, scope, (struct span){ 0 }, node, base);
    else
        reading_fault(r, node->line, node->column, "an entry of %s is %s here: it takes a map",
                      key->path, yaml_kind_name(node->kind));
}

/* The entries of a list; a single value counts as a list of one. NULL when there are none. */
static const struct yaml_node *list_entries(struct reading *r, const struct schema_key *key,
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
        wrong_value(r, key, node, "");
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

static void wrong_entry(struct reading *r, const struct schema_key *key,
                        const struct yaml_node *node, const char *expected)
{
    char quoted[96];
    if (node->kind == YAML_TEXT)
        reading_fault(r, node->line, node->column, "%s: \"%s\" is not right: it takes %s",
                      key->path, shown(node->text, quoted), expected);
    else
        reading_fault(r, node->line, node->column, "an entry of %s is %s here: it takes %s",
                      key->path, yaml_kind_name(node->kind), expected);
}

static void read_interfaces(struct reading *r, const struct schema_key *key,
                            const struct yaml_node *node)
{
    uint32_t count;
    const struct yaml_node *n = list_entries(r, key, node, &count);

    r->config->interface_count = 0;
    for (uint32_t i = 0; i < count; i++, n = n->next) {
        struct config_interface *interface = &r->config->interfaces[r->config->interface_count++];
        *interface = (struct config_interface){ 0 };
        if (n->kind == YAML_TEXT && value_is_interface(n->text)) {
            span_to_text(n->text, interface->name, sizeof interface->name);
        } else if (n->kind == YAML_MAP) {
            read_map_of(r, key, SCOPE_INTERFACE, n, interface);
            if (!yaml_node_find(n, "name"))
                reading_fault(r, n->line, n->column, "this interface has no name: add name: eth0");
        } else {
            wrong_entry(r, key, n, "an interface's name, as eth0, or {name: eth0, mode: proxy}");
        }
    }
}

static void read_paths(struct reading *r, const struct schema_key *key,
                       const struct yaml_node *node)
{
    uint32_t count;
    const struct yaml_node *n = list_entries(r, key, node, &count);

    r->config->loader_count = 0;
    for (uint32_t i = 0; i < count; i++, n = n->next) {
        if (n->kind == YAML_TEXT && value_is_path(n->text))
            span_to_text(n->text, r->config->loaders[r->config->loader_count++], CONFIG_PATH_MAX);
        else
            wrong_entry(r, key, n, "an absolute path, as /srv/loaders");
    }
}

static void read_host_names(struct reading *r, const struct schema_key *key,
                            const struct yaml_node *node, char (*names)[128], uint8_t *name_count)
{
    uint32_t count;
    const struct yaml_node *n = list_entries(r, key, node, &count);

    *name_count = 0;
    for (uint32_t i = 0; i < count; i++, n = n->next) {
        if (n->kind == YAML_TEXT && value_is_dns_name(n->text))
            span_to_text(n->text, names[(*name_count)++], sizeof names[0]);
        else
            wrong_entry(r, key, n, "a host name or an address, as boot.lab.example");
    }
}

static void read_proxies(struct reading *r, const struct schema_key *key,
                         const struct yaml_node *node)
{
    uint32_t count;
    const struct yaml_node *n = list_entries(r, key, node, &count);
    struct config_admin *admin = &r->config->admin;

    admin->proxy_count = 0;
    for (uint32_t i = 0; i < count; i++, n = n->next) {
        struct ipv4 address;
        if (n->kind == YAML_TEXT && ipv4_parse(n->text, &address) && !ipv4_is_none(address))
            admin->proxies[admin->proxy_count++] = address;
        else
            wrong_entry(r, key, n, "the IPv4 address of a reverse proxy, as 127.0.0.1");
    }
}

static void read_group_names(struct reading *r, const struct schema_key *key,
                             const struct yaml_node *node, void *base)
{
    struct config_group_names *names = (void *)((uint8_t *)base + key->offset);
    uint32_t count;
    const struct yaml_node *n = list_entries(r, key, node, &count);

    names->count = 0;
    for (uint32_t i = 0; i < count; i++, n = n->next) {
        if (n->kind == YAML_TEXT && n->text.len > 0 && n->text.len < sizeof names->rows[0] &&
            value_is_one_line(n->text) && span_find(n->text, ',') == n->text.len)
            span_to_text(n->text, names->rows[names->count++], sizeof names->rows[0]);
        else
            wrong_entry(r, key, n, "a group's name, at most 63 bytes, without a comma");
    }
}

static void read_areas(struct reading *r, const struct schema_key *key,
                       const struct yaml_node *node)
{
    uint32_t count;
    const struct yaml_node *n = list_entries(r, key, node, &count);

    r->config->https.client_areas = 0;
    for (uint32_t i = 0; i < count; i++, n = n->next) {
        uint8_t area = n->kind == YAML_TEXT ? value_parse_area(n->text) : 0;
        r->config->https.client_areas |= area;
        if (area == 0)
            wrong_entry(r, key, n, "images, files, scripts or answers");
    }
}

static void read_subnets(struct reading *r, const struct schema_key *key,
                         const struct yaml_node *node)
{
    uint32_t count;
    const struct yaml_node *n = list_entries(r, key, node, &count);

    for (uint32_t i = 0; i < count; i++, n = n->next) {
        struct subnet *subnet = &r->config->dhcp.subnets[r->config->dhcp.subnet_count++];
        read_map_of(r, key, SCOPE_SUBNET, n, subnet);
        if (n->kind == YAML_MAP && !yaml_node_find(n, "network"))
            reading_fault(r, n->line, n->column,
                          "this subnet has no network: add network: 192.168.50.0/24");
    }
}

/* What every webhook must have. */
static void check_webhook(struct reading *r, const struct yaml_node *n,
                          const struct config_webhook *webhook)
{
    static const char *const needed[] = { "name: chat", "url: \"https://chat.example/hook\"",
                                          "events: [BOOT_DONE, warning]",
                                          "secret-file: /etc/tugboot/chat.secret" };
    const struct yaml_node *url = yaml_node_find(n, "url");

    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        char key[16];
        span_to_text(span_of(needed[i], strcspn(needed[i], ":")), key, sizeof key);
        if (!yaml_node_find(n, key))
            reading_fault(r, n->line, n->column, "this webhook has no %s: add %s", key, needed[i]);
    }
    if (url && webhook->url[0] && !value_is_hook_url(span_text(webhook->url)))
        reading_fault(r, url->line, url->column,
                      "url takes an address without a user or a fragment, as "
                      "https://chat.example/hook");
    for (const struct config_webhook *other = r->config->webhooks; other < webhook; other++)
        if (webhook->name[0] && strcmp(other->name, webhook->name) == 0)
            reading_fault(r, n->line, n->column,
                          "there is another webhook %s: give it its own name", webhook->name);
}

static void read_webhooks(struct reading *r, const struct schema_key *key,
                          const struct yaml_node *node)
{
    uint32_t count;
    const struct yaml_node *n = list_entries(r, key, node, &count);

    for (uint32_t i = 0; i < count; i++, n = n->next) {
        struct config_webhook *webhook = &r->config->webhooks[r->config->webhook_count++];
        read_map_of(r, key, SCOPE_WEBHOOK, n, webhook);
        if (n->kind == YAML_MAP)
            check_webhook(r, n, webhook);
    }
}

static void read_webhook_events(struct reading *r, const struct schema_key *key,
                                const struct yaml_node *node, struct config_webhook *webhook)
{
    uint32_t count;
    const struct yaml_node *n = list_entries(r, key, node, &count);
    struct event_filter filter = { 0 };

    for (uint32_t i = 0; i < count; i++, n = n->next) {
        if (n->kind == YAML_TEXT && n->text.len < sizeof webhook->words[0] &&
            event_filter_add(&filter, n->text))
            span_to_text(n->text, webhook->words[webhook->word_count++], sizeof webhook->words[0]);
        else
            wrong_entry(r, key, n,
                        "an event's name, as BOOT_DONE or BOOT_*; all, info, notice, warning, "
                        "error; or a step of a boot, as stalled");
    }
}

static void read_pools(struct reading *r, const struct schema_key *key,
                       const struct yaml_node *node, struct subnet *subnet)
{
    uint32_t count;
    const struct yaml_node *n = list_entries(r, key, node, &count);

    for (uint32_t i = 0; i < count; i++, n = n->next) {
        if (n->kind == YAML_TEXT && value_parse_range(n->text, &subnet->pools[subnet->pool_count]))
            subnet->pool_count++;
        else
            wrong_entry(r, key, n,
                        "a range with the lower address first, as 192.168.50.100-192.168.50.199");
    }
}

static void read_addresses(struct reading *r, const struct schema_key *key,
                           const struct yaml_node *node, struct subnet *subnet)
{
    uint32_t count;
    const struct yaml_node *n = list_entries(r, key, node, &count);

    for (uint32_t i = 0; i < count; i++, n = n->next) {
        struct ipv4 addr;
        if (n->kind == YAML_TEXT && ipv4_parse(n->text, &addr) && ipv4_is_unicast(addr))
            subnet->dns[subnet->dns_count++] = addr;
        else
            wrong_entry(r, key, n, "an IPv4 address, as 192.168.50.1");
    }
}

static void read_hosts(struct reading *r, const struct schema_key *key,
                       const struct yaml_node *node)
{
    uint32_t count;
    const struct yaml_node *n = list_entries(r, key, node, &count);
    struct host *hosts = count > 0 ? arena_array(&r->arena, struct host, count) : NULL;

    if (count > 0 && !hosts) {
        r->no_memory = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++, n = n->next) {
        hosts[i].from_file = true;
        read_map_of(r, key, SCOPE_HOST, n, &hosts[i]);
        if (n->kind == YAML_MAP && !yaml_node_find(n, "name"))
            reading_fault(r, n->line, n->column, "this host has no name: add name: node1");
    }
    r->config->hosts = hosts;
    r->config->host_count = count;
}

static void read_groups(struct reading *r, const struct schema_key *key,
                        const struct yaml_node *node)
{
    uint32_t count;
    const struct yaml_node *n = list_entries(r, key, node, &count);
    struct host_group *groups = count > 0 ? arena_array(&r->arena, struct host_group, count) : NULL;

    if (count > 0 && !groups) {
        r->no_memory = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++, n = n->next) {
        read_map_of(r, key, SCOPE_GROUP, n, &groups[i]);
        if (n->kind == YAML_MAP && !yaml_node_find(n, "name"))
            reading_fault(r, n->line, n->column, "this group has no name: add name: lab");
    }
    r->config->groups = groups;
    r->config->group_count = count;
}

static bool is_variable_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = ascii_lower(name.data[i]);
        bool digit = c >= '0' && c <= '9';
        if (!(c >= 'a' && c <= 'z') && c != '_' && c != '-' && !(digit && i > 0))
            return false;
    }
    return name.len > 0 && name.len <= 32;
}

static const char *keep(struct reading *r, struct span text)
{
    char *copy = arena_alloc(&r->arena, text.len + 1);
    if (copy)
        span_to_text(text, copy, text.len + 1);
    else
        r->no_memory = true;
    return copy;
}

static void read_variables(struct reading *r, const struct schema_key *key,
                           const struct yaml_node *node, struct host_variable *variables,
                           uint8_t *count)
{
    if (yaml_node_is_empty(node))
        return;
    if (node->kind != YAML_MAP) {
        wrong_value(r, key, node, "");
        return;
    }
    for (const struct yaml_node *n = node->first; n; n = n->next) {
        char quoted[96];
        if (*count == HOST_VARIABLES_MAX) {
            reading_fault(r, n->key_line, n->key_column, "at most %u variables are taken",
                          HOST_VARIABLES_MAX);
            return;
        }
        if (!is_variable_name(n->key))
            reading_fault(r, n->key_line, n->key_column,
                          "\"%s\" cannot name a variable: letters, digits, \"_\" and \"-\", at "
                          "most 32, not beginning with a digit",
                          shown(n->key, quoted));
        else if (n->kind != YAML_TEXT || n->text.len > 1023 || !value_is_one_line(n->text))
            reading_fault(r, n->line, n->column,
                          "the variable %s takes a text on one line, at most 1023 bytes",
                          shown(n->key, quoted));
        else
            variables[(*count)++] =
                (struct host_variable){ .name = keep(r, n->key), .value = keep(r, n->text) };
    }
}

/* "http://" or "https://", a host, and no slash at the end. */
static bool take_url(struct span text, char *out, size_t cap)
{
    bool is_one = span_starts_with(text, "http://") || span_starts_with(text, "https://");
    while (text.len > 0 && text.data[text.len - 1] == '/')
        text.len--;
    for (size_t i = 0; i < text.len; i++)
        is_one = is_one && text.data[i] > ' ' && text.data[i] < 0x7f && text.data[i] != '?' &&
                 text.data[i] != '#';
    if (!is_one || text.len < 10 || text.len >= cap)
        return false;
    span_to_text(text, out, cap);
    return true;
}

static void read_upstream(struct reading *r, const struct yaml_node *n)
{
    struct config *c = r->config;
    char quoted[96], url[sizeof c->mirror.upstreams[0].url];

    if (c->mirror.upstream_count == CONFIG_UPSTREAMS_MAX) {
        reading_fault(r, n->key_line, n->key_column, "at most %u upstreams are mirrored",
                      CONFIG_UPSTREAMS_MAX);
    } else if (!value_is_boot_name(n->key) || n->key.len >= sizeof c->mirror.upstreams[0].name) {
        reading_fault(r, n->key_line, n->key_column,
                      "\"%s\" cannot name an upstream: a-z, 0-9, \".\", \"_\" and \"-\", at most "
                      "39",
                      shown(n->key, quoted));
    } else if (n->kind != YAML_TEXT || !take_url(n->text, url, sizeof url)) {
        reading_fault(r, n->line, n->column,
                      "the upstream %s takes an address, as http://deb.debian.org/debian",
                      shown(n->key, quoted));
    } else {
        struct config_upstream *upstream = &c->mirror.upstreams[c->mirror.upstream_count++];
        span_to_text(n->key, upstream->name, sizeof upstream->name);
        memcpy(upstream->url, url, sizeof url);
    }
}

static void read_upstreams(struct reading *r, const struct schema_key *key,
                           const struct yaml_node *node)
{
    if (yaml_node_is_empty(node))
        return;
    if (node->kind != YAML_MAP) {
        wrong_value(r, key, node, "");
        return;
    }
    for (const struct yaml_node *n = node->first; n; n = n->next)
        read_upstream(r, n);
}

static void read_secrets(struct reading *r, const struct schema_key *key,
                         const struct yaml_node *node, struct named_secret *secrets, uint8_t *count)
{
    if (yaml_node_is_empty(node))
        return;
    if (node->kind != YAML_MAP) {
        reading_fault(r, node->line, node->column, "%s takes a map of names and values", key->path);
        return;
    }
    for (const struct yaml_node *n = node->first; n; n = n->next) {
        char quoted[96];
        if (*count == SECRETS_MAX) {
            reading_fault(r, n->key_line, n->key_column, "at most %u secrets are taken",
                          SECRETS_MAX);
            return;
        }
        /* A value that is wrong is not shown. */
        if (!is_variable_name(n->key))
            reading_fault(r, n->key_line, n->key_column,
                          "\"%s\" cannot name a secret: letters, digits, \"_\" and \"-\", at most "
                          "32, not beginning with a digit",
                          shown(n->key, quoted));
        else if (n->kind != YAML_TEXT || n->text.len >= SECRET_VALUE_MAX ||
                 span_find(n->text, 0) < n->text.len)
            reading_fault(r, n->line, n->column, "the secret %s takes a text of at most %u bytes",
                          shown(n->key, quoted), SECRET_VALUE_MAX - 1);
        else
            secrets[(*count)++] =
                (struct named_secret){ .name = keep(r, n->key),
                                       .value = { .revealed = keep(r, n->text) } };
    }
}

/* One text of all names: which of them there are, boot/chain knows. */
static void read_chains(struct reading *r, const struct schema_key *key,
                        const struct yaml_node *node, void *base)
{
    char names[CONFIG_CHAINS_MAX * (CONFIG_CHAIN_NAME_MAX + 1)];
    struct text joined = text_over(names, sizeof names);
    uint32_t count;
    const struct yaml_node *n = list_entries(r, key, node, &count);

    for (uint32_t i = 0; i < count; i++, n = n->next) {
        if (n->kind != YAML_TEXT || n->text.len > CONFIG_CHAIN_NAME_MAX ||
            !value_is_boot_name(n->text)) {
            wrong_entry(r, key, n, "a chain's name, as grub; 'tugboot explain' shows them");
            continue;
        }
        if (joined.len > 0)
            text_add_char(&joined, ' ');
        text_add_span(&joined, n->text);
    }
    if (joined.len == 0)
        return;
    const char *text = keep(r, text_span(&joined));
    memcpy((uint8_t *)base + key->offset, &text, sizeof text);
}

static void read_value(struct reading *r, const struct schema_key *key,
                       const struct yaml_node *node, void *base)
{
    switch (key->type) {
    case TYPE_INTERFACES:
        read_interfaces(r, key, node);
        return;
    case TYPE_PATHS:
        read_paths(r, key, node);
        return;
    case TYPE_CHAINS:
        read_chains(r, key, node, base);
        return;
    case TYPE_SUBNETS:
        read_subnets(r, key, node);
        return;
    case TYPE_POOLS:
        read_pools(r, key, node, base);
        return;
    case TYPE_ADDRESSES:
        read_addresses(r, key, node, base);
        return;
    case TYPE_HOST_NAMES:
        read_host_names(r, key, node, r->config->https.names, &r->config->https.name_count);
        return;
    case TYPE_ADMIN_NAMES:
        read_host_names(r, key, node, r->config->admin.names, &r->config->admin.name_count);
        return;
    case TYPE_ADMIN_ADDRESSES:
        read_proxies(r, key, node);
        return;
    case TYPE_ADMIN_GROUPS:
        read_group_names(r, key, node, base);
        return;
    case TYPE_AREAS:
        read_areas(r, key, node);
        return;
    case TYPE_HOSTS:
        read_hosts(r, key, node);
        return;
    case TYPE_GROUPS:
        read_groups(r, key, node);
        return;
    case TYPE_VARIABLES:
        if (key->scope == SCOPE_HOST) {
            struct host *host = base;
            read_variables(r, key, node, host->variables, &host->variable_count);
        } else {
            struct host_group *group = base;
            read_variables(r, key, node, group->variables, &group->variable_count);
        }
        return;
    case TYPE_WEBHOOKS:
        read_webhooks(r, key, node);
        return;
    case TYPE_WEBHOOK_EVENTS:
        read_webhook_events(r, key, node, base);
        return;
    case TYPE_UPSTREAMS:
        read_upstreams(r, key, node);
        return;
    case TYPE_SECRETS:
        if (key->scope == SCOPE_HOST) {
            struct host *host = base;
            read_secrets(r, key, node, host->secrets, &host->secret_count);
        } else {
            struct host_group *group = base;
            read_secrets(r, key, node, group->secrets, &group->secret_count);
        }
        return;
    case TYPE_BOOL:
    case TYPE_U16:
    case TYPE_U32:
    case TYPE_DURATION:
    case TYPE_CHARS:
    case TYPE_PATH:
    case TYPE_USER:
    case TYPE_WORD:
    case TYPE_DOMAIN:
    case TYPE_BOOT:
    case TYPE_MODE:
    case TYPE_INTERFACE_MODE:
    case TYPE_IPV4:
    case TYPE_PREFIX:
    case TYPE_ENDPOINT:
    case TYPE_ADMIN_TLS:
    case TYPE_MATCH_MAC:
    case TYPE_MATCH_UUID:
    case TYPE_MATCH_ARCH:
    case TYPE_MATCH_SUBNET:
    case TYPE_STRING:
    case TYPE_HOST_NAME:
    case TYPE_NAME_STRING:
    case TYPE_BOOT_STRING:
    case TYPE_HTTPS_STRING:
        read_single(r, key, node, base);
        return;
    }
}

/* Enough for every text and entry below hosts: and groups:. */
static size_t memory_needed(const struct yaml_node *root, size_t text_len)
{
    size_t entries = 0;
    static const char *const lists[] = { "hosts", "groups" };

    for (size_t i = 0; root && i < 2; i++) {
        const struct yaml_node *list = yaml_node_find(root, lists[i]);
        if (list && list->kind == YAML_LIST)
            entries += list->count;
    }
    size_t texts = 17 + 2 * (HOST_VARIABLES_MAX +
                             SECRETS_MAX); /* of an entry, at most; 17 bytes beside letters */
    return entries * (max_size(sizeof(struct host), sizeof(struct host_group)) + texts * 17) +
           text_len + 4096;
}

static bool is_before(const struct config_fault *a, const struct config_fault *b)
{
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

static void sort_faults(struct config_faults *faults)
{
    for (uint16_t i = 1; i < faults->count; i++) {
        struct config_fault moving = faults->rows[i];
        uint16_t at = i;
        for (; at > 0 && is_before(&moving, &faults->rows[at - 1]); at--)
            faults->rows[at] = faults->rows[at - 1];
        faults->rows[at] = moving;
    }
}

static int fill(struct reading *r, struct span yaml)
{
    autoclean(yaml_tree_freep) struct yaml_tree *tree = NULL;
    struct yaml_fault_sink sink = { .add = add_tree_fault, .context = r };
    int result = yaml_tree_parse(yaml, &sink, &tree);

    if (result < 0)
        return result;
    r->root = yaml_tree_root(tree);
    size_t memory = memory_needed(r->root, yaml.len);
    r->config->memory = calloc(1, memory);
    if (!r->config->memory)
        return -ENOMEM;
    r->config->memory_size = memory;
    r->arena = arena_over(r->config->memory, memory);
    apply_defaults(r, SCOPE_TOP, r->config);
    read_top(r);
    checks_run(r);
    return r->no_memory ? -ENOMEM : r->faults->count > 0 ? -EINVAL : 0;
}

int config_parse(struct span yaml, struct config **ret_config, struct config_faults *faults)
{
    autoclean(config_freep) struct config *config = calloc(1, sizeof *config);
    struct reading r = { .config = config, .faults = faults };

    faults->count = 0;
    faults->more = false;
    if (!config)
        return -ENOMEM;
    int result = fill(&r, yaml);
    sort_faults(faults);
    if (result < 0)
        return result;
    *ret_config = take_ptr(&config);
    return 0;
}

int config_defaults(struct config **ret_config)
{
    struct config_faults *faults = malloc(sizeof *faults);
    if (!faults)
        return -ENOMEM;
    int r = config_parse((struct span){ 0 }, ret_config, faults);
    free(faults);
    return r;
}
