/* Replaying a story against the real cores: the DHCP server and proxy, the boot decisions and the
 * resolver, under a simulated clock and a simulated store. Pure: a run depends on its input only.
 *
 * Besides what a story expects, every run checks what must hold always: nothing is acknowledged
 * that is not stored, no address is with two machines, the lease table is sound, every reply is
 * well-formed, fits the client, is padded, and has option 82 last. */
#ifndef STORY_RUNNER_H
#define STORY_RUNNER_H

#include "story/story.h"

/* Memory a run needs; the caller resets its arena before each. */
#define STORY_MEMORY ((size_t)16 << 20)

struct story_input {
    const char *label; /* what the story is called in the verdict: its file's name */
    struct span text;
    /* The configuration a story names (`config FILE`); false when it cannot be had. The text must
     * stay valid for the run. NULL: stories have theirs inline. */
    bool (*read_config)(void *context, struct span name, struct span *ret_text);
    void *context;
};

/* What goes wrong besides what the story says (style D11). With any of these set only what must
 * hold always is checked, not what the story expects. */
struct story_options {
    bool trace;                /* tell every step */
    uint32_t failing_store_op; /* the n-th change is not made durable (from 1; 0 = none) */
    uint32_t failing_send;     /* the n-th answer never reaches its machine (from 1; 0 = none) */
    size_t scratch;            /* bytes of memory for a message (0 = as in the daemon) */
};

struct story_result {
    bool passed;
    bool unreadable; /* the story or its configuration has faults: nothing was run */
    uint32_t expectations, failures;
    uint32_t store_operations, sends;
};

/* Replay a story; appends its verdict to `out`: a line "ok", or "FAIL" with a line for each thing
 * that was otherwise. `memory` must have STORY_MEMORY bytes. */
void story_run(const struct story_input *input, const struct story_options *options,
               struct arena *memory, struct text *out, struct story_result *ret_result);

#endif
