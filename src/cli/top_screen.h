/* The screen of `tugboot top`, line by line, for any size: what stands where, in which style. Pure:
 * the terminal is drawn on by whoever asks. */
#ifndef CLI_TOP_SCREEN_H
#define CLI_TOP_SCREEN_H

#include "cli/top_model.h"

#define TOP_COLUMNS_MAX 512
#define TOP_DETAIL_MAX  200 /* lines of a timeline */

enum top_style {
    TOP_PLAIN,
    TOP_TITLE,
    TOP_SELECTED,
    TOP_GOOD,
    TOP_BUSY,
    TOP_BAD,
    TOP_DIM,
};

/* The events of one machine, oldest first. */
struct top_detail {
    uint64_t mac;
    size_t count;
    struct {
        int64_t at_ms;
        enum event_level level;
        char said[TOP_SAID_MAX];
    } lines[TOP_DETAIL_MAX];
};

struct top_view {
    const struct top_model *model;   /* arranged */
    const struct top_detail *detail; /* NULL = the table of machines is shown */
    int rows, columns;
    size_t first, selected; /* of the machines; `first` is the one on top */
    enum top_sort sort;
    char filter[TOP_FILTER_MAX];
    bool is_typing_filter, shows_help;
    const char *server; /* "tugboot 0.1.0 on eth0", "" = not known */
    const char *notice; /* a sentence for the last line, "" = the keys */
    int64_t now_ms;
};

/* How many machines the table has room for. */
size_t top_screen_room(const struct top_view *view);
/* Keep the selected one in sight. */
void top_screen_scroll(struct top_view *view);

/* Write the whole screen: `put` gets each line's parts from left to right. Printable ASCII only. */
typedef void (*top_put)(void *context, int row, int column, enum top_style style, const char *text);
void top_screen_draw(const struct top_view *view, top_put put, void *context);

#endif
