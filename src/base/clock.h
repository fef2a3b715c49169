/* Two kinds of time that do not convert by accident, and the pair of clocks a loop turn is given.
 * Nothing here reads a clock: net/clock.c alone does, once per loop turn. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* A point on the steady (monotonic) clock, in nanoseconds. Never stored on disk. */
struct instant {
    int64_t ns;
};

/* A length of time in nanoseconds. */
struct duration {
    int64_t ns;
};

/* A point on the calendar: milliseconds since 1970-01-01 UTC. What is stored and shown. */
struct calendar {
    int64_t ms;
};

/* Both clocks, read once per loop turn and passed down. */
struct now {
    struct instant steady;
    struct calendar calendar;
};

#define INSTANT_NEVER ((struct instant){ .ns = INT64_MAX })

/* count times unit nanoseconds; the longest there is rather than wrap. */
static inline struct duration duration_of(int64_t count, int64_t unit)
{
    int64_t ns;
    if (__builtin_mul_overflow(count, unit, &ns))
        ns = count > 0 ? INT64_MAX : INT64_MIN;
    return (struct duration){ .ns = ns };
}

static inline struct duration duration_ms(int64_t ms)
{
    return duration_of(ms, 1000000);
}

static inline struct duration duration_seconds(int64_t s)
{
    return duration_of(s, 1000000000);
}

static inline int64_t duration_to_ms(struct duration d)
{
    return d.ns / 1000000;
}

/* Later by d; stays at "never" rather than wrap. */
static inline struct instant instant_after(struct instant t, struct duration d)
{
    int64_t ns;
    if (__builtin_add_overflow(t.ns, d.ns, &ns))
        ns = d.ns > 0 ? INT64_MAX : INT64_MIN;
    return (struct instant){ .ns = ns };
}

static inline struct duration instant_since(struct instant later, struct instant earlier)
{
    int64_t ns;
    if (__builtin_sub_overflow(later.ns, earlier.ns, &ns))
        ns = later.ns > earlier.ns ? INT64_MAX : INT64_MIN;
    return (struct duration){ .ns = ns };
}

static inline bool instant_reached(struct instant now, struct instant deadline)
{
    return now.ns >= deadline.ns;
}

static inline struct instant instant_earlier(struct instant a, struct instant b)
{
    return a.ns < b.ns ? a : b;
}

static inline struct calendar calendar_after(struct calendar t, struct duration d)
{
    return (struct calendar){ .ms = t.ms + d.ns / 1000000 };
}

#endif
