/* Tests of image/index_builder: what comes out as an index when names come in, in any order and
 * from any hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#include "image/index_builder.h"

#include <cmocka.h>

#define CONTAINER 1000000

static struct index_builder *b;
static struct index_result result;
static struct image_index image;
static char said[4096];

static int set_up(void **state)
{
    (void)state;
    b = index_builder_new(CONTAINER);
    result = (struct index_result){ 0 };
    return b ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    index_builder_free(b);
    free(result.block);
    return 0;
}

static uint32_t folder(uint32_t parent, const char *name)
{
    uint32_t number;
    assert_true(index_builder_add_folder(b, parent, span_text(name), 7, &number));
    return number;
}

static uint32_t file(uint32_t parent, const char *name, uint64_t offset, uint64_t length)
{
    uint32_t number;
    assert_true(index_builder_add_file(b, parent, span_text(name), 9, &number));
    assert_true(index_builder_add_extent(b, offset, length));
    return number;
}

static void symlink_to(uint32_t parent, const char *name, const char *target)
{
    assert_true(index_builder_add_link(b, parent, span_text(name), span_text(target)));
}

/* "a/ a/b(10@5) ": what the index has. */
static const char *finish(void)
{
    const struct index_facts facts = { .tree = IMAGE_TREE_JOLIET,
                                       .volume = span_text("  MY LABEL\t "),
                                       .system = span_text("\0x") };
    struct text t = text_over(said, sizeof said);
    assert_int_equal(index_builder_finish(b, &facts, &result), 0);
    if (result.verdict != INDEX_SOUND)
        return "refused";
    assert_true(image_index_open(span_of(result.block, result.block_len), CONTAINER, &image));
    for (uint32_t i = 0; i < image.entry_count; i++) {
        const struct image_index_entry *entry = &image.entries[i];
        text_add_span(&t, image_index_path(&image, entry));
        text_add(&t, entry->is_folder ? "/" : "(");
        for (uint32_t j = 0; j < entry->extent_count; j++) {
            const struct image_extent *extent = &image.extents[entry->extents + j];
            text_addf(&t, "%s%u", j > 0 ? "+" : "", (unsigned)extent->length);
            if (extent->offset != IMAGE_EXTENT_HOLE)
                text_addf(&t, "@%u", (unsigned)extent->offset);
        }
        text_add(&t, entry->is_folder ? " " : ") ");
    }
    return said;
}

static void names_are_sorted(void **state)
{
    (void)state;
    uint32_t z = folder(INDEX_TOP, "z"), a = folder(INDEX_TOP, "a");
    (void)file(z, "x", 100, 5);
    (void)file(a, "b", 200, 6);
    (void)file(INDEX_TOP, "a-", 300, 7);
    (void)file(INDEX_TOP, "B", 400, 0);
    assert_string_equal(finish(), "a/ a-(7@300) a/b(6@200) B() z/ z/x(5@100) ");
    assert_string_equal(image.volume, "MY LABEL?");
    assert_string_equal(image.system, "");
    assert_string_equal(image.note, "");
    assert_int_equal(image.tree, IMAGE_TREE_JOLIET);
    assert_int_equal(image.entries[0].modified_s, 7);
    assert_int_equal(image.entries[1].modified_s, 9);
}

static void nothing_is_an_index_too(void **state)
{
    (void)state;
    assert_string_equal(finish(), "");
}

static void extents_are_joined(void **state)
{
    (void)state;
    (void)file(INDEX_TOP, "f", 100, 10);
    assert_true(index_builder_add_extent(b, 110, 5));
    assert_true(index_builder_add_extent(b, 0, 0));
    assert_true(index_builder_add_extent(b, 200, 1));
    assert_true(index_builder_add_extent(b, IMAGE_EXTENT_HOLE, 3));
    assert_true(index_builder_add_extent(b, IMAGE_EXTENT_HOLE, 4));
    assert_true(index_builder_add_extent(b, 201, 1));
    uint32_t last = file(INDEX_TOP, "g", 202, 2);
    struct image_extent extent;
    assert_int_equal(index_builder_extents_of(b, last - 1, &extent, 1), 4);
    assert_int_equal(extent.offset, 100);
    assert_int_equal(extent.length, 15);
    assert_int_equal(index_builder_size_of(b, last - 1), 24);
    assert_string_equal(finish(), "f(15@100+1@200+7+1@201) g(2@202) ");
}

static void bad_names_are_left_out(void **state)
{
    static const char *const names[] = { "", ".", "..", "a/b", "\\", "a\nb", "\x7f" };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(file(INDEX_TOP, names[i], 0, 1), INDEX_NOWHERE);
        uint32_t in = folder(INDEX_TOP, names[i]);
        assert_int_equal(in, INDEX_NOWHERE);
        assert_int_equal(file(in, "inside", 0, 1), INDEX_NOWHERE);
        symlink_to(INDEX_TOP, names[i], "ok");
    }
    uint32_t number;
    assert_true(index_builder_add_file(b, INDEX_TOP, span_of("a\0b", 3), 0, &number));
    assert_int_equal(number, INDEX_NOWHERE);
    (void)file(INDEX_TOP, "ok", 0, 1);
    (void)file(INDEX_TOP, "...", 0, 1);
    (void)file(INDEX_TOP, "\xc3\xa4", 0, 1);
    assert_string_equal(finish(), "...(1@0) ok(1@0) \xc3\xa4(1@0) ");
    assert_non_null(strstr(image.note, "7 names are left out, each with a control character in "
                                       "the name: \"a\\x0ab\" is the first"));
    assert_non_null(strstr(image.note, "3 names are left out, each without a name"));
}

static void long_paths_are_left_out(void **state)
{
    char name[257];
    (void)state;
    memset(name, 'n', 256);
    name[256] = 0;
    uint32_t in = folder(INDEX_TOP, name);
    name[254] = 0;
    uint32_t longest = file(in, name, 0, 1); /* 256 + 1 + 254 = 511 */
    assert_int_equal(index_builder_path_of(b, longest).len, 511);
    name[254] = 'n';
    name[255] = 0;
    assert_int_equal(file(in, name, 0, 1), INDEX_NOWHERE);
    (void)finish();
    assert_int_equal(image.entry_count, 2);
    assert_non_null(strstr(image.note, "one name is left out, with a path longer than 511"));
}

static void the_first_of_two_stays(void **state)
{
    (void)state;
    uint32_t a = folder(INDEX_TOP, "a");
    (void)file(INDEX_TOP, "f", 1, 1);
    assert_int_equal(file(INDEX_TOP, "f", 2, 2), INDEX_NOWHERE);
    assert_int_equal(folder(INDEX_TOP, "a"), a);
    assert_int_equal(folder(INDEX_TOP, "f"), INDEX_NOWHERE);
    assert_int_equal(file(INDEX_TOP, "a", 3, 3), INDEX_NOWHERE);
    (void)file(INDEX_TOP, "F", 4, 4);
    assert_string_equal(finish(), "a/ F(4@4) f(1@1) ");
    assert_non_null(strstr(image.note, "3 names are left out, each there a second time: \"f\""));
}

static void a_container_is_a_file_and_a_folder(void **state)
{
    (void)state;
    uint32_t inside = file(INDEX_TOP, "efi.img", 0, 4096);
    (void)file(folder(inside, "EFI"), "boot", 512, 10);
    assert_string_equal(finish(), "efi.img(4096@0) efi.img/EFI/ efi.img/EFI/boot(10@512) ");
}

static void links_become_what_they_lead_to(void **state)
{
    static const struct {
        const char *name, *target;
        const char *want; /* NULL = left out */
    } cases[] = {
        { "to a file", "d/f", "(5@10) " },
        { "from the top", "/d/f", "(5@10) " },
        { "above the top", "../../d/f", "(5@10) " },
        { "by dots", "./d/.//../d/f", "(5@10) " },
        { "through a link", "x/f", "(5@10) " },
        { "through two", "y/f", "(5@10) " },
        { "nowhere", "d/g", NULL },
        { "nothing", "", NULL },
        { "itself", "itself", NULL },
        { "round", "p", NULL },
        { "round through", "p/q/r", NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[256];
        uint32_t d = folder(INDEX_TOP, "d");
        (void)file(d, "f", 10, 5);
        symlink_to(INDEX_TOP, "x", "d");
        symlink_to(INDEX_TOP, "y", "x/../x");
        symlink_to(INDEX_TOP, "p", "q");
        symlink_to(INDEX_TOP, "q", "p");
        symlink_to(INDEX_TOP, cases[i].name, cases[i].target);
        struct text t = text_over(text, sizeof text);
        text_addf(&t, "%s%s", cases[i].name, cases[i].want ? cases[i].want : "");
        if ((strstr(finish(), text) != NULL) != (cases[i].want != NULL))
            fail_msg("%s: %s", cases[i].name, said);
        assert_non_null(strstr(said, "x/ x/f(5@10) y/ y/f(5@10) "));
        assert_non_null(strstr(image.note, "leads to nothing"));
        (void)tear_down(NULL);
        (void)set_up(NULL);
    }
}

static void folders_may_link_to_where_they_are(void **state)
{
    (void)state;
    uint32_t d = folder(INDEX_TOP, "dists");
    (void)file(folder(d, "bookworm"), "Release", 10, 5);
    symlink_to(d, "stable", "bookworm");
    symlink_to(INDEX_TOP, "debian", ".");
    symlink_to(d, "up", "..");
    assert_string_equal(finish(),
                        "debian/ debian/dists/ debian/dists/bookworm/ "
                        "debian/dists/bookworm/Release(5@10) "
                        "debian/dists/stable/ debian/dists/stable/Release(5@10) "
                        "debian/dists/up/ debian/dists/up/dists/ debian/dists/up/dists/bookworm/ "
                        "debian/dists/up/dists/bookworm/Release(5@10) "
                        "debian/dists/up/dists/stable/ "
                        "debian/dists/up/dists/stable/Release(5@10) "
                        "dists/ dists/bookworm/ dists/bookworm/Release(5@10) "
                        "dists/stable/ dists/stable/Release(5@10) "
                        "dists/up/ dists/up/dists/ dists/up/dists/bookworm/ "
                        "dists/up/dists/bookworm/Release(5@10) "
                        "dists/up/dists/stable/ dists/up/dists/stable/Release(5@10) ");
}

static void links_to_folders_are_bounded(void **state)
{
    char name[16];
    (void)state;
    uint32_t d = folder(INDEX_TOP, "d");
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "f%d", i);
        (void)file(d, name, 0, 1);
    }
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "l%d", i);
        symlink_to(INDEX_TOP, name, "d");
    }
    (void)finish();
    assert_int_equal(result.verdict, INDEX_SOUND);
    assert_true(image.entry_count < 300000);
    assert_non_null(strstr(image.note, "too many names"));
}

static void a_cut_container_is_noticed(void **state)
{
    (void)state;
    (void)file(INDEX_TOP, "whole", CONTAINER - 5, 5);
    (void)file(INDEX_TOP, "cut", CONTAINER + 5, 5);
    (void)file(INDEX_TOP, "cut less", CONTAINER, 5);
    (void)file(INDEX_TOP, "empty", 2 * CONTAINER, 0);
    (void)finish();
    assert_int_equal(result.verdict, INDEX_CUT);
    assert_int_equal(result.needed, CONTAINER + 10);
    assert_null(result.block);
}

static void offsets_do_not_wrap(void **state)
{
    (void)state;
    (void)file(INDEX_TOP, "f", UINT64_MAX - 5, 50);
    (void)finish();
    assert_int_equal(result.verdict, INDEX_CUT);
}

static void too_much_is_refused(void **state)
{
    char name[500];
    bool works = true;
    uint32_t number, i;
    (void)state;
    memset(name, 'n', sizeof name);
    for (i = 0; works && i < 2 * IMAGE_INDEX_ENTRIES_MAX; i++) {
        snprintf(name, 20, "%u", i);
        name[strlen(name)] = 'n';
        works = index_builder_add_file(b, INDEX_TOP, span_of(name, sizeof name), 0, &number);
    }
    assert_false(works);
    assert_true(i < IMAGE_INDEX_ENTRIES_MAX);
    assert_false(index_builder_add_folder(b, INDEX_TOP, span_text("f"), 0, &number));
    (void)finish();
    assert_int_equal(result.verdict, INDEX_FULL);
}

static void many_names_are_refused(void **state)
{
    char name[20];
    bool works = true;
    uint32_t number, i;
    (void)state;
    for (i = 0; works && i < 2 * IMAGE_INDEX_ENTRIES_MAX; i++) {
        snprintf(name, sizeof name, "%u", i);
        works = index_builder_add_file(b, INDEX_TOP, span_text(name), 0, &number);
    }
    assert_int_equal(i, IMAGE_INDEX_ENTRIES_MAX + 1);
    (void)finish();
    assert_int_equal(result.verdict, INDEX_FULL);
}

static void notes_are_cut(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++)
        index_builder_note(b, "note %d: \x1b \xff it is odd", i);
    (void)finish();
    assert_true(strlen(image.note) > 900 && strlen(image.note) < 1024);
    assert_memory_equal(image.note, "note 0: ? ? it is odd; note 1", 29);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(names_are_sorted),
        CASE(nothing_is_an_index_too),
        CASE(extents_are_joined),
        CASE(bad_names_are_left_out),
        CASE(long_paths_are_left_out),
        CASE(the_first_of_two_stays),
        CASE(a_container_is_a_file_and_a_folder),
        CASE(links_become_what_they_lead_to),
        CASE(folders_may_link_to_where_they_are),
        CASE(links_to_folders_are_bounded),
        CASE(a_cut_container_is_noticed),
        CASE(offsets_do_not_wrap),
        CASE(too_much_is_refused),
        CASE(many_names_are_refused),
        CASE(notes_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
