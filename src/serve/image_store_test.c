/* Debian's packaged installer, taken in as `tugboot image add` does, seen by the catalog, listed
 * and removed; and what is refused. Skipped (77) where the package is not installed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "serve/catalog_load.h"
#include "serve/image_store.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static const struct container_finder closed;
/* clang-format on */

#define DEBIAN "/usr/lib/debian-installer/images/12/amd64/text"

struct scene {
    char top[64], images[80];
};

static int set_up(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    snprintf(s->top, sizeof s->top, "/tmp/tugboot-image-test-XXXXXX");
    if (!s || !mkdtemp(s->top))
        return -1;
    snprintf(s->images, sizeof s->images, "%s/a/images", s->top);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    int tmp = file_open_root("/tmp");
    int r = file_remove_tree(tmp, s->top + 5);
    close(tmp);
    free(s);
    return r;
}

struct counted {
    unsigned events, rows;
    uint64_t bytes;
    char reason[256];
};

static void count_event(void *context, const struct event *event)
{
    struct counted *c = context;
    const struct event_field *f = event_find(event, "reason");
    c->events++;
    if (f)
        span_to_text(event_field_text(event, f), c->reason, sizeof c->reason);
}

static int count_row(void *context, const struct image_entry *image, uint64_t bytes)
{
    struct counted *c = context;
    c->rows++;
    c->bytes = bytes;
    assert_non_null(image->recipe);
    return 0;
}

static struct catalog_snapshot *load(const struct scene *s, const struct host *hosts, size_t count,
                                     struct counted *counted)
{
    struct config *config;
    struct catalog_snapshot *snapshot = NULL;
    struct event_sink sink = { .emit = count_event, .context = counted };
    assert_int_equal(config_defaults(&config), 0);
    snprintf(config->images, sizeof config->images, "%s", s->images);
    struct catalog_sources sources = { .config = config, .hosts = hosts, .host_count = count };
    assert_int_equal(catalog_load(&sources, &sink, (struct now){ 0 }, &snapshot), 0);
    config_free(config);
    return snapshot;
}

static void test_debian(void **state)
{
    struct scene *s = *state;
    struct image_add what = { .path = DEBIAN };
    struct image_added added;
    struct counted counted = { 0 };
    char why[IMAGE_STORE_WHY_MAX] = "";

    if (image_store_add(s->images, &what, &added, why) != 0)
        fail_msg("%s", why);
    assert_string_equal(added.name, "debian-12-amd64-text");
    assert_string_equal(added.recipe.title, "Debian 12 installer (amd64, text)");
    assert_true(added.bytes > 40000000);
    assert_int_equal(image_store_add(s->images, &what, &added, why), -EEXIST);
    assert_non_null(strstr(why, "already"));
    what.name = "other";
    what.arguments = "console=ttyS0 \"x\\y\"";
    what.title = "Mine";
    assert_int_equal(image_store_add(s->images, &what, &added, why), 0);

    struct host host = { .name = "n1", .boot = "other" };
    struct catalog_snapshot *c = load(s, &host, 1, &counted);
    assert_int_equal(counted.events, 0);
    assert_int_equal(c->catalog.image_count, 2);
    const struct image *image = catalog_find_image(&c->catalog, span_text("debian-12-amd64-text"));
    assert_non_null(image);
    assert_string_equal(image->kernel, "debian-installer/amd64/linux");
    assert_string_equal(image->initrds[0], "debian-installer/amd64/initrd.gz");
    assert_string_equal(image->arguments, "--- quiet");
    assert_int_equal(image->arches, arch_bit(ARCH_BIOS_X86) | arch_bit(ARCH_EFI_X64));
    image = catalog_find_image(&c->catalog, span_text("other"));
    assert_non_null(image);
    assert_string_equal(image->arguments, "console=ttyS0 \"x\\y\"");
    assert_string_equal(image->title, "Mine");
    assert_string_equal(c->catalog.hosts[0].boot, "other");
    catalog_snapshot_unref(catalog_snapshot_ref(c));
    catalog_snapshot_unref(c);

    assert_int_equal(image_store_each(s->images, NULL, &closed, count_row, &counted, why), 0);
    assert_int_equal(counted.rows, 2);
    assert_true(counted.bytes > 40000000);
    assert_int_equal(image_store_remove(s->images, "other", why), 0);
    assert_int_equal(image_store_remove(s->images, "other", why), -ENOENT);
}

static void test_refusals(void **state)
{
    struct scene *s = *state;
    struct image_added added;
    struct counted counted = { 0 };
    char why[IMAGE_STORE_WHY_MAX];
    const struct {
        struct image_add what;
        int want;
        const char *says;
    } cases[] = {
        { { .path = "/nonexistent" }, -ENOENT, "cannot be opened" },
        { { .path = "/dev/null" }, -EINVAL, "a device" },
        { { .path = s->top }, -ENOENT, "nothing to boot was recognised" },
        { { .path = DEBIAN, .name = "../up" }, -EINVAL, "cannot name an image" },
        { { .path = DEBIAN, .name = "menu" }, -EINVAL, "cannot name an image" },
        { { .path = DEBIAN, .arguments = "a\nb" }, -EINVAL, "one line" },
        { { .path = DEBIAN "/version.info" }, -ENOENT, "nothing tugboot knows" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int r = image_store_add(s->images, &cases[i].what, &added, why);
        if (r != cases[i].want || !strstr(why, cases[i].says))
            fail_msg("%s: %d %s", cases[i].what.path, r, why);
    }
    assert_int_equal(file_make_folders(s->images), 0);
    int fd = file_open_root(s->images);
    assert_int_equal(file_write_new(fd, "notes", span_text("hello")), 0);
    assert_int_equal(file_write_new(fd, ".hidden", span_text("hello")), 0);
    close(fd);
    struct catalog_snapshot *c = load(s, NULL, 0, &counted);
    assert_int_equal(counted.events, 1);
    assert_non_null(strstr(counted.reason, "nothing tugboot knows"));
    assert_int_equal(c->catalog.image_count, 0);
    catalog_snapshot_unref(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_debian, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
    };
    if (access(DEBIAN "/debian-installer/amd64/linux", R_OK) != 0) {
        puts("skipped: the package debian-installer-12-netboot-amd64 is not installed");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
