/* The folder of the user's recipes: what is taken, what is told of, and that a folder which is not
 * there is an empty one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "serve/recipe_folder.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
/* clang-format on */

#include "net/file.h"

#include <cmocka.h>

struct told {
    unsigned count;
    char text[1024];
    struct text all;
};

static void tell(void *context, const char *file, const char *sentence)
{
    struct told *told = context;
    text_addf(&told->all, "%s: %s\n", file, sentence);
    told->count++;
}

static bool has(const struct recipe_book *book, const char *name, bool is_own)
{
    for (size_t i = 0; i < recipe_book_count(book); i++) {
        const struct family *family = recipe_book_at(book, i);
        if (strcmp(family->name, name) == 0)
            return family->is_own == is_own;
    }
    return false;
}

static void put(int folder, const char *name, const char *text)
{
    assert_int_equal(file_write_new(folder, name, span_text(text)), 0);
}

static void own_recipes_are_read(void **state)
{
    char top[] = "/tmp/tugboot-recipes-XXXXXX";
    struct told told = { .count = 0 };
    const struct yaml_folder_faults faults = { .add = tell, .context = &told };
    struct config *config;
    struct recipe_book *book = NULL;
    (void)state;

    told.all = text_over(told.text, sizeof told.text);
    assert_non_null(mkdtemp(top));
    assert_int_equal(config_defaults(&config), 0);
    snprintf(config->state, sizeof config->state, "%s", top);
    assert_int_equal(recipe_folder_load(config, &faults, &book), 0);
    assert_int_equal(told.count, 0); /* no folder yet */
    size_t ours = recipe_book_count(book);
    assert_true(has(book, "debian-netboot", false));
    recipe_book_free(book);

    snprintf(config->recipes, sizeof config->recipes, "%s/mine", top);
    assert_int_equal(file_make_folders(config->recipes), 0);
    int folder = file_open_root(config->recipes);
    assert_true(folder >= 0);
    put(folder, "appliance.yaml", "title: A\nmatch: [{file: a}]\nkernel: k\n");
    put(folder, "debian-netboot.yaml", "title: D\nmatch: [{file: d}]\nkernel: k\n");
    put(folder, "broken.yaml", "title: A\nmatch: [{fil: a}]\nkernel: k\n");
    put(folder, "notes.txt", "not a recipe");
    put(folder, ".hidden.yaml", "not: read\n");
    assert_int_equal(mkdirat(folder, "folder.yaml", 0755), 0);
    assert_int_equal(recipe_folder_load(config, &faults, &book), 0);
    assert_int_equal(recipe_book_count(book), ours + 1);
    assert_true(has(book, "appliance", true));
    assert_true(has(book, "debian-netboot", true));
    assert_non_null(strstr(told.text, "broken.yaml: line 2, column 10: there is no key \"fil\""));
    assert_null(strstr(told.text, "notes"));
    assert_null(strstr(told.text, "hidden"));
    recipe_book_free(book);
    close(folder);

    config_free(config);
    int tmp = file_open_root("/tmp");
    assert_int_equal(file_remove_tree(tmp, top + 5), 0);
    close(tmp);
}

/* The same book as long as the folder is as it was, and every fault at each load. */
static void a_shelf_reads_what_changed(void **state)
{
    char top[] = "/tmp/tugboot-shelf-XXXXXX";
    struct told told = { .count = 0 };
    const struct yaml_folder_faults faults = { .add = tell, .context = &told };
    const struct recipe_book *first, *second;
    struct recipe_shelf *shelf;
    struct config *config;
    (void)state;

    told.all = text_over(told.text, sizeof told.text);
    assert_non_null(mkdtemp(top));
    assert_int_equal(config_defaults(&config), 0);
    snprintf(config->recipes, sizeof config->recipes, "%s", top);
    int folder = file_open_root(top);
    assert_int_equal(recipe_shelf_new(&shelf), 0);
    assert_int_equal(recipe_shelf_load(shelf, config, &faults, &first), 0);
    size_t ours = recipe_book_count(first);
    assert_int_equal(recipe_shelf_load(shelf, config, &faults, &second), 0);
    assert_ptr_equal(first, second);
    put(folder, "appliance.yaml", "title: A\nmatch: [{file: a}]\nkernel: k\n");
    assert_int_equal(recipe_shelf_load(shelf, config, &faults, &second), 0);
    assert_true(has(second, "appliance", true));
    assert_int_equal(file_replace(folder, "appliance.yaml",
                                  span_text("title: B\nmatch: [{fil: a}]\nkernel: k\n"), false),
                     0);
    for (unsigned i = 1; i <= 2; i++) {
        assert_int_equal(recipe_shelf_load(shelf, config, &faults, &second), 0);
        assert_int_equal(recipe_book_count(second), ours);
        assert_true(told.count >= i);
    }
    snprintf(config->recipes, sizeof config->recipes, "%s/none", top);
    unsigned before = told.count;
    assert_int_equal(recipe_shelf_load(shelf, config, &faults, &second), 0);
    assert_int_equal(told.count, before);
    recipe_shelf_free(shelf);
    close(folder);
    config_free(config);
    int tmp = file_open_root("/tmp");
    assert_int_equal(file_remove_tree(tmp, top + 5), 0);
    close(tmp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_recipes_are_read),
        cmocka_unit_test(a_shelf_reads_what_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
