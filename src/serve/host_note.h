/* The note of a machine, as a setting of the host that it is: which record goes with a host that is
 * put. */
#ifndef SERVE_HOST_NOTE_H
#define SERVE_HOST_NOTE_H

#include "model/host.h"
#include "model/record.h"

/* A record and its name. */
struct host_note {
    struct record record;
    char name[MAC_TEXT_MAX];
};

/* Does putting `host` in the place of `known` (NULL: there was none) change its machine's note? The
 * record to be put with it is then in *ret_note, and its text is the host's. A host that is new, or
 * moves to another machine, takes no note away. */
bool host_note_changes(const struct host *known, const struct host *host,
                       struct host_note *ret_note);

#endif
