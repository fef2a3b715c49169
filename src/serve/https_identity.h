/* What HTTPS shows its clients: kept ready by a worker thread, since keys take time to make. Reads
 * the owner's pair, or sees to tugboot's own CA and certificate (serve/local_ca.h); looks again
 * when the files or the machine's addresses change, and once an hour. A pair that cannot be used
 * leaves the one before in force and is told. Lives on the control thread. */
#ifndef SERVE_HTTPS_IDENTITY_H
#define SERVE_HTTPS_IDENTITY_H

#include "base/event.h"

#include "config/config.h"
#include "net/loop.h"
#include "net/tls_context.h"

struct https_identity;

struct https_identity_settings {
    struct loop *loop;
    struct event_sink events;
    /* A new identity is ready; with a reference for the callee. On the loop's thread. */
    void (*ready)(void *context, struct tls_context *tls);
    void *context;
};

/* Begin, for this configuration (copied as far as needed). 0 or a negative errno. */
must_check int https_identity_new(const struct https_identity_settings *settings,
                                  const struct config *config, struct https_identity **ret);

/* Look again: the addresses have changed, or (config not NULL) the configuration. */
void https_identity_refresh(struct https_identity *identity, const struct config *config);

/* Waits for a look under way. NULL is fine. */
void https_identity_free(struct https_identity *identity);

#endif
