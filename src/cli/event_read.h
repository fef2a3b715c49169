/* An event as the daemon tells it, a JSON object a line, made an event again: so that commands
 * follow a boot by the same rules as the daemon (boot/progress). */
#ifndef CLI_EVENT_READ_H
#define CLI_EVENT_READ_H

#include "base/event.h"

/* Read one object as event_json() writes it. Fields that no rule asks for are left out; IPv4
 * addresses and numbers are such again. `message` gets what it says to people, escaped, cut at
 * `cap`. False when it is no event, or one of a newer daemon; nothing is set then. */
bool event_read(struct span json, struct event *ret_event, char *message, size_t cap);

#endif
