/* All that a thread decides with, at one moment: configuration, catalog, interfaces. Immutable and
 * counted; the control thread publishes a new one whole, every other thread takes it up at its next
 * turn. */
#ifndef SERVE_VIEW_H
#define SERVE_VIEW_H

#include <stdatomic.h>

#include "base/checked.h"

#include "config/config.h"
#include "dhcp/exchange.h"
#include "net/iface.h"
#include "net/tls_context.h"
#include "serve/catalog_load.h"

/* A configuration shared by several views. */
struct shared_config {
    atomic_uint references;
    struct config *config;
};

must_check int shared_config_new(struct config *config, struct shared_config **ret_shared);
struct shared_config *shared_config_ref(struct shared_config *shared);
void shared_config_unref(struct shared_config *shared);

struct view {
    atomic_uint references;
    uint64_t generation;
    struct shared_config *shared;
    const struct config *config;
    struct catalog_snapshot *snapshot;
    const struct catalog *catalog;
    struct iface_table ifaces;
    uint16_t https_port;     /* 0 = HTTPS is not served */
    struct tls_context *tls; /* what it shows; NULL = nothing yet */
};

/* What a view is made of. */
struct view_parts {
    struct shared_config *shared;
    struct catalog_snapshot *snapshot;
    const struct iface_table *ifaces;
    uint16_t https_port;
    struct tls_context *tls;
};

/* Takes references of its own on the counted parts. */
must_check int view_new(const struct view_parts *parts, struct view **ret_view);
struct view *view_ref(struct view *view);
void view_unref(struct view *view);

/* How tugboot speaks DHCP on this interface; DHCP_OFF when it does not serve it at all. */
enum dhcp_mode view_mode(const struct view *view, const struct iface *iface);

/* Does tugboot serve on this interface: named in the configuration, or, where none is named, an
 * Ethernet interface that is up and has an address. */
bool view_serves(const struct view *view, const struct iface *iface);

/* The view in force, for all threads. */
struct view_holder;
must_check int view_holder_new(struct view_holder **ret_holder);
void view_holder_free(struct view_holder *holder);
/* Put a view in force; takes over the caller's reference. */
void view_holder_publish(struct view_holder *holder, struct view *view);

/* One thread's hold on it. */
struct view_cache {
    struct view_holder *holder;
    struct view *view;
};
void view_cache_init(struct view_cache *cache, struct view_holder *holder);
void view_cache_done(struct view_cache *cache);
/* The view in force, valid until the next call with this cache. */
const struct view *view_cache_get(struct view_cache *cache);

#endif
