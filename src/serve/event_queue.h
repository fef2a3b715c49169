/* The way of events and raw packets from the threads that make them to the control thread that
 * tells, counts and keeps them. Of one machine they are handed on in the order
 * in which they happened, as far as they wait together. A fixed ring: when nobody drains it in
 * time, the oldest debug-worthy news is not worth stopping a boot for, so new items are dropped and
 * counted. */
#ifndef SERVE_EVENT_QUEUE_H
#define SERVE_EVENT_QUEUE_H

#include "base/event.h"

#include "model/addr.h"
#include "net/loop.h"

#define QUEUE_PACKET_MAX 1536

/* A datagram as it was received or sent, for the machine's ring. */
struct seen_packet {
    uint64_t machine;
    struct calendar at;
    struct endpoint from, to;
    bool sent;    /* by us */
    uint16_t len; /* cut at QUEUE_PACKET_MAX */
    uint8_t bytes[QUEUE_PACKET_MAX];
};

struct event_queue;

struct event_queue_reader {
    void (*event)(void *context, const struct event *event);
    void (*packet)(void *context, const struct seen_packet *packet);
    void *context;
};

/* A queue drained by `loop`'s thread into `reader`. */
must_check int event_queue_new(struct loop *loop, const struct event_queue_reader *reader,
                               struct event_queue **ret_queue);
void event_queue_free(struct event_queue *queue);

/* A sink that any thread may emit into; never blocks for longer than a copy. */
struct event_sink event_queue_sink(struct event_queue *queue);

/* From any thread. `bytes` is copied. */
void event_queue_packet(struct event_queue *queue, uint64_t machine, struct now now, bool sent,
                        struct endpoint from, struct endpoint to, struct span bytes);

/* How many items were dropped since the queue was made. */
uint64_t event_queue_dropped(const struct event_queue *queue);

/* Hand what is queued to the reader now (the control thread, at shutdown). */
void event_queue_drain(struct event_queue *queue);

#endif
