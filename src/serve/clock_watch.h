/* Notices that the calendar clock was set while tugboot runs: leases are counted on the steady
 * clock and go on as promised, but what is written down and shown carries calendar times. */
#ifndef SERVE_CLOCK_WATCH_H
#define SERVE_CLOCK_WATCH_H

#include "base/event.h"

#include "net/loop.h"

/* Less than this is time synchronisation at its usual work. */
#define CLOCK_JUMP_LEAST_MS 2000

struct clock_watch {
    struct loop *loop;
    struct event_sink sink;
    struct timer timer;
    struct now last;
};

/* How far the calendar went (in ms, negative = back) beyond what the steady clock did between two
 * moments; 0 when it is at most CLOCK_JUMP_LEAST_MS. */
int64_t clock_watch_jump_ms(struct now former, struct now now);

/* Compare the clocks once a second on this loop, and tell `sink` of a jump (CLOCK_JUMPED). The
 * watch stays in place until clock_watch_stop(). 0, or a negative errno when memory ran out. */
must_check int clock_watch_start(struct clock_watch *watch, struct loop *loop,
                                 struct event_sink sink);
/* Does nothing for one that was never started. */
void clock_watch_stop(struct clock_watch *watch);

#endif
