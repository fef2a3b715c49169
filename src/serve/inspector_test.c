/* Files are looked at in another process, once each; a file that changes is looked at again; a
 * worker that is killed costs its file and nothing else. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image/test_pe.h"
#include "net/file.h"
#include "serve/inspector.h"

#include <cmocka.h>

#define SECONDS_MAX   60
#define LARGE_BYTES   (INT64_C(4) << 30) /* of nothing: takes no room and seconds to hash */
#define HASHING_TICKS 10                 /* hundredths of a second: it is at the large file */

/* A sanitizer needs calls and memory that the worker is not allowed. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_FILTERED false
#else
#define IS_FILTERED true
#endif

struct scene {
    char top[64];
    struct config *config;
    struct loop *loop;
    struct image_worker *worker;
    struct inspector *inspector;
    struct catalog_snapshot *snapshot;
    unsigned inspected, refused;
    const struct steps *steps; /* of the test */
    size_t next;               /* of them */
    struct work work;
    struct timer patience, killer;
    unsigned killed;
    unsigned before; /* what a step left for the next */
    pid_t worker_pid;
};

/* What a test does at first, and then whenever there is news; a loop runs only once. */
struct steps {
    void (*run[4])(struct scene *s);
};

static struct test_file file;

static void put_program(const struct scene *s, const char *name)
{
    static const struct test_pe pe = { .directories = 16 };
    char path[256];
    memset(&file, 0, sizeof file);
    (void)test_make_whole_pe(&file, &pe);
    snprintf(path, sizeof path, "%s/images", s->top);
    assert_int_equal(file_make_folders(path), 0);
    int fd = file_open_root(path);
    (void)unlinkat(fd, name, 0);
    assert_int_equal(file_write_new(fd, name, span_of(file.data, file.len)), 0);
    close(fd);
}

static void hear(void *context, const struct event *event)
{
    struct scene *s = context;
    if (event->id == EVENT_INSPECTED)
        s->inspected += (unsigned)event_find(event, "count")->number;
    if (event->id == EVENT_SECURE_REFUSED)
        s->refused++;
}

static void run_next(struct work *work)
{
    struct scene *s = work->context;
    s->steps->run[s->next++](s);
    if (!s->steps->run[s->next])
        loop_stop(s->loop);
}

static void on_news(void *context)
{
    struct scene *s = context;
    s->work = (struct work){ .run = run_next, .context = s };
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
    snprintf(s->top, sizeof s->top, "/tmp/tugboot-inspector-test-XXXXXX");
    if (!mkdtemp(s->top) || config_defaults(&s->config) < 0 || loop_new(&s->loop) < 0 ||
        image_worker_new("", IS_FILTERED, &s->worker) < 0 ||
        image_worker_attach(s->worker, s->loop) < 0)
        return -1;
    snprintf(s->config->images, sizeof s->config->images, "%s/images", s->top);
    snprintf(s->config->state, sizeof s->config->state, "%s", s->top);
    snprintf(s->config->loaders[0], sizeof s->config->loaders[0], "%s", s->top);
    s->config->loader_count = 0;
    const struct inspector_settings settings = { .loop = s->loop,
                                                 .worker = s->worker,
                                                 .events = { .emit = hear, .context = s },
                                                 .news = on_news,
                                                 .context = s };
    if (inspector_new(&settings, &s->inspector) < 0)
        return -1;
    inspector_set_trust(s->inspector, s->config);
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    catalog_snapshot_unref(s->snapshot);
    image_worker_free(s->worker);
    inspector_free(s->inspector);
    loop_free(s->loop);
    while (waitpid(-1, NULL, 0) > 0)
        ;
    int tmp = file_open_root("/tmp");
    int r = file_remove_tree(tmp, s->top + 5);
    close(tmp);
    config_free(s->config);
    free(s);
    return r;
}

/* A catalog with what is known now. Loaders of packages are in it as well; only images count here.
 */
static void load(struct scene *s)
{
    const struct catalog_sources sources = { .config = s->config,
                                             .find_facts = inspector_find,
                                             .context = s->inspector };
    const struct event_sink sink = { .emit = hear, .context = s };
    catalog_snapshot_unref(s->snapshot);
    assert_int_equal(catalog_load(&sources, &sink, loop_now(s->loop), &s->snapshot), 0);
}

static void look(struct scene *s)
{
    load(s);
    inspector_look(s->inspector, s->snapshot);
}

/* Run all steps; false when news did not come in time. */
static bool run_steps(struct scene *s, const struct steps *steps)
{
    s->steps = steps;
    timer_init(&s->patience, give_up, s->loop);
    assert_int_equal(
        loop_arm(s->loop, &s->patience,
                 instant_after(loop_now(s->loop).steady, duration_seconds(SECONDS_MAX))),
        0);
    on_news(s);
    assert_int_equal(loop_run(s->loop), 0);
    loop_disarm(s->loop, &s->patience);
    return !steps->run[s->next];
}

static const struct secure_facts *facts_of(const struct scene *s, const char *name)
{
    const struct image *image = catalog_find_image(&s->snapshot->catalog, span_text(name));
    assert_non_null(image);
    return &image->secure;
}

static void look_at_two(struct scene *s)
{
    put_program(s, "one.efi");
    put_program(s, "two.efi");
    look(s);
    assert_false(facts_of(s, "one")->inspected);
}

static void add_a_third(struct scene *s)
{
    load(s);
    assert_true(facts_of(s, "one")->inspected && facts_of(s, "two")->is_efi);
    assert_string_equal(facts_of(s, "one")->refusal, "it is not signed");
    s->before = s->inspected;
    put_program(s, "three.efi");
    look(s);
}

static void only_the_third_was_asked_for(struct scene *s)
{
    load(s);
    assert_int_equal(s->inspected, s->before + 1);
    assert_true(facts_of(s, "three")->inspected);
}

static void files_are_looked_at_once(void **state)
{
    static const struct steps steps = { { look_at_two, add_a_third, only_the_third_was_asked_for,
                                          NULL } };
    assert_true(run_steps(*state, &steps));
}

static void change_the_second(struct scene *s)
{
    s->before = s->inspected;
    put_program(s, "two.efi");
    look(s);
    assert_true(facts_of(s, "one")->inspected);
    assert_false(facts_of(s, "two")->inspected);
}

static void only_the_second_was_asked_for(struct scene *s)
{
    load(s);
    assert_int_equal(s->inspected, s->before + 1);
    assert_true(facts_of(s, "two")->inspected);
}

static void what_changes_is_looked_at_again(void **state)
{
    static const struct steps steps = { { look_at_two, change_the_second,
                                          only_the_second_was_asked_for, NULL } };
    assert_true(run_steps(*state, &steps));
}

/* The processes of which `parent` is the parent. */
static pid_t child_of(pid_t parent)
{
    char path[64], text[64] = "";
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
    FILE *children = fopen(path, "re");
    assert_non_null(children);
    (void)!fgets(text, sizeof text, children);
    fclose(children);
    return (pid_t)strtol(text, NULL, 10);
}

static void see_its_rights(struct scene *s)
{
    char path[64], line[256];
    bool filtered = false, no_new = false;
    (void)s;
    pid_t worker = child_of(child_of(getpid()));
    assert_true(worker > 0);
    snprintf(path, sizeof path, "/proc/%d/status", (int)worker);
    FILE *status = fopen(path, "re");
    assert_non_null(status);
    while (fgets(line, sizeof line, status)) {
        filtered = filtered || strcmp(line, "Seccomp:\t2\n") == 0;
        no_new = no_new || strcmp(line, "NoNewPrivs:\t1\n") == 0;
        if (strncmp(line, "CapEff:", 7) == 0)
            assert_string_equal(line, "CapEff:\t0000000000000000\n");
    }
    fclose(status);
    assert_true(filtered == IS_FILTERED && no_new);
}

static void the_worker_has_no_rights(void **state)
{
    static const struct steps steps = { { look_at_two, see_its_rights, NULL } };
    assert_true(run_steps(*state, &steps));
}

/* It stands still, is given a file, and is killed: the file is tried again. */
static void kill_it_at_work(struct scene *s)
{
    s->worker_pid = child_of(child_of(getpid()));
    put_program(s, "three.efi");
    put_program(s, "four.efi");
    assert_int_equal(kill(s->worker_pid, SIGSTOP), 0);
    look(s);
    assert_int_equal(kill(s->worker_pid, SIGKILL), 0);
}

static void nothing_was_lost(struct scene *s)
{
    load(s);
    const struct secure_facts *three = facts_of(s, "three"), *four = facts_of(s, "four");
    assert_true(three->inspected && four->inspected);
    assert_false(three->is_damaged || four->is_damaged);
    assert_true(child_of(child_of(getpid())) != s->worker_pid);
}

static void one_death_costs_nothing(void **state)
{
    static const struct steps steps = { { look_at_two, kill_it_at_work, nothing_was_lost, NULL } };
    assert_true(run_steps(*state, &steps));
}

/* Clock ticks of processor time a process has had; 0 when it is gone. */
static unsigned long ticks_of(pid_t pid)
{
    char path[64], line[1024] = "";
    unsigned long ticks = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *stat = fopen(path, "re");
    if (!stat)
        return 0;
    (void)!fgets(line, sizeof line, stat);
    fclose(stat);
    const char *at = strrchr(line, ')');
    for (unsigned field = 2; at && field < 14; field++)
        at = strchr(at + 1, ' ');
    if (at)
        ticks = strtoul(at + 1, NULL, 10);
    return ticks;
}

/* Every worker that has come to the large file is killed, up to two of them. */
static void kill_again(struct timer *timer, struct now now)
{
    struct scene *s = timer->context;
    pid_t worker = child_of(child_of(getpid()));
    if (worker > 0 && worker != s->worker_pid && ticks_of(worker) > HASHING_TICKS) {
        s->worker_pid = worker;
        s->killed++;
        assert_int_equal(kill(worker, SIGKILL), 0);
    }
    if (s->killed < 2)
        assert_int_equal(loop_arm(s->loop, timer, instant_after(now.steady, duration_ms(5))), 0);
}

static void kill_it_twice(struct scene *s)
{
    char path[256];
    put_program(s, "large.efi");
    put_program(s, "later.efi");
    snprintf(path, sizeof path, "%s/images/large.efi", s->top);
    assert_int_equal(truncate(path, LARGE_BYTES), 0);
    look(s);
    timer_init(&s->killer, kill_again, s);
    kill_again(&s->killer, loop_now(s->loop));
}

static void one_file_was_lost(struct scene *s)
{
    load(s);
    assert_int_equal(s->killed, 2);
    assert_true(facts_of(s, "large")->is_damaged);
    assert_true(facts_of(s, "later")->inspected && !facts_of(s, "later")->is_damaged);
    assert_int_equal(s->refused, 1);
}

static void two_deaths_cost_the_file(void **state)
{
    static const struct steps steps = { { look_at_two, kill_it_twice, one_file_was_lost, NULL } };
    assert_true(run_steps(*state, &steps));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_are_looked_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_worker_has_no_rights, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_death_costs_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_deaths_cost_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_changes_is_looked_at_again, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
