/* One file by HTTP or HTTPS into an open file, going on where an earlier attempt ended. */
#ifndef FETCH_DOWNLOAD_H
#define FETCH_DOWNLOAD_H

#include "base/checked.h"
#include "base/text.h"

/* What a server says of a file; "" and 0 = nothing. */
struct download_seen {
    char etag[128], modified[64];
    uint64_t whole; /* bytes of the whole file */
};

/* For who keeps what came between runs. */
struct download_follow {
    struct download_seen *seen; /* of what is there; brought up to date before begins() */
    /* Bytes are about to come, behind the first `have`: 0, or a negative errno that ends it all,
     * its sentence in `why` of download_run(). */
    int (*begins)(void *context, uint64_t have);
    void (*took)(void *context, struct span bytes, uint64_t have);
    void (*changed)(void *context); /* another file than what is there: it begins anew */
    void *context;
};

struct download {
    const char *url;
    int fd;            /* read and write; what it holds is the beginning of the file */
    uint64_t expected; /* bytes, for the progress; 0 = not known */
    uint64_t most;     /* more is refused */
    const char *label; /* for the progress bar */
    bool show;         /* the bar, on standard error */
    const struct download_follow *follow; /* may be NULL */
};

/* Fetch the rest. Transfers that break off are taken up again a few times. 0 and a whole file as
 * far as the server says; else a negative errno and a sentence in `why`: -ECONNABORTED and
 * -ETIMEDOUT leave what came for the next run, -ENOENT (no such file there), -EFBIG, -ENOSPC,
 * -EPROTO. */
must_check int download_run(const struct download *d, struct text *why);

/* Ask whether a file is there, and fetch nothing of it: 0 and its bytes (-1 = the server does not
 * say), or a negative errno and a sentence as above. One attempt. */
must_check int download_look(const char *url, int64_t *ret_size, struct text *why);

#endif
