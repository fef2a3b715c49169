/* YAML text as a small tree in which every value and every key knows its line and column. Only what
 * a configuration needs: maps, lists and texts. Anchors, aliases, tags, repeated keys and second
 * documents are refused with a sentence; depth and number of nodes are bounded. */
#ifndef YAML_YAML_TREE_H
#define YAML_YAML_TREE_H

#include "base/checked.h"
#include "base/span.h"

#define YAML_BYTES_MAX (8U << 20)
#define YAML_NODES_MAX (1U << 20)
#define YAML_DEPTH_MAX 16
#define YAML_KEYS_MAX  1024 /* of one map */

enum yaml_kind {
    YAML_TEXT,
    YAML_LIST,
    YAML_MAP,
};

/* A value. Members of a list or map are a chain: first, then next. */
struct yaml_node {
    enum yaml_kind kind;
    uint32_t line, column; /* of the value, from 1 */
    struct span key;       /* member of a map: its name */
    uint32_t key_line, key_column;
    struct span text; /* YAML_TEXT; NUL-terminated behind the span */
    bool plain;       /* not quoted: an empty plain text is "no value" */
    bool is_flow;     /* a list or map in brackets */
    /* Where it stands in the text, in bytes; what is not quoted or in brackets may have blanks and
     * comments before `end`. The key's are those of the word, without the colon. */
    size_t start, end, key_start, key_end;
    uint32_t count; /* members */
    const struct yaml_node *first, *next;
};

/* Who is told of each fault, as a sentence with its place (from 1). */
struct yaml_fault_sink {
    void (*add)(void *context, uint32_t line, uint32_t column, const char *text);
    void *context;
};

/* For whom a text without faults is the only one of use. */
extern const struct yaml_fault_sink yaml_faults_unheard;

struct yaml_tree;

/* Read a text. 0 and a tree when the syntax could be followed to the end: refused constructs were
 * told to `faults` and left out of the tree, so that the caller can go on and find more. -EINVAL
 * when it could not (one fault told), -ENOMEM. The tree holds copies; `text` may go. */
must_check int yaml_tree_parse(struct span text, const struct yaml_fault_sink *faults,
                               struct yaml_tree **ret_tree);
void yaml_tree_free(struct yaml_tree *tree);

/* The top value; NULL when the text has none (empty, or comments alone). */
const struct yaml_node *yaml_tree_root(const struct yaml_tree *tree);

/* The member of a map with this key, or NULL. */
const struct yaml_node *yaml_node_find(const struct yaml_node *map, const char *key);

/* Nothing was written after the key. */
static inline bool yaml_node_is_empty(const struct yaml_node *node)
{
    return node->kind == YAML_TEXT && node->plain && node->text.len == 0;
}

/* "a text", "a list", "a map": for sentences. */
const char *yaml_kind_name(enum yaml_kind kind);

#endif
