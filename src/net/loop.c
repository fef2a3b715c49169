/* The event loop behind every thread: epoll, a binary heap of timers, and a lock-free stack through
 * which other threads hand over work (an eventfd wakes the loop). What a turn does, and in which
 * order, is written in loop.h. */
#include "net/loop.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net/clock.h"

/* Few enough that what a turn touches (packets, transfers) stays in the processor's cache. */
#define EVENTS_PER_TURN 32

struct loop {
    int epoll_fd, wake_fd;
    struct now now;
    atomic_bool stop;
    _Atomic(struct work *) posted; /* newest first */
    struct watch wake;
    struct epoll_event events[EVENTS_PER_TURN];
    int event_count;
    struct timer **timers; /* heap by due */
    size_t timer_count, timer_cap;
    int *closing;
    size_t closing_count, closing_cap;
    struct work *deferred, **deferred_last;
    void (*end_of_turn)(void *context);
    void *end_of_turn_context;
};

/* Read in take_wake(), before the posted work is taken. */
static void wake_ready(struct watch *watch, uint32_t events)
{
    (void)watch;
    (void)events;
}

int loop_new(struct loop **ret_loop)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return -ENOMEM;
    loop->now = clock_read();
    loop->deferred_last = &loop->deferred;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->wake = (struct watch){ .fd = loop->wake_fd, .events = EPOLLIN, .ready = wake_ready };
    int r = loop->epoll_fd < 0 || loop->wake_fd < 0 ? -errno : loop_watch(loop, &loop->wake);
    if (r < 0) {
        loop_free(loop);
        return r;
    }
    *ret_loop = loop;
    return 0;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    for (size_t i = 0; i < loop->closing_count; i++)
        close(loop->closing[i]);
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    if (loop->wake_fd >= 0)
        close(loop->wake_fd);
    free(loop->timers);
    free(loop->closing);
    free(loop);
}

struct now loop_now(const struct loop *loop)
{
    return loop->now;
}

/* Descriptors. */

int loop_watch(struct loop *loop, struct watch *watch)
{
    struct epoll_event event = { .events = watch->events, .data.ptr = watch };
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) < 0)
        return -errno;
    watch->is_added = true;
    return 0;
}

int loop_rewatch(struct loop *loop, struct watch *watch, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = watch };
    if (watch->is_added && watch->events == events)
        return 0;
    int what = watch->is_added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (epoll_ctl(loop->epoll_fd, what, watch->fd, &event) < 0)
        return -errno;
    watch->is_added = true;
    watch->events = events;
    return 0;
}

static void drop_events(struct loop *loop, const struct watch *watch)
{
    for (int i = 0; i < loop->event_count; i++)
        if (loop->events[i].data.ptr == watch)
            loop->events[i].data.ptr = NULL;
}

void loop_unwatch(struct loop *loop, struct watch *watch)
{
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    watch->is_added = false;
    drop_events(loop, watch);
}

/* Timers: a binary heap of pointers, each timer knowing its place. */

void timer_init(struct timer *timer, void (*fire)(struct timer *, struct now), void *context)
{
    *timer = (struct timer){ .fire = fire, .context = context, .heap_at = TIMER_IDLE };
}

static void put_timer(struct loop *loop, size_t at, struct timer *timer)
{
    loop->timers[at] = timer;
    timer->heap_at = at;
}

static void sift(struct loop *loop, size_t at)
{
    struct timer *timer = loop->timers[at];

    while (at > 0 && loop->timers[(at - 1) / 2]->due.ns > timer->due.ns) {
        put_timer(loop, at, loop->timers[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= loop->timer_count)
            break;
        if (child + 1 < loop->timer_count &&
            loop->timers[child + 1]->due.ns < loop->timers[child]->due.ns)
            child++;
        if (loop->timers[child]->due.ns >= timer->due.ns)
            break;
        put_timer(loop, at, loop->timers[child]);
        at = child;
    }
    put_timer(loop, at, timer);
}

void loop_disarm(struct loop *loop, struct timer *timer)
{
    size_t at = timer->heap_at;
    if (at == TIMER_IDLE)
        return;
    timer->heap_at = TIMER_IDLE;
    loop->timer_count--;
    if (at == loop->timer_count)
        return;
    put_timer(loop, at, loop->timers[loop->timer_count]);
    sift(loop, at);
}

int loop_arm(struct loop *loop, struct timer *timer, struct instant due)
{
    if (due.ns == INSTANT_NEVER.ns) {
        loop_disarm(loop, timer);
        return 0;
    }
    if (timer->heap_at == TIMER_IDLE) {
        if (loop->timer_count == loop->timer_cap) {
            size_t cap = loop->timer_cap > 0 ? 2 * loop->timer_cap : 64;
            struct timer **timers = realloc(loop->timers, cap * sizeof(struct timer *));
            if (!timers)
                return -ENOMEM;
            loop->timers = timers;
            loop->timer_cap = cap;
        }
        put_timer(loop, loop->timer_count, timer);
        loop->timer_count++;
    }
    timer->due = due;
    sift(loop, timer->heap_at);
    return 0;
}

static void run_timers(struct loop *loop)
{
    /* Timers armed by a handler for "now" wait for the next turn, so that a turn always ends. */
    size_t budget = loop->timer_count;
    while (budget-- > 0 && loop->timer_count > 0 &&
           instant_reached(loop->now.steady, loop->timers[0]->due)) {
        struct timer *timer = loop->timers[0];
        loop_disarm(loop, timer);
        timer->fire(timer, loop->now);
    }
}

/* Work from other threads. */

void loop_post(struct loop *loop, struct work *work)
{
    struct work *top = atomic_load(&loop->posted);
    do {
        work->next = top;
    } while (!atomic_compare_exchange_weak(&loop->posted, &top, work));
    if (!top) {
        const uint64_t one = 1;
        while (write(loop->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
            ;
    }
}

/* Empty the eventfd. This must come before the work is taken: were it read afterwards, it would
 * swallow the wake of whoever posted in between, and that work would be slept on. */
static void take_wake(struct loop *loop)
{
    for (int i = 0; i < loop->event_count; i++) {
        uint64_t count;
        if (loop->events[i].data.ptr != &loop->wake)
            continue;
        while (read(loop->wake_fd, &count, sizeof count) < 0 && errno == EINTR)
            ;
    }
}

void loop_run_posted(struct loop *loop)
{
    struct work *newest = atomic_exchange(&loop->posted, NULL), *oldest = NULL;
    while (newest) {
        struct work *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    while (oldest) {
        struct work *work = oldest;
        oldest = work->next;
        work->run(work);
    }
}

void loop_defer(struct loop *loop, struct work *work)
{
    work->next = NULL;
    *loop->deferred_last = work;
    loop->deferred_last = &work->next;
}

static void run_deferred(struct loop *loop)
{
    while (loop->deferred) {
        struct work *work = loop->deferred;
        loop->deferred = work->next;
        if (!loop->deferred)
            loop->deferred_last = &loop->deferred;
        work->run(work);
    }
}

/* Turns. */

void loop_stop(struct loop *loop)
{
    const uint64_t one = 1;
    int saved = errno;
    atomic_store(&loop->stop, true);
    if (write(loop->wake_fd, &one, sizeof one) < 0)
        errno = saved; /* the counter is full: the loop is awake already */
}

void loop_set_end_of_turn(struct loop *loop, void (*hook)(void *context), void *context)
{
    loop->end_of_turn = hook;
    loop->end_of_turn_context = context;
}

void loop_close_later(struct loop *loop, int fd)
{
    if (loop->closing_count == loop->closing_cap) {
        size_t cap = loop->closing_cap > 0 ? 2 * loop->closing_cap : 64;
        int *closing = realloc(loop->closing, cap * sizeof *closing);
        if (!closing) {
            close(fd);
            return;
        }
        loop->closing = closing;
        loop->closing_cap = cap;
    }
    loop->closing[loop->closing_count++] = fd;
}

void loop_close_watch(struct loop *loop, struct watch *watch)
{
    drop_events(loop, watch);
    watch->is_added = false;
    loop_close_later(loop, watch->fd);
}

static int wait_ms(const struct loop *loop)
{
    if (loop->timer_count == 0)
        return -1;
    int64_t ns = loop->timers[0]->due.ns - clock_read().steady.ns;
    if (ns <= 0)
        return 0;
    /* Rounded up, so that a timer is due when the loop wakes for it. */
    int64_t ms = (ns + 999999) / 1000000;
    return ms > 3600000 ? 3600000 : (int)ms;
}

static int turn(struct loop *loop)
{
    int n = epoll_wait(loop->epoll_fd, loop->events, EVENTS_PER_TURN, wait_ms(loop));
    if (n < 0 && errno != EINTR)
        return -errno;
    loop->event_count = n > 0 ? n : 0;
    loop->now = clock_read();

    take_wake(loop);
    run_timers(loop);
    loop_run_posted(loop);
    for (int i = 0; i < loop->event_count; i++) {
        struct watch *watch = loop->events[i].data.ptr;
        if (watch)
            watch->ready(watch, loop->events[i].events);
    }
    loop->event_count = 0;
    run_deferred(loop);
    if (loop->end_of_turn)
        loop->end_of_turn(loop->end_of_turn_context);
    for (size_t i = 0; i < loop->closing_count; i++)
        close(loop->closing[i]);
    loop->closing_count = 0;
    return 0;
}

int loop_run(struct loop *loop)
{
    while (!atomic_load(&loop->stop)) {
        int r = turn(loop);
        if (r < 0)
            return r;
    }
    return 0;
}
