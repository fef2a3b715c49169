/* Webhooks: what they are, how they fare, the last tries, and a test. They stand in the
 * configuration file and are changed there. */
#include "api/call.h"

static void write_hook(struct json_writer *j, const struct api_hook *hook)
{
    json_write_object_begin(j, NULL);
    json_write_text(j, "name", hook->name);
    json_write_text(j, "url", hook->url);
    json_write_text(j, "events", hook->events);
    json_write_text(j, "state",
                    hook->is_failing  ? "failing"
                    : hook->tries > 0 ? "works"
                                      : "unused");
    json_write_number(j, "waiting", hook->waiting);
    json_write_number(j, "tries", (int64_t)hook->tries);
    json_write_number(j, "delivered", (int64_t)hook->delivered);
    json_write_number(j, "failed", (int64_t)hook->failed);
    json_write_number(j, "lost", (int64_t)hook->lost);
    if (hook->status != 0)
        json_write_number(j, "status", hook->status);
    if (hook->sentence[0])
        json_write_text(j, "reason", hook->sentence);
    json_write_known_time(j, "last_delivered", hook->last_ok);
    json_write_known_time(j, "next_try", hook->next_try);
    json_write_object_end(j);
}

void route_webhooks(struct api_call *call)
{
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);
    struct api_hook hook;

    json_write_object_begin(&j, NULL);
    json_write_array_begin(&j, "webhooks");
    for (size_t i = 0; call->backend->hook_at(call->backend->context, i, &hook); i++)
        write_hook(&j, &hook);
    json_write_array_end(&j);
    json_write_object_end(&j);
    call_reply_json(call, &body);
}

static bool write_delivery(void *context, const struct api_delivery *d)
{
    struct json_writer *j = context;

    json_write_object_begin(j, NULL);
    json_write_number(j, "number", (int64_t)d->number);
    json_write_known_time(j, "at", d->at);
    json_write_text(j, "event", d->event);
    json_write_text(j, "message", d->message);
    json_write_bool(j, "delivered", d->is_delivered);
    if (d->status != 0)
        json_write_number(j, "status", d->status);
    json_write_number(j, "took_ms", d->took_ms);
    if (d->sentence[0])
        json_write_text(j, "reason", d->sentence);
    json_write_object_end(j);
    return true;
}

static void refuse_unknown(struct api_call *call)
{
    call_problem(call, 404, "unknown-webhook",
                 "No webhook has this name; 'tugboot webhook list' has them.");
}

void route_webhook_deliveries(struct api_call *call)
{
    struct text body = call_text(call);
    struct json_writer j = json_over(&body);

    json_write_object_begin(&j, NULL);
    json_write_array_begin(&j, "deliveries");
    bool is_one = call->backend->each_delivery(call->backend->context, call->parameters[0],
                                               write_delivery, &j);
    json_write_array_end(&j);
    json_write_object_end(&j);
    if (is_one)
        call_reply_json(call, &body);
    else
        refuse_unknown(call);
}

void route_webhook_test(struct api_call *call)
{
    if (call->backend->hook_test(call->backend->context, call->parameters[0]) == API_DONE)
        call_reply_nothing(call);
    else
        refuse_unknown(call);
}
