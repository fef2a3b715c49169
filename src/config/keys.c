/* See keys.h. Each key's row in the schema says how its value is read: single values by value.c,
 * lists and maps of free names by files of their own. */
#include "config/keys.h"

#include "config/hooks.h"
#include "config/lists.h"
#include "config/named.h"
#include "config/value.h"
#include "yaml/near_miss.h"

#define SUGGESTIONS_MAX 64

static void read_single(struct reading *r, const struct schema_key *key,
                        const struct yaml_node *node, void *base)
{
    char hint_buffer[96];
    struct text hint = text_over(hint_buffer, sizeof hint_buffer);

    if (node->kind != YAML_TEXT || (yaml_node_is_empty(node) && key->type != TYPE_USER)) {
        reading_wrong_value(r, key, node, "");
        return;
    }
    switch (value_parse(key, node->text, base, &r->arena, &hint)) {
    case VALUE_SOUND:
        return;
    case VALUE_WRONG:
        reading_wrong_value(r, key, node, hint_buffer);
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
    reading_shown(node->key, quoted);
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

void keys_read_top(struct reading *r)
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
                          reading_shown(n->key, quoted), yaml_kind_name(n->kind));
    }
}

void keys_apply_defaults(struct reading *r, enum schema_scope scope, void *base)
{
    for (size_t i = 0; i < schema_count(); i++) {
        const struct schema_key *key = schema_at(i);
        if (key->scope != scope || !key->fallback)
            continue;
        struct yaml_node node = { .kind = YAML_TEXT, .text = span_text(key->fallback) };
        read_value(r, key, &node, base);
    }
}

void keys_read_map(struct reading *r, const struct schema_key *key, enum schema_scope scope,
                   const struct yaml_node *node, void *base)
{
    keys_apply_defaults(r, scope, base);
    if (node->kind == YAML_MAP)
        read_members(r, scope, (struct span){ 0 }, node, base);
    else
        reading_fault(r, node->line, node->column, "an entry of %s is %s here: it takes a map",
                      key->path, yaml_kind_name(node->kind));
}

static void read_value(struct reading *r, const struct schema_key *key,
                       const struct yaml_node *node, void *base)
{
    switch (key->type) {
    case TYPE_INTERFACES:
        lists_read_interfaces(r, key, node);
        return;
    case TYPE_PATHS:
        lists_read_paths(r, key, node);
        return;
    case TYPE_CHAINS:
        lists_read_chains(r, key, node, base);
        return;
    case TYPE_SUBNETS:
        lists_read_subnets(r, key, node);
        return;
    case TYPE_POOLS:
        lists_read_pools(r, key, node, base);
        return;
    case TYPE_ADDRESSES:
        lists_read_addresses(r, key, node, base);
        return;
    case TYPE_HOST_NAMES:
        lists_read_host_names(r, key, node, r->config->https.names, &r->config->https.name_count);
        return;
    case TYPE_ADMIN_NAMES:
        lists_read_host_names(r, key, node, r->config->admin.names, &r->config->admin.name_count);
        return;
    case TYPE_ADMIN_ADDRESSES:
        lists_read_proxies(r, key, node);
        return;
    case TYPE_ADMIN_GROUPS:
        lists_read_group_names(r, key, node, base);
        return;
    case TYPE_AREAS:
        lists_read_areas(r, key, node);
        return;
    case TYPE_HOSTS:
        lists_read_hosts(r, key, node);
        return;
    case TYPE_GROUPS:
        lists_read_groups(r, key, node);
        return;
    case TYPE_VARIABLES:
        if (key->scope == SCOPE_HOST) {
            struct host *host = base;
            named_read_variables(r, key, node, host->variables, &host->variable_count);
        } else {
            struct host_group *group = base;
            named_read_variables(r, key, node, group->variables, &group->variable_count);
        }
        return;
    case TYPE_WEBHOOKS:
        hooks_read_all(r, key, node);
        return;
    case TYPE_WEBHOOK_EVENTS:
        hooks_read_events(r, key, node, base);
        return;
    case TYPE_UPSTREAMS:
        named_read_upstreams(r, key, node);
        return;
    case TYPE_SECRETS:
        if (key->scope == SCOPE_HOST) {
            struct host *host = base;
            named_read_secrets(r, key, node, host->secrets, &host->secret_count);
        } else {
            struct host_group *group = base;
            named_read_secrets(r, key, node, group->secrets, &group->secret_count);
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
