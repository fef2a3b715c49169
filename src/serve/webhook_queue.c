/* See webhook_queue.h. The order of a hook's events is kept by sending only from the front, and by
 * trying the first again until it is delivered or given up. */
#include "serve/webhook_queue.h"

#define DOUBLINGS_MAX 10

static uint32_t place_of(const struct webhook_queue *queue, uint32_t place)
{
    return (queue->first + place) % WEBHOOK_QUEUE_MAX;
}

/* Take the item at `place` out; those before it move up. */
static struct webhook_item *take_out(struct webhook_queue *queue, uint32_t place)
{
    struct webhook_item *item = queue->rows[place_of(queue, place)];

    for (uint32_t i = place; i > 0; i--)
        queue->rows[place_of(queue, i)] = queue->rows[place_of(queue, i - 1)];
    queue->rows[queue->first] = NULL;
    queue->first = (queue->first + 1) % WEBHOOK_QUEUE_MAX;
    queue->count--;
    return item;
}

struct webhook_item *webhook_queue_add(struct webhook_queue *queue, struct webhook_item *item)
{
    struct webhook_item *gone = NULL;

    if (queue->count == WEBHOOK_QUEUE_MAX)
        gone = take_out(queue, queue->in_flight);
    queue->rows[place_of(queue, queue->count++)] = item;
    return gone;
}

struct webhook_item *webhook_queue_at(const struct webhook_queue *queue, uint32_t place)
{
    return place < queue->count ? queue->rows[place_of(queue, place)] : NULL;
}

uint32_t webhook_queue_begin(struct webhook_queue *queue, uint32_t most, struct instant now)
{
    if (queue->count == 0 || queue->in_flight > 0 || !instant_reached(now, queue->next_try))
        return 0;
    queue->in_flight = queue->count < most ? queue->count : most;
    /* After a failure one alone shows whether it works again. */
    if (queue->failures > 0)
        queue->in_flight = 1;
    return queue->in_flight;
}

struct webhook_item *webhook_queue_delivered(struct webhook_queue *queue)
{
    if (queue->in_flight == 0)
        return NULL;
    queue->in_flight--;
    queue->failures = 0;
    return take_out(queue, 0);
}

void webhook_queue_end(struct webhook_queue *queue, bool failed, uint32_t retry_after_s,
                       uint32_t random, struct instant now)
{
    queue->in_flight = 0;
    queue->next_try = now;
    if (!failed)
        return;
    uint32_t doublings = queue->failures < DOUBLINGS_MAX ? queue->failures : DOUBLINGS_MAX;
    int64_t wait = (int64_t)WEBHOOK_WAIT_FIRST_MS << doublings;
    if (wait > WEBHOOK_WAIT_MOST_MS)
        wait = WEBHOOK_WAIT_MOST_MS;
    wait -= wait / 4 * (int64_t)(random % 1024) / 1024;
    if (wait < (int64_t)retry_after_s * 1000)
        wait = (int64_t)retry_after_s * 1000;
    queue->failures++;
    queue->next_try = instant_after(now, duration_ms(wait));
}

struct webhook_item *webhook_queue_expire(struct webhook_queue *queue, struct duration give_up,
                                          struct calendar now)
{
    const struct webhook_item *item = webhook_queue_at(queue, 0);

    if (!item || queue->in_flight > 0 || queue->failures == 0 ||
        calendar_after(item->at, give_up).ms > now.ms)
        return NULL;
    return take_out(queue, 0);
}

struct webhook_item *webhook_queue_drop(struct webhook_queue *queue)
{
    if (queue->count == 0)
        return NULL;
    if (queue->in_flight > 0)
        queue->in_flight--;
    return take_out(queue, 0);
}

struct instant webhook_queue_deadline(const struct webhook_queue *queue)
{
    return queue->count == 0 || queue->in_flight > 0 ? INSTANT_NEVER : queue->next_try;
}
