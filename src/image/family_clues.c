/* The clues of a recipe: which keys they have, and what each takes. */
#include "image/family_words.h"

static void clue_paths(struct reading *r, const struct yaml_node *node, enum clue_kind kind)
{
    r->clue->kind = kind;
    words_take_paths(r, node, r->clue->paths, CLUE_PATHS_MAX, &r->clue->path_count);
}

static void clue_file(struct reading *r, const struct yaml_node *node)
{
    clue_paths(r, node, CLUE_FILE);
}

static void clue_absent(struct reading *r, const struct yaml_node *node)
{
    clue_paths(r, node, CLUE_ABSENT);
}

static void clue_text(struct reading *r, const struct yaml_node *node)
{
    clue_paths(r, node, CLUE_TEXT);
}

static void clue_ini(struct reading *r, const struct yaml_node *node)
{
    clue_paths(r, node, CLUE_INI);
}

static void clue_has(struct reading *r, const struct yaml_node *node)
{
    r->clue->pattern = words_take_pattern(r, node);
}

static void clue_label(struct reading *r, const struct yaml_node *node)
{
    r->clue->kind = CLUE_LABEL;
    clue_has(r, node);
}

static void clue_name(struct reading *r, const struct yaml_node *node)
{
    r->clue->kind = CLUE_NAME;
    clue_has(r, node);
}

static void clue_path(struct reading *r, const struct yaml_node *node)
{
    r->clue->kind = CLUE_PATH;
    r->clue->pattern = words_take_text(r, node, 64);
}

static void clue_section(struct reading *r, const struct yaml_node *node)
{
    r->clue->section = words_take_text(r, node, 64);
}

static void clue_key(struct reading *r, const struct yaml_node *node)
{
    r->clue->key = words_take_text(r, node, 64);
}

static void clue_as(struct reading *r, const struct yaml_node *node)
{
    r->clue->as = words_take_name(r, node);
}

static void clue_part(struct reading *r, const struct yaml_node *node)
{
    r->clue->part = words_take_name(r, node);
}

static void clue_set(struct reading *r, const struct yaml_node *node)
{
    if (node->kind != YAML_MAP || node->count > CLUE_SETS_MAX) {
        words_fault(r, node,
                    "set takes at most 4 names with their values, as {flavour: graphical}");
        return;
    }
    for (const struct yaml_node *n = node->first; n; n = n->next) {
        if (!capture_is_name(n->key))
            words_count_fault(r, n->key_line, n->key_column,
                              "a name is expected here: letters, digits, _ and -");
        r->clue->sets[r->clue->set_count].name = (const char *)n->key.data;
        r->clue->sets[r->clue->set_count++].value = words_take_text(r, n, CAPTURE_VALUE_MAX - 1);
    }
}

static const struct key clue_keys[] = {
    { "file", clue_file },       { "absent", clue_absent }, { "text", clue_text },
    { "ini", clue_ini },         { "label", clue_label },   { "name", clue_name },
    { "path", clue_path },       { "has", clue_has },       { "is", clue_has },
    { "section", clue_section }, { "key", clue_key },       { "as", clue_as },
    { "part", clue_part },       { "set", clue_set },
};

/* How it hangs together: a fault's sentence, or NULL. */
static const char *clue_flaw(const struct clue *clue, const struct yaml_node *node)
{
    unsigned kinds = 0;
    static const char *const what[] = { "file", "absent", "text", "ini", "label", "name", "path" };
    for (size_t i = 0; i < sizeof what / sizeof what[0]; i++)
        kinds += yaml_node_find(node, what[i]) ? 1 : 0;
    if (kinds != 1)
        return "a clue has one of file, absent, text, ini, label, name, path and any";
    if (clue->kind == CLUE_TEXT && !clue->pattern)
        return "text needs has: the words to look for";
    if (clue->kind == CLUE_INI && !clue->key)
        return "ini needs key: which value to look at";
    if (clue->as && clue->kind != CLUE_FILE && clue->kind != CLUE_INI)
        return "as belongs to file or ini";
    if (clue->part && clue->kind != CLUE_FILE)
        return "part belongs to file: what its * stands for";
    if ((clue->section || clue->key) && clue->kind != CLUE_INI)
        return "section and key belong to ini";
    return NULL;
}

static void read_clue(struct reading *r, const struct yaml_node *node)
{
    if (r->family->clue_count == FAMILY_CLUES_MAX) {
        words_fault(r, node, "a recipe has at most 48 clues");
        return;
    }
    r->clue = &r->family->clues[r->family->clue_count++];
    words_read_map(r, node, clue_keys, sizeof clue_keys / sizeof clue_keys[0]);
    const char *flaw = node->kind == YAML_MAP ? clue_flaw(r->clue, node) : NULL;
    if (flaw)
        words_fault(r, node, flaw);
}

void words_read_clues(struct reading *r, const struct yaml_node *node)
{
    for (const struct yaml_node *n = words_first(node); n; n = words_next(node, n)) {
        const struct yaml_node *any = n->kind == YAML_MAP ? yaml_node_find(n, "any") : NULL;
        if (!any) {
            read_clue(r, n);
            continue;
        }
        if (n->count != 1 || any->kind != YAML_LIST || any->count < 2 || any->count > 16 ||
            r->family->clue_count == FAMILY_CLUES_MAX) {
            words_fault(r, n, "any takes a list of two to 16 clues, and nothing stands beside it");
            continue;
        }
        struct clue *clue = &r->family->clues[r->family->clue_count++];
        clue->kind = CLUE_ANY;
        const uint8_t before = r->family->clue_count;
        for (const struct yaml_node *m = any->first; m; m = m->next)
            read_clue(r, m);
        clue->any_count = (uint8_t)(r->family->clue_count - before);
    }
}
