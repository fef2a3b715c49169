/* See settings_rows.h. */
#include "config/settings_rows.h"

#include <errno.h>

#include "base/autoclean.h"

#include "yaml/yaml_tree.h"

DEFINE_FREEP(struct yaml_tree, yaml_tree_free)

#define NAME_BYTES  160
#define LISTS_BYTES 8192

bool settings_row_scope(const struct schema_key *key, enum schema_scope *ret_scope)
{
    static const struct {
        enum schema_type type;
        enum schema_scope scope;
    } lists[] = {
        { TYPE_INTERFACES, SCOPE_INTERFACE },
        { TYPE_SUBNETS, SCOPE_SUBNET },
        { TYPE_HOSTS, SCOPE_HOST },
        { TYPE_GROUPS, SCOPE_GROUP },
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (key->scope == SCOPE_TOP && lists[i].type == key->type) {
            *ret_scope = lists[i].scope;
            return true;
        }
    return false;
}

const struct schema_key *settings_row_key(enum schema_scope scope, const struct schema_key *after)
{
    bool is_behind = !after;
    for (size_t i = 0; i < schema_count(); i++) {
        const struct schema_key *key = schema_at(i);
        if (is_behind && key->scope == scope && key->type != TYPE_SECRETS)
            return key;
        is_behind = is_behind || key == after;
    }
    return NULL;
}

/* Where the key stands in the file; NULL = nowhere. */
static const struct yaml_node *find_list(const struct yaml_node *root, const struct schema_key *key)
{
    struct span section = schema_key_section(key);
    char name[64];

    if (!root || root->kind != YAML_MAP)
        return NULL;
    span_to_text(section, name, sizeof name);
    const struct yaml_node *in = section.len > 0 ? yaml_node_find(root, name) : root;
    const struct yaml_node *list =
        in && in->kind == YAML_MAP ? yaml_node_find(in, schema_key_name(key)) : NULL;
    return list && list->kind == YAML_LIST ? list : NULL;
}

/* One row while it is put together. */
struct building {
    struct span text;
    struct settings_row_value values[SETTINGS_ROW_VALUES_MAX];
    char names[SETTINGS_ROW_VALUES_MAX][NAME_BYTES];
    char lists[LISTS_BYTES];
    size_t count, lists_len;
};

/* A list of plain words in brackets, without the comments between them. False when it is none, or
 * when there is no room: then it is told as it stands. */
static bool flow_of(struct building *b, const struct yaml_node *list, struct span *ret_text)
{
    struct text out = text_over(b->lists + b->lists_len, sizeof b->lists - b->lists_len);

    text_add_char(&out, '[');
    for (const struct yaml_node *n = list->first; n; n = n->next) {
        for (size_t i = 0; i < n->text.len; i++)
            if (n->text.data[i] < ' ' || strchr(",[]{}\"'#\\", n->text.data[i]))
                return false;
        if (n->kind != YAML_TEXT)
            return false;
        text_add(&out, n == list->first ? "" : ", ");
        text_add_span(&out, n->text);
    }
    text_add_char(&out, ']');
    *ret_text = text_span(&out);
    b->lists_len += out.failed ? 0 : out.len + 1;
    return !out.failed;
}

static struct span text_of(struct building *b, const struct yaml_node *n)
{
    struct span s = { 0 };

    if (n->kind == YAML_TEXT)
        return n->text;
    if (n->kind == YAML_LIST && flow_of(b, n, &s))
        return s;
    s = span_slice(b->text, n->start, n->end - n->start);
    while (s.len > 0 && s.data[s.len - 1] <= ' ')
        s.len--;
    return s;
}

static void add_value(struct building *b, struct span map, struct span key, struct span text)
{
    if (b->count == SETTINGS_ROW_VALUES_MAX)
        return;
    struct text name = text_over(b->names[b->count], NAME_BYTES);
    text_add_span(&name, map);
    if (map.len > 0)
        text_add_char(&name, '.');
    text_add_span(&name, key);
    b->values[b->count++] = (struct settings_row_value){ text_span(&name), text };
}

static void add_map(struct building *b, const struct yaml_node *entry)
{
    for (const struct yaml_node *n = entry->first; n; n = n->next) {
        if (span_is(n->key, "secrets"))
            continue;
        if (n->kind != YAML_MAP) {
            add_value(b, (struct span){ 0 }, n->key, text_of(b, n));
            continue;
        }
        for (const struct yaml_node *in = n->first; in; in = in->next)
            add_value(b, n->key, in->key, text_of(b, in));
    }
}

int settings_each_row(struct span text, const struct schema_key *key, uint32_t first,
                      bool (*row)(void *context, const struct settings_row *row), void *context)
{
    autoclean(yaml_tree_freep) struct yaml_tree *tree = NULL;
    struct building b = { .text = text };
    uint32_t index = 0;

    int r = yaml_tree_parse(text, &yaml_faults_unheard, &tree);
    if (r < 0)
        return r == -ENOMEM ? r : 0;
    const struct yaml_node *list = find_list(yaml_tree_root(tree), key);
    for (const struct yaml_node *n = list ? list->first : NULL; n; n = n->next, index++) {
        if (index < first)
            continue;
        b.count = b.lists_len = 0;
        if (n->kind == YAML_MAP)
            add_map(&b, n);
        else
            add_value(&b, (struct span){ 0 }, span_text("name"), text_of(&b, n));
        const struct settings_row shown = { .index = index,
                                            .line = n->line,
                                            .is_plain = n->kind != YAML_MAP,
                                            .values = b.values,
                                            .value_count = b.count };
        if (!row(context, &shown))
            break;
    }
    return 0;
}
