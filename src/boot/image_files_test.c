/* Texts that are changed on their way: what is planned for them, and that a text which cannot be
 * changed is never handed out as it lies there. */
#include "boot/edit.h"
#include "boot/image_files.h"
#include "boot/test_catalog.h"

static const struct image esxi = {
    .name = "esxi",
    .title = "ESXi",
    .group = "",
    .kind = IMAGE_EFI,
    .kernel = "mboot.efi",
    .root = 1,
    .folder = "esxi",
    .edits = { { .kind = IMAGE_EDIT_ESXI,
                 .path = "boot.cfg",
                 .add = "room=${room:-none} ${long:-}" } },
    .edit_count = 1,
};

static uint8_t memory[65536];

static uint8_t find(const struct image *image, const struct host *host, size_t cap,
                    struct candidate out[IMAGE_FILES_MAX])
{
    const struct catalog catalog = { .hosts = host, .host_count = host ? 1 : 0 };
    const struct client client = { .mac = { { 2, 0, 0, 0, 0, 1 } } };
    const struct image_files_request request = {
        .catalog = &catalog, .image = image, .path = span_text("Boot.CFG"), .client = &client
    };
    struct arena arena = arena_over(memory, cap);
    return image_files_find(&request, &arena, out);
}

static void a_text_is_changed_before_all_else(void **state)
{
    struct candidate found[IMAGE_FILES_MAX];
    (void)state;
    uint8_t count = find(&esxi, NULL, sizeof memory, found);
    assert_true(count >= 1 && found[0].kind == CANDIDATE_PARTS && found[0].edit);
    assert_null(found[0].edit->fault);
    assert_non_null(found[0].plan);
    assert_true(span_is(found[0].edit->add, "room=none "));
}

/* With each amount of memory: planned, or told as a fault. */
static void without_memory_it_is_not_sent_unchanged(void **state)
{
    struct candidate found[IMAGE_FILES_MAX];
    unsigned faults = 0, plans = 0;
    (void)state;
    for (size_t cap = 0; cap < 4096; cap += 16) {
        uint8_t count = find(&esxi, NULL, cap, found);
        assert_true(count >= 1 && found[0].kind == CANDIDATE_PARTS && found[0].edit);
        if (found[0].edit->fault)
            faults++;
        else
            plans += found[0].plan != NULL;
        assert_true(found[0].edit->fault || found[0].plan);
    }
    assert_true(faults > 0 && plans > 0);
}

static void what_cannot_be_added_is_a_fault(void **state)
{
    static char value[EDIT_ADD_MAX + 1];
    struct host host = { .name = "node1",
                         .match = { .has_mac = true, .mac = { { 2, 0, 0, 0, 0, 1 } } },
                         .variables = { { .name = "long", .value = value } },
                         .variable_count = 1 };
    struct candidate found[IMAGE_FILES_MAX];
    struct image wrong = esxi;
    (void)state;
    memset(value, 'x', sizeof value - 1);
    assert_true(find(&esxi, &host, sizeof memory, found) >= 1);
    assert_true(found[0].edit && found[0].edit->fault && !found[0].plan);
    assert_string_equal(found[0].edit->fault,
                        "what the kernel is to be told besides becomes too long");
    wrong.edits[0].add = "${room";
    assert_true(find(&wrong, NULL, sizeof memory, found) >= 1);
    assert_true(found[0].edit && found[0].edit->fault);
    assert_non_null(strstr(found[0].edit->fault, "a variable that is written wrong"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_changed_before_all_else),
        cmocka_unit_test(without_memory_it_is_not_sent_unchanged),
        cmocka_unit_test(what_cannot_be_added_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
