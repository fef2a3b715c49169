/* What the person in front of `tugboot serve` sees: a line per event, as it happens. */
#ifndef SERVE_TERMINAL_H
#define SERVE_TERMINAL_H

#include "base/event.h"

/* One line for an event: time of day, machine, stage, message; or, with `json`, the JSON object.
 * Always ends in a newline. Foreign text is escaped. */
void terminal_format_event(const struct event *event, bool json, struct text *out);

/* Print it on standard output; debug events are left out. What is printed appears with
 * terminal_flush(), which is meant for the end of a loop's turn: one write for many lines. */
void terminal_print_event(const struct event *event, bool json);
void terminal_flush(void *context);

#endif
