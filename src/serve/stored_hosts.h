/* The hosts of the store, and the one-shot boots it keeps for those of the configuration file, read
 * out of it whole. */
#ifndef SERVE_STORED_HOSTS_H
#define SERVE_STORED_HOSTS_H

#include "base/arena.h"

#include "store/store.h"

struct stored_hosts {
    struct host *rows; /* one for a host of the file has a name and a next_boot alone */
    size_t count;
    struct arena arena; /* of their texts */
};

/* 0, -ENOMEM, -E2BIG for more than there is room for, or what the store said. */
must_check int stored_hosts_read(struct store *store, struct stored_hosts *ret_hosts);
void stored_hosts_done(struct stored_hosts *hosts);

#endif
