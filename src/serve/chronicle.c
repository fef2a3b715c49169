/* See chronicle.h. A timer closes a minute and writes down by how much the recorder's counters have
 * grown; a listener hears of other servers. The one heard of least lately makes room. */
#include "serve/chronicle.h"

#include <errno.h>
#include <stdlib.h>

#define MINUTE_MS 60000

struct heard_server {
    struct ipv4 address;
    char interface[16];
    bool boots, gives_addresses;
    struct calendar first, last;
};

struct chronicle {
    struct chronicle_settings settings;
    struct timer minute;
    struct recorder_listener listener;
    struct recorder_counts counts; /* when the minute began */
    struct calendar began;
    struct api_minute minutes[CHRONICLE_MINUTES]; /* ring */
    uint32_t first, count;
    struct heard_server servers[CHRONICLE_SERVERS];
    uint32_t server_count;
};

static void close_minute(struct chronicle *c)
{
    const struct recorder_counts was = c->counts, is = recorder_counts(c->settings.recorder);
    uint32_t at = (c->first + c->count) % CHRONICLE_MINUTES;

    if (c->count == CHRONICLE_MINUTES)
        c->first = (c->first + 1) % CHRONICLE_MINUTES;
    else
        c->count++;
    c->minutes[at] = (struct api_minute){
        .begins = c->began,
        .boots_done = (uint32_t)(is.boots_done - was.boots_done),
        .boots_stalled = (uint32_t)(is.boots_stalled - was.boots_stalled),
        .bytes_tftp = is.bytes_tftp - was.bytes_tftp,
        .bytes_http = is.bytes_http - was.bytes_http,
        .leases = c->settings.count_leases ? c->settings.count_leases(c->settings.context) : 0,
    };
    c->counts = is;
}

static int begin_minute(struct chronicle *c, struct now now)
{
    uint32_t ms = c->settings.minute_ms > 0 ? c->settings.minute_ms : MINUTE_MS;
    c->began = now.calendar;
    return loop_arm(c->settings.loop, &c->minute, instant_after(now.steady, duration_ms(ms)));
}

static void minute_is_over(struct timer *timer, struct now now)
{
    struct chronicle *c = timer->context;
    close_minute(c);
    if (begin_minute(c, now) < 0)
        return; /* only without memory for a timer it already had: cannot happen twice */
}

static struct heard_server *server_for(struct chronicle *c, struct ipv4 address, struct calendar at)
{
    struct heard_server *row = &c->servers[0];
    for (uint32_t i = 0; i < c->server_count; i++) {
        if (ipv4_equals(c->servers[i].address, address))
            return &c->servers[i];
        if (c->servers[i].last.ms < row->last.ms)
            row = &c->servers[i];
    }
    if (c->server_count < CHRONICLE_SERVERS)
        row = &c->servers[c->server_count++];
    *row = (struct heard_server){ .address = address, .first = at };
    return row;
}

static void told(struct recorder_listener *listener, const struct event *event)
{
    struct chronicle *c = listener->context;
    const struct event_field *server = event_find(event, "server");
    const struct event_field *interface = event_find(event, "interface");

    if ((event->id != EVENT_FOREIGN_BOOT_SERVER && event->id != EVENT_FOREIGN_DHCP_SERVER &&
         event->id != EVENT_DHCP_OTHER_CHOSEN) ||
        !server || server->kind != FIELD_IPV4 || server->number > UINT32_MAX)
        return;
    const struct ipv4 address = { (uint32_t)server->number };
    if (ipv4_is_none(address))
        return;
    struct heard_server *row = server_for(c, address, event->at);
    row->last = event->at;
    row->boots |= event->id == EVENT_FOREIGN_BOOT_SERVER;
    row->gives_addresses |= event->id != EVENT_FOREIGN_BOOT_SERVER;
    if (interface)
        span_to_text(event_field_text(event, interface), row->interface, sizeof row->interface);
}

int chronicle_new(const struct chronicle_settings *settings, struct chronicle **ret_chronicle)
{
    struct chronicle *c = calloc(1, sizeof *c);
    if (!c)
        return -ENOMEM;
    c->settings = *settings;
    c->counts = recorder_counts(settings->recorder);
    timer_init(&c->minute, minute_is_over, c);
    int r = begin_minute(c, loop_now(settings->loop));
    if (r < 0) {
        free(c);
        return r;
    }
    c->listener = (struct recorder_listener){ .told = told, .context = c };
    recorder_listen(settings->recorder, &c->listener);
    *ret_chronicle = c;
    return 0;
}

void chronicle_free(struct chronicle *chronicle)
{
    if (!chronicle)
        return;
    list_remove(&chronicle->listener.link);
    loop_disarm(chronicle->settings.loop, &chronicle->minute);
    free(chronicle);
}

void chronicle_each_minute(const struct chronicle *chronicle, struct calendar after,
                           bool (*row)(void *context, const struct api_minute *minute),
                           void *context)
{
    for (uint32_t i = 0; i < chronicle->count; i++) {
        const struct api_minute *minute =
            &chronicle->minutes[(chronicle->first + i) % CHRONICLE_MINUTES];
        if (minute->begins.ms > after.ms && !row(context, minute))
            return;
    }
}

void chronicle_each_server(const struct chronicle *chronicle,
                           bool (*row)(void *context, const struct api_other_server *server),
                           void *context)
{
    for (uint32_t i = 0; i < chronicle->server_count; i++) {
        const struct heard_server *heard = &chronicle->servers[i];
        const struct api_other_server shown = { heard->address, heard->interface,
                                                heard->boots,   heard->gives_addresses,
                                                heard->first,   heard->last };
        if (!row(context, &shown))
            return;
    }
}
