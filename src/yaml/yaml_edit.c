/* See yaml_edit.h. The tree of the text says where each value begins and ends; an edit is one
 * splice of bytes. How a key is taken away or added depends on how its neighbours are written: on
 * lines of their own or in brackets. Nothing here is trusted to be right: see is_only(). */
#include "yaml/yaml_edit.h"

#include <errno.h>
#include <stdlib.h>

#include "base/autoclean.h"

#include "yaml/yaml_tree.h"

DEFINE_FREEP(struct yaml_tree, yaml_tree_free)

struct path {
    struct span parts[YAML_EDIT_PARTS_MAX];
    unsigned count;
};

/* What is between two places is replaced. */
struct splice {
    size_t from, to;
    char data[4096];
    struct text text;
};

/* Where a path leads. */
struct place {
    const struct yaml_node *parent, *node, *previous;
    unsigned depth; /* parts that were found */
};

struct edit {
    struct span text, value;
    struct path path;
    struct place place;
    struct splice splice;
    struct text why;
};

static int refuse(struct edit *e, int error, const char *sentence)
{
    e->why.len = 0;
    text_add(&e->why, sentence);
    return error;
}

static void hear(void *context, uint32_t line, uint32_t column, const char *text)
{
    struct edit *e = context;
    if (e->why.len == 0)
        text_addf(&e->why, "line %u, column %u: %s", line, column, text);
}

static int parse(struct edit *e, struct span text, struct yaml_tree **ret_tree)
{
    const struct yaml_fault_sink faults = { .add = hear, .context = e };
    e->why.len = 0;
    int r = yaml_tree_parse(text, &faults, ret_tree);
    if (r == 0 && e->why.len > 0)
        r = -EBADMSG;
    return r == -EINVAL ? -EBADMSG : r;
}

static bool split_path(const char *text, struct path *path)
{
    struct span left = span_text(text);

    path->count = 0;
    do {
        size_t dot = span_find(left, '.');
        if (dot == 0 || path->count == YAML_EDIT_PARTS_MAX || left.len == 0)
            return false;
        path->parts[path->count++] = span_slice(left, 0, dot);
        if (dot == left.len)
            return true;
        left = span_from(left, dot + 1);
    } while (true);
}

/* The number of a list's entry. */
static bool parse_index(struct span part, uint32_t *ret_index)
{
    uint32_t n = 0;
    if (part.len == 0 || part.len > 6)
        return false;
    for (size_t i = 0; i < part.len; i++) {
        if (part.data[i] < '0' || part.data[i] > '9')
            return false;
        n = n * 10 + (uint32_t)(part.data[i] - '0');
    }
    *ret_index = n;
    return true;
}

static const struct yaml_node *find_member(const struct yaml_node *in, struct span part,
                                           const struct yaml_node **ret_previous)
{
    uint32_t index = 0, at = 0;
    bool is_list = in->kind == YAML_LIST;

    *ret_previous = NULL;
    if (in->kind == YAML_TEXT || (is_list && !parse_index(part, &index)))
        return NULL;
    for (const struct yaml_node *n = in->first; n; n = n->next, at++) {
        if (is_list ? at == index : span_equals(n->key, part))
            return n;
        *ret_previous = n;
    }
    return NULL;
}

static struct place find_place(const struct yaml_node *root, const struct path *path)
{
    struct place place = { .node = root };

    while (place.node && place.depth < path->count) {
        const struct yaml_node *in = place.node;
        const struct yaml_node *found = find_member(in, path->parts[place.depth], &place.previous);
        if (!found)
            return place;
        place.parent = in;
        place.node = found;
        place.depth++;
    }
    return place;
}

/* Places in the text. */

static size_t line_start(struct span text, size_t at)
{
    while (at > 0 && text.data[at - 1] != '\n')
        at--;
    return at;
}

/* Before the end of the line. */
static size_t line_end(struct span text, size_t at)
{
    while (at < text.len && text.data[at] != '\n')
        at++;
    return at > 0 && at <= text.len && text.data[at - 1] == '\r' ? at - 1 : at;
}

static size_t next_line(struct span text, size_t at)
{
    while (at < text.len && text.data[at] != '\n')
        at++;
    return at < text.len ? at + 1 : at;
}

static bool is_blank(struct span text, size_t from, size_t to)
{
    for (; from < to; from++)
        if (text.data[from] != ' ' && text.data[from] != '\t')
            return false;
    return true;
}

/* Behind the colon of a key. */
static size_t behind_colon(struct span text, const struct yaml_node *n)
{
    size_t at = n->key_end;
    while (at < text.len && text.data[at] != ':')
        at++;
    return at < text.len ? at + 1 : at;
}

/* Where a value ends, without what follows it. The last member of a block that has no value ends
 * with its colon. */
static size_t end_of(struct span text, const struct yaml_node *n)
{
    while (n->kind != YAML_TEXT && !n->is_flow && n->first) {
        n = n->first;
        while (n->next)
            n = n->next;
    }
    if (yaml_node_is_empty(n))
        return n->key.data ? behind_colon(text, n) : n->start;
    size_t end = n->end;
    while (end > n->start && (text.data[end - 1] <= ' '))
        end--;
    return end;
}

/* Writing. */

static void add_indent(struct text *out, size_t columns)
{
    for (size_t i = 0; i < columns; i++)
        text_add_char(out, ' ');
}

/* The parts of the path from `first` on, and the value: on lines of their own. */
static void add_lines(struct edit *e, unsigned first, size_t indent)
{
    struct text *out = &e->splice.text;
    uint32_t index;

    add_indent(out, indent);
    for (unsigned i = first; i < e->path.count; i++) {
        bool is_last = i + 1 == e->path.count;
        indent += 2;
        if (parse_index(e->path.parts[i], &index)) {
            text_add(out, "- ");
        } else {
            text_add_span(out, e->path.parts[i]);
            text_add(out, is_last ? ": " : ":\n");
            if (!is_last)
                add_indent(out, indent);
        }
    }
    text_add_span(out, e->value);
}

/* The same within brackets. */
static void add_flow(struct edit *e, unsigned first)
{
    struct text *out = &e->splice.text;
    char closing[YAML_EDIT_PARTS_MAX];
    unsigned open = 0;
    uint32_t index;

    for (unsigned i = first; i < e->path.count; i++) {
        bool is_index = parse_index(e->path.parts[i], &index);
        if (i > first) {
            text_add_char(out, is_index ? '[' : '{');
            closing[open++] = is_index ? ']' : '}';
        }
        if (!is_index) {
            text_add_span(out, e->path.parts[i]);
            text_add(out, ": ");
        }
    }
    text_add_span(out, e->value);
    while (open > 0)
        text_add_char(out, closing[--open]);
}

/* A list grows at its end, and by one; what is no list cannot be given entries. */
static bool can_grow(const struct edit *e)
{
    const struct yaml_node *in = e->place.node;
    uint32_t index;

    for (unsigned i = e->place.depth; i < e->path.count; i++) {
        bool is_index = parse_index(e->path.parts[i], &index);
        bool is_here = i == e->place.depth && in && !yaml_node_is_empty(in);
        if (is_here && in->kind == YAML_TEXT)
            return false;
        if (is_here && is_index != (in->kind == YAML_LIST))
            return false;
        if (is_index && index != (is_here ? in->count : 0))
            return false;
    }
    return true;
}

/* A line of its own behind the line in which `at` stands. */
static void insert_line(struct edit *e, size_t at, unsigned first, size_t indent)
{
    struct splice *s = &e->splice;

    s->from = s->to = next_line(e->text, at);
    if (s->from > 0 && e->text.data[s->from - 1] != '\n')
        text_add_char(&s->text, '\n');
    add_lines(e, first, indent);
    text_add_char(&s->text, '\n');
}

static bool is_in_flow(const struct edit *e)
{
    return e->place.parent && e->place.parent->is_flow;
}

static int add_new(struct edit *e)
{
    const struct yaml_node *in = e->place.node;
    struct splice *s = &e->splice;
    unsigned depth = e->place.depth;

    if (!can_grow(e))
        return refuse(e, -EINVAL, "there is no such place in the file to set a value at");
    if (!in || (depth == 0 && yaml_node_is_empty(in))) {
        insert_line(e, e->text.len, 0, 0);
    } else if (yaml_node_is_empty(in) && is_in_flow(e)) {
        s->from = s->to = behind_colon(e->text, in);
        uint32_t index;
        bool is_index = parse_index(e->path.parts[depth], &index);
        text_add(&s->text, is_index ? " [" : " {");
        add_flow(e, depth);
        text_add_char(&s->text, is_index ? ']' : '}');
    } else if (yaml_node_is_empty(in)) {
        if (!in->key.data)
            return refuse(e, -EBADMSG, "an empty entry of a list is in the way");
        insert_line(e, in->key_end, depth, in->key_column + 1);
    } else if (in->is_flow) {
        const struct yaml_node *last = in->first;
        while (last && last->next)
            last = last->next;
        s->from = s->to = last ? end_of(e->text, last) : in->start + 1;
        text_add(&s->text, last ? ", " : "");
        add_flow(e, depth);
    } else {
        size_t column = in->kind == YAML_LIST ? in->column : in->first->key_column;
        insert_line(e, end_of(e->text, in) - 1, depth, column - 1);
    }
    return 0;
}

static int replace_value(struct edit *e)
{
    const struct yaml_node *n = e->place.node;
    struct splice *s = &e->splice;
    bool is_block = n->kind != YAML_TEXT && !n->is_flow;

    if (yaml_node_is_empty(n) && !n->key.data)
        return refuse(e, -EBADMSG, "an empty entry of a list cannot be set");
    if (yaml_node_is_empty(n) || (is_block && n->key.data)) {
        /* Behind the colon; a comment in that line stays, the lines of the former value go. */
        size_t colon = behind_colon(e->text, n);
        size_t comment = line_end(e->text, colon);
        text_add_char(&s->text, ' ');
        text_add_span(&s->text, e->value);
        s->from = s->to = colon;
        if (is_block) {
            text_add_span(&s->text, span_slice(e->text, colon, comment - colon));
            s->to = line_end(e->text, end_of(e->text, n));
        }
        return 0;
    }
    s->from = n->start;
    s->to = end_of(e->text, n);
    text_add_span(&s->text, e->value);
    return 0;
}

static int remove_flow(struct edit *e)
{
    const struct yaml_node *n = e->place.node, *next = n->next;
    struct splice *s = &e->splice;
    bool is_map = e->place.parent->kind == YAML_MAP;

    s->from = is_map ? n->key_start : n->start;
    s->to = end_of(e->text, n);
    if (next)
        s->to = is_map ? next->key_start : next->start;
    else if (e->place.previous)
        s->from = end_of(e->text, e->place.previous);
    return 0;
}

static int remove_value(struct edit *e)
{
    const struct yaml_node *n = e->place.node;
    struct splice *s = &e->splice;
    bool is_map = e->place.parent->kind == YAML_MAP;
    size_t first = is_map ? n->key_start : n->start;
    size_t start = line_start(e->text, first);

    if (e->place.parent->is_flow)
        return remove_flow(e);
    s->from = start;
    s->to = next_line(e->text, end_of(e->text, n) - 1);
    if (is_map && !is_blank(e->text, start, first)) {
        /* It stands behind the dash of a list's entry. */
        if (!n->next)
            return refuse(e, -EBADMSG,
                          "the only key of an entry cannot be taken away: take away "
                          "the entry");
        s->from = first;
        s->to = n->next->key_start;
    } else if (!is_map) {
        size_t dash = start;
        while (dash < first && e->text.data[dash] == ' ')
            dash++;
        if (e->text.data[dash] != '-' || !is_blank(e->text, dash + 1, first))
            return refuse(e, -EBADMSG,
                          "the entry does not stand on lines of its own: edit the "
                          "file by hand");
    }
    return 0;
}

/* Proof. */

struct pair {
    const struct yaml_node *a, *b;
    bool is_on_path; /* its members are those of the path's part number `depth` */
    unsigned depth;
};

static bool is_target(const struct edit *e, const struct pair *in, const struct yaml_node *member,
                      uint32_t index)
{
    uint32_t wanted;
    struct span part = e->path.parts[in->depth];
    const struct yaml_node *list = in->a->kind == YAML_LIST ? in->a : in->b;
    if (list->kind == YAML_LIST)
        return parse_index(part, &wanted) && wanted == index;
    return span_equals(member->key, part);
}

/* Are the members of two containers the same, but for the one that was meant? Pairs of them that
 * are to be looked into go on the stack. */
static bool match_members(const struct edit *e, const struct pair *in, struct pair *stack,
                          size_t cap, size_t *count)
{
    const struct yaml_node *a = in->a->first, *b = in->b->first;
    bool is_removal = e->value.len == 0, is_last = in->depth + 1 == e->path.count;

    for (uint32_t index = 0; a || b; index++) {
        bool a_is = in->is_on_path && a && is_target(e, in, a, index);
        bool b_is = in->is_on_path && b && is_target(e, in, b, index);
        bool skip_a = a_is && (is_last || !b_is), skip_b = b_is && (is_last || !a_is);
        if (is_removal && is_last && a_is) {
            a = a->next; /* what follows has moved up */
            for (; a && b; a = a->next, b = b->next) {
                if (*count == cap || !span_equals(a->key, b->key))
                    return false;
                stack[(*count)++] = (struct pair){ .a = a, .b = b };
            }
            return !a && !b;
        }
        if (skip_a || skip_b) {
            a = skip_a ? a->next : a;
            b = skip_b ? b->next : b;
            continue;
        }
        if (!a || !b || !span_equals(a->key, b->key) || *count == cap)
            return false;
        stack[(*count)++] =
            (struct pair){ .a = a, .b = b, .is_on_path = a_is && b_is, .depth = in->depth + 1 };
        a = a->next;
        b = b->next;
    }
    return true;
}

/* An empty map or list of a key whose last member went reads as "no value". */
static bool is_hollow(const struct yaml_node *n)
{
    return n->kind == YAML_TEXT ? yaml_node_is_empty(n) : n->count == 0;
}

/* Do two trees say the same, but for what stands at the path? `path_counts` false: altogether. */
static int is_same(const struct edit *e, const struct yaml_node *a, const struct yaml_node *b,
                   bool path_counts, bool *ret_same)
{
    const size_t cap = 1U << 16;
    struct pair *stack = malloc(cap * sizeof *stack);
    size_t count = 0;

    if (!stack)
        return -ENOMEM;
    bool same = true;
    stack[count++] = (struct pair){ .a = a, .b = b, .is_on_path = path_counts };
    while (count > 0 && same) {
        struct pair in = stack[--count];
        if (in.a->kind == YAML_TEXT && in.b->kind == YAML_TEXT)
            same = span_equals(in.a->text, in.b->text);
        else if (in.is_on_path && (is_hollow(in.a) || is_hollow(in.b)))
            same = match_members(e, &in, stack, cap, &count);
        else if (in.a->kind == in.b->kind)
            same = match_members(e, &in, stack, cap, &count);
        else
            same = false;
    }
    free(stack);
    *ret_same = same;
    return 0;
}

/* Nothing but what was asked for has changed, and that has become what was asked for. */
static int is_only(struct edit *e, const struct yaml_node *before, struct span after)
{
    static const struct yaml_node nothing = { .kind = YAML_TEXT, .plain = true };
    autoclean(yaml_tree_freep) struct yaml_tree *tree = NULL;
    autoclean(yaml_tree_freep) struct yaml_tree *wanted = NULL;
    bool same = false;

    int r = parse(e, after, &tree);
    if (r == 0 && e->value.len > 0)
        r = parse(e, e->value, &wanted);
    if (r < 0)
        return r;
    const struct yaml_node *root = yaml_tree_root(tree);
    r = is_same(e, before ? before : &nothing, root ? root : &nothing, true, &same);
    struct place place = find_place(root, &e->path);
    bool is_there = place.node && place.depth == e->path.count;
    if (r == 0 && same && wanted) {
        const struct yaml_node *value = yaml_tree_root(wanted);
        same = is_there && value != NULL;
        if (same)
            r = is_same(e, value, place.node, false, &same);
    }
    if (r == 0 && !same)
        r = refuse(e, -EBADMSG,
                   "the file is written in a way that this value cannot be changed "
                   "in without touching others: edit the file by hand");
    return r;
}

static bool is_one_line(struct span value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.data[i] < ' ' || value.data[i] == 0x7f)
            return false;
    return true;
}

static int make_splice(struct edit *e)
{
    bool is_found = e->place.node && e->place.depth == e->path.count;

    if (e->value.len > 0)
        return is_found ? replace_value(e) : add_new(e);
    return is_found ? remove_value(e)
                    : refuse(e, -ENOENT, "this does not stand in the file: nothing to take away");
}

int yaml_edit(struct span text, const char *path, struct span value, struct text *out,
              char why[YAML_EDIT_WHY_MAX])
{
    autoclean(yaml_tree_freep) struct yaml_tree *tree = NULL;
    struct edit *e = calloc(1, sizeof *e);
    size_t begin = out->len;

    if (!e)
        return -ENOMEM;
    e->text = text;
    e->value = value;
    e->why = text_over(why, YAML_EDIT_WHY_MAX);
    e->splice.text = text_over(e->splice.data, sizeof e->splice.data);
    int r = split_path(path, &e->path) && is_one_line(value)
                ? parse(e, text, &tree)
                : refuse(e, -EINVAL, "this is no path of keys, or the value has several lines");
    const struct yaml_node *root = r == 0 ? yaml_tree_root(tree) : NULL;
    if (r == 0) {
        e->place = find_place(root, &e->path);
        r = make_splice(e);
    }
    if (r == 0) {
        text_add_span(out, span_slice(text, 0, e->splice.from));
        text_add_span(out, text_span(&e->splice.text));
        text_add_span(out, span_from(text, e->splice.to));
        r = out->failed || e->splice.text.failed ? refuse(e, -EINVAL, "the value is too long") : 0;
    }
    if (r == 0)
        r = is_only(e, root, span_from(text_span(out), begin));
    free(e);
    return r;
}
