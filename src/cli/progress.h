/* How far a long piece of work has come: a line that is written over on a terminal, and elsewhere a
 * line for every tenth of the whole. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "base/clock.h"
#include "base/text.h"

struct progress {
    const char *label; /* "fetching debian.iso" */
    bool is_terminal;
    bool has_begun;
    struct instant began, shown;
    uint64_t began_at; /* bytes that were there before */
    unsigned tenths;
};

/* On standard error, at most five times a second. */
void progress_show(struct progress *p, uint64_t done, uint64_t total, struct instant now);
/* The terminal's line is free again. */
void progress_end(struct progress *p);

#endif
