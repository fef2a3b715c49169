/* A choice among the kinds of events: by name, by how serious they are, by the step of a boot. */
#ifndef BASE_EVENT_FILTER_H
#define BASE_EVENT_FILTER_H

#include "base/checked.h"
#include "base/event.h"

struct event_filter {
    uint64_t bits[(EVENT_ID_COUNT + 63) / 64];
};

/* Add the events a word stands for, letters of either case:
 *   all                            every event but those of level debug, how far a transfer is, and
 *                                  the ones about webhooks
 *   info notice warning error     of `all`, those of this level and above
 *   dhcp loader script kernel file done stalled    of `all`, those of this step of a boot
 *   BOOT_DONE, BOOT_*              the one of this name; those that begin so
 * False when it stands for none. */
must_check bool event_filter_add(struct event_filter *filter, struct span word);

static inline bool event_filter_takes(const struct event_filter *filter, enum event_id id)
{
    return (filter->bits[id / 64] >> (id % 64) & 1) != 0;
}

#endif
