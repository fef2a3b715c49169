/* What the person in front of `tugboot serve` sees: a line per event, as it happens. */
#ifndef SERVE_TERMINAL_H
#define SERVE_TERMINAL_H

#include "base/event.h"

enum terminal_style {
    TERMINAL_TEXT,    /* time of day, machine, stage, message */
    TERMINAL_JOURNAL, /* "<6>" and so on, for the event's level, then the same without the time */
    TERMINAL_JSON     /* the JSON object */
};

/* The style for standard output as it is: JSON when it was asked for. */
enum terminal_style terminal_style_here(bool json);

/* What keeps the daemon from its work, on standard error: a sentence, and why if that is not "". */
void terminal_print_failure(const char *what, const char *why);

/* Print it on standard output; debug events are left out. What is printed appears with
 * terminal_flush(), which is meant for the end of a loop's turn: one write for many lines. */
void terminal_print_event(const struct event *event, enum terminal_style style);
void terminal_flush(void *context);

#endif
