/* Streams of events: as JSON lines for programs, as server-sent events for browsers (WHATWG HTML
 * 9.2). A reader that is too slow for it is cut: it finds what it missed by its sequence number. */
#include "serve/control_parts.h"

#define STREAM_WAIT_MAX ((size_t)256 * 1024)
#define REMEMBERED_MAX  1000

static bool queue_event(struct connection *c, uint64_t sequence, struct span json)
{
    char data[64];
    struct text id = text_over(data, sizeof data);

    if (!c->follow.as_sse)
        return control_queue(c, json, STREAM_WAIT_MAX) &&
               control_queue(c, span_text("\n"), STREAM_WAIT_MAX);
    text_add(&id, "id: ");
    text_add_number(&id, sequence);
    text_add(&id, "\ndata: ");
    return control_queue(c, text_span(&id), STREAM_WAIT_MAX) &&
           control_queue(c, json, STREAM_WAIT_MAX) &&
           control_queue(c, span_text("\n\n"), STREAM_WAIT_MAX);
}

static void told(struct recorder_listener *listener, const struct event *event)
{
    struct connection *c = listener->context;
    text_buffer(line, EVENT_JSON_MAX + 1);
    struct text text = text_over(line, sizeof line);
    struct json_writer j = json_over(&text);

    if (!api_follow_wants(&c->follow, event->sequence, event->machine))
        return;
    event_json(event, &j, NULL);
    c->follow.after = event->sequence;
    if (text.failed)
        return;
    if (!queue_event(c, event->sequence, text_span(&text)) || !control_flush(c))
        control_connection_drop(c);
}

static bool send_remembered(void *context, const struct api_event *event)
{
    struct connection *c = context;
    c->follow.after = event->sequence;
    return queue_event(c, event->sequence, event->json);
}

static bool queue_head(struct connection *c, const struct api_reply *reply)
{
    char data[512];
    struct text head = text_over(data, sizeof data);
    /* Without a length the end of the connection ends the body (RFC 9112 6.3). */
    text_addf(&head,
              "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nCache-Control: no-store\r\n"
              "X-Content-Type-Options: nosniff\r\nX-Accel-Buffering: no\r\n"
              "Connection: close\r\n\r\n",
              reply->media_type);
    if (c->follow.as_sse)
        text_add(&head, "retry: 2000\n\n");
    return !head.failed && control_queue(c, text_span(&head), STREAM_WAIT_MAX);
}

bool control_stream_begin(struct connection *c, const struct api_reply *reply,
                          const struct api_caller *caller)
{
    const struct api_backend *backend = &c->control->backend;

    c->follow = reply->follow;
    c->caller = *caller;
    if (!queue_head(c, reply) ||
        backend->each_event(backend->context, c->follow.machine, c->follow.after, REMEMBERED_MAX,
                            send_remembered, c) != API_DONE)
        return false;
    c->progress = loop_now(c->control->settings.loop).steady;
    control_enter(c, CONTROL_STREAMING);
    c->listener = (struct recorder_listener){ .told = told, .context = c };
    recorder_listen(c->control->settings.recorder, &c->listener);
    return true;
}

void control_stream_end(struct connection *c)
{
    list_remove(&c->listener.link);
}

bool control_stream_beat(struct connection *c, struct now now)
{
    struct duration stall = c->door->kind->stall;
    /* Signed out, or the token has been removed. */
    if (!access_still(c->control->settings.access, &c->caller, now))
        return false;
    if (c->out_sent == c->out_len)
        c->progress = now.steady;
    else if (stall.ns != 0 && instant_reached(now.steady, instant_after(c->progress, stall)))
        return false;
    control_enter(c, CONTROL_STREAMING);
    if (!c->follow.as_sse)
        return true;
    return control_queue(c, span_text(":\n\n"), STREAM_WAIT_MAX) && control_flush(c);
}
