/* See neighbour_watch.h. */
#include "serve/neighbour_watch.h"

#include "net/neighbours.h"

#define LOOK_EVERY duration_seconds(5)
#define TELL_AGAIN duration_seconds(60)

bool neighbour_watch_tells(struct neighbour_watch *watch, uint64_t refused, struct instant now,
                           uint64_t *ret_more)
{
    uint64_t more = refused > watch->refused ? refused - watch->refused : 0;
    if (more > 0 && !instant_reached(now, watch->quiet_until))
        return false; /* counted when it is told again */
    watch->refused = refused;
    if (more == 0)
        return false;
    watch->quiet_until = instant_after(now, TELL_AGAIN);
    *ret_more = more;
    return true;
}

static void look(struct timer *timer, struct now now)
{
    struct neighbour_watch *watch = timer->context;
    struct neighbour_table table;
    uint64_t more;

    if (neighbours_read(watch->netlink_fd, &table) == 0 &&
        neighbour_watch_tells(watch, table.refused, now.steady, &more)) {
        struct event event = event_make(EVENT_NEIGHBOURS_FULL, now, 0);
        event_add_number(&event, "count", more);
        event_add_number(&event, "limit", table.limit);
        event_emit(&watch->sink, &event);
    }
    /* Its place in the heap was just given back: this cannot fail. */
    (void)!loop_arm(watch->loop, timer, instant_after(now.steady, LOOK_EVERY));
}

int neighbour_watch_start(struct neighbour_watch *watch, struct loop *loop, int netlink_fd,
                          struct event_sink sink)
{
    struct neighbour_table table;
    *watch = (struct neighbour_watch){ .loop = loop, .sink = sink, .netlink_fd = netlink_fd };
    timer_init(&watch->timer, look, watch);
    if (neighbours_read(netlink_fd, &table) < 0)
        return 0; /* a kernel that does not tell is not watched */
    watch->refused = table.refused;
    return loop_arm(loop, &watch->timer, instant_after(loop_now(loop).steady, LOOK_EVERY));
}

void neighbour_watch_stop(struct neighbour_watch *watch)
{
    if (watch->loop)
        loop_disarm(watch->loop, &watch->timer);
    watch->loop = NULL;
}
