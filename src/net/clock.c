/* See clock.h. CLOCK_BOOTTIME, so that leases and timers go on through a suspend. */
#include "net/clock.h"

#include <time.h>

struct now clock_read(void)
{
    struct timespec steady, calendar;
    clock_gettime(CLOCK_BOOTTIME, &steady);
    clock_gettime(CLOCK_REALTIME, &calendar);
    return (struct now){
        .steady = { .ns = (int64_t)steady.tv_sec * 1000000000 + steady.tv_nsec },
        .calendar = { .ms = (int64_t)calendar.tv_sec * 1000 + calendar.tv_nsec / 1000000 },
    };
}
