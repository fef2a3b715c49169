/* What waits for webhooks, on its way into the store: changes gather while a batch is being
 * written, so that a burst of events is a few transactions. Lives on the control thread. */
#ifndef SERVE_WEBHOOK_KEEP_H
#define SERVE_WEBHOOK_KEEP_H

#include "serve/store_thread.h"

struct webhook_keep;

must_check int webhook_keep_new(struct loop *loop, struct store_thread *store,
                                struct store *own_store, struct webhook_keep **ret_keep);

/* Keep this event; all is copied. Without memory it is not kept over a restart, and that is all. */
void webhook_keep_put(struct webhook_keep *keep, const struct hook_event *waiting);
/* It was delivered, or given up. */
void webhook_keep_remove(struct webhook_keep *keep, uint64_t id);

/* Submit nothing more. */
void webhook_keep_stop(struct webhook_keep *keep);
/* After the store's thread has reported its last; writes what is left. NULL is fine. */
void webhook_keep_free(struct webhook_keep *keep);

#endif
