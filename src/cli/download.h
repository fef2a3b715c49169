/* One file by HTTP or HTTPS into an open file, going on where an earlier attempt ended. */
#ifndef CLI_DOWNLOAD_H
#define CLI_DOWNLOAD_H

#include "base/checked.h"
#include "base/text.h"

struct download {
    const char *url;
    int fd;            /* read and write; what it holds is the beginning of the file */
    uint64_t expected; /* bytes, for the progress; 0 = not known */
    uint64_t most;     /* more is refused */
    const char *label; /* for the progress bar */
    bool show;         /* the bar, on standard error */
};

/* Fetch the rest. Transfers that break off are taken up again a few times. 0 and a whole file as
 * far as the server says; else a negative errno and a sentence in `why`: -ECONNABORTED and
 * -ETIMEDOUT leave what came for the next run, -ENOENT (no such file there), -EFBIG, -ENOSPC,
 * -EPROTO. */
must_check int download_run(const struct download *d, struct text *why);

#endif
