/* See terminal.h. Columns are fixed so that a boot reads as a table; colours are left to whoever
 * pipes the JSON into something nicer. */
#include "serve/terminal.h"

#include <stdio.h>
#include <time.h>

#include "model/mac.h"

static void add_time_of_day(struct text *out, struct calendar at)
{
    time_t seconds = (time_t)(at.ms / 1000);
    struct tm local;
    if (localtime_r(&seconds, &local))
        text_addf(out, "%02d:%02d:%02d", local.tm_hour, local.tm_min, local.tm_sec);
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

void terminal_format_event(const struct event *event, bool json, struct text *out)
{
    if (json) {
        struct json_writer j = json_over(out);
        event_json(event, &j, NULL);
        text_add_char(out, '\n');
        return;
    }
    add_time_of_day(out, event->at);
    if (event->machine != 0) {
        text_add(out, "  ");
        text_add_mac(out, mac_from_u64(event->machine));
        text_addf(out, "  %-7s  ", event_stage_name(event_stage(event->id)));
    } else {
        text_addf(out, "  %-17s  %-7s  ", "tugboot", "");
    }
    text_add(out, level_mark(event_level(event->id)));
    event_format(event, out);
    text_add_char(out, '\n');
}

void terminal_print_event(const struct event *event, bool json)
{
    char line[EVENT_JSON_MAX + 1];
    struct text out = text_over(line, sizeof line);
    if (event_level(event->id) == LEVEL_DEBUG)
        return;
    terminal_format_event(event, json, &out);
    fwrite(out.data, 1, out.len, stdout);
}

void terminal_flush(void *context)
{
    (void)context;
    fflush(stdout);
}
