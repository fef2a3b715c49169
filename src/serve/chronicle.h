/* What the daemon remembers of itself for the page: the last day minute by minute, and the other
 * DHCP servers that were heard. Of fixed size, in memory alone. Lives on the control thread. */
#ifndef SERVE_CHRONICLE_H
#define SERVE_CHRONICLE_H

#include "api/observed.h"
#include "serve/recorder.h"

#define CHRONICLE_MINUTES (24 * 60)
#define CHRONICLE_SERVERS 32

struct chronicle;

struct chronicle_settings {
    struct loop *loop;
    struct recorder *recorder;
    /* How many leases are in force; called once a minute. May be NULL. */
    uint32_t (*count_leases)(void *context);
    void *context;
    uint32_t minute_ms; /* how long a minute is; 0 = 60000 */
};

/* 0 or a negative errno. */
must_check int chronicle_new(const struct chronicle_settings *settings,
                             struct chronicle **ret_chronicle);
void chronicle_free(struct chronicle *chronicle);

/* The minutes that are over and began after `after`, oldest first, until `row` returns false. */
void chronicle_each_minute(const struct chronicle *chronicle, struct calendar after,
                           bool (*row)(void *context, const struct api_minute *minute),
                           void *context);
void chronicle_each_server(const struct chronicle *chronicle,
                           bool (*row)(void *context, const struct api_other_server *server),
                           void *context);

#endif
