/* Its sockets, the folders it was confined to, and the sizes of its tables. */
#include "serve/config_frozen.h"

#include <string.h>

static bool https_needs_restart(const struct config_https *old, const struct config_https *new)
{
    return old->enabled != new->enabled || old->port != new->port ||
           strcmp(old->certificate, new->certificate) != 0 || strcmp(old->key, new->key) != 0 ||
           strcmp(old->client_ca, new->client_ca) != 0;
}

const char *config_frozen_key(const struct config *old, const struct config *new)
{
    if (strcmp(old->state, new->state) != 0)
        return "state";
    if (strcmp(old->images, new->images) != 0)
        return "images";
    if (strcmp(old->files, new->files) != 0)
        return "files";
    if (strcmp(old->recipes, new->recipes) != 0)
        return "recipes";
    if (memcmp(old->loaders, new->loaders, sizeof old->loaders) != 0)
        return "loaders";
    if (strcmp(old->control, new->control) != 0)
        return "control";
    if (strcmp(old->user, new->user) != 0)
        return "user";
    if (memcmp(&old->tftp, &new->tftp, sizeof old->tftp) != 0)
        return "tftp";
    if (memcmp(&old->http, &new->http, sizeof old->http) != 0)
        return "http";
    if (https_needs_restart(&old->https, &new->https))
        return "https";
    if (memcmp(&old->altiris, &new->altiris, sizeof old->altiris) != 0)
        return "altiris";
    if (old->admin.enabled != new->admin.enabled ||
        !ipv4_equals(old->admin.listen.addr, new->admin.listen.addr) ||
        old->admin.listen.port != new->admin.listen.port || old->admin.tls != new->admin.tls)
        return "admin";
    if (memcmp(&old->mirror, &new->mirror, sizeof old->mirror) != 0)
        return "mirror";
    if (old->dhcp.leases_max != new->dhcp.leases_max)
        return "dhcp.leases-max";
    return NULL;
}
