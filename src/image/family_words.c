/* What the keys of recipes have in common: maps of known keys with a suggestion for others, texts
 * on one line, paths, names, numbers. */
#include "image/family_words.h"

#include "image/pattern.h"
#include "yaml/near_miss.h"

void words_count_fault(void *context, uint32_t line, uint32_t column, const char *text)
{
    struct reading *r = context;
    r->fault_count++;
    r->faults->add(r->faults->context, line, column, text);
}

void words_fault(struct reading *r, const struct yaml_node *node, const char *text)
{
    words_count_fault(r, node->line, node->column, text);
}

/* A text on one line, which belongs to the tree. */
const char *words_take_text(struct reading *r, const struct yaml_node *node, size_t most)
{
    char sentence[96];
    struct text t = text_over(sentence, sizeof sentence);

    if (node->kind != YAML_TEXT || node->text.len > most) {
        text_addf(&t, "a text of at most %zu bytes is expected here, not %s", most,
                  node->kind == YAML_TEXT ? "a longer one" : yaml_kind_name(node->kind));
        words_fault(r, node, sentence);
        return "";
    }
    for (size_t i = 0; i < node->text.len; i++)
        if (node->text.data[i] < 0x20 || node->text.data[i] == 0x7f) {
            words_fault(r, node,
                        "a text here is one line: fold a long one with >- behind the colon");
            return "";
        }
    return (const char *)node->text.data;
}

void words_read_map(struct reading *r, const struct yaml_node *map, const struct key *keys,
                    size_t count)
{
    const char *words[WORDS_KEYS_MAX];
    char buffer[160];

    if (map->kind != YAML_MAP) {
        words_fault(r, map, "keys and values are expected here, as \"file: boot/vmlinuz\"");
        return;
    }
    for (size_t i = 0; i < count; i++)
        words[i] = keys[i].name;
    for (const struct yaml_node *n = map->first; n; n = n->next) {
        size_t i = 0;
        while (i < count && !span_is(n->key, keys[i].name))
            i++;
        if (i < count && yaml_node_is_empty(n)) {
            words_fault(r, n, "the key has no value");
        } else if (i < count) {
            keys[i].read(r, n);
        } else {
            const char *near = near_miss_find(n->key, words, count);
            struct text t = text_over(buffer, sizeof buffer);
            text_add(&t, "there is no key \"");
            text_add_escaped(&t, span_slice(n->key, 0, 24));
            text_addf(&t, near ? "\" here: did you mean \"%s\"?" : "\" here%s", near ? near : "");
            words_count_fault(r, n->key_line, n->key_column, buffer);
        }
    }
}

/* The members of a list, or the one value that stands in its place. */
const struct yaml_node *words_first(const struct yaml_node *node)
{
    return node->kind == YAML_LIST ? node->first : node;
}

const struct yaml_node *words_next(const struct yaml_node *list, const struct yaml_node *n)
{
    return list->kind == YAML_LIST ? n->next : NULL;
}

/* A path within the image, with captures and at most one `*`. */
const char *words_take_path(struct reading *r, const struct yaml_node *node)
{
    const char *path = words_take_text(r, node, 200);
    struct span s = span_text(path);
    size_t star = span_find(s, '*');
    bool climbs = false;

    for (struct span rest = s; rest.len > 0; rest = span_from(rest, span_find(rest, '/') + 1))
        climbs = climbs || span_is(span_slice(rest, 0, span_find(rest, '/')), "..");
    if (s.len == 0 || s.data[0] == '/' || climbs)
        words_fault(r, node, "a path within the image is expected here, as boot/vmlinuz");
    else if (span_find(span_from(s, star + 1), '*') + star + 1 < s.len)
        words_fault(r, node, "a path has at most one *");
    return path;
}

void words_take_paths(struct reading *r, const struct yaml_node *node, const char **paths,
                      uint8_t most, uint8_t *count)
{
    for (const struct yaml_node *n = words_first(node); n; n = words_next(node, n)) {
        if (*count == most) {
            words_fault(r, n, "at most 8 paths are taken here");
            return;
        }
        paths[(*count)++] = words_take_path(r, n);
    }
}

bool words_take_number(const struct yaml_node *node, uint32_t most, uint32_t *ret)
{
    uint32_t number = 0;
    struct span text = node->kind == YAML_TEXT ? node->text : (struct span){ 0 };
    if (text.len == 0 || text.len > 8)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        number = number * 10 + (uint32_t)(text.data[i] - '0');
    }
    *ret = number;
    return number <= most;
}

bool words_take_bool(struct reading *r, const struct yaml_node *node)
{
    bool yes = node->kind == YAML_TEXT && span_is(node->text, "true");
    if (!yes && !(node->kind == YAML_TEXT && span_is(node->text, "false")))
        words_fault(r, node, "true or false is expected here");
    return yes;
}

const char *words_take_name(struct reading *r, const struct yaml_node *node)
{
    const char *name = words_take_text(r, node, CAPTURE_NAME_MAX - 1);
    if (!capture_is_name(span_text(name)))
        words_fault(r, node, "a name is expected here: letters, digits, _ and -");
    return name;
}

const char *words_take_pattern(struct reading *r, const struct yaml_node *node)
{
    char sentence[160];
    struct text t = text_over(sentence, sizeof sentence);
    const char *pattern = words_take_text(r, node, 200), *flaw = pattern_flaw(pattern);
    text_addf(&t, "the pattern %s", flaw ? flaw : "");
    if (flaw)
        words_fault(r, node, sentence);
    return pattern;
}
