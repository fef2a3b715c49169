/* One event loop a thread, over epoll. The order inside a turn is fixed: read the clock, run due
 * timers, run work posted by other threads, serve the descriptors that are ready, run what was
 * deferred and the end-of-turn hook (where a batch is committed or sent), close what was given to
 * loop_close_later(). Nothing else reads the clock: handlers use loop_now(). */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "base/checked.h"
#include "base/clock.h"

struct loop;

/* A descriptor being watched; embedded in its owner, who keeps it in place until loop_unwatch(). */
struct watch {
    int fd;
    uint32_t events; /* EPOLLIN, EPOLLOUT, ... */
    bool is_added;   /* the loop's: epoll knows it */
    void (*ready)(struct watch *watch, uint32_t events);
    void *context;
};

#define TIMER_IDLE SIZE_MAX

/* A one-shot timer; embedded in its owner. */
struct timer {
    struct instant due;
    void (*fire)(struct timer *timer, struct now now);
    void *context;
    size_t heap_at; /* the loop's: place in its heap, TIMER_IDLE when not armed */
};

/* 0 and a loop, or a negative errno. */
must_check int loop_new(struct loop **ret_loop);
void loop_free(struct loop *loop);

/* Run turns until loop_stop(). 0, or a negative errno of epoll itself. */
must_check int loop_run(struct loop *loop);
/* End loop_run() after this turn. From any thread and from a signal handler. */
void loop_stop(struct loop *loop);

/* The clocks of this turn (before loop_run(): of the moment the loop was made). */
struct now loop_now(const struct loop *loop);

must_check int loop_watch(struct loop *loop, struct watch *watch);
/* Change the events of a watched descriptor; one that is not watched yet is from now on. */
must_check int loop_rewatch(struct loop *loop, struct watch *watch, uint32_t events);
/* Events already fetched for it in this turn are dropped. */
void loop_unwatch(struct loop *loop, struct watch *watch);

void timer_init(struct timer *timer, void (*fire)(struct timer *, struct now), void *context);
/* Arm or move; INSTANT_NEVER disarms. Negative errno when memory ran out. */
must_check int loop_arm(struct loop *loop, struct timer *timer, struct instant due);
void loop_disarm(struct loop *loop, struct timer *timer);

/* Work for this loop, from any thread; run in order in the next turn. The node is the caller's
 * until `run` is called with it. */
struct work {
    struct work *next;
    void (*run)(struct work *work);
    void *context;
};
void loop_post(struct loop *loop, struct work *work);
/* Run what was posted so far. A turn does it by itself; this is for the end, when the loop no
 * longer turns and those who posted have ended. In the loop's thread. */
void loop_run_posted(struct loop *loop);

/* Work for the end of this turn (of the next one, from outside of a turn), in the loop's thread; in
 * the order given, before the hook below. Work that is deferred from there is run in the same turn.
 */
void loop_defer(struct loop *loop, struct work *work);

/* Called at the end of every turn. */
void loop_set_end_of_turn(struct loop *loop, void (*hook)(void *context), void *context);

/* Unwatch and close in one: the closing itself takes the descriptor out of epoll, which must be its
 * only name (no dup()). */
void loop_close_watch(struct loop *loop, struct watch *watch);

/* Close the descriptor after this turn, so that its number cannot be reused within it. */
void loop_close_later(struct loop *loop, int fd);

#endif
