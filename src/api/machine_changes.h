/* One change of many machines, read from JSON. Apart from the routes because the JSON library's
 * names and those of base/json_write.h collide. */
#ifndef API_MACHINE_CHANGES_H
#define API_MACHINE_CHANGES_H

#include "api/backend.h"

/* Of one request: its hosts and their changes lie in the request's memory. */
#define MACHINES_AT_ONCE_MAX 256

struct machine_changes {
    struct mac macs[MACHINES_AT_ONCE_MAX]; /* in the order they were named, each once */
    size_t count;
    const char *boot, *next_boot, *group, *note; /* NULL = as it is; "" = taken back */
    bool wakes, forgets, all_or_none;
};

/* Texts go to the arena. Refused when it says nothing, or two things that do not go together. On
 * false, `sentence` says what to change. */
bool machine_changes_from_json(struct span json, struct arena *arena, struct machine_changes *ret,
                               char sentence[API_SENTENCE_MAX]);

#endif
