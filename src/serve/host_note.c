/* See host_note.h. */
#include "serve/host_note.h"

#include <string.h>

static const char *note_of(const struct host *host)
{
    return host->note ? host->note : "";
}

bool host_note_changes(const struct host *known, const struct host *host,
                       struct host_note *ret_note)
{
    bool is_same_machine =
        known && known->match.has_mac && mac_equals(known->match.mac, host->match.mac);
    const char *before = is_same_machine ? note_of(known) : "";

    if (!host->match.has_mac || strcmp(before, note_of(host)) == 0)
        return false;
    mac_format(host->match.mac, ret_note->name);
    ret_note->record = (struct record){ RECORD_NOTE, ret_note->name, note_of(host) };
    return true;
}
