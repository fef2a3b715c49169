/* The virtual machines of `tugboot selftest` at work: started one after the other in the private
 * network, each until it is known to work or its time is over. */
#ifndef CLI_SELFTEST_RUN_H
#define CLI_SELFTEST_RUN_H

#include "cli/selftest_place.h"
#include "cli/selftest_watch.h"
#include "cli/selftest_way.h"

struct selftest_try {
    bool wanted;
    enum selftest_result result;
    struct selftest_watch watch;
    char said[SELFTEST_SAID_MAX]; /* about the result, a sentence */
    struct duration took;
    /* while it runs: */
    pid_t machine;
    char console[SELFTEST_FOLDER_MAX + 32];
    struct instant began;
};

struct selftest_run {
    struct selftest_place *place;
    const struct selftest_files *files;
    struct selftest_try tries[WAY_COUNT];
    const char *image; /* NULL = what the configuration gives an unknown machine */
    bool kernel_speaks;
    unsigned int seconds, memory_mib, at_once;
    char
        ca[SELFTEST_FOLDER_MAX + 32]; /* what their firmware trusts; "" = nothing. Set by the run */
    int signals;                      /* readable when it is to be broken off */
    /* A way is decided, or (result RUNS) still under way: called about once a second. */
    void (*tell)(void *context, enum selftest_way way, const struct selftest_try *one);
    void *context;
};

extern const struct selftest_files selftest_files_here;

/* Try all ways whose result is RUNS. 0, -EINTR when it was broken off, or a negative errno with a
 * sentence in `why` (the daemon did not start, or ended). */
must_check int selftest_run_all(struct selftest_run *run, struct text *why);

#endif
