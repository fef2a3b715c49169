/* Opening the files of a planned boot disk: what is refused, by which errno and words, and that
 * nothing stays open then. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "serve/disk_open.h"

#include <cmocka.h>

static char folder[] = "/tmp/disk-open-test.XXXXXX";
static int root = -1;
static uint8_t memory[200000];

static void make_file(const char *name, size_t size)
{
    int fd = openat(root, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
    close(fd);
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    root = open(folder, O_RDONLY | O_DIRECTORY);
    make_file("shim", 5000);
    make_file("Initrd", 70000);
    make_file("empty", 0);
    return root < 0 || mkfifoat(root, "fifo", 0600) != 0;
}

static int remove_folder(void **state)
{
    static const char *const names[] = { "shim", "Initrd", "empty", "fifo" };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlinkat(root, names[i], 0);
    close(root);
    return rmdir(folder);
}

static unsigned count_descriptors(void)
{
    unsigned count = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static void close_body(const struct body *body)
{
    for (uint32_t i = 0; i < body->piece_count; i++)
        if (body_piece_at(body, i)->fd >= 0 && !body_piece_at(body, i)->is_lent)
            close(body_piece_at(body, i)->fd);
}

#define FILE_PART(name)                                                                            \
    {                                                                                              \
        .kind = PART_FILE, .path = (name)                                                          \
    }

static const struct part_places places = { .root_fds = &root };

static const struct disk_part sound[] = {
    { "EFI/BOOT/BOOTX64.EFI", FILE_PART("shim") },
    { "grub/grub.cfg", { .kind = PART_TEXT, .text = { (const uint8_t *)"menu", 4 } } },
    { "images/x/initrd", { .kind = PART_FILE, .path = "INITRD", .any_case = true } },
    { "images/x/empty", FILE_PART("empty") },
};

static void files_and_texts_make_a_disk(void **state)
{
    const struct disk_plan plan = { .parts = sound, .count = 4, .bytes_max = 75004 };
    struct arena arena = arena_over(memory, sizeof memory);
    char buffer[100];
    struct text why = text_over(buffer, sizeof buffer);
    struct body first, again;
    unsigned before = count_descriptors();
    (void)state;
    assert_int_equal(disk_open(&plan, &places, &arena, &first, &why), 0);
    assert_int_equal(count_descriptors(), before + 3);
    assert_int_equal(disk_open(&plan, &places, &arena, &again, &why), 0);
    assert_string_equal(first.etag, again.etag);
    close_body(&again);
    /* another file of the same name and size is another disk */
    make_file("shim", 4999);
    make_file("shim", 5000);
    assert_int_equal(disk_open(&plan, &places, &arena, &again, &why), 0);
    assert_string_not_equal(first.etag, again.etag);
    assert_int_equal(first.size, again.size);
    close_body(&again);
    close_body(&first);
    assert_int_equal(count_descriptors(), before);
}

static void refusals_leave_nothing_open(void **state)
{
    static const struct {
        struct disk_part last;
        uint64_t bytes_max;
        int want;
        const char *why;
    } cases[] = {
        { { "x", FILE_PART("gone") }, UINT64_MAX, -ENOENT, "x: there is no such file" },
        { { "x", FILE_PART("initrd") }, UINT64_MAX, -ENOENT, "x: there is no such file" },
        { { "x", FILE_PART("../etc/passwd") }, UINT64_MAX, -ENOENT, "x: there is no" },
        { { "x", FILE_PART("fifo") }, UINT64_MAX, -EINVAL, "x: it is a FIFO" },
        { { "x:y", FILE_PART("shim") }, UINT64_MAX, -EFBIG, "cannot stand on a FAT disk" },
        { { "Grub/GRUB.cfg", FILE_PART("shim") }, UINT64_MAX, -EFBIG, "the same name" },
        { { "x", FILE_PART("shim") }, 75003, -EFBIG, "larger than 'bootdisk'" },
    };
    unsigned before = count_descriptors();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct disk_part parts[5] = { sound[0], sound[1], sound[2], sound[3], cases[i].last };
        const struct disk_plan plan = { parts, 5, cases[i].bytes_max };
        struct arena arena = arena_over(memory, sizeof memory);
        char buffer[200];
        struct text why = text_over(buffer, sizeof buffer);
        struct body body;
        int r = disk_open(&plan, &places, &arena, &body, &why);
        if (r != cases[i].want || !strstr(buffer, cases[i].why))
            fail_msg("row %zu: %d %s", i, r, buffer);
        assert_int_equal(count_descriptors(), before);
    }
}

static void want_of_memory_leaves_nothing_open(void **state)
{
    const struct disk_plan plan = { .parts = sound, .count = 4, .bytes_max = UINT64_MAX };
    unsigned before = count_descriptors();
    int r = -ENOMEM;
    (void)state;
    for (size_t size = 0; r < 0; size += 97) {
        struct arena arena = arena_over(memory, size);
        char buffer[200];
        struct text why = text_over(buffer, sizeof buffer);
        struct body body;
        r = disk_open(&plan, &places, &arena, &body, &why);
        assert_true(r == 0 || (r == -ENOMEM && strstr(buffer, "memory")));
        if (r == 0)
            close_body(&body);
        assert_int_equal(count_descriptors(), before);
    }
}

static void want_of_descriptors_leaves_nothing_open(void **state)
{
    const struct disk_plan plan = { .parts = sound, .count = 4, .bytes_max = UINT64_MAX };
    struct rlimit limit, low;
    unsigned before = count_descriptors();
    struct arena arena = arena_over(memory, sizeof memory);
    char buffer[200];
    struct text why = text_over(buffer, sizeof buffer);
    struct body body;
    (void)state;
    int next = dup(root);
    assert_true(next >= 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0);
    close(next);
    low = limit;
    low.rlim_cur = (rlim_t)next + 2;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    int r = disk_open(&plan, &places, &arena, &body, &why);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(r, -EMFILE);
    assert_int_equal(count_descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_and_texts_make_a_disk),
        cmocka_unit_test(refusals_leave_nothing_open),
        cmocka_unit_test(want_of_memory_leaves_nothing_open),
        cmocka_unit_test(want_of_descriptors_leaves_nothing_open),
    };
    return cmocka_run_group_tests_name("opening a boot disk", tests, make_folder, remove_folder);
}
