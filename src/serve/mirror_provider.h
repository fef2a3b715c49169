/* The mirror behind an HTTP port: which answer a name gets now, from the store, from a fetch that
 * is under way, or by beginning one. */
#ifndef SERVE_MIRROR_PROVIDER_H
#define SERVE_MIRROR_PROVIDER_H

#include "serve/mirror_fetch.h"
#include "serve/provider.h"

struct mirror_provider;

/* Told when an upstream cannot be reached, and when it can again (why NULL). */
struct mirror_reach {
    void (*changed)(void *context, const struct config_upstream *upstream, const char *why);
    void *context;
};

/* What was done since the start; for `tugboot mirror status`. */
struct mirror_counts {
    uint64_t served, served_bytes, fetched, fetched_bytes, not_had;
};

/* All must outlive it. 0 or a negative errno. */
must_check int mirror_provider_new(const struct config *config, struct mirror_store *store,
                                   struct mirror_fetcher *fetcher, struct loop *loop,
                                   const struct mirror_reach *reach, struct mirror_provider **ret);
void mirror_provider_free(struct mirror_provider *provider);

const struct provider *mirror_provider_get(const struct mirror_provider *provider);
const struct mirror_counts *mirror_provider_counts(const struct mirror_provider *provider);

/* A fetch came to an end: what follows for its upstream, and the counts. */
void mirror_provider_ended(struct mirror_provider *provider, const struct config_upstream *upstream,
                           const struct mirror_end *end);

#endif
