/* See top_screen.h.
 *
 *     tugboot 0.1.0 on eth0     3 machines: 1 booting, 1 stalled     12.0 MiB/s
 *     MACHINE            FIRMWARE   STATE      PROGRESS              RATE        LAST
 *     node1              efi-x64    kernel     [########    ]  66 %  11.2 MiB/s  has ...
 *     (what is said of the selected machine, whole)
 *     keys, or a notice
 */
#include "cli/top_screen.h"

#include <stdio.h>

#include "model/mac.h"

#define HEAD_ROWS 2
#define SAID_ROWS 3
#define FOOT_ROWS (SAID_ROWS + 1)
#define BAR_CELLS 12

static const char keys_of_table[] =
    "q quit  arrows move  Enter detail  s sort  / filter  p pcap  h help";
static const char keys_of_detail[] = "q quit  Esc back  arrows scroll  p pcap  h help";

static const char *const help[] = {
    "up, down, k, j     move; page up, page down, Home, End",
    "Enter              the timeline of the selected machine; Esc: back",
    "s                  sort by time, name, state, rate",
    "/                  show only machines with these letters in name, address, state or last event",
    "Esc                show all machines again",
    "p                  write the machine's last packets to MAC.pcap in this folder",
    "q                  quit",
    "",
    "STATE   asks, offered, addressed: DHCP; loader, loaded: its boot program; iPXE, script;",
    "        kernel: its system's files; menu: a person is asked; done; STALLED: see below",
};

size_t top_screen_room(const struct top_view *view)
{
    int room = view->rows - HEAD_ROWS - FOOT_ROWS;
    return room > 0 ? (size_t)room : 0;
}

void top_screen_scroll(struct top_view *view)
{
    size_t count = top_model_count(view->model), room = top_screen_room(view);

    if (view->selected >= count)
        view->selected = count > 0 ? count - 1 : 0;
    if (view->selected < view->first)
        view->first = view->selected;
    if (room > 0 && view->selected >= view->first + room)
        view->first = view->selected - room + 1;
    if (view->first + room > count)
        view->first = count > room ? count - room : 0;
}

/* One line, filled up to the width, so that nothing of what stood there before stays. */
static void put_line(const struct top_view *view, top_put put, void *context, int row,
                     enum top_style style, const char *text)
{
    char line[TOP_COLUMNS_MAX + 1];
    int width = view->columns < TOP_COLUMNS_MAX ? view->columns : TOP_COLUMNS_MAX;

    if (row < 0 || row >= view->rows || width <= 0)
        return;
    snprintf(line, sizeof line, "%-*.*s", width, width, text);
    put(context, row, 0, style, line);
}

static void add_rate(struct text *out, uint64_t rate)
{
    text_add_bytes(out, rate);
    text_add(out, "/s");
}

static void draw_head(const struct top_view *view, top_put put, void *context)
{
    struct top_sums sums = top_model_sums(view->model, view->now_ms);
    char line[TOP_COLUMNS_MAX];
    struct text out = text_over(line, sizeof line);

    text_addf(&out, "%s   %zu machine%s: %zu booting, %zu stalled, %zu at a menu, %zu done   ",
              view->server[0] ? view->server : "tugboot", sums.machines,
              sums.machines == 1 ? "" : "s", sums.booting, sums.stalled, sums.waiting, sums.done);
    add_rate(&out, sums.rate);
    put_line(view, put, context, 0, TOP_TITLE, line);
}

static enum top_style style_of(const struct top_machine *m)
{
    if (m->is_stalled)
        return TOP_BAD;
    if (m->progress.step == STEP_DONE)
        return TOP_GOOD;
    return m->progress.step == STEP_IDLE ? TOP_DIM : TOP_BUSY;
}

/* The share of the transfer under way, else of the steps of a boot. */
static void add_bar(struct text *out, const struct top_machine *m, int64_t now_ms)
{
    bool transfers = top_machine_transfers(m, now_ms);
    uint64_t done = transfers ? m->bytes : (uint64_t)m->progress.step;
    uint64_t whole = transfers ? m->total : STEP_DONE;
    uint64_t percent = done >= whole ? 100 : (uint64_t)((double)done * 100.0 / (double)whole);

    text_add_char(out, '[');
    for (uint64_t i = 0; i < BAR_CELLS; i++)
        text_add_char(out, i * 100 < percent * BAR_CELLS ? (transfers ? '#' : '=') : ' ');
    text_add_char(out, ']');
    if (transfers)
        text_addf(out, " %3llu %%", (unsigned long long)percent);
}

static void name_of(const struct top_machine *m, char out[TOP_NAME_MAX])
{
    if (m->name[0])
        snprintf(out, TOP_NAME_MAX, "%s", m->name);
    else
        mac_format(mac_from_u64(m->mac), out);
}

static void draw_machine(const struct top_view *view, top_put put, void *context, int row,
                         const struct top_machine *m, bool is_selected)
{
    char line[TOP_COLUMNS_MAX], name[TOP_NAME_MAX], bar[48], rate[32] = "";
    struct text out = text_over(bar, sizeof bar), speed = text_over(rate, sizeof rate);

    name_of(m, name);
    add_bar(&out, m, view->now_ms);
    if (top_machine_transfers(m, view->now_ms))
        add_rate(&speed, m->rate);
    snprintf(line, sizeof line, "%c%-17.17s  %-9.9s  %-9.9s  %-20s  %-11s  %s",
             is_selected ? '>' : ' ', name, m->progress.arch[0] ? m->progress.arch : "-",
             top_machine_state(m), bar, rate, m->said);
    put_line(view, put, context, row, is_selected ? TOP_SELECTED : style_of(m), line);
}

/* What is said of the selected machine, over the rows kept for it. */
static void draw_said(const struct top_view *view, top_put put, void *context, int row)
{
    const struct top_machine *m = top_model_at(view->model, view->selected);
    char mac[MAC_TEXT_MAX] = "", line[TOP_SAID_MAX + MAC_TEXT_MAX + 4] = "";
    size_t width = view->columns > 1 ? (size_t)view->columns : 1, at = 0;

    if (m) {
        mac_format(mac_from_u64(m->mac), mac);
        snprintf(line, sizeof line, "%s  %s", mac, m->said);
    }
    for (int i = 0; i < SAID_ROWS; i++) {
        put_line(view, put, context, row + i, m && m->is_stalled ? TOP_BAD : TOP_PLAIN, line + at);
        size_t left = strlen(line + at);
        at += left < width ? left : width;
    }
}

static void draw_table(const struct top_view *view, top_put put, void *context)
{
    size_t room = top_screen_room(view), count = top_model_count(view->model);

    put_line(view, put, context, 1, TOP_DIM,
             " MACHINE            FIRMWARE   STATE      PROGRESS              RATE         LAST");
    for (size_t i = 0; i < room; i++) {
        const struct top_machine *m = top_model_at(view->model, view->first + i);
        int row = HEAD_ROWS + (int)i;
        if (m)
            draw_machine(view, put, context, row, m, view->first + i == view->selected);
        else if (i == 1 && count == 0)
            put_line(view, put, context, row, TOP_PLAIN,
                     view->filter[0] ? "  no machine has these letters; Esc shows all"
                                     : "  no machine has been seen yet: switch one on");
        else
            put_line(view, put, context, row, TOP_PLAIN, "");
    }
    draw_said(view, put, context, view->rows - FOOT_ROWS);
}

static void draw_detail(const struct top_view *view, top_put put, void *context)
{
    const struct top_detail *d = view->detail;
    int room = view->rows - HEAD_ROWS - 1;
    size_t shown = room > 0 ? (size_t)room : 0;
    size_t from = d->count > shown ? d->count - shown : 0;
    char mac[MAC_TEXT_MAX], line[TOP_COLUMNS_MAX];

    from -= view->first < from ? view->first : from;
    mac_format(mac_from_u64(d->mac), mac);
    snprintf(line, sizeof line, "timeline of %s: %zu events", mac, d->count);
    put_line(view, put, context, 1, TOP_DIM, line);
    for (size_t i = 0; i < shown; i++) {
        size_t at = from + i;
        struct text out = text_over(line, sizeof line);
        enum top_style style = TOP_PLAIN;
        if (at < d->count) {
            text_add_time(&out, (struct calendar){ .ms = d->lines[at].at_ms });
            text_addf(&out, "  %s", d->lines[at].said);
            style = d->lines[at].level >= LEVEL_WARNING ? TOP_BAD : TOP_PLAIN;
        }
        put_line(view, put, context, HEAD_ROWS + (int)i, style, line);
    }
}

static void draw_help(const struct top_view *view, top_put put, void *context)
{
    for (int row = 1; row < view->rows - 1; row++) {
        size_t i = (size_t)row - 1;
        char line[TOP_COLUMNS_MAX];
        snprintf(line, sizeof line, "  %s", i < sizeof help / sizeof help[0] ? help[i] : "");
        put_line(view, put, context, row, TOP_PLAIN, line);
    }
}

static void draw_foot(const struct top_view *view, top_put put, void *context)
{
    char line[TOP_COLUMNS_MAX];
    struct text out = text_over(line, sizeof line);

    if (view->is_typing_filter)
        text_addf(&out, "filter: %s_", view->filter);
    else if (view->notice[0])
        text_add_escaped(&out, span_text(view->notice));
    else if (view->shows_help)
        text_add(&out, "any key: back");
    else if (view->detail)
        text_add(&out, keys_of_detail);
    else
        text_addf(&out, "%s   (by %s%s%s)", keys_of_table, top_sort_name(view->sort),
                  view->filter[0] ? ", filter: " : "", view->filter);
    put_line(view, put, context, view->rows - 1, TOP_TITLE, line);
}

void top_screen_draw(const struct top_view *view, top_put put, void *context)
{
    draw_head(view, put, context);
    if (view->shows_help)
        draw_help(view, put, context);
    else if (view->detail)
        draw_detail(view, put, context);
    else
        draw_table(view, put, context);
    draw_foot(view, put, context);
}
