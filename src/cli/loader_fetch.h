/* The work of `tugboot loader fetch`: get the files of a group, believe only those whose digest is
 * known, put them into the loader folder all together. */
#ifndef CLI_LOADER_FETCH_H
#define CLI_LOADER_FETCH_H

#include "base/text.h"

#include "cli/command.h"
#include "cli/fetch_list.h"

#define LOADER_FETCH_DIGESTS_MAX 32

struct loader_fetch {
    const char *group;
    const char *folder; /* the loader folder */
    const char *mirror; /* another base address, or NULL */
    const char *from;   /* a local file or folder instead of any address, or NULL */
    char digests[LOADER_FETCH_DIGESTS_MAX][FETCH_DIGEST_TEXT + 1]; /* the person vouches for */
    size_t digest_count;
    bool show; /* progress bars */
};

/* One line for each file on standard output, and what is amiss on standard error. */
enum exit_code loader_fetch_run(const struct loader_fetch *fetch);

#endif
