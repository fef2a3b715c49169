/* Texts and what becomes of them: the tree in one line, or the first fault with its place. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "yaml/near_miss.h"
#include "yaml/yaml_tree.h"

struct seen {
    unsigned count;
    char first[512];
};

static void see(void *context, uint32_t line, uint32_t column, const char *text)
{
    struct seen *seen = context;
    if (seen->count++ == 0)
        snprintf(seen->first, sizeof seen->first, "%u:%u %s", line, column, text);
}

/* {a=1,b=[x,y]}: depth is bounded by the subject, so recursion is fine in a test. */
static void show(const struct yaml_node *n, struct text *out)
{
    if (!n) {
        text_add(out, "nothing");
        return;
    }
    if (n->kind == YAML_TEXT) {
        text_add(out, yaml_node_is_empty(n) ? "~" : "");
        text_add_escaped(out, n->text);
        return;
    }
    text_add(out, n->kind == YAML_MAP ? "{" : "[");
    for (const struct yaml_node *m = n->first; m; m = m->next) {
        if (n->kind == YAML_MAP) {
            text_add_escaped(out, m->key);
            text_add_char(out, '=');
        }
        show(m, out);
        if (m->next)
            text_add_char(out, ',');
    }
    text_add(out, n->kind == YAML_MAP ? "}" : "]");
}

static const struct {
    const char *name, *in;
    int result;
    const char *tree;  /* NULL: none */
    const char *fault; /* beginning of the first; NULL: none */
} cases[] = {
    { "empty", "", 0, "nothing", NULL },
    { "comments alone", "# hello\n", 0, "nothing", NULL },
    { "flat", "a: 1\nb: two words\n", 0, "{a=1,b=two words}", NULL },
    { "nested", "a: {b: [1, 2], c: }\n", 0, "{a={b=[1,2],c=~}}", NULL },
    { "quoted empty is a value", "a: \"\"\n", 0, "{a=}", NULL },
    { "mac and time stay texts", "m: 52:54:00:12:34:56\nt: 12h\n", 0, "{m=52:54:00:12:34:56,t=12h}",
      NULL },
    { "tab", "a:\n\tb: 1\n", -EINVAL, NULL, "2:1 not YAML: found character that cannot start" },
    { "not closed", "a: [1, 2\nb: 3\n", -EINVAL, NULL, "2:2 not YAML:" },
    { "twice", "a: 1\nb: 2\na: 3\nc: 4\n", 0, "{a=1,b=2,c=4}",
      "3:1 the key \"a\" stands twice, first in line 1" },
    { "twice, with a list", "a: 1\na: [x, {y: z}]\nc: 4\n", 0, "{a=1,c=4}", "2:1 the key" },
    { "anchor", "a: &x 1\nb: 2\n", 0, "{a=1,b=2}", "1:4 anchors" },
    { "alias", "a: *x\nb: 2\n", 0, "{b=2}", "1:4 aliases" },
    { "alias in a list", "a: [*x, 1]\n", 0, "{a=[1]}", "1:5 aliases" },
    { "alias as a key", "*x : 1\nb: 2\n", 0, "{b=2}", "1:1 aliases" },
    { "tag", "a: !!int 1\n", 0, "{a=1}", "1:4 tags" },
    { "list as a key", "? [a, b]\n: {c: d}\ne: f\n", 0, "{e=f}", "1:3 a key must be a word" },
    { "map as a key, plain value", "{a: b}: c\nd: e\n", 0, "{d=e}", "1:1 a key must be a word" },
    { "second document", "a: 1\n---\nb: 2\n", 0, "{a=1}", "2:1 a second document" },
    { "too deep", "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", -EINVAL, NULL, "1:17 lists and maps" },
    { "not UTF-8", "a: \xff\n", -EINVAL, NULL, "1:1 not YAML:" },
};

static void test_trees(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seen seen = { 0 };
        struct yaml_fault_sink sink = { .add = see, .context = &seen };
        struct yaml_tree *tree = NULL;
        char buffer[512];
        struct text t = text_over(buffer, sizeof buffer);
        int r = yaml_tree_parse(span_text(cases[i].in), &sink, &tree);
        if (r == 0)
            show(yaml_tree_root(tree), &t);
        bool fault_right = cases[i].fault
                               ? strncmp(seen.first, cases[i].fault, strlen(cases[i].fault)) == 0
                               : seen.count == 0;
        if (r != cases[i].result || (r == 0) != (cases[i].tree != NULL) ||
            (r == 0 && strcmp(buffer, cases[i].tree) != 0) || !fault_right)
            fail_msg("%s: result %d, tree %s, first fault: %s", cases[i].name, r, buffer,
                     seen.first);
        yaml_tree_free(tree);
    }
}

static void test_places(void **state)
{
    (void)state;
    struct seen seen = { 0 };
    struct yaml_fault_sink sink = { .add = see, .context = &seen };
    struct yaml_tree *tree;
    assert_int_equal(yaml_tree_parse(span_text("a: 1\nb:\n  - x: yes\n"), &sink, &tree), 0);
    const struct yaml_node *b = yaml_node_find(yaml_tree_root(tree), "b");
    assert_non_null(b);
    assert_int_equal(b->key_line, 2);
    assert_int_equal(b->key_column, 1);
    const struct yaml_node *x = yaml_node_find(b->first, "x");
    assert_int_equal(x->line, 3);
    assert_int_equal(x->column, 8);
    assert_null(yaml_node_find(yaml_tree_root(tree), "c"));
    yaml_tree_free(tree);
}

static const struct {
    const char *typed, *want;
} misses[] = {
    { "timout", "timeout" },
    { "TIMEOUT", "timeout" },
    { "tiemout", "timeout" },
    { "block_size_max", "block-size-max" },
    { "titel", "title" },
    { "x", NULL },
    { "", NULL },
    { "banana", NULL },
    { "a-word-that-is-much-longer-than-any-key-there-is", NULL },
};

static void test_near_misses(void **state)
{
    static const char *const words[] = { "title", "timeout", "default", "block-size-max" };
    (void)state;
    for (size_t i = 0; i < sizeof misses / sizeof misses[0]; i++) {
        const char *got = near_miss_find(span_text(misses[i].typed), words, 4);
        if ((got == NULL) != (misses[i].want == NULL) || (got && strcmp(got, misses[i].want) != 0))
            fail_msg("%s: %s", misses[i].typed, got ? got : "nothing");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trees),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_near_misses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
