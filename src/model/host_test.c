/* Copies of hosts and groups: every text is a copy, the room is what is said, and want of it is
 * told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "model/host.h"

#include <cmocka.h>

static _Alignas(max_align_t) uint8_t memory[8192];

static const struct host host = {
    .name = "n",
    .match = { .serial = "ms", .asset = "ma", .vendor = "mv" },
    .boot = "b",
    .next_boot = "nb",
    .loader = "l",
    .chains = "c",
    .https = "h",
    .arguments = "a",
    .answers = "an",
    .group = "g",
    .variables = { { "v1", "one" }, { "v2", "" } },
    .variable_count = 2,
    .secrets = { { "s1", { "word" } } },
    .secret_count = 1,
    .disk_max_mib = 7,
};

static const struct host_group group = {
    .name = "n",
    .parent = "p",
    .match = { .serial = "ms", .asset = "ma", .vendor = "mv" },
    .boot = "b",
    .loader = "l",
    .chains = "c",
    .https = "h",
    .arguments = "a",
    .answers = "an",
    .variables = { { "v1", "one" } },
    .variable_count = 1,
    .secrets = { { "s1", { "word" } } },
    .secret_count = 1,
};

/* All pointers of the copy lie in the memory, and lead to the same text; other fields are the same.
 */
static void assert_copied(const void *from, const void *to, size_t size, size_t texts)
{
    size_t seen = 0;
    for (size_t at = 0; at + sizeof(char *) <= size; at += sizeof(char *)) {
        const char *old, *new;
        memcpy(&old, (const uint8_t *)from + at, sizeof old);
        memcpy(&new, (const uint8_t *)to + at, sizeof new);
        if (old == new)
            continue;
        assert_in_range((uintptr_t) new, (uintptr_t)memory, (uintptr_t)memory + sizeof memory - 1);
        assert_string_equal(old, new);
        seen++;
    }
    assert_int_equal(seen, texts);
}

static void every_text_is_a_copy(void **state)
{
    struct arena arena = arena_over(memory, sizeof memory);
    struct host copy;
    struct host_group other;
    (void)state;
    assert_true(host_copy(&arena, &host, &copy));
    assert_copied(&host, &copy, sizeof host, 12 + 4 + 2);
    assert_true(arena.used <= host_copy_room(&host));
    arena = arena_over(memory, sizeof memory);
    assert_true(host_group_copy(&arena, &group, &other));
    assert_copied(&group, &other, sizeof group, 11 + 2 + 2);
    assert_true(arena.used <= host_group_copy_room(&group));
    const struct host bare = { .name = "x" };
    assert_true(host_copy(&arena, &bare, &copy));
    assert_null(copy.group);
}

static void want_of_room_is_told(void **state)
{
    struct host copy;
    struct host_group other;
    (void)state;
    for (size_t cap = 0; cap <= host_copy_room(&host); cap++) {
        struct arena arena = arena_over(memory, cap);
        assert_true(!host_copy(&arena, &host, &copy) || cap > 12 * 16);
    }
    struct arena whole = arena_over(memory, host_copy_room(&host));
    assert_true(host_copy(&whole, &host, &copy));
    whole = arena_over(memory, host_group_copy_room(&group));
    assert_true(host_group_copy(&whole, &group, &other));
    whole = arena_over(memory, 16);
    assert_false(host_group_copy(&whole, &group, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_is_a_copy),
        cmocka_unit_test(want_of_room_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
