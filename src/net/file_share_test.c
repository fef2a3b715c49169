/* Files are shared within a turn of the loop, and beyond it while they stay what they are. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/file_share.h"

#include <cmocka.h>

struct scene {
    char folder[64];
    int root;
    struct loop *loop;
    struct file_share *share;
    struct work work;
    void (*step)(struct scene *scene);
    int kept;
    bool keeps_running; /* the step has work for later turns */
};

static void put(const struct scene *s, const char *name, char letter, size_t size)
{
    char path[128], made[128];
    snprintf(path, sizeof path, "%s/%s", s->folder, name);
    snprintf(made, sizeof made, "%s/new", s->folder);
    FILE *out = fopen(made, "wb");
    assert_non_null(out);
    for (size_t i = 0; i < size; i++)
        fputc(letter, out);
    fclose(out);
    assert_int_equal(rename(made, path), 0);
}

static int open_one(const struct scene *s, uint64_t generation, const char *name)
{
    struct safe_path path;
    struct file_facts facts;
    int fd = -1;
    assert_int_equal(safe_path_parse(span_text(name), &path), PATH_SOUND);
    assert_int_equal(file_share_open(s->share, generation, s->root, &path, false, &fd, &facts),
                     FILE_OPENED);
    return fd;
}

static char letter_of(int fd)
{
    char letter = 0;
    assert_int_equal(pread(fd, &letter, 1, 0), 1);
    return letter;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static void run_step(struct work *work)
{
    struct scene *s = work->context;
    s->step(s);
    if (!s->keeps_running)
        loop_stop(s->loop);
}

/* One turn of a loop of its own, with `step` in it. */
static void turn(struct scene *s, void (*step)(struct scene *))
{
    s->work = (struct work){ .run = run_step, .context = s };
    assert_int_equal(loop_new(&s->loop), 0);
    assert_int_equal(file_share_new(s->loop, &s->share), 0);
    s->step = step;
    loop_post(s->loop, &s->work);
    assert_int_equal(loop_run(s->loop), 0);
}

static void turn_over(struct scene *s)
{
    file_share_free(s->share);
    loop_free(s->loop);
}

static int set_up(void **state)
{
    static struct scene s;
    snprintf(s.folder, sizeof s.folder, "/tmp/tugboot-share-XXXXXX");
    if (!mkdtemp(s.folder))
        return -1;
    s.root = file_open_root(s.folder);
    put(&s, "small", 'a', 100);
    put(&s, "large", 'a', 65537);
    *state = &s;
    return s.root < 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = { "small", "large" };
    struct scene *s = *state;
    char path[128];
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", s->folder, names[i]);
        unlink(path);
    }
    close(s->root);
    return rmdir(s->folder);
}

static void ask_twice(struct scene *s)
{
    int first = open_one(s, 1, "small"), second = open_one(s, 1, "small");
    int large = open_one(s, 1, "large"), again = open_one(s, 1, "large");
    int other = open_one(s, 2, "small");
    assert_int_equal(first, second);
    assert_int_not_equal(large, again);
    assert_int_not_equal(other, first);
    put(s, "small", 'b', 100);
    file_share_close(s->share, first);
    assert_int_equal(letter_of(second), 'a'); /* still open, and what the first one saw */
    file_share_close(s->share, second);
    assert_int_equal(open_one(s, 1, "small"), first); /* until the turn ends */
    file_share_close(s->share, first);
    file_share_close(s->share, large);
    assert_false(is_open(large));
    file_share_close(s->share, again);
    file_share_close(s->share, other);
    s->kept = first;
}

static void a_small_file_is_opened_once_a_turn(void **state)
{
    struct scene *s = *state;
    turn(s, ask_twice);
    int fd = open_one(s, 1, "small"); /* another turn: as it is now */
    assert_int_equal(letter_of(fd), 'b');
    file_share_close(s->share, fd);
    turn_over(s);
    assert_false(is_open(fd));
}

/* The moments of a file that is replaced: each a turn of its own. */
struct moments {
    struct scene *scene;
    struct timer timer;
    int number, first, second;
};

static void next_moment(struct timer *timer, struct now now)
{
    struct moments *m = timer->context;
    struct scene *s = m->scene;
    static const int64_t then_ms[] = { 1, 1, 1000 };

    if (m->number == 3) { /* long after the last use */
        assert_false(is_open(m->second));
        loop_stop(s->loop);
        return;
    }
    if (m->number == 2)
        put(s, "small", 'b', 100);
    int fd = open_one(s, 1, "small");
    assert_int_equal(letter_of(fd), m->number == 2 ? 'b' : 'a');
    file_share_close(s->share, fd);
    assert_true(is_open(fd));
    if (m->number == 0)
        m->first = fd;
    if (m->number == 1)
        assert_int_equal(fd, m->first);
    m->second = fd;
    assert_int_equal(
        loop_arm(s->loop, timer, instant_after(now.steady, duration_ms(then_ms[m->number++]))), 0);
}

static struct moments moments;

static void begin_moments(struct scene *s)
{
    moments = (struct moments){ .scene = s };
    timer_init(&moments.timer, next_moment, &moments);
    assert_int_equal(loop_arm(s->loop, &moments.timer, loop_now(s->loop).steady), 0);
    s->keeps_running = true;
}

static void what_is_unchanged_stays_open_for_a_moment(void **state)
{
    struct scene *s = *state;
    turn(s, begin_moments);
    assert_int_equal(moments.number, 3);
    s->keeps_running = false;
    turn_over(s);
}

static void keep_one(struct scene *s)
{
    s->kept = open_one(s, 1, "small");
    assert_int_equal(open_one(s, 1, "small"), s->kept);
}

static void who_still_reads_is_not_disturbed(void **state)
{
    struct scene *s = *state;
    put(s, "small", 'a', 100);
    turn(s, keep_one);
    put(s, "small", 'b', 100);
    int fd = open_one(s, 1, "small");
    assert_int_not_equal(fd, s->kept);
    assert_int_equal(letter_of(fd), 'b');
    file_share_close(s->share, s->kept);
    assert_int_equal(letter_of(s->kept), 'a');
    file_share_close(s->share, s->kept);
    assert_false(is_open(s->kept));
    file_share_close(s->share, fd);
    turn_over(s);
}

static void fill_all_rows(struct scene *s)
{
    int fds[40];
    for (int i = 0; i < 40; i++)
        fds[i] = open_one(s, (uint64_t)i, "small");
    for (int i = 0; i < 40; i++)
        for (int k = 0; k < i; k++)
            assert_int_not_equal(fds[i], fds[k]);
    for (int i = 0; i < 40; i++)
        file_share_close(s->share, fds[i]);
    s->kept = fds[39]; /* no row was free: closed at once */
    assert_false(is_open(fds[39]));
    assert_true(is_open(fds[0]));
}

static void with_no_row_free_each_opens_for_itself(void **state)
{
    struct scene *s = *state;
    turn(s, fill_all_rows);
    turn_over(s);
    s->share = NULL;
    int first = open_one(s, 1, "small"), second = open_one(s, 1, "small");
    assert_int_not_equal(first, second);
    file_share_close(NULL, first);
    assert_false(is_open(first));
    file_share_close(NULL, second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_small_file_is_opened_once_a_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_unchanged_stays_open_for_a_moment, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(who_still_reads_is_not_disturbed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(with_no_row_free_each_opens_for_itself, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
