/* Containers are read in another process, once each, when they rest; one that is cut is refused,
 * one that kills its readers as well; what nobody asks for is let go of. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "boot/slim_iso.h"
#include "net/file.h"
#include "serve/container_reader.h"
#include "serve/container_shelf.h"
#include "serve/sanitized.h"

#include <cmocka.h>

#define SECONDS_MAX 60

struct scene {
    char top[64];
    int folder;
    struct loop *loop;
    struct image_worker *worker;
    struct container_shelf *shelf;
    unsigned news;
    /* Called at the beginning and whenever there is news; true = the test is over. */
    bool (*step)(struct scene *s);
    struct work work;
    struct timer patience, killer;
    bool is_over;
};

/* A disc with one empty file, which lies in no place. */
static const char texts[] = "a folder\0a folder/a file";
static const struct image_index_entry entries[] = {
    { .path = 0, .path_len = 8, .is_folder = 1 },
    { .path = 9, .path_len = 15 },
};
static const struct image_index source = { .entries = entries,
                                           .texts = texts,
                                           .entry_count = 2,
                                           .texts_len = sizeof texts,
                                           .volume = "SHELF",
                                           .system = "",
                                           .note = "" };

/* Put the disc there, without its last `cut` bytes, as if written `age` seconds ago. */
static void put_disc(const struct scene *s, const char *name, size_t cut, time_t age)
{
    static uint8_t memory[200000], disc[200000];
    static const char *const paths[] = { "a folder" };
    const struct image_container container = { .index = &source, .file = "x" };
    struct arena arena = arena_over(memory, sizeof memory);
    struct part_plan plan;
    assert_int_equal(slim_iso_plan(&container, paths, 1, &arena, &plan), SLIM_ISO_SOUND);
    struct span head = plan.parts[1].text;
    size_t len = (size_t)plan.parts[0].length;
    memset(disc, 0, sizeof disc);
    memcpy(disc + len, head.data, head.len);
    len += head.len - cut;
    int fd = openat(s->folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && write(fd, disc, len) == (ssize_t)len);
    const struct timespec times[2] = { { .tv_sec = time(NULL) - age },
                                       { .tv_sec = time(NULL) - age } };
    assert_int_equal(futimens(fd, times), 0);
    close(fd);
}

static enum container_state ask(const struct scene *s, const struct container_finder *finder,
                                const char *name, struct held_container **ret_held, char *why)
{
    struct file_facts facts;
    int fd = openat(s->folder, name, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(file_facts_of(fd, &facts), 0);
    enum container_state state = finder->find(finder->context, fd, &facts, ret_held, why);
    close(fd);
    return state;
}

/* What the shelf says of one file, in a walk over this file alone. */
static enum container_state look(struct scene *s, const char *name, char *why)
{
    const struct container_finder finder = container_shelf_finder(s->shelf);
    struct held_container *held = NULL;
    container_shelf_begin(s->shelf);
    enum container_state state = ask(s, &finder, name, &held, why);
    container_shelf_end(s->shelf);
    if (held) {
        assert_string_equal(held->index.volume, "SHELF");
        assert_non_null(image_index_find(&held->index, span_text("a folder/a file"), false));
    }
    held_container_unref(held);
    return state;
}

static void run_step(struct work *work)
{
    struct scene *s = work->context;
    s->is_over = s->is_over || s->step(s);
    if (s->is_over)
        loop_stop(s->loop);
}

static void on_news(void *context)
{
    struct scene *s = context;
    s->news++;
    s->work = (struct work){ .run = run_step, .context = s };
    loop_post(s->loop, &s->work);
}

static void give_up(struct timer *timer, struct now now)
{
    (void)now;
    loop_stop(timer->context);
}

static int set_up(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    *state = s;
    /* The worker's processes become this one's, so that they can be found and buried. */
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    snprintf(s->top, sizeof s->top, "/tmp/tugboot-shelf-test-XXXXXX");
    if (!mkdtemp(s->top) || loop_new(&s->loop) < 0 ||
        image_worker_new("", !is_sanitized(), &s->worker) < 0 ||
        image_worker_attach(s->worker, s->loop) < 0)
        return -1;
    s->folder = file_open_root(s->top);
    const struct container_shelf_settings settings = {
        .loop = s->loop, .worker = s->worker, .news = on_news, .context = s
    };
    return container_shelf_new(&settings, &s->shelf);
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    image_worker_free(s->worker);
    container_shelf_free(s->shelf);
    loop_free(s->loop);
    while (waitpid(-1, NULL, 0) > 0)
        ;
    close(s->folder);
    int tmp = file_open_root("/tmp");
    int r = file_remove_tree(tmp, s->top + 5);
    close(tmp);
    free(s);
    return r;
}

/* Run the steps to their end. */
static void run(struct scene *s, bool (*step)(struct scene *s))
{
    s->step = step;
    timer_init(&s->patience, give_up, s->loop);
    assert_int_equal(
        loop_arm(s->loop, &s->patience,
                 instant_after(loop_now(s->loop).steady, duration_seconds(SECONDS_MAX))),
        0);
    on_news(s);
    assert_int_equal(loop_run(s->loop), 0);
    loop_disarm(s->loop, &s->patience);
    assert_true(s->is_over);
}

static bool wait_for_old(struct scene *s)
{
    char why[CONTAINER_FINDER_WHY_MAX];
    enum container_state state = look(s, "x", why);
    if (s->news == 1) {
        assert_int_equal(state, CONTAINER_AWAITED);
        assert_string_equal(why, "it is being read");
    }
    return state == CONTAINER_READY;
}

static void one_that_rests_is_read(void **state)
{
    struct scene *s = *state;
    put_disc(s, "x", 0, 3600);
    run(s, wait_for_old);
    assert_int_equal(s->news, 2);
}

static bool wait_for_new(struct scene *s)
{
    char why[CONTAINER_FINDER_WHY_MAX];
    enum container_state state = look(s, "x", why);
    if (s->news == 1) {
        assert_int_equal(state, CONTAINER_AWAITED);
        assert_string_equal(why, "it is still being written");
    }
    return state == CONTAINER_READY;
}

static void a_new_one_is_left_to_rest(void **state)
{
    struct scene *s = *state;
    put_disc(s, "x", 0, 0);
    run(s, wait_for_new);
    /* the beginning, the rest, the answer */
    assert_int_equal(s->news, 3);
}

static bool wait_for_cut(struct scene *s)
{
    char why[CONTAINER_FINDER_WHY_MAX];
    enum container_state state = look(s, "x", why);
    if (s->news == 1)
        return false;
    assert_int_equal(state, CONTAINER_REFUSED);
    assert_true(why[0] != 0);
    return true;
}

static void a_cut_one_is_refused(void **state)
{
    struct scene *s = *state;
    put_disc(s, "x", 2048, 3600);
    run(s, wait_for_cut);
}

static bool let_it_settle(struct scene *s)
{
    char why[CONTAINER_FINDER_WHY_MAX];
    enum container_state state = look(s, "x", why);
    if (s->news == 1)
        return false;
    /* it may be a slow copy: no word of it yet */
    if (s->news == 2)
        assert_int_equal(state, CONTAINER_AWAITED);
    return state == CONTAINER_REFUSED;
}

static void a_cut_one_may_still_grow(void **state)
{
    struct scene *s = *state;
    put_disc(s, "x", 2048, CONTAINER_CUT_SETTLE_MS / 1000 - 4);
    run(s, let_it_settle);
    assert_int_equal(s->news, 3);
}

/* The process of which `parent` is the parent; 0 when there is none. */
static pid_t child_of(pid_t parent)
{
    char path[64], text[64] = "";
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    FILE *children = fopen(path, "re");
    if (!children)
        return 0;
    (void)!fgets(text, sizeof text, children);
    fclose(children);
    return (pid_t)strtol(text, NULL, 10);
}

/* The worker, once its keeper has forked it. */
static pid_t await_worker(void)
{
    pid_t worker = child_of(child_of(getpid()));
    for (unsigned i = 0; worker <= 0 && i < 4000; i++) {
        usleep(5000);
        worker = child_of(child_of(getpid()));
    }
    return worker;
}

/* No worker lives long enough to answer. */
static void kill_again(struct timer *timer, struct now now)
{
    pid_t worker = child_of(child_of(getpid()));
    if (worker > 0)
        (void)kill(worker, SIGKILL);
    assert_int_equal(loop_arm(((struct scene *)timer->context)->loop, timer,
                              instant_after(now.steady, duration_ms(1))),
                     0);
}

static bool wait_for_end(struct scene *s)
{
    char why[CONTAINER_FINDER_WHY_MAX];
    if (s->news == 1) {
        pid_t worker = await_worker();
        assert_true(worker > 0 && kill(worker, SIGSTOP) == 0);
        timer_init(&s->killer, kill_again, s);
        kill_again(&s->killer, loop_now(s->loop));
    }
    if (look(s, "x", why) != CONTAINER_REFUSED)
        return false;
    loop_disarm(s->loop, &s->killer);
    assert_non_null(strstr(why, "the file broke its reader"));
    return true;
}

static void one_that_kills_is_not_tried_again(void **state)
{
    struct scene *s = *state;
    put_disc(s, "x", 0, 3600);
    run(s, wait_for_end);
}

static bool ask_for_another(struct scene *s)
{
    char why[CONTAINER_FINDER_WHY_MAX];
    if (s->news == 1)
        return look(s, "x", why) == CONTAINER_READY;
    if (s->news == 2) {
        assert_int_equal(look(s, "x", why), CONTAINER_READY);
        assert_int_equal(look(s, "y", why), CONTAINER_AWAITED);
        return false;
    }
    assert_int_equal(look(s, "y", why), CONTAINER_READY);
    assert_int_equal(look(s, "x", why), CONTAINER_AWAITED);
    return true;
}

static void what_nobody_asks_for_is_let_go_of(void **state)
{
    struct scene *s = *state;
    put_disc(s, "x", 0, 3600);
    put_disc(s, "y", 0, 3600);
    run(s, ask_for_another);
}

static void commands_wait_for_it(void **state)
{
    const struct scene *s = *state;
    struct container_reader *reader = container_reader_new("");
    const struct container_finder finder = container_reader_finder(reader);
    struct held_container *held = NULL, *again = NULL;
    char why[CONTAINER_FINDER_WHY_MAX];
    put_disc(s, "x", 0, 0);
    put_disc(s, "cut", 2048, 0);
    assert_int_equal(ask(s, &finder, "x", &held, why), CONTAINER_READY);
    assert_int_equal(ask(s, &finder, "x", &again, why), CONTAINER_READY);
    assert_ptr_equal(held, again);
    held_container_unref(again);
    assert_int_equal(ask(s, &finder, "cut", &again, why), CONTAINER_REFUSED);
    assert_true(why[0] != 0);
    assert_true(held_container_is_whole(held));
    held_container_unref(held);
    container_reader_free(reader);
    assert_null(container_reader_finder(NULL).find);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_that_rests_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_one_is_left_to_rest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cut_one_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cut_one_may_still_grow, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_kills_is_not_tried_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_nobody_asks_for_is_let_go_of, set_up, tear_down),
        cmocka_unit_test_setup_teardown(commands_wait_for_it, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
