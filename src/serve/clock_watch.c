/* See clock_watch.h. Each look compares with the one before, not with the start: a clock that is
 * slewed for weeks never jumps. */
#include "serve/clock_watch.h"

#define LOOK_EVERY duration_seconds(1)

int64_t clock_watch_jump_ms(struct now former, struct now now)
{
    int64_t steady = duration_to_ms(instant_since(now.steady, former.steady));
    int64_t jump = now.calendar.ms - former.calendar.ms - steady;
    return jump > CLOCK_JUMP_LEAST_MS || jump < -CLOCK_JUMP_LEAST_MS ? jump : 0;
}

static void look(struct timer *timer, struct now now)
{
    struct clock_watch *watch = timer->context;
    int64_t jump = clock_watch_jump_ms(watch->last, now);

    watch->last = now;
    if (jump != 0) {
        struct event event = event_make(EVENT_CLOCK_JUMPED, now, 0);
        event_add_text(&event, "direction", jump > 0 ? "forward" : "back");
        event_add_millis(&event, "ms", (uint64_t)(jump > 0 ? jump : -jump));
        event_emit(&watch->sink, &event);
    }
    /* Its place in the heap was just given back: this cannot fail. */
    (void)!loop_arm(watch->loop, timer, instant_after(now.steady, LOOK_EVERY));
}

int clock_watch_start(struct clock_watch *watch, struct loop *loop, struct event_sink sink)
{
    watch->loop = loop;
    watch->sink = sink;
    watch->last = loop_now(loop);
    timer_init(&watch->timer, look, watch);
    return loop_arm(loop, &watch->timer, instant_after(watch->last.steady, LOOK_EVERY));
}

void clock_watch_stop(struct clock_watch *watch)
{
    if (watch->loop)
        loop_disarm(watch->loop, &watch->timer);
    watch->loop = NULL;
}
