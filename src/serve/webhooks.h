/* Who is told of events by HTTP. Lives on the control thread: hears every event from the recorder,
 * keeps in the store what is to be delivered, signs it and has the courier send it, in order for
 * each webhook, until it is taken or given up. */
#ifndef SERVE_WEBHOOKS_H
#define SERVE_WEBHOOKS_H

#include "api/hooks.h"
#include "config/config.h"
#include "serve/courier.h"
#include "serve/recorder.h"

struct webhooks;

struct webhooks_settings {
    struct loop *loop;
    struct recorder *recorder;
    struct store_thread *store;
    struct store *own_store; /* for reading at the start, and for what is left at the end */
    struct courier *courier; /* NULL: nothing can be sent */
    struct event_sink events;
};

/* With what a former run left. 0 or a negative errno. */
must_check int webhooks_new(const struct webhooks_settings *settings, const struct config *config,
                            struct webhooks **ret_webhooks);

/* The configuration in force: what waits for a webhook that is not in it any more is forgotten. */
void webhooks_configure(struct webhooks *webhooks, const struct config *config);

/* Hear and send nothing more, before the recorder and the courier end. NULL is fine. */
void webhooks_stop(struct webhooks *webhooks);

/* After the store's thread has reported its last: what it did not get is written. NULL is fine. */
void webhooks_free(struct webhooks *webhooks);

/* By place, in the order of the configuration; false behind the last. */
bool webhooks_at(const struct webhooks *webhooks, size_t index, struct api_hook *out);

/* The last tries of a hook, the latest first, until `row` returns false; false when there is no
 * such hook. */
bool webhooks_each_delivery(const struct webhooks *webhooks, const char *name,
                            bool (*row)(void *context, const struct api_delivery *delivery),
                            void *context);

/* Send it a test, and what waits for it, now; false when there is no such hook. */
bool webhooks_test(struct webhooks *webhooks, const char *name);

#endif
