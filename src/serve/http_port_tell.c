/* What an HTTP port tells of requests and transfers, as events. */
#include "serve/http_session.h"

#define REFUSALS_PER_SECOND 20

static uint64_t machine_of(const struct fetch *fetch)
{
    return mac_to_u64(fetch->client.mac);
}

static void add_file(struct event *event, const struct fetch *fetch)
{
    if (fetch->candidate.kind == CANDIDATE_FILE)
        event_add_span(event, "file", safe_path_span(&fetch->candidate.path));
    else
        event_add_text(event, "file", fetch->candidate.what ? fetch->candidate.what : "a script");
}

static void emit(struct http_port *port, const struct event *event)
{
    event_emit(&port->provider->events, event);
}

void http_port_tell_refused(struct http_port *port, struct ipv4 source, enum http_flaw flaw)
{
    struct now now = loop_now(port->loop);
    struct event event = event_make(EVENT_HTTP_REFUSED, now, 0);

    if (instant_reached(now.steady, instant_after(port->refusals_since, duration_seconds(1)))) {
        port->refusals_since = now.steady;
        port->refusals_told = 0;
    }
    if (port->refusals_told++ >= REFUSALS_PER_SECOND)
        return;
    event_add_ipv4(&event, "source", source.value);
    event_add_text(&event, "flaw", http_flaw_text(flaw));
    event_add_text(&event, "name", http_flaw_name(flaw));
    emit(port, &event);
}

void http_port_tell_exhausted(struct http_port *port)
{
    struct now now = loop_now(port->loop);
    struct event event = event_make(EVENT_DESCRIPTORS_EXHAUSTED, now, 0);

    if (!instant_reached(now.steady, instant_after(port->told_exhausted, duration_seconds(1))))
        return;
    port->told_exhausted = now.steady;
    event_add_text(&event, "what", "HTTP");
    emit(port, &event);
}

void http_port_tell_missing(struct http_port *port, const struct fetch *fetch, struct span name)
{
    struct event event = event_make(EVENT_HTTP_NOT_FOUND, loop_now(port->loop), machine_of(fetch));
    event_add_span(&event, "file", span_slice(name, 0, 256));
    event_add_text(&event, "reason", fetch->why);
    emit(port, &event);
}

static enum event_id done_event(enum served_as served_as)
{
    switch (served_as) {
    case SERVED_LOADER:
        return EVENT_HTTP_LOADER_DONE;
    case SERVED_KERNEL:
    case SERVED_INITRD:
        return EVENT_HTTP_KERNEL_DONE;
    case SERVED_FILE:
    case SERVED_SCRIPT:
        break;
    }
    return EVENT_HTTP_DONE;
}

void http_port_tell_done(struct http_port *port, const struct http_transfer *transfer)
{
    struct now now = loop_now(port->loop);
    const struct fetch *fetch = &transfer->fetch;
    if (fetch->candidate.served_as == SERVED_SCRIPT)
        return; /* the provider tells what the script says */
    struct event event = event_make(done_event(fetch->candidate.served_as), now, machine_of(fetch));
    add_file(&event, fetch);
    event_add_bytes(&event, "bytes", transfer->reply.sent);
    event_add_millis(&event, "ms",
                     (uint64_t)duration_to_ms(instant_since(now.steady, transfer->started)));
    emit(port, &event);
}

void http_port_tell_aborted(struct http_port *port, const struct http_transfer *transfer)
{
    struct event event =
        event_make(EVENT_HTTP_ABORTED, loop_now(port->loop), machine_of(&transfer->fetch));
    add_file(&event, &transfer->fetch);
    event_add_bytes(&event, "bytes", transfer->reply.sent);
    event_add_bytes(&event, "total", transfer->fetch.body.size);
    emit(port, &event);
}

void http_port_tell_cut(struct http_port *port, const struct http_transfer *transfer,
                        const char *reason)
{
    struct event event =
        event_make(EVENT_HTTP_CUT, loop_now(port->loop), machine_of(&transfer->fetch));
    add_file(&event, &transfer->fetch);
    event_add_text(&event, "reason", reason);
    emit(port, &event);
}
