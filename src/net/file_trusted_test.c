/* Which links on the way to a folder are followed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#include "net/file.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
/* clang-format on */

#include <cmocka.h>

static char top[] = "/tmp/tugboot-trusted-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[400];
    snprintf(path, sizeof path, "%s/%s", top, name);
    return path;
}

static void make_link(const char *target, const char *name)
{
    assert_int_equal(symlink(target, path_of(name)), 0);
}

static void ways_are_walked(void **state)
{
    static const struct {
        const char *name, *path;
        int want; /* 0 = the folder named "goal" */
    } cases[] = {
        { "straight", "a/goal", 0 },
        { "with slashes", "a//goal/", 0 },
        { "by a link of ours", "own/goal", 0 },
        { "by one that is absolute", "absolute", 0 },
        { "by one that goes up", "a/up/a/goal", 0 },
        { "by two", "twice/goal", 0 },
        { "a link to itself", "circle", -ELOOP },
        { "a link to nothing", "nothing", -ENOENT },
        { "a file", "a/file", -ENOTDIR },
        { "through a file", "a/file/goal", -ENOTDIR },
        { "nothing", "a/absent", -ENOENT },
    };
    char target[400];
    struct stat goal, got;
    (void)state;

    assert_int_equal(file_make_folders(path_of("a/goal")), 0);
    assert_int_equal(stat(path_of("a/goal"), &goal), 0);
    int a = file_open_root(path_of("a"));
    assert_true(a >= 0);
    assert_int_equal(file_write_new(a, "file", span_text("x")), 0);
    close(a);
    snprintf(target, sizeof target, "%s/a/goal", top);
    make_link("a", "own");
    make_link(target, "absolute");
    make_link("..", "a/up");
    make_link("own", "twice");
    make_link("circle", "circle");
    make_link("absent", "nothing");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int fd = file_open_trusted(path_of(cases[i].path));
        bool is_goal = fd >= 0 && fstat(fd, &got) == 0 && got.st_ino == goal.st_ino;
        if (fd >= 0)
            close(fd);
        if (cases[i].want == 0 ? !is_goal : fd != cases[i].want)
            fail_msg("%s: %d", cases[i].name, fd);
    }
    assert_int_equal(file_open_trusted("a/goal"), -EINVAL);
    /* Only root can make one that is somebody else's. */
    if (geteuid() == 0) {
        assert_int_equal(lchown(path_of("own"), 65534, 65534), 0);
        assert_int_equal(file_open_trusted(path_of("own/goal")), -ELOOP);
        assert_int_equal(file_open_trusted(path_of("twice/goal")), -ELOOP);
    }
}

static int make_top(void **state)
{
    (void)state;
    return mkdtemp(top) ? 0 : -1;
}

static int remove_top(void **state)
{
    int fd = file_open_root("/tmp");
    (void)state;
    int r = file_remove_tree(fd, top + strlen("/tmp/"));
    close(fd);
    return r;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(ways_are_walked) };
    return cmocka_run_group_tests(tests, make_top, remove_top);
}
