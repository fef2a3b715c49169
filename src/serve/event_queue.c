/* See event_queue.h. Producers copy under a lock and post the drain once; the consumer takes items
 * out one at a time, so a slow reader never holds a producer up. */
#include "serve/event_queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "model/mac.h"

#define LOOK_BACK_MAX      64
#define EVENTS_QUEUED_MAX  1024
#define PACKETS_QUEUED_MAX 256
/* After a drain the next one waits so long: under load many items share one wake of the loop. */
#define REST_MS 5

struct event_queue {
    struct loop *loop;
    struct event_queue_reader reader;
    pthread_mutex_t lock;
    struct event *events;
    struct seen_packet *packets;
    uint32_t first_event, event_count, first_packet, packet_count;
    bool draining; /* the work is posted, or the rest after it is not over yet */
    struct work work;
    struct timer rest;
    _Atomic uint64_t dropped;
};

static void drain_work(struct work *work);
static void rest_over(struct timer *timer, struct now now);

int event_queue_new(struct loop *loop, const struct event_queue_reader *reader,
                    struct event_queue **ret_queue)
{
    struct event_queue *q = calloc(1, sizeof *q);
    if (!q)
        return -ENOMEM;
    q->events = calloc(EVENTS_QUEUED_MAX, sizeof *q->events);
    q->packets = calloc(PACKETS_QUEUED_MAX, sizeof *q->packets);
    if (!q->events || !q->packets) {
        event_queue_free(q);
        return -ENOMEM;
    }
    q->loop = loop;
    q->reader = *reader;
    q->work = (struct work){ .run = drain_work, .context = q };
    timer_init(&q->rest, rest_over, q);
    pthread_mutex_init(&q->lock, NULL);
    *ret_queue = q;
    return 0;
}

void event_queue_free(struct event_queue *queue)
{
    if (!queue)
        return;
    if (queue->loop)
        loop_disarm(queue->loop, &queue->rest);
    free(queue->events);
    free(queue->packets);
    free(queue);
}

/* With the lock held: true when the caller must post the drain after unlocking. */
static bool must_post(struct event_queue *q)
{
    bool post = !q->draining;
    q->draining = true;
    return post;
}

/* What anybody on the wire can cause at will may fill half of the queue: the steps of a boot always
 * find room beside it. */
static bool is_cheap(enum event_id id)
{
    return id == EVENT_HTTP_NOT_FOUND || id == EVENT_HTTP_REFUSED || id == EVENT_HTTP_ABORTED ||
           id == EVENT_TFTP_NOT_FOUND || id == EVENT_OPTIONAL_ABSENT || id == EVENT_TFTP_REFUSED ||
           id == EVENT_DHCP_REFUSED || id == EVENT_DHCP_IGNORED || id == EVENT_RATE_LIMITED ||
           id == EVENT_FILE_PROGRESS || id == EVENT_IMAGE_READ;
}

/* The doctor's questions are no boots: they leave no timeline and no stall behind. */
static bool is_no_boot(uint64_t machine)
{
    return mac_is_doctor(mac_from_u64(machine));
}

/* Two threads tell of one machine, and the one that was later may be heard first: the
 * acknowledgement is on the wire before DHCP's thread tells of it, and HTTP's tells of what the
 * machine did then. Within a millisecond DHCP goes first. */
static bool comes_before(const struct event *a, const struct event *b)
{
    enum event_stage step = event_stage(a->id);
    return a->at.ms < b->at.ms ||
           (a->at.ms == b->at.ms && step == STAGE_DHCP && event_stage(b->id) > step);
}

/* With the lock held: where the event belongs among those that wait. */
static uint32_t find_place(const struct event_queue *q, const struct event *event)
{
    uint32_t place = q->event_count, looked = 0;

    for (uint32_t i = q->event_count; i > 0 && looked < LOOK_BACK_MAX; i--, looked++) {
        const struct event *other = &q->events[(q->first_event + i - 1) % EVENTS_QUEUED_MAX];
        if (event->machine == 0 || other->machine != event->machine)
            continue;
        if (!comes_before(event, other))
            break;
        place = i - 1;
    }
    return place;
}

static void insert(struct event_queue *q, const struct event *event)
{
    uint32_t place = find_place(q, event);

    for (uint32_t i = q->event_count++; i > place; i--)
        event_copy(&q->events[(q->first_event + i) % EVENTS_QUEUED_MAX],
                   &q->events[(q->first_event + i - 1) % EVENTS_QUEUED_MAX]);
    event_copy(&q->events[(q->first_event + place) % EVENTS_QUEUED_MAX], event);
}

static void queue_event(void *context, const struct event *event)
{
    struct event_queue *q = context;
    bool post = false;

    if (is_no_boot(event->machine))
        return;
    pthread_mutex_lock(&q->lock);
    uint32_t room = is_cheap(event->id) ? EVENTS_QUEUED_MAX / 2 : EVENTS_QUEUED_MAX;
    if (q->event_count < room) {
        insert(q, event);
        post = must_post(q);
    } else {
        atomic_fetch_add(&q->dropped, 1);
    }
    pthread_mutex_unlock(&q->lock);
    if (post)
        loop_post(q->loop, &q->work);
}

struct event_sink event_queue_sink(struct event_queue *queue)
{
    return (struct event_sink){ .emit = queue_event, .context = queue };
}

void event_queue_packet(struct event_queue *queue, uint64_t machine, struct now now, bool sent,
                        struct endpoint from, struct endpoint to, struct span bytes)
{
    struct event_queue *q = queue;
    bool post = false;

    if (is_no_boot(machine))
        return;
    pthread_mutex_lock(&q->lock);
    if (q->packet_count < PACKETS_QUEUED_MAX) {
        struct seen_packet *p =
            &q->packets[(q->first_packet + q->packet_count++) % PACKETS_QUEUED_MAX];
        p->machine = machine;
        p->at = now.calendar;
        p->from = from;
        p->to = to;
        p->sent = sent;
        p->len = (uint16_t)min_size(bytes.len, QUEUE_PACKET_MAX);
        if (p->len > 0)
            memcpy(p->bytes, bytes.data, p->len);
        post = must_post(q);
    } else {
        atomic_fetch_add(&q->dropped, 1);
    }
    pthread_mutex_unlock(&q->lock);
    if (post)
        loop_post(q->loop, &q->work);
}

uint64_t event_queue_dropped(const struct event_queue *queue)
{
    return atomic_load(&queue->dropped);
}

static bool take_event(struct event_queue *q, struct event *out)
{
    pthread_mutex_lock(&q->lock);
    bool any = q->event_count > 0;
    if (any) {
        event_copy(out, &q->events[q->first_event]);
        q->first_event = (q->first_event + 1) % EVENTS_QUEUED_MAX;
        q->event_count--;
    }
    pthread_mutex_unlock(&q->lock);
    return any;
}

static bool take_packet(struct event_queue *q, struct seen_packet *out)
{
    pthread_mutex_lock(&q->lock);
    bool any = q->packet_count > 0;
    if (any) {
        const struct seen_packet *p = &q->packets[q->first_packet];
        memcpy(out, p, offsetof(struct seen_packet, bytes) + p->len);
        q->first_packet = (q->first_packet + 1) % PACKETS_QUEUED_MAX;
        q->packet_count--;
    }
    pthread_mutex_unlock(&q->lock);
    return any;
}

/* How many there were. */
static uint32_t drain(struct event_queue *q)
{
    /* Only what is used of them is filled in. */
    struct event event __attribute__((uninitialized));
    struct seen_packet packet __attribute__((uninitialized));
    uint32_t count = 0;

    for (; take_packet(q, &packet); count++)
        q->reader.packet(q->reader.context, &packet);
    for (; take_event(q, &event); count++)
        q->reader.event(q->reader.context, &event);
    return count;
}

/* From here on a producer posts again, unless something came in the meantime. */
static bool is_quiet(struct event_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->draining = q->event_count > 0 || q->packet_count > 0;
    bool quiet = !q->draining;
    pthread_mutex_unlock(&q->lock);
    return quiet;
}

static void rest(struct event_queue *q)
{
    struct instant due = instant_after(loop_now(q->loop).steady, duration_ms(REST_MS));
    while (loop_arm(q->loop, &q->rest, due) < 0 && !is_quiet(q))
        drain(q);
}

static void drain_work(struct work *work)
{
    drain(work->context);
    rest(work->context);
}

static void rest_over(struct timer *timer, struct now now)
{
    struct event_queue *q = timer->context;
    (void)now;
    if (drain(q) > 0 || !is_quiet(q))
        rest(q);
}

void event_queue_drain(struct event_queue *queue)
{
    drain(queue);
}
