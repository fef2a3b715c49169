/* Tests of serve/image_digest: damage, change, loss and what is new are told apart, and damage is
 * not forgotten. */
/* cmocka.h wants the others before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
/* clang-format on */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/file.h"
#include "serve/digest_state.h"
#include "serve/image_digest.h"

#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char images[64];
static char told[512]; /* "path verdict; " of each finding */

static void lines_of_a_record(void **state)
{
    static const struct {
        const char *line, *path; /* NULL: refused */
    } rows[] = {
        { DIGITS "  debian/linux", "debian/linux" },
        { DIGITS "  a b", "a b" },
        { DIGITS " debian", NULL },
        { DIGITS "  ", NULL },
        { DIGITS "  ../x", NULL },
        { DIGITS "  /etc/passwd", NULL },
        { DIGITS "a  x", NULL },
        { "# 12 13.14", NULL },
        { "0123", NULL },
        { "", NULL },
        { "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef  x", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char hex[IMAGE_DIGEST_HEX + 1];
        struct span path;
        bool sound = image_digest_line(span_text(rows[i].line), hex, &path);
        if (sound != (rows[i].path != NULL) || (sound && !span_is(path, rows[i].path)))
            fail_msg("row %zu", i);
    }
}

static void write_file(const char *name, const char *text)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", images, name);
    FILE *out = fopen(path, "we");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

/* Other bytes under the same size and time, as a disk makes them. */
static void damage_file(const char *name, const char *text)
{
    char path[200];
    struct stat before;

    snprintf(path, sizeof path, "%s/%s", images, name);
    assert_int_equal(stat(path, &before), 0);
    write_file(name, text);
    const struct timespec times[] = { before.st_atim, before.st_mtim };
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void remove_file(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", images, name);
    assert_int_equal(unlink(path), 0);
}

static void take_row(void *context, const char *path, enum image_digest_verdict verdict)
{
    size_t at = strlen(told);
    (void)context;
    snprintf(told + at, sizeof told - at, "%s %s; ", path, image_digest_name(verdict));
}

static void check_is(const char *entry, bool accept, const char *want)
{
    const struct image_digest_check check = {
        .images = images, .entry = entry, .accept = accept, .row = take_row
    };
    struct image_digest_sums sums;
    char why[IMAGE_DIGEST_WHY_MAX];

    told[0] = 0;
    int r = image_digest_run(&check, &sums, why);
    if (r < 0)
        fail_msg("%s", why);
    assert_string_equal(told, want);
}

static void what_becomes_of_an_image_is_told(void **state)
{
    (void)state;
    write_file("debian/linux", "kernel");
    write_file("debian/a/initrd", "initrd");
    check_is("debian", false, "debian/a/initrd new; debian/linux new; ");
    check_is("debian", false, "");

    damage_file("debian/linux", "Kernel");
    check_is("debian", false, "debian/linux DAMAGED; ");
    check_is("debian", true, "debian/linux DAMAGED; "); /* that is not to be accepted */
    check_is("debian", false, "debian/linux DAMAGED; ");
    damage_file("debian/linux", "kernel");
    check_is("debian", false, "");

    write_file("debian/linux", "kernel two");
    check_is("debian", false, "debian/linux changed; ");
    check_is("debian", false, "debian/linux changed; ");
    check_is("debian", true, "debian/linux changed; ");
    check_is("debian", false, "");

    remove_file("debian/a/initrd");
    write_file("debian/b", "more");
    check_is("debian", false, "debian/b new; debian/a/initrd gone; ");
    check_is("debian", false, "debian/a/initrd gone; ");
    check_is("debian", true, "debian/a/initrd gone; ");
    check_is("debian", false, "");

    image_digest_forget(images, "debian");
    check_is("debian", false, "debian/b new; debian/linux new; ");
}

/* By size and time, without reading; and what the record says to others. */
static void a_look_tells_what_would_be_read(void **state)
{
    const struct image_digest_check look = { .images = images,
                                             .entry = "look",
                                             .only_looks = true };
    struct image_digest_sums sums;
    struct digest_state last;
    char why[IMAGE_DIGEST_WHY_MAX];
    (void)state;

    write_file("look", "abc");
    assert_int_equal(image_digest_run(&look, &sums, why), 0);
    assert_true(sums.files == 1 && sums.fresh == 1 && sums.bad == 0 && sums.newest_s > 0);
    assert_int_equal(digest_state_load(images, "look", &last), -ENOENT);
    check_is("look", false, "look new; ");
    assert_int_equal(image_digest_run(&look, &sums, why), 0);
    assert_true(sums.fresh == 0 && sums.bad == 0);
    damage_file("look", "abd");
    assert_int_equal(image_digest_run(&look, &sums, why), 0);
    assert_int_equal(sums.bad, 0); /* that takes reading */
    check_is("look", false, "look DAMAGED; ");
    assert_int_equal(digest_state_load(images, "look", &last), 0);
    assert_true(last.bad == 1 && last.verdict == IMAGE_DIGEST_DAMAGED);
    assert_string_equal(last.path, "look");
    write_file("look", "longer");
    assert_int_equal(image_digest_run(&look, &sums, why), 0);
    assert_true(sums.bad == 1 && sums.fresh == 0);
    check_is("look", true, "look changed; ");
    assert_int_equal(digest_state_load(images, "look", &last), 0);
    assert_int_equal(last.bad, 0);
}

static void an_image_may_be_a_file(void **state)
{
    (void)state;
    write_file("x.iso", "");
    check_is("x.iso", false, "x.iso new; ");
    write_file("x.iso", "grown");
    check_is("x.iso", false, "x.iso changed; ");
}

static void it_writes_as_sha256sum_does(void **state)
{
    char path[200], line[400];

    (void)state;
    write_file("abc", "abc");
    check_is("abc", false, "abc new; ");
    snprintf(path, sizeof path, "%s/.digests/abc.sha256", images);
    FILE *in = fopen(path, "re");
    assert_non_null(in);
    assert_non_null(fgets(line, sizeof line, in));
    assert_string_equal(line, "# checked 0 0 intact \n");
    assert_non_null(fgets(line, sizeof line, in));
    assert_true(strncmp(line, "# 3 ", 4) == 0);
    assert_non_null(fgets(line, sizeof line, in));
    assert_string_equal(line,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  abc\n");
    fclose(in);
}

static int stop(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    assert_true(done <= total);
    return -EINTR;
}

static void what_cannot_be_checked_is_a_sentence(void **state)
{
    static const char *const rows[] = { "nobody", "../x", "" };
    struct image_digest_sums sums;
    char why[IMAGE_DIGEST_WHY_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct image_digest_check check = { .images = images, .entry = rows[i] };
        assert_int_equal(image_digest_run(&check, &sums, why), -ENOENT);
        assert_non_null(strstr(why, "there is no such image"));
    }
    write_file("big", "bytes");
    const struct image_digest_check stopped = { .images = images,
                                                .entry = "big",
                                                .progress = stop };
    assert_int_equal(image_digest_run(&stopped, &sums, why), -EINTR);
    check_is("big", false, "big new; "); /* nothing was recorded */
}

static int make_folders(void **state)
{
    char path[100];

    (void)state;
    snprintf(images, sizeof images, "/tmp/tugboot-digest-XXXXXX");
    if (!mkdtemp(images))
        return -1;
    snprintf(path, sizeof path, "%s/debian", images);
    if (mkdir(path, 0755) < 0)
        return -1;
    snprintf(path, sizeof path, "%s/debian/a", images);
    return mkdir(path, 0755);
}

static int remove_folders(void **state)
{
    int fd = file_open_root("/tmp");

    (void)state;
    int r = file_remove_tree(fd, images + strlen("/tmp/"));
    close(fd);
    return r;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_a_record),
        cmocka_unit_test_setup_teardown(what_becomes_of_an_image_is_told, make_folders,
                                        remove_folders),
        cmocka_unit_test_setup_teardown(a_look_tells_what_would_be_read, make_folders,
                                        remove_folders),
        cmocka_unit_test_setup_teardown(an_image_may_be_a_file, make_folders, remove_folders),
        cmocka_unit_test_setup_teardown(it_writes_as_sha256sum_does, make_folders, remove_folders),
        cmocka_unit_test_setup_teardown(what_cannot_be_checked_is_a_sentence, make_folders,
                                        remove_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
