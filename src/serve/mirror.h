/* The caching mirror of package archives: a process of its own with a port of its own, so that what
 * foreign servers send never reaches the daemon. Here is the daemon's end, which hears its news. */
#ifndef SERVE_MIRROR_H
#define SERVE_MIRROR_H

#include "base/event.h"

#include "config/config.h"
#include "net/loop.h"

struct mirror;

/* Start the process, if the configuration names upstreams (else *ret is NULL). Call it before any
 * thread is made and before rights are given up. 0 or a negative errno. */
must_check int mirror_new(const struct config *config, bool seccomp, struct mirror **ret);

/* Hear its news on this loop from now on, as events. 0 or a negative errno; NULL is fine. */
must_check int mirror_attach(struct mirror *mirror, struct loop *loop, struct event_sink events);

/* End the process. NULL is fine. */
void mirror_free(struct mirror *mirror);

#endif
