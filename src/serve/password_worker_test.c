/* Passwords in a thread: outcomes come in order and in the loop, too many are turned away, and the
 * end waits for nobody. */
/* cmocka.h needs the headers before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <cmocka.h>
/* clang-format on */

#include "serve/password_worker.h"

static struct {
    struct loop *loop;
    unsigned int left;
    char made[PASSWORD_HASH_MAX];
    char order[16];
} world;

static void done(struct password_task *task)
{
    const char *name = task->context;
    size_t n = strlen(world.order);
    snprintf(world.order + n, sizeof world.order - n, "%s%c", name,
             task->outcome.matched ? '+' : '-');
    assert_string_equal(task->outcome.hash, task->job.checks ? task->job.hash : "");
    if (task->outcome.made[0])
        memcpy(world.made, task->outcome.made, sizeof world.made);
    password_task_free(task);
    if (--world.left == 0)
        loop_stop(world.loop);
}

static struct password_task *task_of(char *name, const char *hash, const char *given,
                                     const char *wanted)
{
    struct password_task *task = calloc(1, sizeof *task);
    assert_non_null(task);
    task->done = done;
    task->context = name;
    task->job.checks = hash != NULL;
    task->job.makes = wanted != NULL;
    span_to_text(span_text(hash), task->job.hash, sizeof task->job.hash);
    span_to_text(span_text(given), task->job.given, sizeof task->job.given);
    span_to_text(span_text(wanted), task->job.wanted, sizeof task->job.wanted);
    return task;
}

static void ask(struct password_worker *worker, struct password_task *task)
{
    world.left++;
    assert_int_equal(password_worker_ask(worker, task), 0);
}

static void outcomes_come_in_order(void **state)
{
    struct password_worker *worker;
    char a[] = "a", b[] = "b", c[] = "c";
    (void)state;
    memset(&world, 0, sizeof world);
    assert_int_equal(loop_new(&world.loop), 0);
    assert_int_equal(password_worker_new(world.loop, &worker), 0);
    char hash[PASSWORD_HASH_MAX];
    assert_int_equal(password_hash(span_text("correct horse"), hash), 0);
    ask(worker, task_of(a, hash, "wrong horse", "never made"));
    ask(worker, task_of(b, hash, "correct horse", NULL));
    ask(worker, task_of(c, hash, "correct horse", "other horse"));
    assert_int_equal(loop_run(world.loop), 0);
    assert_string_equal(world.order, "a-b+c+");
    assert_true(password_matches(world.made, span_text("other horse")));
    password_worker_free(worker);
    loop_free(world.loop);
}

static void too_many_are_turned_away_and_the_end_is_clean(void **state)
{
    struct password_worker *worker;
    char name[] = "x";
    unsigned int taken = 0;
    (void)state;
    memset(&world, 0, sizeof world);
    world.left = 1000;
    assert_int_equal(loop_new(&world.loop), 0);
    assert_int_equal(password_worker_new(world.loop, &worker), 0);
    for (;;) {
        struct password_task *task = task_of(name, NULL, NULL, "correct horse");
        int r = password_worker_ask(worker, task);
        if (r == 0) {
            taken++;
            continue;
        }
        assert_int_equal(r, -EAGAIN);
        password_task_free(task);
        break;
    }
    assert_int_equal(taken, 9); /* one under way, eight that wait */
    password_worker_free(worker);
    assert_string_equal(world.order, "x-");
    loop_free(world.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_come_in_order),
        cmocka_unit_test(too_many_are_turned_away_and_the_end_is_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
