/* See named.h. */
#include "config/named.h"

#include "config/value.h"

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

void named_read_variables(struct reading *r, const struct schema_key *key,
                          const struct yaml_node *node, struct host_variable *variables,
                          uint8_t *count)
{
    if (yaml_node_is_empty(node))
        return;
    if (node->kind != YAML_MAP) {
        reading_wrong_value(r, key, node, "");
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
                          reading_shown(n->key, quoted));
        else if (n->kind != YAML_TEXT || n->text.len > 1023 || !value_is_one_line(n->text))
            reading_fault(r, n->line, n->column,
                          "the variable %s takes a text on one line, at most 1023 bytes",
                          reading_shown(n->key, quoted));
        else
            variables[(*count)++] = (struct host_variable){ .name = reading_keep(r, n->key),
                                                            .value = reading_keep(r, n->text) };
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
                      reading_shown(n->key, quoted));
    } else if (n->kind != YAML_TEXT || !take_url(n->text, url, sizeof url)) {
        reading_fault(r, n->line, n->column,
                      "the upstream %s takes an address, as http://deb.debian.org/debian",
                      reading_shown(n->key, quoted));
    } else {
        struct config_upstream *upstream = &c->mirror.upstreams[c->mirror.upstream_count++];
        span_to_text(n->key, upstream->name, sizeof upstream->name);
        memcpy(upstream->url, url, sizeof url);
    }
}

void named_read_upstreams(struct reading *r, const struct schema_key *key,
                          const struct yaml_node *node)
{
    if (yaml_node_is_empty(node))
        return;
    if (node->kind != YAML_MAP) {
        reading_wrong_value(r, key, node, "");
        return;
    }
    for (const struct yaml_node *n = node->first; n; n = n->next)
        read_upstream(r, n);
}

void named_read_secrets(struct reading *r, const struct schema_key *key,
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
                          reading_shown(n->key, quoted));
        else if (n->kind != YAML_TEXT || n->text.len >= SECRET_VALUE_MAX ||
                 span_find(n->text, 0) < n->text.len)
            reading_fault(r, n->line, n->column, "the secret %s takes a text of at most %u bytes",
                          reading_shown(n->key, quoted), SECRET_VALUE_MAX - 1);
        else
            secrets[(*count)++] =
                (struct named_secret){ .name = reading_keep(r, n->key),
                                       .value = { .revealed = reading_keep(r, n->text) } };
    }
}
