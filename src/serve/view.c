/* See view.h. The holder's lock is taken only when the generation has moved on. */
#include "serve/view.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct view_holder {
    pthread_mutex_t lock;
    struct view *view;
    _Atomic uint64_t generation;
};

int shared_config_new(struct config *config, struct shared_config **ret_shared)
{
    struct shared_config *shared = calloc(1, sizeof *shared);
    if (!shared)
        return -ENOMEM;
    atomic_init(&shared->references, 1);
    shared->config = config;
    *ret_shared = shared;
    return 0;
}

struct shared_config *shared_config_ref(struct shared_config *shared)
{
    atomic_fetch_add(&shared->references, 1);
    return shared;
}

void shared_config_unref(struct shared_config *shared)
{
    if (!shared || atomic_fetch_sub(&shared->references, 1) > 1)
        return;
    config_free(shared->config);
    free(shared);
}

int view_new(const struct view_parts *parts, struct view **ret_view)
{
    struct view *view = calloc(1, sizeof *view);
    if (!view)
        return -ENOMEM;
    atomic_init(&view->references, 1);
    view->shared = shared_config_ref(parts->shared);
    view->config = parts->shared->config;
    view->snapshot = catalog_snapshot_ref(parts->snapshot);
    view->catalog = &parts->snapshot->catalog;
    view->ifaces = *parts->ifaces;
    view->https_port = parts->https_port;
    view->tls = parts->tls ? tls_context_ref(parts->tls) : NULL;
    *ret_view = view;
    return 0;
}

struct view *view_ref(struct view *view)
{
    atomic_fetch_add(&view->references, 1);
    return view;
}

void view_unref(struct view *view)
{
    if (!view || atomic_fetch_sub(&view->references, 1) > 1)
        return;
    catalog_snapshot_unref(view->snapshot);
    shared_config_unref(view->shared);
    tls_context_unref(view->tls);
    free(view);
}

static const struct config_interface *find_configured(const struct config *config, const char *name)
{
    for (uint8_t i = 0; i < config->interface_count; i++)
        if (span_is(span_text(config->interfaces[i].name), name))
            return &config->interfaces[i];
    return NULL;
}

bool view_serves(const struct view *view, const struct iface *iface)
{
    if (!iface || !iface->up || iface->address_count == 0)
        return false;
    if (view->config->interface_count == 0)
        return iface->ethernet && !iface->loopback;
    return find_configured(view->config, iface->name) != NULL;
}

enum dhcp_mode view_mode(const struct view *view, const struct iface *iface)
{
    if (!view_serves(view, iface))
        return DHCP_OFF;
    const struct config_interface *named = find_configured(view->config, iface->name);
    enum config_dhcp_mode mode = named && named->has_mode ? named->mode : view->config->dhcp.mode;
    switch (mode) {
    case CONFIG_DHCP_PROXY:
        return DHCP_PROXY;
    case CONFIG_DHCP_SERVER:
        return DHCP_SERVER;
    case CONFIG_DHCP_OFF:
        return DHCP_OFF;
    }
    return DHCP_OFF;
}

int view_holder_new(struct view_holder **ret_holder)
{
    struct view_holder *holder = calloc(1, sizeof *holder);
    if (!holder)
        return -ENOMEM;
    pthread_mutex_init(&holder->lock, NULL);
    *ret_holder = holder;
    return 0;
}

void view_holder_free(struct view_holder *holder)
{
    if (!holder)
        return;
    view_unref(holder->view);
    free(holder);
}

void view_holder_publish(struct view_holder *holder, struct view *view)
{
    pthread_mutex_lock(&holder->lock);
    struct view *former = holder->view;
    view->generation = atomic_load(&holder->generation) + 1;
    holder->view = view;
    atomic_store(&holder->generation, view->generation);
    pthread_mutex_unlock(&holder->lock);
    view_unref(former);
}

void view_cache_init(struct view_cache *cache, struct view_holder *holder)
{
    *cache = (struct view_cache){ .holder = holder };
}

void view_cache_done(struct view_cache *cache)
{
    view_unref(cache->view);
    cache->view = NULL;
}

const struct view *view_cache_get(struct view_cache *cache)
{
    if (cache->view && cache->view->generation == atomic_load(&cache->holder->generation))
        return cache->view;
    pthread_mutex_lock(&cache->holder->lock);
    struct view *newer = view_ref(cache->holder->view);
    pthread_mutex_unlock(&cache->holder->lock);
    view_unref(cache->view);
    cache->view = newer;
    return newer;
}
