/* A folder of traps, made anew for each test, and what comes of opening and copying them. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/file.h"

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

struct scene {
    char path[64];
    int root;
};

static void put(int root, const char *name, const char *data)
{
    assert_int_equal(file_write_new(root, name, span_text(data)), 0);
}

static int set_up(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    struct sockaddr_un addr = { .sun_family = AF_UNIX };

    snprintf(s->path, sizeof s->path, "/tmp/tugboot-file-test-XXXXXX");
    if (!mkdtemp(s->path))
        return -1;
    s->root = file_open_root(s->path);
    put(s->root, "plain", "hello");
    put(s->root, "MiXed.Txt", "mixed");
    assert_int_equal(mkdirat(s->root, "Sub", 0755), 0);
    put(s->root, "Sub/inner", "inner");
    assert_int_equal(mkfifoat(s->root, "fifo", 0644), 0);
    assert_int_equal(symlinkat("plain", s->root, "link"), 0);
    assert_int_equal(symlinkat("../plain", s->root, "Sub/up"), 0);
    assert_int_equal(symlinkat("/etc/passwd", s->root, "absolute"), 0);
    assert_int_equal(symlinkat("../../etc/passwd", s->root, "climbs"), 0);
    assert_int_equal(symlinkat("circle", s->root, "circle"), 0);
    assert_int_equal(symlinkat("nothing", s->root, "dangling"), 0);
    assert_int_equal(symlinkat("/proc/self/fd/0", s->root, "magic"), 0);
    snprintf(addr.sun_path, sizeof addr.sun_path, "%.60s/socket", s->path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof addr), 0);
    close(fd);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    int tmp = file_open_root("/tmp");
    int r = file_remove_tree(tmp, s->path + 5);
    close(tmp);
    close(s->root);
    free(s);
    return r;
}

static const struct {
    const char *name;
    bool any_case;
    enum file_verdict want;
    const char *content;
} cases[] = {
    { "plain", false, FILE_OPENED, "hello" },     { "link", false, FILE_OPENED, "hello" },
    { "Sub/inner", false, FILE_OPENED, "inner" }, { "Sub/up", false, FILE_OPENED, "hello" },
    { "sub/INNER", true, FILE_OPENED, "inner" },  { "mixed.txt", true, FILE_OPENED, "mixed" },
    { "mixed.txt", false, FILE_ABSENT, NULL },    { "sub/nothing", true, FILE_ABSENT, NULL },
    { "plain/below", false, FILE_ABSENT, NULL },  { "dangling", false, FILE_ABSENT, NULL },
    { "dangling", true, FILE_ABSENT, NULL },      { "absolute", false, FILE_FORBIDDEN, NULL },
    { "climbs", false, FILE_FORBIDDEN, NULL },    { "circle", false, FILE_FORBIDDEN, NULL },
    { "magic", false, FILE_FORBIDDEN, NULL },     { "fifo", false, FILE_IS_FIFO, NULL },
    { "FIFO", true, FILE_IS_FIFO, NULL },         { "socket", false, FILE_IS_SOCKET, NULL },
    { "Sub", false, FILE_IS_FOLDER, NULL },       { "", false, FILE_IS_FOLDER, NULL },
};

static void test_open(void **state)
{
    struct scene *s = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct safe_path path;
        struct file_facts facts;
        int fd = -1;
        assert_int_equal(safe_path_parse(span_text(cases[i].name), &path), PATH_SOUND);
        enum file_verdict got = file_open_beneath(s->root, &path, cases[i].any_case, &fd, &facts);
        if (got != cases[i].want)
            fail_msg("%s: %s", cases[i].name, file_verdict_text(got));
        assert_int_equal(file_verdict_errno(got, &facts) == 0, got == FILE_OPENED);
        if (got != FILE_OPENED) {
            assert_int_equal(fd, -1);
            continue;
        }
        uint8_t *data;
        size_t len;
        assert_int_equal(file_read_whole(fd, 100, &data, &len), 0);
        assert_int_equal(facts.size, len);
        assert_string_equal((char *)data, cases[i].content);
        assert_int_equal(file_read_whole(fd, len - 1, &data, &len), -EFBIG);
        free(data);
        close(fd);
    }
}

static void test_device_and_read_bounds(void **state)
{
    struct scene *s = *state;
    struct file_facts facts;
    struct safe_path path;
    char buffer[16];
    int fd;
    assert_int_equal(file_open_path("/dev/null", &fd, &facts), FILE_IS_DEVICE);
    assert_int_equal(file_open_path("/nonexistent/x", &fd, &facts), FILE_ABSENT);
    assert_int_equal(safe_path_parse(span_text("plain"), &path), PATH_SOUND);
    assert_int_equal(file_open_beneath(s->root, &path, false, &fd, &facts), FILE_OPENED);
    assert_int_equal(file_read_at(fd, 3, buffer, sizeof buffer), 2);
    assert_int_equal(file_read_at(fd, 5, buffer, sizeof buffer), 0);
    assert_int_equal(file_read_at(fd, UINT64_MAX, buffer, sizeof buffer), 0);
    close(fd);
}

static int note(void *context, const struct file_entry *entry)
{
    char *out = context;
    size_t used = strlen(out);
    snprintf(out + used, 256 - used, "%s%c ", entry->name, "fdo"[entry->kind]);
    return 0;
}

static void test_list(void **state)
{
    struct scene *s = *state;
    char names[256] = "";
    for (int twice = 0; twice < 2; twice++) {
        names[0] = 0;
        assert_int_equal(file_list(s->root, note, names), 0);
        assert_string_equal(names, "MiXed.Txtf Subd absolutef circleo climbsf danglingo fifoo "
                                   "linkf magico plainf socketo ");
    }
}

static void test_copy_tree(void **state)
{
    struct scene *s = *state;
    struct file_copy copy = { 0 };
    struct file_tree_size size;
    char names[256] = "";
    struct safe_path sub = { .len = 3, .text = "Sub" };

    assert_int_equal(mkdirat(s->root, "target", 0755), 0);
    int from = file_open_folder(s->root, &sub);
    assert_int_equal(mkdirat(from, "deep", 0755), 0);
    put(from, "deep/er", "12345678");
    int to = openat(s->root, "target", O_RDONLY | O_DIRECTORY);
    assert_int_equal(file_measure_tree(from, &copy, &size), 0);
    assert_int_equal(size.files, 3);
    assert_int_equal(size.folders, 1);
    assert_int_equal(size.bytes, 5 + 5 + 8);
    assert_int_equal(file_copy_tree(from, to, &copy), 0);
    assert_int_equal(file_list(to, note, names), 0);
    assert_string_equal(names, "deepd innerf upf ");
    struct stat st;
    assert_int_equal(fstatat(to, "up", &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_true(S_ISREG(st.st_mode));
    /* A second time: the names are there already. */
    assert_int_equal(file_copy_tree(from, to, &copy), -EEXIST);
    assert_true(strlen(copy.why) > 10);
    close(from);
    close(to);
    assert_int_equal(file_rename_new(s->root, "target", "Sub"), -EEXIST);
    assert_int_equal(file_rename_new(s->root, "target", "moved"), 0);
    assert_int_equal(file_remove_tree(s->root, "moved"), 0);
    assert_int_equal(file_remove_tree(s->root, "moved"), -ENOENT);
}

static int stop(void *context, uint64_t bytes)
{
    (void)context;
    return bytes > 0 ? 7 : 0;
}

static void test_copy_refuses(void **state)
{
    struct scene *s = *state;
    struct file_copy copy = { 0 };
    struct file_tree_size size;

    assert_int_equal(mkdirat(s->root, "bad", 0755), 0);
    assert_int_equal(mkfifoat(s->root, "bad/pipe", 0644), 0);
    struct safe_path bad = { .len = 3, .text = "bad" };
    int from = file_open_folder(s->root, &bad);
    assert_int_equal(file_measure_tree(from, &copy, &size), -EINVAL);
    assert_string_equal(copy.why, "pipe it is a FIFO, not a file");
    assert_int_equal(unlinkat(from, "pipe", 0), 0);
    assert_int_equal(symlinkat(".", from, "loop"), 0);
    assert_int_equal(file_measure_tree(from, &copy, &size), -ELOOP);
    close(from);

    struct safe_path sub = { .len = 3, .text = "Sub" };
    copy.progress = stop;
    from = file_open_folder(s->root, &sub);
    assert_int_equal(mkdirat(s->root, "target", 0755), 0);
    int to = openat(s->root, "target", O_RDONLY | O_DIRECTORY);
    assert_int_equal(file_copy_tree(from, to, &copy), 7);
    close(from);
    close(to);
    uint64_t space;
    assert_int_equal(file_free_space(s->root, &space), 0);
    assert_true(space > 0);
}

static mode_t mode_of(int root, const char *name)
{
    struct stat st;
    assert_int_equal(fstatat(root, name, &st, AT_SYMLINK_NOFOLLOW), 0);
    return st.st_mode & 07777;
}

static void assert_content(int root, const char *name, const char *want)
{
    struct safe_path path;
    struct file_facts facts;
    uint8_t *data;
    size_t len;
    int fd;
    assert_int_equal(safe_path_parse(span_text(name), &path), PATH_SOUND);
    assert_int_equal(file_open_beneath(root, &path, false, &fd, &facts), FILE_OPENED);
    assert_int_equal(file_read_whole(fd, 100, &data, &len), 0);
    assert_true(span_is(span_of(data, len), want));
    free(data);
    close(fd);
}

static void test_written_files(void **state)
{
    struct scene *s = *state;
    mode_t mask = umask(0);
    assert_int_equal(file_write_private(s->root, "secret", span_text("s")), 0);
    assert_int_equal(file_write_private(s->root, "secret", span_text("t")), -EEXIST);
    assert_int_equal(mode_of(s->root, "secret"), 0600);
    assert_int_equal(file_write_over(s->root, "fresh", span_text("new")), 0);
    assert_int_equal(mode_of(s->root, "fresh"), 0644);
    assert_content(s->root, "fresh", "new");

    assert_int_equal(fchmodat(s->root, "plain", 0640, 0), 0);
    put(s->root, ".plain.new", "cut");
    assert_int_equal(file_write_over(s->root, "plain", span_text("other")), 0);
    assert_int_equal(mode_of(s->root, "plain"), 0640);
    assert_content(s->root, "plain", "other");
    assert_int_equal(faccessat(s->root, ".plain.new", F_OK, 0), -1);
    assert_int_equal(file_write_over(s->root, "Sub", span_text("x")), -EISDIR);
    assert_int_equal(file_write_over(s->root, "fifo", span_text("x")), -EINVAL);
    assert_int_equal(file_write_over(s->root, "link", span_text("x")), -EINVAL);
    assert_int_equal(file_write_over(s->root, "no/such", span_text("x")), -ENOENT);
    umask(mask);
}

static void test_replace(void **state)
{
    struct scene *s = *state;
    struct stat st;
    char big[NAME_MAX + 1];
    (void)umask(022);
    assert_int_equal(file_replace(s->root, "secret", span_text("one"), true), 0);
    assert_int_equal(fstatat(s->root, "secret", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(file_replace(s->root, "secret", span_text("second"), true), 0);
    assert_int_equal(file_replace(s->root, "open", span_text("x"), false), 0);
    assert_int_equal(fstatat(s->root, "open", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    assert_int_equal(fstatat(s->root, "secret", &st, 0), 0);
    assert_int_equal(st.st_size, 6);
    assert_int_equal(fstatat(s->root, ".secret.new", &st, 0), -1);
    assert_int_equal(file_replace(s->root, "Sub", span_text("x"), false), -EISDIR);
    assert_int_equal(fstatat(s->root, ".Sub.new", &st, 0), -1);
    memset(big, 'a', NAME_MAX);
    big[NAME_MAX] = 0;
    assert_int_equal(file_replace(s->root, big, span_text("x"), false), -ENAMETOOLONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_written_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_open, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_device_and_read_bounds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_list, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_replace, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_copy_tree, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_copy_refuses, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
