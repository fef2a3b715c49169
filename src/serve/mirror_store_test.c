/* The mirror's folder: what is committed is there after a restart, what is broken is not, and room
 * is made by what was used longest ago. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/file.h"
#include "serve/mirror_store.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
/* clang-format on */

#include <cmocka.h>

#define MOST ((uint64_t)1 << 20)

static char top[] = "/tmp/tugboot-mirror-XXXXXX";

static struct mirror_store *open_store(bool is_owner)
{
    struct mirror_store *store = NULL;
    char folder[64];
    snprintf(folder, sizeof folder, "%s/mirror", top);
    assert_int_equal(mirror_store_open(folder, MOST, is_owner, &store), 0);
    return store;
}

static struct calendar at(int64_t seconds)
{
    return (struct calendar){ .ms = seconds * 1000 };
}

static void put(struct mirror_store *store, const char *key, uint64_t size, int64_t when)
{
    struct mirror_header header = { .size = size, .modified = "Tue, 14 Nov 2023 22:13:20 GMT" };
    span_to_text(span_text(key), header.key, sizeof header.key);
    int fd = mirror_store_begin(store, key);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)(MIRROR_HEADER_BYTES + size)), 0);
    assert_int_equal(mirror_store_commit(store, &header, fd, at(when)), 0);
    close(fd);
}

static struct mirror_file *find(struct mirror_store *store, const char *key)
{
    return mirror_index_find(mirror_store_index(store), span_text(key));
}

/* The path of a file by its name: the only one below `top` with that key in it. */
static int count_entry(void *context, const struct file_entry *entry)
{
    unsigned *count = context;
    *count += entry->name[0] == '.' || strlen(entry->name) > 2 ? 1 : 0;
    return 0;
}

static int visit_folder(void *context, const struct file_entry *entry)
{
    char path[300];
    snprintf(path, sizeof path, "%s/mirror/%s", top, entry->name);
    int fd = file_open_root(path);
    if (fd < 0)
        return 0;
    int r = file_list(fd, count_entry, context);
    close(fd);
    return r;
}

static unsigned files_on_disk(void)
{
    char path[64];
    unsigned count = 0;
    snprintf(path, sizeof path, "%s/mirror", top);
    int fd = file_open_root(path);
    assert_true(fd >= 0);
    assert_int_equal(file_list(fd, visit_folder, &count), 0);
    close(fd);
    return count;
}

static void it_outlives_a_restart(void **state)
{
    struct mirror_store *store = open_store(true);
    (void)state;
    put(store, "d/a", 1000, 100);
    put(store, "d/b", 2000, 200);
    assert_true(mirror_store_begin(store, "d/unfinished") >= 0);
    mirror_store_use(store, find(store, "d/a"), at(1000));
    assert_int_equal(files_on_disk(), 3);
    mirror_store_close(store);
    /* A command that looks leaves everything as it is. */
    store = open_store(false);
    assert_int_equal(mirror_index_count(mirror_store_index(store)), 2);
    mirror_store_close(store);
    assert_int_equal(files_on_disk(), 3);
    store = open_store(true);
    assert_int_equal(files_on_disk(), 2);
    assert_int_equal(find(store, "d/a")->size, 1000);
    assert_int_equal(find(store, "d/a")->used_s, 1000);
    assert_int_equal(find(store, "d/a")->modified_s, 1700000000);
    int fd = mirror_store_read(store, find(store, "d/b"));
    assert_true(fd >= 0);
    close(fd);
    mirror_store_close(store);
}

static int cut_file(void *context, const struct file_entry *entry)
{
    int fd = openat(*(int *)context, entry->name, O_WRONLY);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 4500), 0);
    close(fd);
    return 0;
}

static int cut_folder(void *context, const struct file_entry *entry)
{
    char path[300];
    (void)context;
    snprintf(path, sizeof path, "%s/mirror/%s", top, entry->name);
    int fd = file_open_root(path);
    assert_true(fd >= 0);
    assert_int_equal(file_list(fd, cut_file, &fd), 0);
    close(fd);
    return 0;
}

/* Cut behind our back: not served, and gone at the next start. */
static void what_is_broken_goes(void **state)
{
    struct mirror_store *store = open_store(true);
    char path[64];
    (void)state;
    assert_non_null(find(store, "d/a"));
    snprintf(path, sizeof path, "%s/mirror", top);
    int fd = file_open_root(path);
    assert_true(fd >= 0);
    assert_int_equal(file_list(fd, cut_folder, NULL), 0);
    close(fd);
    assert_int_equal(mirror_store_read(store, find(store, "d/a")), -ENOENT);
    assert_null(find(store, "d/a"));
    mirror_store_close(store);
    store = open_store(true);
    assert_int_equal(mirror_index_count(mirror_store_index(store)), 0);
    assert_int_equal(files_on_disk(), 0);
    mirror_store_close(store);
}

static void room_is_made(void **state)
{
    struct mirror_store *store = open_store(true);
    uint32_t files = 0;
    uint64_t bytes = 0;
    (void)state;
    for (int i = 0; i < 4; i++) {
        char key[8];
        snprintf(key, sizeof key, "d/%d", i);
        put(store, key, 200000, 100 + i);
    }
    mirror_store_use(store, find(store, "d/0"), at(9000));
    assert_true(mirror_store_make_room(store, 400000, &files, &bytes));
    assert_int_equal(files, 1);
    assert_int_equal(bytes, 200000);
    assert_null(find(store, "d/1"));
    assert_non_null(find(store, "d/0"));
    assert_int_equal(files_on_disk(), 3);
    assert_false(mirror_store_make_room(store, MOST + 1, &files, &bytes));
    assert_int_equal(files, 1);
    assert_int_equal(files_on_disk(), 3);
    mirror_store_close(store);
}

static int remove_top(void **state)
{
    int fd = file_open_root("/tmp");
    (void)state;
    int r = file_remove_tree(fd, top + strlen("/tmp/"));
    close(fd);
    return r;
}

static int make_top(void **state)
{
    (void)state;
    return mkdtemp(top) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_outlives_a_restart),
        cmocka_unit_test(what_is_broken_goes),
        cmocka_unit_test(room_is_made),
    };
    return cmocka_run_group_tests(tests, make_top, remove_top);
}
