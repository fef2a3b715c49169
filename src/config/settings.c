/* See settings.h. What is in force is shown as config_print() writes it, so that there is one way
 * in which values look; its text is read back into a tree for the parts. */
#include "config/settings.h"

#include <errno.h>
#include <stdlib.h>

#include "base/autoclean.h"

#include "yaml/yaml_edit.h"
#include "yaml/yaml_tree.h"

DEFINE_FREEP(struct yaml_tree, yaml_tree_free)

#define PRINTED_MAX ((size_t)4 << 20)

static void free_text(char **text)
{
    free(*text);
}

enum setting_form setting_form_of(const struct schema_key *key)
{
    static const enum setting_form forms[] = {
        [TYPE_BOOL] = SETTING_SWITCH,        [TYPE_U16] = SETTING_NUMBER,
        [TYPE_U32] = SETTING_NUMBER,         [TYPE_PATHS] = SETTING_TEXTS,
        [TYPE_CHAINS] = SETTING_TEXTS,       [TYPE_POOLS] = SETTING_TEXTS,
        [TYPE_ADDRESSES] = SETTING_TEXTS,    [TYPE_HOST_NAMES] = SETTING_TEXTS,
        [TYPE_AREAS] = SETTING_TEXTS,        [TYPE_ADMIN_NAMES] = SETTING_TEXTS,
        [TYPE_INTERFACES] = SETTING_BLOCK,   [TYPE_SUBNETS] = SETTING_BLOCK,
        [TYPE_HOSTS] = SETTING_BLOCK,        [TYPE_GROUPS] = SETTING_BLOCK,
        [TYPE_VARIABLES] = SETTING_BLOCK,    [TYPE_SECRETS] = SETTING_BLOCK,
        [TYPE_WEBHOOKS] = SETTING_BLOCK,     [TYPE_WEBHOOK_EVENTS] = SETTING_BLOCK,
        [TYPE_UPSTREAMS] = SETTING_BLOCK,    [TYPE_ADMIN_ADDRESSES] = SETTING_TEXTS,
        [TYPE_ADMIN_GROUPS] = SETTING_TEXTS,
    };
    size_t type = key->type;

    if (*setting_choices(key))
        return SETTING_CHOICE;
    return type < sizeof forms / sizeof forms[0] ? forms[type] : SETTING_TEXT;
}

const char *setting_form_name(enum setting_form form)
{
    static const char *const names[] = {
        [SETTING_SWITCH] = "switch", [SETTING_NUMBER] = "number", [SETTING_CHOICE] = "choice",
        [SETTING_TEXT] = "text",     [SETTING_TEXTS] = "texts",   [SETTING_BLOCK] = "block",
    };
    return names[form];
}

const char *setting_choices(const struct schema_key *key)
{
    if (key->type == TYPE_MODE || key->type == TYPE_INTERFACE_MODE)
        return "proxy server off";
    if (key->type == TYPE_ADMIN_TLS)
        return "auto required off";
    return key->type == TYPE_HTTPS_STRING ? "true false always" : "";
}

void setting_add_expected(struct text *out, const struct schema_key *key)
{
    schema_add_expected(out, key);
}

/* What stands at a key of the top scope; NULL = nothing. */
static const struct yaml_node *find_key(const struct yaml_node *root, const struct schema_key *key)
{
    struct span section = schema_key_section(key);
    char name[64];

    if (!root || root->kind != YAML_MAP)
        return NULL;
    span_to_text(section, name, sizeof name);
    const struct yaml_node *in = section.len > 0 ? yaml_node_find(root, name) : root;
    return in && in->kind == YAML_MAP ? yaml_node_find(in, schema_key_name(key)) : NULL;
}

/* A value as it stands in its text, without what follows it. */
static struct span slice_of(struct span text, const struct yaml_node *n)
{
    struct span s = span_slice(text, n->start, n->end - n->start);
    while (s.len > 0 && s.data[s.len - 1] <= ' ')
        s.len--;
    return s;
}

int settings_each(const struct config *config, struct span text,
                  bool (*row)(void *context, const struct setting *setting), void *context)
{
    autoclean(free_text) char *printed = malloc(PRINTED_MAX);
    autoclean(free_text) char *hidden = malloc(text.len + 1);
    autoclean(yaml_tree_freep) struct yaml_tree *in_force = NULL;
    autoclean(yaml_tree_freep) struct yaml_tree *file = NULL;

    if (!printed || !hidden)
        return -ENOMEM;
    struct text p = text_over(printed, PRINTED_MAX), h = text_over(hidden, text.len + 1);
    config_print(config, &p);
    settings_hide_secrets(text, &h);
    if (yaml_tree_parse(text_span(&p), &yaml_faults_unheard, &in_force) == -ENOMEM ||
        yaml_tree_parse(text_span(&h), &yaml_faults_unheard, &file) == -ENOMEM)
        return -ENOMEM;
    for (size_t i = 0; i < schema_count(); i++) {
        const struct schema_key *key = schema_at(i);
        if (key->scope != SCOPE_TOP)
            continue;
        const struct yaml_node *now = in_force ? find_key(yaml_tree_root(in_force), key) : NULL;
        const struct yaml_node *there = file ? find_key(yaml_tree_root(file), key) : NULL;
        struct setting setting = { .key = key, .form = setting_form_of(key) };
        if (now)
            setting.value = now->kind == YAML_TEXT ? now->text : slice_of(text_span(&p), now);
        if (there) {
            setting.line = there->key_line;
            setting.written = slice_of(text_span(&h), there);
        }
        if (!row(context, &setting))
            break;
    }
    return 0;
}

/* Dots over the values of one map of secrets; the text keeps its length, and with it its places.
 */
static void hide_map(const struct yaml_node *secrets, char *text)
{
    if (secrets->kind == YAML_TEXT) {
        memset(text + secrets->start, '.', secrets->end - secrets->start);
        return;
    }
    for (const struct yaml_node *n = secrets->first; n; n = n->next)
        for (size_t i = n->start; i < n->end; i++)
            if (text[i] != '\n')
                text[i] = '.';
}

void settings_hide_secrets(struct span text, struct text *out)
{
    static const char *const holders[] = { "hosts", "groups" };
    autoclean(yaml_tree_freep) struct yaml_tree *tree = NULL;
    size_t begin = out->len;

    if (yaml_tree_parse(text, &yaml_faults_unheard, &tree) < 0)
        return;
    text_add_span(out, text);
    const struct yaml_node *root = yaml_tree_root(tree);
    for (size_t i = 0; root && !out->failed && i < sizeof holders / sizeof holders[0]; i++) {
        const struct yaml_node *list = yaml_node_find(root, holders[i]);
        for (const struct yaml_node *n = list ? list->first : NULL; n; n = n->next) {
            const struct yaml_node *secrets = yaml_node_find(n, "secrets");
            if (secrets)
                hide_map(secrets, out->data + begin);
        }
    }
}

/* Who may change settings by the page must not become root by them. */
const char *setting_refusal(const char *path)
{
    static const struct {
        const char *key, *why;
    } kept[] = {
        { "user", "it says as whom the daemon runs, and whoever sets it could make that root" },
        { "state", "root makes this folder at the start, and gives it to the daemon's user" },
        { "control",
          "root makes this socket at the start, and it lets its users in without a password" },
        { "files", "all that root may read could be served by it" },
    };
    struct span all = span_text(path), first = span_slice(all, 0, span_find(all, '.'));

    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (span_is(first, kept[i].key))
            return kept[i].why;
    return NULL;
}

int settings_apply(struct span text, const struct settings_change *changes, size_t count,
                   struct text *out, struct config_faults *faults, char why[SETTINGS_WHY_MAX])
{
    size_t cap = text.len + 65536;
    autoclean(free_text) char *a = malloc(cap);
    autoclean(free_text) char *b = malloc(cap);
    struct text w = text_over(why, SETTINGS_WHY_MAX);
    char said[YAML_EDIT_WHY_MAX];
    struct config *config = NULL;

    if (!a || !b)
        return -ENOMEM;
    struct text now = text_over(a, cap);
    text_add_span(&now, text);
    for (size_t i = 0; i < count; i++) {
        struct text next = text_over(now.data == a ? b : a, cap);
        if (setting_refusal(changes[i].path)) {
            text_addf(&w, "%s: this is changed in the file only, by hand on the server",
                      changes[i].path);
            return -EINVAL;
        }
        int r = yaml_edit(text_span(&now), changes[i].path, changes[i].value, &next, said);
        if (r < 0) {
            text_addf(&w, "%s: ", changes[i].path);
            text_add(&w, r == -ENOMEM ? "there is no memory for it" : said);
            return r == -ENOMEM ? r : -EINVAL;
        }
        now = next;
    }
    text_add_span(out, text_span(&now));
    if (out->failed) {
        text_add(&w, "the file would become too long");
        return -EINVAL;
    }
    int r = config_parse(text_span(&now), &config, faults);
    config_free(config);
    if (r == -EINVAL && faults->count > 0)
        text_addf(&w, "line %u: %s", faults->rows[0].line, faults->rows[0].text);
    return r;
}

static bool has_words(struct span line, const char *words)
{
    size_t len = strlen(words);
    for (size_t i = 0; i + len <= line.len; i++)
        if (span_is_nocase(span_slice(line, i, len), words))
            return true;
    return false;
}

struct span settings_find_manager(struct span text)
{
    static const char *const signs[] = { "managed by", "ansible managed", "do not edit",
                                         "generated by" };
    while (text.len > 0) {
        size_t end = span_find(text, '\n');
        struct span line = span_slice(text, 0, end);
        text = span_from(text, end + 1);
        while (line.len > 0 && line.data[line.len - 1] <= ' ')
            line.len--;
        if (line.len == 0)
            continue;
        if (line.data[0] != '#')
            break;
        for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
            if (has_words(line, signs[i]))
                return line;
    }
    return (struct span){ 0 };
}
