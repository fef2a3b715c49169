/* Adding an image when something is in the way: bad names, what a kill left behind, another process
 * that adds the same, a stop half way, a folder without room. Nothing of a failed attempt stays. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/test_files.h"
#include "net/file.h"
#include "serve/image_store.h"

#include <cmocka.h>

struct scene {
    char top[64], images[80], source[80];
};

static int set_up(void **state)
{
    static struct test_file file;
    struct scene *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    snprintf(s->top, sizeof s->top, "/tmp/tugboot-adding-test-XXXXXX");
    if (!mkdtemp(s->top))
        return -1;
    snprintf(s->images, sizeof s->images, "%s/images", s->top);
    snprintf(s->source, sizeof s->source, "%s/source", s->top);
    memset(&file, 0, sizeof file);
    test_make_bzimage(&file);
    if (file_make_folders(s->images) < 0 || file_make_folders(s->source) < 0)
        return -1;
    int fd = file_open_root(s->source);
    int r = file_write_new(fd, "vmlinuz", span_of(file.data, file.len));
    close(fd);
    *state = s;
    return r;
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

static int count(void *context, const struct file_entry *entry)
{
    (void)entry;
    ++*(unsigned *)context;
    return 0;
}

/* Names in the images folder, hidden ones too. */
static unsigned names_in(const struct scene *s)
{
    unsigned names = 0;
    int fd = file_open_root(s->images);
    assert_int_equal(file_list(fd, count, &names), 0);
    close(fd);
    return names;
}

static int stop(void *context, uint64_t done, uint64_t total)
{
    assert_true(done <= total);
    return *(int *)context;
}

static void bad_names_are_refused(void **state)
{
    struct scene *s = *state;
    static const char *const names[] = { "", ".x", "-x", "A", "a/b", "..", "a b", "menu", "local" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct image_add what = { .path = s->source, .name = names[i] };
        struct image_added added;
        char why[IMAGE_STORE_WHY_MAX] = "";
        assert_int_equal(image_store_add(s->images, &what, &added, why), -EINVAL);
        assert_non_null(strstr(why, "cannot name an image"));
    }
    assert_int_equal(names_in(s), 0);
}

static void a_stop_leaves_nothing(void **state)
{
    struct scene *s = *state;
    int answer = 7;
    struct image_add what = {
        .path = s->source, .name = "a", .progress = stop, .context = &answer
    };
    struct image_added added;
    char why[IMAGE_STORE_WHY_MAX] = "";
    assert_int_equal(image_store_add(s->images, &what, &added, why), 7);
    assert_int_equal(names_in(s), 0);
    answer = 0;
    assert_int_equal(image_store_add(s->images, &what, &added, why), 0);
    assert_int_equal(names_in(s), 1);
}

static void leftovers_are_cleared_away(void **state)
{
    struct scene *s = *state;
    struct image_add what = { .path = s->source, .name = "a" };
    struct image_added added;
    char why[IMAGE_STORE_WHY_MAX] = "", path[256];
    snprintf(path, sizeof path, "%s/.adding-a/deep", s->images);
    assert_int_equal(file_make_folders(path), 0);
    assert_int_equal(image_store_add(s->images, &what, &added, why), 0);
    assert_int_equal(names_in(s), 1);
    snprintf(path, sizeof path, "%s/a/deep", s->images);
    assert_int_equal(access(path, F_OK), -1);
}

static void two_adders_do_not_meet(void **state)
{
    struct scene *s = *state;
    struct image_add what = { .path = s->source, .name = "a" };
    struct image_added added;
    char why[IMAGE_STORE_WHY_MAX] = "", path[256];
    snprintf(path, sizeof path, "%s/.adding-a/deep", s->images);
    assert_int_equal(file_make_folders(path), 0);
    snprintf(path, sizeof path, "%s/.adding-a", s->images);
    int other = file_open_root(path);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(image_store_add(s->images, &what, &added, why), -EBUSY);
    assert_non_null(strstr(why, "another process"));
    assert_int_equal(faccessat(other, "deep", F_OK, 0), 0); /* the other's work is untouched */
    close(other);
    assert_int_equal(image_store_add(s->images, &what, &added, why), 0);
}

static void no_room_is_told_beforehand(void **state)
{
    struct scene *s = *state;
    struct image_add what = { .path = s->source, .name = "a" };
    struct image_added added;
    char why[IMAGE_STORE_WHY_MAX] = "", path[256];
    snprintf(path, sizeof path, "%s/huge", s->source);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    /* A file of holes, larger than any disk this test runs on; few file systems refuse it. */
    bool made = ftruncate(fd, (off_t)1 << 43) == 0;
    close(fd);
    if (!made)
        skip();
    assert_int_equal(image_store_add(s->images, &what, &added, why), -ENOSPC);
    assert_non_null(strstr(why, "too little room"));
    assert_int_equal(names_in(s), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bad_names_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stop_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leftovers_are_cleared_away, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_adders_do_not_meet, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_room_is_told_beforehand, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
