/* Clues whose path has a `*` look through a folder, and through no more of it than they may. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "image/clue.h"

#include <cmocka.h>

/* A folder in which only the name at `match` is "wanted.iso". */
struct folder {
    unsigned count, match, listed;
};

static bool list(void *context, const char *path,
                 int (*entry)(void *entry_context, const char *name, bool is_folder),
                 void *entry_context)
{
    struct folder *folder = context;
    char name[32];

    if (strcmp(path, "d") != 0)
        return false;
    for (unsigned i = 0; i < folder->count; i++) {
        folder->listed++;
        snprintf(name, sizeof name, i == folder->match ? "wanted.iso" : "name-%u", i);
        if (entry(entry_context, name, false) != 0)
            break;
    }
    return true;
}

static int64_t size_of(void *context, const char *path)
{
    (void)context;
    return strcmp(path, "d/wanted.iso") == 0 ? 1 : -1;
}

static void large_folders_are_not_looked_through(void **state)
{
    static const struct {
        unsigned count, match;
        bool found;
    } rows[] = {
        { 10, 9, true },
        { 65536, 65535, true },
        { 1000000, 65536, false },
        { 1000000, 999999, false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct folder folder = { .count = rows[i].count, .match = rows[i].match };
        const struct image_source source = { .list = list, .size = size_of, .context = &folder };
        char path[CAPTURE_VALUE_MAX], part[CAPTURE_VALUE_MAX];
        assert_int_equal(clue_find_file(&source, "d/*.iso", path, part), rows[i].found);
        if (rows[i].found)
            assert_string_equal(part, "wanted");
        assert_true(folder.listed <= 65537);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_folders_are_not_looked_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
