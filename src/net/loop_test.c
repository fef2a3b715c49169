/* The event loop: order of timers, work from another thread, a descriptor unwatched in the turn in
 * which it was ready, stop. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "net/loop.h"

#include <cmocka.h>

struct record {
    struct loop *loop;
    int seen[8];
    int count;
};

struct numbered {
    struct timer timer;
    struct work work;
    struct record *record;
    int number;
};

static void note(struct record *record, int number)
{
    record->seen[record->count++] = number;
}

static void fired(struct timer *timer, struct now now)
{
    struct numbered *n = timer->context;
    assert_true(instant_reached(now.steady, timer->due));
    note(n->record, n->number);
    if (n->number == 3)
        loop_stop(n->record->loop);
}

static void worked(struct work *work)
{
    const struct numbered *n = work->context;
    note(n->record, n->number);
}

struct deferral {
    struct watch watch;
    struct record *record;
    struct work first, second;
};

static void second_deferred(struct work *work)
{
    const struct deferral *d = work->context;
    note(d->record, 3);
    loop_stop(d->record->loop);
}

static void first_deferred(struct work *work)
{
    struct deferral *d = work->context;
    note(d->record, 2);
    d->second = (struct work){ .run = second_deferred, .context = d };
    loop_defer(d->record->loop, &d->second);
}

static void ready_and_defers(struct watch *watch, uint32_t events)
{
    struct deferral *d = watch->context;
    (void)events;
    d->first = (struct work){ .run = first_deferred, .context = d };
    loop_defer(d->record->loop, &d->first);
    note(d->record, 1);
}

static void note_the_end(void *context)
{
    note(context, 4);
}

/* Behind the descriptors, before the hook, and all of it in the same turn. */
static void deferred_work_ends_the_turn(void **state)
{
    struct record record = { 0 };
    int ends[2];
    (void)state;
    assert_int_equal(loop_new(&record.loop), 0);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    struct deferral d = { .record = &record };
    d.watch = (struct watch){
        .fd = ends[0], .events = EPOLLIN, .ready = ready_and_defers, .context = &d
    };
    assert_int_equal(loop_watch(record.loop, &d.watch), 0);
    loop_set_end_of_turn(record.loop, note_the_end, &record);
    assert_int_equal(loop_run(record.loop), 0);
    assert_int_equal(record.count, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(record.seen[i], i + 1);
    loop_free(record.loop);
    close(ends[0]);
    close(ends[1]);
}

/* At the end of a program: the loop has stopped, what was posted since is not lost. */
static void work_posted_after_the_last_turn_can_be_run(void **state)
{
    struct record record = { 0 };
    struct numbered first = { .record = &record, .number = 1 }, second = first;
    (void)state;
    assert_int_equal(loop_new(&record.loop), 0);
    second.number = 2;
    first.work = (struct work){ .run = worked, .context = &first };
    second.work = (struct work){ .run = worked, .context = &second };
    loop_post(record.loop, &first.work);
    loop_post(record.loop, &second.work);
    loop_stop(record.loop);
    assert_int_equal(loop_run(record.loop), 0);
    assert_int_equal(record.count, 0);
    loop_run_posted(record.loop);
    assert_int_equal(record.count, 2);
    assert_int_equal(record.seen[0], 1);
    assert_int_equal(record.seen[1], 2);
    loop_free(record.loop);
}

static void timers_fire_in_the_order_of_their_deadlines(void **state)
{
    struct record record = { 0 };
    struct numbered timers[4];
    (void)state;
    assert_int_equal(loop_new(&record.loop), 0);
    struct now now = loop_now(record.loop);
    static const int delays_ms[4] = { 9, 1, 5, 14 };
    static const int numbers[4] = { 2, 0, 1, 3 };
    for (int i = 0; i < 4; i++) {
        timers[i] = (struct numbered){ .record = &record, .number = numbers[i] };
        timer_init(&timers[i].timer, fired, &timers[i]);
        assert_int_equal(loop_arm(record.loop, &timers[i].timer,
                                  instant_after(now.steady, duration_ms(delays_ms[i]))),
                         0);
    }
    /* Moved later and back again, and one taken out. */
    struct numbered never = { .record = &record, .number = 7 };
    timer_init(&never.timer, fired, &never);
    assert_int_equal(loop_arm(record.loop, &never.timer, now.steady), 0);
    assert_int_equal(loop_arm(record.loop, &never.timer, INSTANT_NEVER), 0);
    assert_int_equal(loop_run(record.loop), 0);
    assert_int_equal(record.count, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(record.seen[i], i);
    loop_free(record.loop);
}

static void work_ran(struct work *work)
{
    struct numbered *n = work->context;
    note(n->record, n->number);
    if (n->number == 3)
        loop_stop(n->record->loop);
}

static void *post_four(void *argument)
{
    struct numbered *all = argument;
    for (int i = 0; i < 4; i++) {
        all[i].work = (struct work){ .run = work_ran, .context = &all[i] };
        loop_post(all[i].record->loop, &all[i].work);
    }
    return NULL;
}

static void posted_work_runs_in_order(void **state)
{
    struct record record = { 0 };
    struct numbered all[4];
    pthread_t thread;
    (void)state;
    assert_int_equal(loop_new(&record.loop), 0);
    for (int i = 0; i < 4; i++)
        all[i] = (struct numbered){ .record = &record, .number = i };
    assert_int_equal(pthread_create(&thread, NULL, post_four, all), 0);
    assert_int_equal(loop_run(record.loop), 0);
    pthread_join(thread, NULL);
    assert_int_equal(record.count, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(record.seen[i], i);
    loop_free(record.loop);
}

struct pair {
    struct watch watches[2];
    struct loop *loop;
    int calls;
};

static void first_takes_out_the_other(struct watch *watch, uint32_t events)
{
    struct pair *pair = watch->context;
    assert_true((events & EPOLLIN) != 0);
    pair->calls++;
    loop_unwatch(pair->loop, &pair->watches[0]);
    loop_unwatch(pair->loop, &pair->watches[1]);
    loop_close_later(pair->loop, pair->watches[0].fd);
    loop_close_later(pair->loop, pair->watches[1].fd);
    loop_stop(pair->loop);
}

static void an_unwatched_descriptor_is_not_called_again(void **state)
{
    struct pair pair = { 0 };
    int pipes[2][2];
    (void)state;
    assert_int_equal(loop_new(&pair.loop), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pipe(pipes[i]), 0);
        assert_int_equal(write(pipes[i][1], "x", 1), 1);
        pair.watches[i] = (struct watch){ .fd = pipes[i][0],
                                          .events = EPOLLIN,
                                          .ready = first_takes_out_the_other,
                                          .context = &pair };
        assert_int_equal(loop_watch(pair.loop, &pair.watches[i]), 0);
    }
    assert_int_equal(loop_run(pair.loop), 0);
    assert_int_equal(pair.calls, 1);
    close(pipes[0][1]);
    close(pipes[1][1]);
    loop_free(pair.loop);
}

#define POSTS 20000

struct hammer {
    struct loop *loop;
    struct work works[POSTS];
    int count;
};

static void count_post(struct work *work)
{
    struct hammer *hammer = work->context;
    if (++hammer->count == POSTS)
        loop_stop(hammer->loop);
}

static void *post_many(void *argument)
{
    struct hammer *hammer = argument;
    for (int i = 0; i < POSTS; i++) {
        hammer->works[i] = (struct work){ .run = count_post, .context = hammer };
        loop_post(hammer->loop, &hammer->works[i]);
    }
    return NULL;
}

static void nothing_came(struct timer *timer, struct now now)
{
    (void)now;
    loop_stop(timer->context);
}

/* A post that comes while the loop is busy with the one before must wake it all the same. */
static void no_post_is_slept_through(void **state)
{
    struct hammer *hammer = calloc(1, sizeof *hammer);
    struct timer guard;
    pthread_t thread;
    (void)state;
    assert_non_null(hammer);
    assert_int_equal(loop_new(&hammer->loop), 0);
    timer_init(&guard, nothing_came, hammer->loop);
    assert_int_equal(loop_arm(hammer->loop, &guard,
                              instant_after(loop_now(hammer->loop).steady, duration_seconds(60))),
                     0);
    assert_int_equal(pthread_create(&thread, NULL, post_many, hammer), 0);
    assert_int_equal(loop_run(hammer->loop), 0);
    assert_true(duration_to_ms(instant_since(guard.due, loop_now(hammer->loop).steady)) > 0);
    assert_int_equal(hammer->count, POSTS);
    assert_int_equal(pthread_join(thread, NULL), 0);
    loop_free(hammer->loop);
    free(hammer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deferred_work_ends_the_turn),
        cmocka_unit_test(work_posted_after_the_last_turn_can_be_run),
        cmocka_unit_test(timers_fire_in_the_order_of_their_deadlines),
        cmocka_unit_test(posted_work_runs_in_order),
        cmocka_unit_test(no_post_is_slept_through),
        cmocka_unit_test(an_unwatched_descriptor_is_not_called_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
