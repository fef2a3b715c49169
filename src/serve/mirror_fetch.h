/* What the mirror fetches from its upstreams: one fetch a name, however many wait for it, on the
 * mirror's loop by libcurl. Bytes can be read from its file while they arrive. */
#ifndef SERVE_MIRROR_FETCH_H
#define SERVE_MIRROR_FETCH_H

#include "config/config.h"
#include "net/loop.h"
#include "serve/mirror_store.h"

#define MIRROR_WHY_MAX 160

enum mirror_fetch_state {
    MIRROR_ASKING, /* nothing is known yet, or bytes come without their number said before */
    MIRROR_COMING, /* size and dates are known, and bytes arrive */
    MIRROR_ENDED,
};

enum mirror_fetch_result {
    MIRROR_WHOLE,       /* it is in the store */
    MIRROR_PASSED,      /* it came, but nothing says that it is whole: for those who wait alone */
    MIRROR_UNCHANGED,   /* what is in the store is what the upstream has */
    MIRROR_ABSENT,      /* the upstream has no such file */
    MIRROR_UNREACHABLE, /* it could not be asked, or it broke off */
    MIRROR_REFUSED,     /* it can come, but not be kept: too large, no room */
};

struct mirror_fetch; /* in memory until it has ended, a while has passed, and nobody reads it */

struct mirror_end {
    enum mirror_fetch_result result;
    const char *why;
    uint64_t bytes;
    bool has_answered; /* the upstream said something */
};

/* Told from the loop, not from within a function of this file. */
struct mirror_fetcher_listener {
    void (*news)(void *context); /* who waits may try again */
    void (*ended)(void *context, const struct config_upstream *upstream, const char *key,
                  const struct mirror_end *end);
    void (*dropped)(void *context, uint32_t files, uint64_t bytes); /* to make room */
    void *context;
};

struct mirror_fetcher;

/* `config` and `store` must outlive it. 0, -ENOENT when libcurl is not installed, or another
 * negative errno. Loads the library: call it while files can be opened. */
must_check int mirror_fetcher_new(const struct config *config, struct mirror_store *store,
                                  struct loop *loop, const struct mirror_fetcher_listener *listener,
                                  struct mirror_fetcher **ret);
void mirror_fetcher_free(struct mirror_fetcher *fetcher);

/* The fetch of that name that is under way, or failed a moment ago; NULL = none. */
struct mirror_fetch *mirror_fetcher_find(struct mirror_fetcher *fetcher, struct span key);

/* Begin one; with `former`, it is only asked whether that is still good. 0, -EAGAIN when as many as
 * may are under way, or another negative errno. */
must_check int mirror_fetcher_begin(struct mirror_fetcher *fetcher,
                                    const struct config_upstream *upstream, struct span key,
                                    struct span path, const struct mirror_file *former);

enum mirror_fetch_state mirror_fetch_state(const struct mirror_fetch *fetch);
enum mirror_fetch_result mirror_fetch_result(const struct mirror_fetch *fetch);
const char *mirror_fetch_why(const struct mirror_fetch *fetch);

/* Of one that is coming, or has passed: what it will be. */
const struct mirror_header *mirror_fetch_header(const struct mirror_fetch *fetch);
int64_t mirror_fetch_modified_s(const struct mirror_fetch *fetch);

/* Read it while it comes, or has passed: a descriptor of the caller's; -1 on want of descriptors.
 * Balanced by mirror_fetch_leave(). */
int mirror_fetch_join(struct mirror_fetch *fetch);
void mirror_fetch_leave(struct mirror_fetcher *fetcher, struct mirror_fetch *fetch);
/* Bytes of the file from `offset` (the block before the body counts) that are there: 0 = none yet,
 * a negative errno = they will not come. */
int64_t mirror_fetch_ready(const struct mirror_fetch *fetch, uint64_t offset);

#endif
