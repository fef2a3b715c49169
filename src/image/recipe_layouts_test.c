/* Each recipe against images laid out as theirs (recipe_layouts.c): which recipe matches, and every
 * entry with its files and arguments. No recipe is without a layout, and no two of the same
 * priority take the same image. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "image/recipe_layouts.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
/* clang-format on */

#include "image/recipe_book.h"
#include "image/test_files.h"

#include <cmocka.h>

static struct recipe_book *book;
static struct test_file kernel, program, disk;

static struct span content_of(const struct layout_file *file)
{
    if (strcmp(file->content, K) == 0)
        return span_of(kernel.data, kernel.len);
    if (strcmp(file->content, E) == 0)
        return span_of(program.data, program.len);
    return strcmp(file->content, D) == 0 ? span_of(disk.data, disk.len) : span_text(file->content);
}

static const struct layout_file *find_file(const struct layout *layout, const char *path)
{
    for (size_t i = 0; i < LAYOUT_FILES_MAX && layout->files[i].path; i++)
        if (strcmp(layout->files[i].path, path) == 0)
            return &layout->files[i];
    return NULL;
}

static int64_t size_of(void *context, const char *path)
{
    const struct layout_file *file = find_file(context, path);
    return file ? (int64_t)content_of(file).len : -1;
}

static int64_t read_at(void *context, const char *path, uint64_t offset, void *data, size_t len)
{
    const struct layout_file *file = find_file(context, path);
    if (!file)
        return -1;
    struct span part = span_slice(content_of(file), offset, len);
    if (part.len > 0)
        memcpy(data, part.data, part.len);
    return (int64_t)part.len;
}

static bool list(void *context, const char *folder,
                 int (*entry)(void *entry_context, const char *name, bool is_folder),
                 void *entry_context)
{
    const struct layout *layout = context;
    size_t skip = *folder ? strlen(folder) + 1 : 0;
    bool any = skip == 0;
    for (size_t i = 0; i < LAYOUT_FILES_MAX && layout->files[i].path; i++) {
        const char *path = layout->files[i].path;
        if (skip > 0 &&
            (strlen(path) <= skip || strncmp(path, folder, skip - 1) != 0 || path[skip - 1] != '/'))
            continue;
        char name[128];
        size_t len = strcspn(path + skip, "/");
        any = true;
        span_to_text(span_of(path + skip, len), name, sizeof name);
        if (entry(entry_context, name, path[skip + len] == '/') != 0)
            break;
    }
    return any;
}

static struct image_source source_of(const struct layout *layout)
{
    union {
        const struct layout *in;
        void *out;
    } context = { .in = layout };
    return (struct image_source){ .list = list,
                                  .read = read_at,
                                  .size = size_of,
                                  .context = context.out,
                                  .container = layout->container,
                                  .container_size = layout->container ? UINT64_C(3) << 30 : 0,
                                  .label = layout->label,
                                  .file = layout->file,
                                  .path = layout->path };
}

static void write_entry(const struct recipe *r, struct text *out)
{
    text_addf(out, "%s|%s|%s|", r->variant, r->title, r->kernel);
    for (unsigned i = 0; i < r->initrd_count; i++)
        text_addf(out, "%s%s%s%s", i > 0 ? " " : "", r->initrds[i],
                  r->initrd_names[i][0] ? ":" : "", r->initrd_names[i]);
    text_addf(out, "|%s|", r->arguments);
    if (r->answer_kind != ANSWER_NONE)
        text_addf(out, "%s %s", answer_kind_name(r->answer_kind), r->answer_arguments);
    text_add_char(out, '|');
    for (unsigned a = ARCH_NONE + 1, n = 0; a < ARCH_COUNT; a++)
        if (r->arches & arch_bit((enum arch)a))
            text_addf(out, "%s%s", n++ > 0 ? " " : "", arch_name((enum arch)a));
}

static void check_entries(const struct layout *layout, const struct recipe_set *set)
{
    for (size_t i = 0; i < LAYOUT_ENTRIES_MAX && layout->entries[i].title; i++) {
        const struct layout_entry *e = &layout->entries[i];
        char want[2048], got[2048] = "(no such entry)";
        struct text t = text_over(got, sizeof got);
        if (i < set->count)
            write_entry(&set->entries[i], &t);
        snprintf(want, sizeof want, "%s|%s|%s|%s|%s|%s|%s", e->variant, e->title, e->kernel,
                 e->initrds, e->arguments, e->answers ? e->answers : "",
                 e->arches ? e->arches : "bios-x86 efi-x64");
        if (strcmp(want, got) != 0)
            fail_msg("%s:\nwanted %s\ngot    %s", layout->name, want, got);
        if (i + 1 == LAYOUT_ENTRIES_MAX || !layout->entries[i + 1].title)
            assert_int_equal(set->count, i + 1);
    }
}

static void layouts_give_their_entries(void **state)
{
    (void)state;
    for (size_t i = 0; i < layout_count; i++) {
        const struct layout *layout = &layouts[i];
        struct image_source source = source_of(layout);
        static struct recipe_set set;
        char why[RECIPE_WHY_MAX] = "", name[64];
        bool refused = layout->entries[0].title == NULL;
        int r = recipe_load(&source, book, NULL, "fallback", &set, why);
        if (r != (refused ? -EINVAL : 0) || (refused && !strstr(why, "this is ")))
            fail_msg("%s: %d %s", layout->name, r, why);
        if (!refused && strcmp(set.family, layout->recipe) != 0)
            fail_msg("%s: the recipe %s took it", layout->name, set.family);
        check_entries(layout, &set);
        struct text t = text_over(name, sizeof name);
        recipe_suggest_name(&set, "x", &t);
        if (layout->suggested)
            assert_string_equal(name, layout->suggested);
        if (!refused)
            assert_true(recipe_is_name(text_span(&t)));
    }
}

static void no_two_take_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < layout_count; i++) {
        struct image_source source = source_of(&layouts[i]);
        const struct family *winner = NULL;
        for (size_t k = 0; k < recipe_book_count(book); k++) {
            static struct recipe_set set;
            char why[RECIPE_WHY_MAX];
            const struct family *family = recipe_book_at(book, k);
            enum family_verdict verdict = family_match(family, &source, NULL, &set, why);
            if (verdict != FAMILY_MATCHED && verdict != FAMILY_REFUSED)
                continue;
            if (!winner)
                winner = family;
            else if (winner->priority == family->priority)
                fail_msg("%s: both %s and %s match", layouts[i].name, winner->name, family->name);
        }
        assert_non_null(winner);
        assert_string_equal(winner->name, layouts[i].recipe);
    }
}

static void every_recipe_has_a_layout(void **state)
{
    (void)state;
    for (size_t k = 0; k < recipe_book_count(book); k++) {
        const char *name = recipe_book_at(book, k)->name;
        bool has = false;
        for (size_t i = 0; i < layout_count; i++)
            has = has || strcmp(layouts[i].recipe, name) == 0;
        if (!has)
            fail_msg("no layout tries the recipe %s", name);
    }
}

/* Take away one file of what matched: whatever comes of it, no entry names a file that is gone. */
static void missing_files_are_missed(void **state)
{
    (void)state;
    for (size_t i = 0; i < layout_count; i++) {
        for (size_t gone = 0; gone < LAYOUT_FILES_MAX && layouts[i].files[gone].path; gone++) {
            struct layout cut = layouts[i];
            static struct recipe_set set;
            char why[RECIPE_WHY_MAX] = "";
            for (size_t k = gone; k + 1 < LAYOUT_FILES_MAX; k++)
                cut.files[k] = cut.files[k + 1];
            cut.files[LAYOUT_FILES_MAX - 1].path = NULL;
            struct image_source source = source_of(&cut);
            int r = recipe_load(&source, book, NULL, "fallback", &set, why);
            if (r < 0 && why[0] == 0)
                fail_msg("%s without %s: no reason", cut.name, layouts[i].files[gone].path);
            for (unsigned k = 0; r == 0 && k < set.count; k++)
                if (strcmp(set.entries[k].kernel, layouts[i].files[gone].path) == 0)
                    fail_msg("%s: a kernel that is gone", cut.name);
        }
    }
}

static void near_misses_say_what_is_missing(void **state)
{
    static const struct layout cut = {
        "Ubuntu without its initrd",
        "ubuntu-server",
        { { ".disk/info", "Ubuntu-Server 24.04 LTS \"Noble Numbat\" - Release amd64 (20240423)" },
          { "casper/vmlinuz", "no kernel" } },
        { { 0 } }
    };
    struct image_source source = source_of(&cut);
    static struct recipe_set set;
    char why[RECIPE_WHY_MAX];
    (void)state;
    assert_int_equal(recipe_load(&source, book, NULL, "x", &set, why), -ENOENT);
    assert_non_null(strstr(why, "looks like Ubuntu Server 24.04 installer (amd64), but "
                                "casper/initrd is missing"));
}

static void memory_follows_the_container(void **state)
{
    (void)state;
    for (size_t i = 0; i < layout_count; i++) {
        struct image_source source = source_of(&layouts[i]);
        static struct recipe_set set;
        char why[RECIPE_WHY_MAX];
        if (strcmp(layouts[i].recipe, "ubuntu-server") != 0)
            continue;
        assert_int_equal(recipe_load(&source, book, NULL, "x", &set, why), 0);
        assert_int_equal(set.entries[0].memory_mib, 3072 + 2048);
    }
}

static int set_up(void **state)
{
    (void)state;
    test_make_pe(&kernel, 0x8664, 10, ".data");
    test_make_bzimage(&kernel);
    test_make_pe(&program, 0x8664, 10, ".data");
    test_put(&disk, 0x8001, "CD001", 5);
    return recipe_book_new(&book);
}

static int tear_down(void **state)
{
    (void)state;
    recipe_book_free(book);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layouts_give_their_entries),
        cmocka_unit_test(no_two_take_the_same),
        cmocka_unit_test(every_recipe_has_a_layout),
        cmocka_unit_test(missing_files_are_missed),
        cmocka_unit_test(near_misses_say_what_is_missing),
        cmocka_unit_test(memory_follows_the_container),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
