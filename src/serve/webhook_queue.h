/* What waits for one webhook, in order, and when to try: a core without clock, socket or database.
 */
#ifndef SERVE_WEBHOOK_QUEUE_H
#define SERVE_WEBHOOK_QUEUE_H

#include "base/clock.h"
#include "base/span.h"

#include "model/hook_event.h"

#define WEBHOOK_QUEUE_MAX 4096
/* Waits between tries: 5 s, 10 s, 20 s, ... an hour, each with a chance of up to a quarter less, so
 * that many do not come back at once. */
#define WEBHOOK_WAIT_FIRST_MS 5000
#define WEBHOOK_WAIT_MOST_MS  3600000

/* One event on its way; texts are the owner's, who frees what comes out of the queue. */
struct webhook_item {
    uint64_t id;
    struct calendar at;
    char message[HOOK_MESSAGE_MAX];
    char *json;
    uint16_t event; /* its enum event_id; UINT16_MAX: of a former run, not known */
};

struct webhook_queue {
    struct webhook_item *rows[WEBHOOK_QUEUE_MAX]; /* ring */
    uint32_t first, count;
    uint32_t in_flight; /* of the first ones: being sent */
    uint32_t failures;  /* in a row */
    struct instant next_try;
};

/* Put one at the end; NULL, or the oldest that is not on its way, which had to go. */
struct webhook_item *webhook_queue_add(struct webhook_queue *queue, struct webhook_item *item);

/* The item at this place, from the front; NULL behind the last. */
struct webhook_item *webhook_queue_at(const struct webhook_queue *queue, uint32_t place);

/* How many to send now, 0 = none: then they are in flight. */
uint32_t webhook_queue_begin(struct webhook_queue *queue, uint32_t most, struct instant now);

/* Take the first off, which has been delivered. */
struct webhook_item *webhook_queue_delivered(struct webhook_queue *queue);

/* The sending is over. `failed`: try again after a wait, of at least `retry_after_s`; `random` is
 * any number. */
void webhook_queue_end(struct webhook_queue *queue, bool failed, uint32_t retry_after_s,
                       uint32_t random, struct instant now);

/* Take off the first when it has waited longer than `give_up`, and has failed; NULL = none. */
struct webhook_item *webhook_queue_expire(struct webhook_queue *queue, struct duration give_up,
                                          struct calendar now);

/* Take off the first, whatever it is; NULL when the queue is empty. */
struct webhook_item *webhook_queue_drop(struct webhook_queue *queue);

/* When to look again: INSTANT_NEVER while it is empty or in flight. */
struct instant webhook_queue_deadline(const struct webhook_queue *queue);

#endif
