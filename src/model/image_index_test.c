/* Tests of model/image_index: a sound block, every part of it damaged, and what is asked of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#include "model/image_index.h"
#include "model/image_index_block.h"

#include <cmocka.h>

#define CONTAINER 100000
#define BLOCK_MAX 8192
#define TEXTS_MAX 2048
#define COUNT_MAX 16

struct row {
    const char *path;
    bool is_folder;
    uint32_t extent_count;
    struct image_extent extents[2];
};

/* As it must be sorted: '-' comes before '/', and "README" before "readme". */
static const struct row rows[] = {
    { "a", true, 0, { { 0, 0 } } },
    { "a-b", false, 1, { { 4096, 10 } } },
    { "a/B", true, 0, { { 0, 0 } } },
    { "a/B/x", false, 2, { { 8192, 100 }, { 50000, 1 } } },
    { "a/c", false, 0, { { 0, 0 } } },
    { "e.img", false, 1, { { 90000, 10000 } } },
    { "e.img/EFI", true, 0, { { 0, 0 } } },
    { "e.img/EFI/boot.efi", false, 2, { { 90512, 512 }, { IMAGE_EXTENT_HOLE, 512 } } },
    { "README", false, 1, { { 0, 1 } } },
    { "readme", false, 1, { { 1, 2 } } },
};
#define ROWS (sizeof rows / sizeof rows[0])

/* A block in parts that a test may alter before it is joined. */
struct parts {
    struct image_index_head head;
    struct image_index_entry entries[COUNT_MAX];
    struct image_extent extents[COUNT_MAX];
    char texts[TEXTS_MAX];
};

static uint32_t add_text(struct parts *p, const char *text)
{
    uint32_t at = p->head.texts_len;
    memcpy(p->texts + at, text, strlen(text) + 1);
    p->head.texts_len += (uint32_t)strlen(text) + 1;
    return at;
}

static void make(struct parts *p)
{
    memset(p, 0, sizeof *p);
    p->head.magic = IMAGE_INDEX_MAGIC;
    p->head.container_size = CONTAINER;
    p->head.tree = IMAGE_TREE_ROCK_RIDGE;
    p->head.volume = add_text(p, "LABEL");
    p->head.system = add_text(p, "");
    p->head.note = add_text(p, "one name is left out");
    for (size_t i = 0; i < ROWS; i++) {
        struct image_index_entry *entry = &p->entries[p->head.entry_count++];
        entry->path = add_text(p, rows[i].path);
        entry->path_len = (uint16_t)strlen(rows[i].path);
        entry->is_folder = rows[i].is_folder;
        entry->extents = p->head.extent_count;
        entry->extent_count = rows[i].extent_count;
        for (size_t j = 0; j < rows[i].extent_count; j++) {
            entry->size += rows[i].extents[j].length;
            p->extents[p->head.extent_count++] = rows[i].extents[j];
        }
    }
}

static _Alignas(8) uint8_t block[BLOCK_MAX];

static struct span join(const struct parts *p)
{
    size_t len = 0, entries = p->head.entry_count * sizeof p->entries[0],
           extents = p->head.extent_count * sizeof p->extents[0];
    memcpy(block, &p->head, sizeof p->head);
    len += sizeof p->head;
    memcpy(block + len, p->entries, entries);
    len += entries;
    memcpy(block + len, p->extents, extents);
    len += extents;
    memcpy(block + len, p->texts, p->head.texts_len);
    return span_of(block, len + p->head.texts_len);
}

static void sound_blocks_open(void **state)
{
    static struct parts p;
    struct image_index index;
    (void)state;
    make(&p);
    assert_true(image_index_open(join(&p), CONTAINER, &index));
    assert_int_equal(index.entry_count, ROWS);
    assert_int_equal(index.tree, IMAGE_TREE_ROCK_RIDGE);
    assert_string_equal(index.volume, "LABEL");
    assert_string_equal(index.system, "");
    assert_string_equal(index.note, "one name is left out");

    memset(&p, 0, sizeof p);
    p.head = (struct image_index_head){ .magic = IMAGE_INDEX_MAGIC };
    (void)add_text(&p, "");
    assert_true(image_index_open(join(&p), 0, &index));
    assert_int_equal(index.entry_count, 0);
}

/* Each alters one thing. */
static void bad_magic(struct parts *p)
{
    p->head.magic++;
}
static void other_size(struct parts *p)
{
    p->head.container_size++;
}
static void bad_tree(struct parts *p)
{
    p->head.tree = IMAGE_TREE_FAT + 1;
}
static void bad_reserved(struct parts *p)
{
    p->head.reserved = 1;
}
static void no_end(struct parts *p)
{
    p->texts[p->head.texts_len - 1] = 'x';
}
static void volume_out(struct parts *p)
{
    p->head.volume = p->head.texts_len;
}
static void note_control(struct parts *p)
{
    p->texts[p->head.note] = '\x1b';
}
static void system_high(struct parts *p)
{
    p->texts[p->head.volume] = '\x80';
}
static void path_out(struct parts *p)
{
    p->entries[3].path = UINT32_MAX;
}
static void path_at_end(struct parts *p)
{
    p->entries[9].path_len++;
}
static void path_short(struct parts *p)
{
    p->entries[3].path_len--;
}
static void path_empty(struct parts *p)
{
    p->entries[0].path_len = 0;
    p->entries[0].path = p->head.system;
}
static void path_climbs(struct parts *p)
{
    memcpy(p->texts + p->entries[3].path, "a/B/.", 5);
}
static void path_slash(struct parts *p)
{
    p->texts[p->entries[1].path + 1] = '/';
}
static void path_doubled(struct parts *p)
{
    memcpy(p->texts + p->entries[3].path, "a/B//", 5);
}
static void path_back(struct parts *p)
{
    p->texts[p->entries[3].path + 4] = '\\';
}
static void path_control(struct parts *p)
{
    p->texts[p->entries[3].path + 4] = '\n';
}
static void path_nul(struct parts *p)
{
    p->texts[p->entries[3].path + 3] = 0;
}
static void not_sorted(struct parts *p)
{
    struct image_index_entry first = p->entries[8];
    p->entries[8] = p->entries[9];
    p->entries[9] = first;
    p->entries[8].extents--;
    p->entries[9].extents++;
}
static void twice(struct parts *p)
{
    p->entries[4].path = p->entries[3].path;
    p->entries[4].path_len = p->entries[3].path_len;
}
static void no_parent(struct parts *p)
{
    p->texts[p->entries[0].path] = 'A';
}
static void folder_flag(struct parts *p)
{
    p->entries[0].is_folder = 2;
}
static void folder_size(struct parts *p)
{
    p->entries[1].is_folder = 1;
}
static void wrong_size(struct parts *p)
{
    p->entries[1].size++;
}
static void no_size(struct parts *p)
{
    p->entries[3].size = 0;
}
static void extents_shared(struct parts *p)
{
    p->entries[9].extents--;
}
static void extents_out(struct parts *p)
{
    p->entries[9].extent_count++;
}
static void extents_left(struct parts *p)
{
    p->entries[9].extent_count = 0;
    p->entries[9].size = 0;
}
static void extent_empty(struct parts *p)
{
    p->extents[0].length = 0;
    p->entries[1].size = 0;
}
static void extent_beyond(struct parts *p)
{
    p->extents[0].offset = CONTAINER - 9;
}
static void extent_wraps(struct parts *p)
{
    p->extents[0].offset = UINT64_MAX - 1;
}
static void size_wraps(struct parts *p)
{
    p->extents[1] = (struct image_extent){ IMAGE_EXTENT_HOLE, UINT64_MAX };
    p->extents[2] = (struct image_extent){ 0, 2 };
    p->entries[3].size = 1;
}
static void size_senseless(struct parts *p)
{
    p->extents[5].length = (uint64_t)1 << 63;
    p->entries[7].size = ((uint64_t)1 << 63) + 512;
}
static void entries_many(struct parts *p)
{
    p->head.entry_count = UINT32_MAX;
}
static void extents_many(struct parts *p)
{
    p->head.extent_count++;
}
static void no_texts(struct parts *p)
{
    p->head.texts_len = 0;
}

static void damaged_blocks_do_not(void **state)
{
    static const struct {
        const char *name;
        void (*alter)(struct parts *p);
    } cases[] = {
        { "magic", bad_magic },
        { "of another container", other_size },
        { "tree", bad_tree },
        { "reserved", bad_reserved },
        { "texts without an end", no_end },
        { "label outside", volume_out },
        { "control in the note", note_control },
        { "label is no ASCII", system_high },
        { "path outside", path_out },
        { "path to the end", path_at_end },
        { "path ends before its NUL", path_short },
        { "empty path", path_empty },
        { "a part that is a dot", path_climbs },
        { "path that is another's child", path_slash },
        { "two slashes", path_doubled },
        { "backslash", path_back },
        { "newline", path_control },
        { "NUL inside", path_nul },
        { "order", not_sorted },
        { "the same path twice", twice },
        { "parent of another case", no_parent },
        { "a folder of kind 2", folder_flag },
        { "a folder with bytes", folder_size },
        { "size is not the sum", wrong_size },
        { "size 0 with extents", no_size },
        { "extents shared", extents_shared },
        { "extents outside", extents_out },
        { "extents of nobody", extents_left },
        { "an empty extent", extent_empty },
        { "an extent beyond the end", extent_beyond },
        { "an extent around the end", extent_wraps },
        { "a sum around the end", size_wraps },
        { "a size above 2^63", size_senseless },
    };
    static struct parts p;
    struct image_index index;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        make(&p);
        cases[i].alter(&p);
        if (image_index_open(join(&p), CONTAINER, &index))
            fail_msg("taken: %s", cases[i].name);
    }
    make(&p);
    (void)join(&p);
    struct span whole = join(&p);
    entries_many(&p);
    memcpy(block, &p.head, sizeof p.head);
    assert_false(image_index_open(whole, CONTAINER, &index));
    make(&p);
    whole = join(&p);
    extents_many(&p);
    memcpy(block, &p.head, sizeof p.head);
    assert_false(image_index_open(whole, CONTAINER, &index));
    make(&p);
    no_texts(&p);
    assert_false(image_index_open(join(&p), CONTAINER, &index));
    make(&p);
    whole = join(&p);
    assert_false(image_index_open(whole, CONTAINER - 1, &index));
    for (size_t len = 0; len < whole.len; len++)
        assert_false(image_index_open(span_slice(whole, 0, len), CONTAINER, &index));
}

/* Whatever byte is another: what opens can be walked. (The sanitizers watch.) */
static void any_byte_may_be_wrong(void **state)
{
    static struct parts p;
    struct image_index index;
    (void)state;
    make(&p);
    struct span whole = join(&p);
    for (size_t i = 0; i < whole.len; i++) {
        uint8_t was = block[i];
        for (unsigned bit = 0; bit < 8; bit++) {
            block[i] = (uint8_t)(was ^ 1U << bit);
            if (!image_index_open(whole, CONTAINER, &index))
                continue;
            for (uint32_t j = 0; j < index.entry_count; j++)
                assert_ptr_equal(
                    image_index_find(&index, image_index_path(&index, &index.entries[j]), false),
                    &index.entries[j]);
        }
        block[i] = was;
    }
}

static void paths_are_found(void **state)
{
    static const struct {
        const char *path;
        const char *exact, *any_case; /* what is found; NULL = nothing */
    } cases[] = {
        { "a", "a", "a" },
        { "A", NULL, "a" },
        { "a-b", "a-b", "a-b" },
        { "a/b/X", NULL, "a/B/x" },
        { "a/B/x", "a/B/x", "a/B/x" },
        { "readme", "readme", "readme" },
        { "README", "README", "README" },
        { "ReadMe", NULL, "readme" },
        { "e.img/efi/BOOT.EFI", NULL, "e.img/EFI/boot.efi" },
        { "", NULL, NULL },
        { "a/", NULL, NULL },
        { "zz", NULL, NULL },
        { "0", NULL, NULL },
        { "a/B/x/y", NULL, NULL },
    };
    static struct parts p;
    struct image_index index;
    (void)state;
    make(&p);
    assert_true(image_index_open(join(&p), CONTAINER, &index));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int any = 0; any < 2; any++) {
            const char *want = any ? cases[i].any_case : cases[i].exact;
            const struct image_index_entry *found =
                image_index_find(&index, span_text(cases[i].path), any);
            if ((found == NULL) != (want == NULL) ||
                (want && !span_is(image_index_path(&index, found), want)))
                fail_msg("\"%s\", any case %d", cases[i].path, any);
        }
}

static int see(void *context, struct span name, const struct image_index_entry *what)
{
    struct text *t = context;
    text_add_span(t, name);
    text_add_char(t, what->is_folder ? '/' : ' ');
    return t->len > 30;
}

static void folders_are_listed(void **state)
{
    static const struct {
        const char *folder, *names; /* NULL = no such folder */
    } cases[] = {
        { "", "a/a-b e.img README readme " },
        { "a", "B/c " },
        { "a/B", "x " },
        { "e.img", "EFI/" },
        { "e.img/EFI", "boot.efi " },
        { "A", NULL },
        { "a-b", NULL },
        { "a/c", NULL },
        { "nothing", NULL },
        { "a/", NULL },
    };
    static struct parts p;
    struct image_index index;
    char data[128];
    (void)state;
    make(&p);
    assert_true(image_index_open(join(&p), CONTAINER, &index));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text t = text_over(data, sizeof data);
        bool is_there = image_index_list(&index, span_text(cases[i].folder), see, &t);
        if (is_there != (cases[i].names != NULL) || (is_there && strcmp(data, cases[i].names) != 0))
            fail_msg("\"%s\": %s", cases[i].folder, data);
    }
}

static void order_is_total(void **state)
{
    static const char *const sorted[] = { "",   "-",  "/",  "0",  "_",  "A",        "a",
                                          "A/", "a/", "AA", "aA", "aa", "\xc3\x84", "\xc3\xa4" };
    (void)state;
    for (size_t i = 0; i < sizeof sorted / sizeof sorted[0]; i++)
        for (size_t j = 0; j < sizeof sorted / sizeof sorted[0]; j++) {
            int order = image_index_compare(span_text(sorted[i]), span_text(sorted[j]));
            if ((order < 0) != (i < j) || (order > 0) != (i > j))
                fail_msg("\"%s\" and \"%s\": %d", sorted[i], sorted[j], order);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_blocks_open),     cmocka_unit_test(damaged_blocks_do_not),
        cmocka_unit_test(any_byte_may_be_wrong), cmocka_unit_test(paths_are_found),
        cmocka_unit_test(folders_are_listed),    cmocka_unit_test(order_is_total),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
