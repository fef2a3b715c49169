/* What is told of a boot disk on its way by HTTP: that its size is asked (HEAD), that it begins,
 * how far it is. A part of one that is fetched anew is no beginning. */
#include "serve/http_lane.h"

#define TELL_AGAIN duration_seconds(10)

static bool is_disk(const struct transfer *t)
{
    return t->fetch.candidate.served_as == SERVED_DISK;
}

static uint64_t bytes_there(const struct transfer *t)
{
    return t->reply.ranges[0].first + t->reply.sent;
}

void http_disk_begun(struct connection *c, struct transfer *t)
{
    if (!is_disk(t) || t->reply.status != 200)
        return;
    bool is_head = t->reply.range_count == 0;
    struct event e = http_tell_file(c, is_head ? EVENT_DISK_PROBED : EVENT_DISK_STARTED, t);
    event_add_text(&e, "what", t->fetch.candidate.what);
    event_add_bytes(&e, "bytes", t->fetch.body.size);
    http_tell(c, &e);
}

void http_disk_goes_on(struct connection *c, struct transfer *t)
{
    struct now now = loop_now(c->port->loop);

    if (!is_disk(t) || instant_since(now.steady, t->told).ns < TELL_AGAIN.ns)
        return;
    t->told = now.steady;
    struct event e = http_tell_file(c, EVENT_DISK_PROGRESS, t);
    event_add_bytes(&e, "bytes", bytes_there(t));
    event_add_bytes(&e, "total", t->fetch.body.size);
    http_tell(c, &e);
}
