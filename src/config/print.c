/* The configuration in force as YAML that config_parse() takes back: every key of the schema with
 * its value; keys without one as a comment, so that one sees what could be said. */
#include "config/config.h"
#include "config/schema.h"
#include "config/value.h"

static void indent(struct text *out, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        text_add(out, "  ");
}

/* "- " before the first key of an entry, blanks before the others. */
static void print_entry(enum schema_scope scope, const void *base, unsigned depth,
                        struct text *out);

static void print_variables(const struct host_variable *variables, uint8_t count, struct text *out)
{
    text_add(out, " {");
    for (unsigned i = 0; i < count; i++) {
        text_addf(out, "%s%s: ", i > 0 ? ", " : "", variables[i].name);
        value_add_quoted(out, span_text(variables[i].value));
    }
    text_add(out, "}\n");
}

/* Names only: what is printed is shown around. */
static void print_secrets(const struct named_secret *secrets, uint8_t count, struct text *out)
{
    text_add(out, " {}");
    for (unsigned i = 0; i < count; i++)
        text_addf(out, "%s%s", i > 0 ? ", " : " # not shown: ", secrets[i].name);
    text_add(out, "\n");
}

static void print_subnet_list(const struct schema_key *key, const struct subnet *subnet,
                              struct text *out)
{
    text_add(out, " [");
    if (key->type == TYPE_ADDRESSES) {
        for (unsigned i = 0; i < subnet->dns_count; i++) {
            text_add(out, i > 0 ? ", " : "");
            text_add_ipv4(out, subnet->dns[i]);
        }
    } else {
        for (unsigned i = 0; i < subnet->pool_count; i++) {
            text_add(out, i > 0 ? ", " : "");
            text_add_ipv4(out, subnet->pools[i].first);
            text_add_char(out, '-');
            text_add_ipv4(out, subnet->pools[i].last);
        }
    }
    text_add(out, "]\n");
}

static void print_entries(enum schema_scope scope, const void *first, size_t count, size_t size,
                          unsigned depth, struct text *out)
{
    text_add(out, count > 0 ? "\n" : " []\n");
    for (size_t i = 0; i < count; i++)
        print_entry(scope, (const uint8_t *)first + i * size, depth, out);
}

static void print_chains(const struct schema_key *key, const void *base, struct text *out)
{
    const char *names;

    memcpy(&names, (const uint8_t *)base + key->offset, sizeof names);
    text_add(out, " [");
    for (const char *c = names; *c; c++)
        text_add(out, *c == ' ' ? ", " : (const char[]){ *c, 0 });
    text_add(out, "]\n");
}

static void print_upstreams(const struct config *c, struct text *out)
{
    text_add(out, " {");
    for (unsigned i = 0; i < c->mirror.upstream_count; i++) {
        text_addf(out, "%s%s: ", i > 0 ? ", " : "", c->mirror.upstreams[i].name);
        value_add_quoted(out, span_text(c->mirror.upstreams[i].url));
    }
    text_add(out, "}\n");
}

static void print_names(const char (*names)[128], uint8_t count, struct text *out)
{
    text_add(out, " [");
    for (unsigned i = 0; i < count; i++) {
        text_add(out, i > 0 ? ", " : "");
        value_add_quoted(out, span_text(names[i]));
    }
    text_add(out, "]\n");
}

static void print_group_names(const struct config_group_names *names, struct text *out)
{
    text_add(out, " [");
    for (unsigned i = 0; i < names->count; i++) {
        text_add(out, i > 0 ? ", " : "");
        value_add_quoted(out, span_text(names->rows[i]));
    }
    text_add(out, "]\n");
}

static void print_webhook_events(const struct config_webhook *webhook, struct text *out)
{
    text_add(out, " [");
    for (unsigned i = 0; i < webhook->word_count; i++) {
        text_add(out, i > 0 ? ", " : "");
        value_add_quoted(out, span_text(webhook->words[i]));
    }
    text_add(out, "]\n");
}

static void print_areas(const struct config *c, struct text *out)
{
    const char *comma = "";
    text_add(out, " [");
    for (unsigned bit = 1; value_area_name((uint8_t)bit); bit <<= 1) {
        if (!(c->https.client_areas & bit))
            continue;
        text_addf(out, "%s%s", comma, value_area_name((uint8_t)bit));
        comma = ", ";
    }
    text_add(out, "]\n");
}

static void print_list(const struct schema_key *key, const void *base, unsigned depth,
                       struct text *out)
{
    const struct config *c = base;

    if (key->type == TYPE_INTERFACES) {
        print_entries(SCOPE_INTERFACE, c->interfaces, c->interface_count, sizeof c->interfaces[0],
                      depth + 1, out);
    } else if (key->type == TYPE_SUBNETS) {
        print_entries(SCOPE_SUBNET, c->dhcp.subnets, c->dhcp.subnet_count,
                      sizeof c->dhcp.subnets[0], depth + 1, out);
    } else if (key->type == TYPE_HOSTS) {
        print_entries(SCOPE_HOST, c->hosts, c->host_count, sizeof c->hosts[0], depth + 1, out);
    } else if (key->type == TYPE_GROUPS) {
        print_entries(SCOPE_GROUP, c->groups, c->group_count, sizeof c->groups[0], depth + 1, out);
    } else if (key->type == TYPE_VARIABLES && key->scope == SCOPE_HOST) {
        const struct host *host = base;
        print_variables(host->variables, host->variable_count, out);
    } else if (key->type == TYPE_VARIABLES) {
        const struct host_group *group = base;
        print_variables(group->variables, group->variable_count, out);
    } else if (key->type == TYPE_SECRETS && key->scope == SCOPE_HOST) {
        const struct host *host = base;
        print_secrets(host->secrets, host->secret_count, out);
    } else if (key->type == TYPE_SECRETS) {
        const struct host_group *group = base;
        print_secrets(group->secrets, group->secret_count, out);
    } else if (key->type == TYPE_UPSTREAMS) {
        print_upstreams(c, out);
    } else if (key->type == TYPE_WEBHOOKS) {
        print_entries(SCOPE_WEBHOOK, c->webhooks, c->webhook_count, sizeof c->webhooks[0],
                      depth + 1, out);
    } else if (key->type == TYPE_WEBHOOK_EVENTS) {
        print_webhook_events(base, out);
    } else if (key->type == TYPE_CHAINS) {
        print_chains(key, base, out);
    } else if (key->type == TYPE_HOST_NAMES) {
        print_names(c->https.names, c->https.name_count, out);
    } else if (key->type == TYPE_ADMIN_ADDRESSES) {
        text_add(out, " [");
        for (unsigned i = 0; i < c->admin.proxy_count; i++) {
            text_add(out, i > 0 ? ", " : "");
            text_add_ipv4(out, c->admin.proxies[i]);
        }
        text_add(out, "]\n");
    } else if (key->type == TYPE_ADMIN_GROUPS) {
        print_group_names((const void *)((const uint8_t *)base + key->offset), out);
    } else if (key->type == TYPE_ADMIN_NAMES) {
        print_names(c->admin.names, c->admin.name_count, out);
    } else if (key->type == TYPE_AREAS) {
        print_areas(c, out);
    } else if (key->type == TYPE_PATHS) {
        text_add(out, " [");
        for (unsigned i = 0; i < c->loader_count; i++) {
            text_add(out, i > 0 ? ", " : "");
            value_add_quoted(out, span_text(c->loaders[i]));
        }
        text_add(out, "]\n");
    } else {
        print_subnet_list(key, base, out);
    }
}

static bool has_chains(const struct schema_key *key, const void *base)
{
    const char *names;

    memcpy(&names, (const uint8_t *)base + key->offset, sizeof names);
    return names && names[0];
}

static void print_key(const struct schema_key *key, const void *base, unsigned depth,
                      struct text *out)
{
    char buffer[1200 * 2];
    struct text value = text_over(buffer, sizeof buffer);

    if (key->type == TYPE_CHAINS && !has_chains(key, base)) {
        /* An empty list would read as "none". */
        text_addf(out, "# %s:\n", schema_key_name(key));
    } else if (key->type >= TYPE_INTERFACES) {
        text_addf(out, "%s:", schema_key_name(key));
        print_list(key, base, depth, out);
    } else if (value_print(key, base, &value)) {
        text_addf(out, "%s: ", schema_key_name(key));
        text_add_span(out, text_span(&value));
        text_add_char(out, '\n');
    } else {
        text_addf(out, "# %s:\n", schema_key_name(key));
    }
}

static void print_entry(enum schema_scope scope, const void *base, unsigned depth, struct text *out)
{
    bool first = true;
    for (size_t i = 0; i < schema_count(); i++) {
        const struct schema_key *key = schema_at(i);
        if (key->scope != scope)
            continue;
        indent(out, first ? depth - 1 : depth);
        if (first)
            text_add(out, "- ");
        first = false;
        print_key(key, base, depth, out);
    }
}

void config_print(const struct config *config, struct text *out)
{
    struct span section = { 0 };

    for (size_t i = 0; i < schema_count(); i++) {
        const struct schema_key *key = schema_at(i);
        if (key->scope != SCOPE_TOP)
            continue;
        struct span its_section = schema_key_section(key);
        if (its_section.len > 0 && !span_equals(its_section, section)) {
            text_add_span(out, its_section);
            text_add(out, ":\n");
        }
        section = its_section;
        /* No interface named means "all": an empty list would say the same, less clearly. */
        if (key->type == TYPE_INTERFACES && config->interface_count == 0) {
            text_add(out, "# interfaces: every Ethernet interface with an IPv4 address\n");
            continue;
        }
        indent(out, section.len > 0 ? 1 : 0);
        /* Without a CA there is nobody to keep areas for, and saying so would be a fault. */
        if (key->type == TYPE_AREAS && config->https.client_ca[0] == 0) {
            text_addf(out, "# %s:\n", schema_key_name(key));
            continue;
        }
        print_key(key, config, section.len > 0 ? 1 : 0, out);
    }
}
