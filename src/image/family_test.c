/* The language of recipes: faults with their place, what a sound one gives, and which wins. */
#include <errno.h>

#include "image/recipe_book.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
/* clang-format on */

#include "image/test_files.h"

#include <cmocka.h>

struct seen {
    unsigned count;
    char text[2048];
    struct text all;
};

static void see(void *context, uint32_t line, uint32_t column, const char *text)
{
    struct seen *seen = context;
    text_addf(&seen->all, "%u:%u %s\n", line, column, text);
    seen->count++;
}

#define HEAD "title: T\nmatch: [{file: a}]\n"

static const struct {
    const char *yaml, *says; /* NULL: it is sound */
} cases[] = {
    { HEAD "kernel: k\n", NULL },
    { HEAD "kind: disk\n", NULL },
    { HEAD "refuse: no\n", NULL },
    { "", "1:1 a recipe has keys and values" },
    { "- a\n", "1:1 a recipe has keys and values" },
    { "match: [{file: a}]\nkernel: k\n", "1:1 a recipe needs a title" },
    { "title: T\nkernel: k\n", "1:1 a recipe needs match" },
    { HEAD, "1:1 a recipe needs a kernel" },
    { HEAD "refuse: no\nkernel: k\n", "with refuse there is nothing to boot" },
    { HEAD "kernal: k\n", "3:1 there is no key \"kernal\" here: did you mean \"kernel\"?" },
    { HEAD "kernel:\n", "3:8 the key has no value" },
    { HEAD "kernel: /k\n", "3:9 a path within the image" },
    { HEAD "kernel: ../k\n", "3:9 a path within the image" },
    { HEAD "kernel: \"a*b*\"\n", "3:9 a path has at most one *" },
    { HEAD "kernel: \"${x}\"\n", "kernel names ${x}, which no clue finds" },
    { HEAD "kernel: \"${mac}\"\n", "kernel names ${mac}, which no clue finds" },
    { HEAD "kernel: k\narguments: \"m=${mac} r=${own:-x}\"\n", NULL },
    { HEAD "kernel: k\narguments: \"m=${own}\"\n", "no machine has: write ${name:-text}" },
    { HEAD "kernel: k\narguments: \"a\\nb\"\n", "4:12 a text here is one line" },
    { "title: \"${v}\"\nmatch: [{file: a}]\nfacts: [{text: a, has: \"${v}\"}]\nkernel: k\n",
      "title names ${v}, which is not always found: give it a value under defaults" },
    { "title: \"${v}\"\nmatch: [{file: a}]\nfacts: [{text: a, has: \"${v}\"}]\nkernel: k\n"
      "defaults: {v: \"\"}\n",
      NULL },
    { "title: \"${v}\"\nmatch: [{any: [{text: a, has: \"${v}\"}, {file: b}]}]\nkernel: k\n",
      "not always found" },
    { "title: \"${v}\"\nmatch: [{text: a, has: \"${v}\"}]\nkernel: k\n", NULL },
    { "title: T\nmatch: [{fil: a}]\nkernel: k\n", "2:10 there is no key \"fil\" here" },
    { "title: T\nmatch: [{file: a, absent: b}]\nkernel: k\n", "2:9 a clue has one of" },
    { "title: T\nmatch: [{text: a}]\nkernel: k\n", "2:9 text needs has" },
    { "title: T\nmatch: [{ini: a}]\nkernel: k\n", "2:9 ini needs key" },
    { "title: T\nmatch: [{label: \"**\"}]\nkernel: k\n", "2:17 the pattern has two wildcards" },
    { "title: T\nmatch: [{label: a, as: b}]\nkernel: k\n", "2:9 as belongs to file or ini" },
    { "title: T\nmatch: [{text: a, has: b, part: c}]\nkernel: k\n", "2:9 part belongs to file" },
    { "title: T\nmatch: [{any: [{file: a}]}]\nkernel: k\n", "2:9 any takes a list of two" },
    { "title: T\nmatch: [{any: [{file: a}, {file: b}], file: c}]\nkernel: k\n", "2:9 any takes" },
    { "title: T\nmatch: [{file: a, set: {b c: d}}]\nkernel: k\n", "2:25 a name is expected" },
    { HEAD "kernel: k\ninitrds: [{path: a, as: b}]\n", "4:11 an initrd is a path, or" },
    { HEAD "kernel: k\ninitrds: [{pth: a}]\n", "4:12 an initrd has path or optional" },
    { HEAD "kernel: k\ninitrds: [a,b,c,d,e,f,g,h,i]\n", "4:27 at most 8" },
    { HEAD "kernel: k\nmemory: 2G\n", "4:9 memory takes" },
    { HEAD "kernel: k\nmemory: {container: 100, plus: 10, x: 1}\n", "4:9 memory takes" },
    { HEAD "kernel: k\nanswers: jumpstart\n", "4:10 answers takes" },
    { HEAD "kernel: k\nanswers: {kind: preseed, arguments: \"${oops}\"}\n", "names ${oops}" },
    { HEAD "kernel: k\nanswers: {kind: preseed, inside: a}\n", "4:10 answers takes" },
    { HEAD "kernel: k\nanswers: {kind: preseed, inside-arguments: a}\n", "4:10 answers takes" },
    { HEAD "kernel: k\nanswers: {kind: preseed, outside: /a}\n", "4:10 answers takes" },
    { HEAD "kernel: k\nanswers: {kind: preseed, inside: /a, inside-arguments: \"${oops}\"}\n",
      "names ${oops}" },
    { HEAD "kernel: k\nanswers: {kind: preseed, inside: /a/b, inside-arguments: c}\n", NULL },
    { HEAD "kind: memdisk\narguments: iso raw\n", NULL },
    { HEAD "kernel: k\narchitectures: [vax]\n", "4:17 an architecture is" },
    { HEAD "kernel: k\nedits: [{file: a, kind: esxi, add: \"ks=${answer}\"}]\n", NULL },
    { HEAD "kernel: k\nedits: [{file: a, kind: vi}]\n", "4:9 an edit is" },
    { HEAD "kernel: k\nedits: [{file: /a, kind: grub}]\n", "4:16 a path within" },
    { HEAD "kernel: k\nslim: [a, b]\narguments: \"url=${slim}\"\n", NULL },
    { HEAD "kernel: k\nslim: [\"a*\"]\n", "slim takes plain paths" },
    { HEAD "kernel: k\nuntested: maybe\n", "4:11 true or false" },
    { HEAD "kernel: k\npriority: 101\n", "4:11 priority takes" },
    { HEAD "kernel: k\nentries: [{}, {name: b}, {name: b}]\n", "two entries have the same name" },
    { HEAD "kernel: k\nentries: [{}, {}]\n", "entries behind the first need a name" },
    { HEAD "kernel: k\nentries: [{name: \"A b\"}]\n", "4:18 an entry's name has" },
    { HEAD "entries: [{label: x}]\n", "each entry needs a kernel" },
    { HEAD "kernel: k\nname: \"no name\"\n", "4:7 a recipe's name has" },
    { "title: [\n", "not YAML" },
};

static void faults_have_their_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct seen seen = { .count = 0 };
        struct yaml_fault_sink sink = { .add = see, .context = &seen };
        struct family *family = NULL;
        seen.all = text_over(seen.text, sizeof seen.text);
        int r = family_read(span_text(cases[i].yaml), "test", &sink, &family);
        if (r != (cases[i].says ? -EINVAL : 0) || (r < 0) != (seen.count > 0) ||
            (cases[i].says && !strstr(seen.text, cases[i].says)))
            fail_msg("%s: %d %s", cases[i].yaml, r, seen.text);
        family_free(family);
    }
}

static void own_recipes_go_first(void **state)
{
    static const char own[] = "title: \"My own ${v}\"\nname: debian-netboot\n"
                              "match:\n  - {text: version.info, has: \"version: ${v} \"}\n"
                              "kernel: linux\narguments: \"a=${v} b=${mac}\"\n";
    struct seen seen = { .count = 0 };
    struct yaml_fault_sink sink = { .add = see, .context = &seen };
    struct recipe_book *book;
    static struct recipe_set set;
    static struct test_folder folder;
    char why[RECIPE_WHY_MAX] = "";
    (void)state;

    seen.all = text_over(seen.text, sizeof seen.text);
    assert_int_equal(recipe_book_new(&book), 0);
    size_t before = recipe_book_count(book);
    assert_int_equal(recipe_book_add(book, span_text(own), "mine", &sink), 0);
    assert_int_equal(recipe_book_count(book), before);
    assert_int_equal(recipe_book_add(book, span_text("title: x\n"), "bad", &sink), -EINVAL);
    assert_int_equal(recipe_book_count(book), before);
    folder.count = 0;
    test_make_bzimage(test_add(&folder, "linux"));
    test_add_text(&folder, "version.info", "Debian version: 12 (bookworm)\n");
    struct image_source source = test_source(&folder);
    assert_int_equal(recipe_load(&source, book, NULL, "x", &set, why), 0);
    assert_string_equal(set.entries[0].title, "My own 12");
    assert_string_equal(set.entries[0].arguments, "a=12 b=${mac}");
    for (size_t i = 1; i < recipe_book_count(book); i++)
        assert_true(recipe_book_at(book, i - 1)->priority >= recipe_book_at(book, i)->priority);
    recipe_book_free(book);
}

/* image.yaml over a recipe with several entries. */
static void written_words_win(void **state)
{
    static const struct {
        const char *yaml, *title, *arguments, *second; /* title of the second entry, NULL = none */
    } written[] = {
        { "title: Mine\n", "Mine", "--- quiet", "Debian installer (amd64), expert" },
        { "arguments: a\n", "Debian installer (amd64)", "a", "Debian installer (amd64), expert" },
        { "variants: none\n", "Debian installer (amd64)", "--- quiet", NULL },
        { "kernel: other\n", "fallback", "", NULL },
        { "kernel: debian-installer/amd64/linux\n", "Debian installer (amd64)", "--- quiet",
          "Debian installer (amd64), expert" },
    };
    static struct recipe_set set;
    static struct test_folder folder;
    struct recipe_book *book;
    (void)state;

    assert_int_equal(recipe_book_new(&book), 0);
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
        char why[RECIPE_WHY_MAX] = "";
        folder.count = 0;
        test_make_bzimage(test_add(&folder, "debian-installer/amd64/linux"));
        test_add_text(&folder, "debian-installer/amd64/initrd.gz", "x");
        test_make_bzimage(test_add(&folder, "other"));
        test_add_text(&folder, "image.yaml", written[i].yaml);
        struct image_source source = test_source(&folder);
        if (recipe_load(&source, book, NULL, "fallback", &set, why) != 0)
            fail_msg("%s: %s", written[i].yaml, why);
        assert_string_equal(set.entries[0].title, written[i].title);
        assert_string_equal(set.entries[0].arguments, written[i].arguments);
        assert_int_equal(set.count > 1, written[i].second != NULL);
        if (written[i].second)
            assert_string_equal(set.entries[1].title, written[i].second);
    }
    recipe_book_free(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_have_their_place),
        cmocka_unit_test(own_recipes_go_first),
        cmocka_unit_test(written_words_win),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
