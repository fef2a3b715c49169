/* A provider over one plain folder: names are paths below it, exact, and nothing is generated. For
 * tests and load programs of the TFTP and HTTP ports; the daemon's own is made of the resolver. */
#ifndef SERVE_FOLDER_PROVIDER_H
#define SERVE_FOLDER_PROVIDER_H

#include "net/loop.h"
#include "serve/provider.h"

struct folder_provider;

/* Serve the plain files below `folder`; with a loop, small ones opened once a turn (NULL: none).
 * `events` gets what the ports tell. Delivered fetches are counted. 0 and a provider to be freed,
 * or a negative errno. */
must_check int folder_provider_new(const char *folder, struct loop *loop, struct event_sink events,
                                   struct folder_provider **ret_provider);
void folder_provider_free(struct folder_provider *provider);

/* The functions to hand to a port; valid as long as the provider. */
const struct provider *folder_provider_get(const struct folder_provider *provider);

/* Fetches opened and not yet closed; fetches delivered whole since the start. */
uint64_t folder_provider_open_count(const struct folder_provider *provider);
uint64_t folder_provider_delivered_count(const struct folder_provider *provider);

/* From now on every open fails with this negative errno; 0 ends it. For fault tests. */
void folder_provider_fail(struct folder_provider *provider, int error);

#endif
