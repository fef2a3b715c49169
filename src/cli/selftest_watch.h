/* What became of one virtual machine of `tugboot selftest`, judged by the daemon's events about it
 * and by what it printed. Pure: the shell feeds it. */
#ifndef CLI_SELFTEST_WATCH_H
#define CLI_SELFTEST_WATCH_H

#include "boot/progress.h"

#define SELFTEST_SAID_MAX 400

enum selftest_result {
    SELFTEST_RUNS, /* nothing is decided yet */
    SELFTEST_WORKS,
    SELFTEST_FAILS,
    SELFTEST_NOT_TRIED,
};

struct selftest_watch {
    const char *image;  /* it is to start; NULL = whatever the configuration gives it */
    bool kernel_speaks; /* the image's kernel is a Linux whose words are waited for */
    struct progress progress;
    bool by_disk, fetched; /* it got a boot disk; all files of its image */
    bool by_https;         /* its firmware was told an https:// address */
    bool loader_speaks, kernel_spoke;
    char what[PROGRESS_FILE_MAX]; /* it was given: "menu", an image */
    char said[SELFTEST_SAID_MAX]; /* the last of the daemon, or the verdict about a stall */
};

void selftest_watch_init(struct selftest_watch *w, uint64_t machine, const char *image,
                         bool kernel_speaks);

/* An event of this machine. */
void selftest_watch_note(struct selftest_watch *w, const struct event *event, const char *message,
                         struct instant now);

/* All that it printed so far (the beginning may be missing). */
void selftest_watch_console(struct selftest_watch *w, struct span printed);

/* What is known now: WORKS or RUNS. */
enum selftest_result selftest_watch_result(const struct selftest_watch *w);

/* One word for how far it is: "waits for an address", "loader", "menu", ... */
const char *selftest_watch_step(const struct selftest_watch *w);

/* A sentence about the result: what was seen, or where it stands still and what to change. */
void selftest_watch_say(const struct selftest_watch *w, enum selftest_result result,
                        struct text *out);

#endif
