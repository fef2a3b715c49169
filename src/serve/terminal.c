/* See terminal.h. Columns are fixed so that a boot reads as a table; colours are left to whoever
 * pipes the JSON into something nicer. */
#include "serve/terminal.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "model/addr.h"
#include "model/mac.h"
#include "net/journal.h"

static void add_clock(struct text *out, const unsigned parts[3])
{
    for (int i = 0; i < 3; i++) {
        text_add_padded(out, parts[i], 2);
        if (i < 2)
            text_add_char(out, ':');
    }
}

/* A word and blanks up to its column's width, and two more. */
static void add_column(struct text *out, const char *word, size_t width)
{
    text_add(out, word);
    for (size_t n = strlen(word); n < width + 2; n++)
        text_add_char(out, ' ');
}

static void add_time_of_day(struct text *out, struct calendar at)
{
    time_t seconds = (time_t)(at.ms / 1000);
    struct tm local;
    if (localtime_r(&seconds, &local))
        add_clock(out, (const unsigned[]){ (unsigned)local.tm_hour, (unsigned)local.tm_min,
                                           (unsigned)local.tm_sec });
    else
        text_add(out, "--:--:--");
}

static const char *level_mark(enum event_level level)
{
    switch (level) {
    case LEVEL_WARNING:
        return "warning: ";
    case LEVEL_ERROR:
        return "error: ";
    case LEVEL_DEBUG:
    case LEVEL_INFO:
    case LEVEL_NOTICE:
        return "";
    }
    return "";
}

/* Who is meant when the machine is not known: its address, or tugboot itself. */
static void add_source(const struct event *event, struct text *out)
{
    const struct event_field *source = event_find(event, "source");
    char address[IPV4_TEXT_MAX] = "tugboot";
    if (source && source->kind == FIELD_IPV4)
        ipv4_format((struct ipv4){ (uint32_t)source->number }, address);
    add_column(out, address, 17);
    add_column(out, event_stage_name(event_stage(event->id)), 7);
}

/* syslog(3)'s numbers. */
static char priority_of(enum event_level level)
{
    switch (level) {
    case LEVEL_DEBUG:
        return '7';
    case LEVEL_INFO:
        return '6';
    case LEVEL_NOTICE:
        return '5';
    case LEVEL_WARNING:
        return '4';
    case LEVEL_ERROR:
        return '3';
    }
    return '6';
}

static void add_start(const struct event *event, enum terminal_style style, struct text *out)
{
    if (style == TERMINAL_JOURNAL) {
        text_add_char(out, '<');
        text_add_char(out, priority_of(event_level(event->id)));
        text_add_char(out, '>');
    } else {
        add_time_of_day(out, event->at);
        text_add(out, "  ");
    }
}

enum terminal_style terminal_style_here(bool json)
{
    if (json)
        return TERMINAL_JSON;
    return journal_hears(STDOUT_FILENO) ? TERMINAL_JOURNAL : TERMINAL_TEXT;
}

void terminal_print_failure(const char *what, const char *why)
{
    fprintf(stderr, "%stugboot: %s%s%s\n", journal_hears(STDERR_FILENO) ? "<3>" : "", what,
            why[0] ? ": " : "", why);
}

/* One line for an event. Always ends in a newline. Foreign text is escaped. */
static void format_event(const struct event *event, enum terminal_style style, struct text *out)
{
    if (style == TERMINAL_JSON) {
        struct json_writer j = json_over(out);
        event_json(event, &j, NULL);
        text_add_char(out, '\n');
        return;
    }
    add_start(event, style, out);
    if (event->machine != 0) {
        text_add_mac(out, mac_from_u64(event->machine));
        text_add(out, "  ");
        add_column(out, event_stage_name(event_stage(event->id)), 7);
    } else {
        add_source(event, out);
    }
    text_add(out, level_mark(event_level(event->id)));
    event_format(event, out);
    text_add_char(out, '\n');
}

void terminal_print_event(const struct event *event, enum terminal_style style)
{
    text_buffer(line, EVENT_JSON_MAX + 1);
    struct text out = text_over(line, sizeof line);
    if (event_level(event->id) == LEVEL_DEBUG)
        return;
    format_event(event, style, &out);
    fwrite(out.data, 1, out.len, stdout);
}

void terminal_flush(void *context)
{
    (void)context;
    fflush(stdout);
}
