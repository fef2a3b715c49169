/* Watching folders, on a real loop in a folder of its own: what counts as a change and what does
 * not, that many make one call, and that folders made, renamed and put in place later are seen. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/file.h"
#include "net/watch_folder.h"

#include <cmocka.h>

struct scene {
    struct loop *loop;
    struct watch_folder *watch;
    char folder[64];
    int fd;
    struct timer end, step;
    int changes, steps_left, writes_left;
    int wanted;          /* the loop goes on until so many were told ... */
    int64_t ms;          /* ... and stops at a multiple of this */
    int patience;        /* multiples, on a machine that has other things to do */
    int step_at;         /* the step is due once so many were told; 0 = by its own time */
    int told_while_busy; /* before the last write */
};

#define PATIENCE 40

static void changed(void *context)
{
    struct scene *s = context;
    s->changes++;
    if (s->writes_left > 0)
        s->told_while_busy++;
    if (s->step_at > 0 && s->changes == s->step_at)
        assert_int_equal(loop_arm(s->loop, &s->step, loop_now(s->loop).steady), 0);
}

static void end(struct timer *timer, struct now now)
{
    struct scene *s = timer->context;
    if ((s->changes >= s->wanted && s->writes_left == 0) || s->patience-- == 0)
        loop_stop(s->loop);
    else
        assert_int_equal(loop_arm(s->loop, timer, instant_after(now.steady, duration_ms(s->ms))),
                         0);
}

static void scene_make(struct scene *s)
{
    *s = (struct scene){ .folder = "/tmp/watch_folder_test.XXXXXX" };
    assert_non_null(mkdtemp(s->folder));
    s->fd = file_open_root(s->folder);
    assert_true(s->fd >= 0);
}

/* A loop cannot run twice: each part of a test has one of its own, watching `names`. */
static void begin(struct scene *s, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", s->folder, name);
    s->changes = s->told_while_busy = s->step_at = 0;
    assert_int_equal(loop_new(&s->loop), 0);
    assert_int_equal(watch_folder_new(s->loop, changed, s, &s->watch), 0);
    assert_int_equal(watch_folder_add(s->watch, path), 0);
    timer_init(&s->end, end, s);
}

/* Run for `ms`, and as long again until `wanted` changes were told: how many were. */
static int run(struct scene *s, int64_t ms, int wanted)
{
    s->ms = ms;
    s->wanted = wanted;
    s->patience = PATIENCE;
    struct instant due = instant_after(loop_now(s->loop).steady, duration_ms(ms));
    assert_int_equal(loop_arm(s->loop, &s->end, due), 0);
    assert_int_equal(loop_run(s->loop), 0);
    assert_true(watch_folder_is_complete(s->watch));
    watch_folder_free(s->watch);
    loop_free(s->loop);
    return s->changes;
}

static void scene_remove(struct scene *s)
{
    close(s->fd);
    int root = file_open_root("/tmp");
    assert_int_equal(file_remove_tree(root, s->folder + 5), 0);
    close(root);
}

static void put(struct scene *s, const char *name)
{
    int fd = openat(s->fd, name, O_WRONLY | O_CREAT, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "x", 1), 1);
    close(fd);
}

static void make(struct scene *s, const char *name)
{
    assert_int_equal(mkdirat(s->fd, name, 0755), 0);
}

static void move(struct scene *s, const char *from, const char *to)
{
    assert_int_equal(renameat(s->fd, from, s->fd, to), 0);
}

static void changes_make_one_call(void **state)
{
    struct scene s;
    (void)state;
    scene_make(&s);
    make(&s, "a");
    make(&s, "a/b");
    put(&s, "a/b/old");

    begin(&s, "");
    put(&s, "one");
    put(&s, "a/two");
    put(&s, "a/b/old");
    assert_int_equal(unlinkat(s.fd, "one", 0), 0);
    assert_int_equal(run(&s, 600, 1), 1);

    begin(&s, "");
    assert_int_equal(run(&s, 400, 0), 0);

    begin(&s, "");
    assert_int_equal(fchmodat(s.fd, "a/b/old", 0600, 0), 0);
    assert_int_equal(run(&s, 500, 1), 1);
    scene_remove(&s);
}

static void names_with_a_dot_are_nothing(void **state)
{
    struct scene s;
    (void)state;
    scene_make(&s);
    begin(&s, "");
    make(&s, ".adding-debian");
    put(&s, ".adding-debian/linux");
    put(&s, ".swap");
    assert_int_equal(run(&s, 500, 0), 0);

    begin(&s, "");
    move(&s, ".adding-debian", "debian");
    assert_int_equal(run(&s, 500, 1), 1);
    scene_remove(&s);
}

static void write_again(struct timer *timer, struct now now)
{
    struct scene *s = timer->context;
    put(s, "busy");
    if (--s->writes_left > 0)
        assert_int_equal(loop_arm(s->loop, timer, instant_after(now.steady, duration_ms(100))), 0);
}

static void a_folder_that_never_rests_is_told_of(void **state)
{
    struct scene s;
    (void)state;
    scene_make(&s);
    begin(&s, "");
    s.writes_left = 23;
    struct instant start = loop_now(s.loop).steady;
    timer_init(&s.step, write_again, &s);
    assert_int_equal(loop_arm(s.loop, &s.step, start), 0);
    /* Told once while it goes on, once when it rests; more than that only where the writer rested
     * between two steps, since the machine had other things to do. */
    assert_true(run(&s, 2900, 2) >= 2);
    assert_int_equal(s.writes_left, 0);
    assert_true(s.told_while_busy >= 1);
    scene_remove(&s);
}

/* Folders that come while watched are watched too, under the name they have now. */
static void later_step(struct timer *timer, struct now now)
{
    struct scene *s = timer->context;
    static const char *const files[] = { "new/deep/er/file", "moved/er/file", "gone/file", NULL };
    (void)now;
    put(s, files[s->steps_left]);
}

static void new_folders_are_watched(void **state)
{
    struct scene s;
    (void)state;
    scene_make(&s);
    begin(&s, "");
    make(&s, "new");
    make(&s, "new/deep");
    make(&s, "new/deep/er");
    s.steps_left = 0;
    s.step_at = 1;
    timer_init(&s.step, later_step, &s);
    assert_int_equal(run(&s, 1000, 2), 2);

    begin(&s, "");
    move(&s, "new/deep", "moved");
    s.steps_left = 1;
    s.step_at = 1;
    assert_int_equal(run(&s, 1000, 2), 2);
    scene_remove(&s);
}

static void a_folder_that_left_is_let_go(void **state)
{
    struct scene s;
    (void)state;
    scene_make(&s);
    make(&s, "top");
    make(&s, "top/sub");
    begin(&s, "top");
    move(&s, "top/sub", "gone");
    s.steps_left = 2;
    s.step_at = 1;
    timer_init(&s.step, later_step, &s);
    assert_int_equal(run(&s, 1000, 1), 1);
    scene_remove(&s);
}

static void put_in_place(struct timer *timer, struct now now)
{
    struct scene *s = timer->context;
    (void)now;
    if (s->steps_left == 1)
        move(s, "top", "old");
    make(s, "top");
}

static void a_folder_may_come_later(void **state)
{
    struct scene s;
    (void)state;
    scene_make(&s);
    begin(&s, "top");
    s.steps_left = 0;
    timer_init(&s.step, put_in_place, &s);
    struct instant start = loop_now(s.loop).steady;
    assert_int_equal(loop_arm(s.loop, &s.step, instant_after(start, duration_ms(100))), 0);
    assert_int_equal(run(&s, WATCH_FOLDER_CHECK_MS + 600, 1), 1);

    /* Another folder in its place is noticed at once: the old one tells that it moved. */
    begin(&s, "top");
    s.steps_left = 1;
    start = loop_now(s.loop).steady;
    assert_int_equal(loop_arm(s.loop, &s.step, instant_after(start, duration_ms(100))), 0);
    assert_int_equal(run(&s, 700, 1), 1);
    scene_remove(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_make_one_call),
        cmocka_unit_test(names_with_a_dot_are_nothing),
        cmocka_unit_test(a_folder_that_never_rests_is_told_of),
        cmocka_unit_test(new_folders_are_watched),
        cmocka_unit_test(a_folder_that_left_is_let_go),
        cmocka_unit_test(a_folder_may_come_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
