/* Events of libyaml made into a tree. libyaml knows the syntax; this file knows which of it a
 * configuration may use, and where each thing stands. The stack of open containers is an array of
 * fixed size, so hostile nesting ends in a sentence and not in deep recursion. */
#include "yaml/yaml_tree.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <yaml.h>

#include "base/autoclean.h"
#include "base/text.h"

#define BLOCK_BYTES (32U << 10)

struct block {
    struct block *next;
    size_t used, cap;
    _Alignas(max_align_t) uint8_t data[];
};

struct yaml_tree {
    struct block *blocks;
    struct yaml_node *root;
    uint32_t node_count;
};

/* A container whose end has not come yet. */
struct open_container {
    struct yaml_node *node;
    struct yaml_node *last;
    bool has_key; /* the next value belongs to `key` */
    struct span key;
    uint32_t key_line, key_column;
    size_t key_start, key_end;
    bool drop; /* the member being read is refused and left out */
};

struct build {
    struct yaml_tree *tree;
    struct span text;
    size_t characters, bytes; /* a place in the text, counted in both */
    const struct yaml_fault_sink *faults;
    struct open_container stack[YAML_DEPTH_MAX];
    unsigned depth;
    unsigned skip_depth; /* containers open inside a refused key */
    unsigned documents;
};

enum step {
    STEP_GO_ON,
    STEP_END,
    STEP_REFUSED,
    STEP_NO_MEMORY,
};

DEFINE_FREEP(struct yaml_tree, yaml_tree_free)

void yaml_tree_free(struct yaml_tree *tree)
{
    if (!tree)
        return;
    while (tree->blocks) {
        struct block *next = tree->blocks->next;
        explicit_bzero(tree->blocks->data, tree->blocks->used); /* there may be secrets in it */
        free(tree->blocks);
        tree->blocks = next;
    }
    free(tree);
}

const struct yaml_node *yaml_tree_root(const struct yaml_tree *tree)
{
    return tree->root;
}

const struct yaml_node *yaml_node_find(const struct yaml_node *map, const char *key)
{
    if (map->kind != YAML_MAP)
        return NULL;
    for (const struct yaml_node *n = map->first; n; n = n->next)
        if (span_is(n->key, key))
            return n;
    return NULL;
}

const char *yaml_kind_name(enum yaml_kind kind)
{
    static const char *const names[] = {
        [YAML_TEXT] = "a single value",
        [YAML_LIST] = "a list",
        [YAML_MAP] = "a map of keys",
    };
    return names[kind];
}

static void *take(struct yaml_tree *tree, size_t size)
{
    size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (!tree->blocks || size > tree->blocks->cap - tree->blocks->used) {
        size_t cap = max_size(size, BLOCK_BYTES);
        struct block *block = malloc(sizeof *block + cap);
        if (!block)
            return NULL;
        *block = (struct block){ .next = tree->blocks, .cap = cap };
        tree->blocks = block;
    }
    void *at = tree->blocks->data + tree->blocks->used;
    tree->blocks->used += size;
    memset(at, 0, size);
    return at;
}

static bool take_text(struct yaml_tree *tree, const uint8_t *data, size_t len, struct span *ret)
{
    uint8_t *copy = take(tree, len + 1);
    if (!copy)
        return false;
    if (len > 0)
        memcpy(copy, data, len);
    *ret = span_of(copy, len);
    return true;
}

static void tell(struct build *b, const yaml_mark_t *mark, const char *text)
{
    b->faults->add(b->faults->context, (uint32_t)mark->line + 1, (uint32_t)mark->column + 1, text);
}

/* The byte a mark stands at: libyaml counts characters. Marks come in order but for a few. */
static size_t byte_of(struct build *b, const yaml_mark_t *mark)
{
    if (mark->index < b->characters)
        b->characters = b->bytes = 0;
    while (b->characters < mark->index && b->bytes < b->text.len) {
        do
            b->bytes++;
        while (b->bytes < b->text.len && (b->text.data[b->bytes] & 0xc0) == 0x80);
        b->characters++;
    }
    return b->bytes;
}

static struct open_container *top(struct build *b)
{
    return b->depth > 0 ? &b->stack[b->depth - 1] : NULL;
}

/* Anchors and tags are refused wherever they stand; the value itself is still read. */
static void refuse_extras(struct build *b, const yaml_event_t *e, const yaml_char_t *anchor,
                          const yaml_char_t *tag)
{
    if (anchor)
        tell(b, &e->start_mark, "anchors (&name) are not used here: write the value out");
    if (tag)
        tell(b, &e->start_mark, "tags (!name) are not used here: write the plain value");
}

/* Hang a finished value, or a container that begins, where it belongs. */
static void attach(struct build *b, struct yaml_node *node)
{
    struct open_container *in = top(b);
    if (!in) {
        if (!b->tree->root)
            b->tree->root = node;
        return;
    }
    if (in->node->kind == YAML_MAP) {
        node->key = in->key;
        node->key_line = in->key_line;
        node->key_column = in->key_column;
        node->key_start = in->key_start;
        node->key_end = in->key_end;
        in->has_key = false;
    }
    if (in->last)
        in->last->next = node;
    else
        in->node->first = node;
    in->last = node;
    in->node->count++;
}

static enum step new_node(struct build *b, const yaml_event_t *e, enum yaml_kind kind,
                          struct yaml_node **ret_node)
{
    if (b->tree->node_count++ >= YAML_NODES_MAX) {
        tell(b, &e->start_mark, "the text has more values than tugboot takes");
        return STEP_REFUSED;
    }
    struct yaml_node *node = take(b->tree, sizeof *node);
    if (!node)
        return STEP_NO_MEMORY;
    node->kind = kind;
    node->line = (uint32_t)e->start_mark.line + 1;
    node->column = (uint32_t)e->start_mark.column + 1;
    node->start = byte_of(b, &e->start_mark);
    node->end = byte_of(b, &e->end_mark);
    *ret_node = node;
    return STEP_GO_ON;
}

/* A text in key position of the open map. */
static enum step take_key(struct build *b, struct open_container *in, const yaml_event_t *e)
{
    struct span key;
    if (in->node->count >= YAML_KEYS_MAX) {
        tell(b, &e->start_mark, "this map has more keys than any setting needs");
        return STEP_REFUSED;
    }
    if (!take_text(b->tree, e->data.scalar.value, e->data.scalar.length, &key))
        return STEP_NO_MEMORY;
    for (const struct yaml_node *n = in->node->first; n; n = n->next) {
        if (!span_equals(n->key, key))
            continue;
        char buffer[160];
        struct text t = text_over(buffer, sizeof buffer);
        text_add(&t, "the key \"");
        text_add_escaped(&t, span_slice(key, 0, 40));
        text_addf(&t, "\" stands twice, first in line %u: keep one", n->key_line);
        tell(b, &e->start_mark, buffer);
        in->drop = true;
        break;
    }
    in->has_key = true;
    in->key = key;
    in->key_line = (uint32_t)e->start_mark.line + 1;
    in->key_column = (uint32_t)e->start_mark.column + 1;
    in->key_start = byte_of(b, &e->start_mark);
    in->key_end = byte_of(b, &e->end_mark);
    return STEP_GO_ON;
}

/* Is the value that begins now left out? Forget the refused key when it is over. */
static bool is_dropped(struct build *b)
{
    struct open_container *in = top(b);
    if (!in || !in->drop)
        return false;
    in->drop = false;
    in->has_key = false;
    return true;
}

/* The open map that waits for its next key, or NULL. */
static struct open_container *waiting_map(struct build *b)
{
    struct open_container *in = top(b);
    return in && in->node->kind == YAML_MAP && !in->has_key ? in : NULL;
}

static enum step on_scalar(struct build *b, const yaml_event_t *e)
{
    if (b->skip_depth > 0)
        return STEP_GO_ON;
    refuse_extras(b, e, e->data.scalar.anchor, e->data.scalar.tag);
    struct open_container *map = waiting_map(b);
    if (map)
        return take_key(b, map, e);
    if (is_dropped(b))
        return STEP_GO_ON;
    struct yaml_node *node;
    enum step step = new_node(b, e, YAML_TEXT, &node);
    if (step != STEP_GO_ON)
        return step;
    if (!take_text(b->tree, e->data.scalar.value, e->data.scalar.length, &node->text))
        return STEP_NO_MEMORY;
    node->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (memchr(node->text.data, 0, node->text.len))
        tell(b, &e->start_mark, "the value has a NUL character in it");
    attach(b, node);
    return STEP_GO_ON;
}

static enum step on_open(struct build *b, const yaml_event_t *e, enum yaml_kind kind)
{
    if (b->skip_depth > 0) {
        b->skip_depth++;
        return STEP_GO_ON;
    }
    struct open_container *map = waiting_map(b);
    if (map) {
        /* A list or map as a key; its value follows, so the pair is dropped as a whole. */
        tell(b, &e->start_mark, "a key must be a word, not a list or map");
        map->has_key = map->drop = true;
        b->skip_depth = 1;
        return STEP_GO_ON;
    }
    if (kind == YAML_LIST)
        refuse_extras(b, e, e->data.sequence_start.anchor, e->data.sequence_start.tag);
    else
        refuse_extras(b, e, e->data.mapping_start.anchor, e->data.mapping_start.tag);
    if (is_dropped(b)) {
        b->skip_depth = 1;
        return STEP_GO_ON;
    }
    if (b->depth == YAML_DEPTH_MAX) {
        tell(b, &e->start_mark, "lists and maps are nested deeper than any setting needs");
        return STEP_REFUSED;
    }
    struct yaml_node *node;
    enum step step = new_node(b, e, kind, &node);
    if (step != STEP_GO_ON)
        return step;
    node->is_flow = kind == YAML_LIST ? e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
                                      : e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    attach(b, node);
    b->stack[b->depth++] = (struct open_container){ .node = node };
    return STEP_GO_ON;
}

static enum step on_close(struct build *b, const yaml_event_t *e)
{
    if (b->skip_depth > 0) {
        b->skip_depth--;
    } else if (b->depth > 0) {
        const struct open_container *in = &b->stack[--b->depth];
        /* A block's end is told where the next thing begins. */
        in->node->end = in->node->is_flow || !in->last ? byte_of(b, &e->end_mark) : in->last->end;
    }
    return STEP_GO_ON;
}

static enum step on_alias(struct build *b, const yaml_event_t *e)
{
    if (b->skip_depth > 0)
        return STEP_GO_ON;
    tell(b, &e->start_mark, "aliases (*name) are not used here: write the value out");
    struct open_container *in = top(b), *map = waiting_map(b);
    if (map)
        map->has_key = map->drop = true;
    else if (in)
        in->has_key = in->drop = false;
    return STEP_GO_ON;
}

static enum step on_document(struct build *b, const yaml_event_t *e)
{
    if (++b->documents == 1)
        return STEP_GO_ON;
    tell(b, &e->start_mark, "a second document begins here (\"---\"): one file is one document");
    return STEP_END;
}

static enum step on_event(struct build *b, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return STEP_GO_ON;
    case YAML_STREAM_END_EVENT:
        return STEP_END;
    case YAML_DOCUMENT_START_EVENT:
        return on_document(b, e);
    case YAML_ALIAS_EVENT:
        return on_alias(b, e);
    case YAML_SCALAR_EVENT:
        return on_scalar(b, e);
    case YAML_SEQUENCE_START_EVENT:
        return on_open(b, e, YAML_LIST);
    case YAML_MAPPING_START_EVENT:
        return on_open(b, e, YAML_MAP);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return on_close(b, e);
    }
    return STEP_GO_ON;
}

/* libyaml's own words, with a hint where its words help nobody. */
static void tell_syntax(const struct build *b, const yaml_parser_t *parser)
{
    char buffer[224];
    struct text t = text_over(buffer, sizeof buffer);
    const char *problem = parser->problem ? parser->problem : "it cannot be read";
    text_addf(&t, "not YAML: %s", problem);
    if (parser->context)
        text_addf(&t, " (%s that began in line %u)", parser->context,
                  (unsigned)parser->context_mark.line + 1);
    if (strstr(problem, "cannot start any token"))
        text_add(&t, "; indent with blanks, not tabs, and quote texts that begin with a sign");
    b->faults->add(b->faults->context, (uint32_t)parser->problem_mark.line + 1,
                   (uint32_t)parser->problem_mark.column + 1, buffer);
}

static int run(struct build *b, yaml_parser_t *parser)
{
    for (;;) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            if (parser->error == YAML_MEMORY_ERROR)
                return -ENOMEM;
            tell_syntax(b, parser);
            return -EINVAL;
        }
        enum step step = on_event(b, &event);
        yaml_event_delete(&event);
        switch (step) {
        case STEP_GO_ON:
            break;
        case STEP_END:
            return 0;
        case STEP_REFUSED:
            return -EINVAL;
        case STEP_NO_MEMORY:
            return -ENOMEM;
        }
    }
}

static void hear_no_fault(void *context, uint32_t line, uint32_t column, const char *text)
{
    (void)context;
    (void)line;
    (void)column;
    (void)text;
}

const struct yaml_fault_sink yaml_faults_unheard = { .add = hear_no_fault };

int yaml_tree_parse(struct span text, const struct yaml_fault_sink *faults,
                    struct yaml_tree **ret_tree)
{
    autoclean(yaml_tree_freep) struct yaml_tree *tree = calloc(1, sizeof *tree);
    yaml_parser_t parser;

    if (!tree)
        return -ENOMEM;
    if (text.len > YAML_BYTES_MAX) {
        faults->add(faults->context, 1, 1, "the text is larger than 8 MiB");
        return -EINVAL;
    }
    if (!yaml_parser_initialize(&parser))
        return -ENOMEM;
    yaml_parser_set_input_string(&parser, text.data ? text.data : (const uint8_t *)"", text.len);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    struct build b = { .tree = tree, .text = text, .faults = faults };
    int r = run(&b, &parser);
    yaml_parser_delete(&parser);
    if (r < 0)
        return r;
    *ret_tree = take_ptr(&tree);
    return 0;
}
