/* top: the machines of this network as they boot, on a terminal. What is shown and where, is
 * top_model's and top_screen's; here are the terminal, the keys and the daemon's stream of events.
 */
#define NCURSES_NOMACROS 1
#include <curses.h>
#include <errno.h>
#include <jansson.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "cli/event_read.h"
#include "cli/reply.h"
#include "cli/session.h"
#include "cli/top_screen.h"
#include "model/mac.h"
#include "net/clock.h"

#define TICK_MS        500
#define NAMES_EVERY_MS 5000
#define AGAIN_MS       1000
#define EVENTS_BACK    5000 /* so many events are read again at the start */
#define PAGES_MAX      50
#define KEY_ESCAPE     27
#define KEY_RETURN     '\n'

DEFINE_FREEP(struct top_model, top_model_free)

struct top {
    const struct session *session;
    struct top_model *model;
    struct daemon_stream *stream;
    struct top_view view;
    struct top_detail detail;
    char server[160], notice[DAEMON_WHY_MAX];
    int64_t names_ms, again_ms; /* when the names were asked; when to try the daemon again */
    bool has_colors, is_over, is_stale;
};

static int64_t now_ms(void)
{
    return clock_read().calendar.ms;
}

static void notice(struct top *t, const char *text)
{
    snprintf(t->notice, sizeof t->notice, "%s", text);
}

/* The daemon. */

static int ask(const struct top *t, const char *method, const char *target,
               struct daemon_reply *reply, char why[DAEMON_WHY_MAX])
{
    const struct daemon_place here = { .socket_path = t->session->config->control };
    int r = daemon_ask(&here, method, target, (struct span){ 0 }, reply, why);
    if (r == 0 && reply->status != 200) {
        if (!reply_problem(reply->body, why, DAEMON_WHY_MAX))
            snprintf(why, DAEMON_WHY_MAX, "the daemon refused with status %u", reply->status);
        daemon_reply_done(reply);
        return -EPROTO;
    }
    return r;
}

static void take_name(void *context, struct span json)
{
    struct top *t = context;
    json_t *row = json_loadb((const char *)json.data, json.len, 0, NULL);
    const char *mac = json_string_value(json_object_get(row, "mac"));
    const char *host = json_string_value(json_object_get(row, "host"));
    struct mac address;

    if (mac && mac_parse(span_text(mac), &address))
        top_model_name(t->model, mac_to_u64(address), host ? host : "");
    json_decref(row);
}

static void read_names(struct top *t)
{
    struct daemon_reply reply = { 0 };
    char why[DAEMON_WHY_MAX];

    t->names_ms = now_ms();
    if (ask(t, "GET", "/api/v1/machines", &reply, why) < 0)
        return;
    (void)reply_each(reply.body, "machines", take_name, t);
    daemon_reply_done(&reply);
}

/* Who serves, and from which event on to follow. */
static int read_status(struct top *t, uint64_t *ret_after, char why[DAEMON_WHY_MAX])
{
    struct daemon_reply reply = { 0 };
    uint64_t last = 0;

    int r = ask(t, "GET", "/api/v1/status", &reply, why);
    if (r < 0)
        return r;
    json_t *status = json_loadb((const char *)reply.body.data, reply.body.len, 0, NULL);
    const char *version = json_string_value(json_object_get(status, "version"));
    struct text out = text_over(t->server, sizeof t->server);
    text_add(&out, "tugboot ");
    text_add_escaped(&out, span_text(version ? version : ""));
    size_t i;
    const json_t *row;
    json_array_foreach(json_object_get(status, "interfaces"), i, row)
    {
        const char *name = json_string_value(json_object_get(row, "name"));
        text_add(&out, i == 0 ? " on " : ", ");
        text_add_escaped(&out, span_text(name ? name : "?"));
    }
    json_decref(status);
    (void)reply_number(reply.body, "last_event", &last);
    daemon_reply_done(&reply);
    *ret_after = last > EVENTS_BACK ? last - EVENTS_BACK : 0;
    return 0;
}

static void keep_line(struct top_detail *d, const struct event *e, const char *said)
{
    if (d->count == TOP_DETAIL_MAX) {
        memmove(&d->lines[0], &d->lines[1], (TOP_DETAIL_MAX - 1) * sizeof d->lines[0]);
        d->count--;
    }
    d->lines[d->count].at_ms = e->at.ms;
    d->lines[d->count].level = event_level(e->id);
    snprintf(d->lines[d->count++].said, TOP_SAID_MAX, "%s", said);
}

static bool take_event(void *context, struct span line)
{
    struct top *t = context;
    char said[TOP_SAID_MAX];
    struct event event;

    if (!event_read(line, &event, said, sizeof said))
        return true; /* of a newer daemon */
    top_model_note(t->model, &event, said);
    if (t->view.detail && event.machine == t->detail.mac && event.id != EVENT_FILE_PROGRESS)
        keep_line(&t->detail, &event, said);
    t->is_stale = true;
    return true;
}

/* 0, or a negative errno with a sentence. */
static int follow(struct top *t, char why[DAEMON_WHY_MAX])
{
    struct daemon_reply reply = { 0 };
    char target[96];
    uint64_t after = 0;

    int r = read_status(t, &after, why);
    if (r < 0)
        return r;
    snprintf(target, sizeof target, "/api/v1/events?follow=1&after=%llu",
             (unsigned long long)after);
    r = daemon_stream_open(t->session->config->control, target, take_event, t, &t->stream, &reply,
                           why);
    if (r == 0 && !t->stream) {
        if (!reply_problem(reply.body, why, DAEMON_WHY_MAX))
            snprintf(why, DAEMON_WHY_MAX, "the daemon refused with status %u", reply.status);
        daemon_reply_done(&reply);
        r = -EPROTO;
    }
    return r;
}

static void lose_daemon(struct top *t, const char *why)
{
    daemon_stream_free(t->stream);
    t->stream = NULL;
    t->again_ms = now_ms() + AGAIN_MS;
    notice(t, why);
    t->is_stale = true;
}

static void try_again(struct top *t)
{
    char why[DAEMON_WHY_MAX] = "";

    if (t->stream || now_ms() < t->again_ms)
        return;
    if (follow(t, why) < 0)
        lose_daemon(t, why);
    else
        notice(t, "");
    t->is_stale = true;
}

/* What keys do. */

struct timeline {
    struct top *top;
    uint64_t last;
    size_t count;
};

static void take_past_event(void *context, struct span json)
{
    struct timeline *walk = context;
    char said[TOP_SAID_MAX];
    struct event event;

    walk->count++;
    if (!event_read(json, &event, said, sizeof said))
        return;
    walk->last = event.sequence;
    keep_line(&walk->top->detail, &event, said);
}

static const struct top_machine *selected(const struct top *t)
{
    return top_model_at(t->model, t->view.selected);
}

static void open_detail(struct top *t)
{
    const struct top_machine *m = selected(t);
    struct timeline walk = { .top = t };
    char mac[MAC_TEXT_MAX], target[128], why[DAEMON_WHY_MAX];

    if (!m)
        return;
    t->detail.mac = m->mac;
    t->detail.count = 0;
    mac_format(mac_from_u64(m->mac), mac);
    for (int page = 0; page < PAGES_MAX; page++) {
        struct daemon_reply reply = { 0 };
        uint64_t before = walk.last;
        snprintf(target, sizeof target, "/api/v1/machines/%s/timeline?limit=1000&after=%llu", mac,
                 (unsigned long long)walk.last);
        walk.count = 0;
        if (ask(t, "GET", target, &reply, why) < 0) {
            notice(t, why);
            break;
        }
        (void)reply_each(reply.body, "events", take_past_event, &walk);
        daemon_reply_done(&reply);
        if (walk.count == 0 || walk.last == before)
            break;
    }
    t->view.detail = &t->detail;
    t->view.first = 0;
}

static void close_detail(struct top *t)
{
    t->view.detail = NULL;
    t->view.first = 0;
}

static void write_pcap(struct top *t)
{
    struct daemon_reply reply = { 0 };
    const struct top_machine *m = selected(t);
    char mac[MAC_TEXT_MAX], target[96], file[MAC_TEXT_MAX + 8], why[DAEMON_WHY_MAX];

    if (!t->view.detail && !m)
        return;
    mac_format(mac_from_u64(t->view.detail ? t->detail.mac : m->mac), mac);
    snprintf(target, sizeof target, "/api/v1/machines/%s/pcap", mac);
    if (ask(t, "GET", target, &reply, why) < 0) {
        notice(t, why);
        return;
    }
    for (char *c = mac; *c; c++)
        *c = *c == ':' ? '-' : *c;
    snprintf(file, sizeof file, "%s.pcap", mac);
    FILE *out = fopen(file, "wbe");
    bool whole = out && fwrite(reply.body.data, 1, reply.body.len, out) == reply.body.len;
    whole = out && fclose(out) == 0 && whole;
    snprintf(t->notice, sizeof t->notice, whole ? "%s is written" : "%s cannot be written", file);
    daemon_reply_done(&reply);
}

static void move_by(struct top *t, int64_t lines)
{
    size_t *at = t->view.detail ? &t->view.first : &t->view.selected;
    size_t most = t->view.detail ? t->detail.count : top_model_count(t->model);

    /* A timeline is read from its end: up is further into the past. */
    if (t->view.detail)
        lines = -lines;
    if (lines < 0 && (size_t)-lines > *at)
        *at = 0;
    else
        *at = (size_t)((int64_t)*at + lines);
    if (*at >= most)
        *at = most > 0 ? most - 1 : 0;
}

static void type_filter(struct top *t, int key)
{
    size_t length = strlen(t->view.filter);

    if (key == KEY_RETURN || key == KEY_ENTER || key == KEY_ESCAPE) {
        t->view.is_typing_filter = false;
        if (key == KEY_ESCAPE)
            t->view.filter[0] = 0;
    } else if (key == KEY_BACKSPACE || key == 127 || key == '\b') {
        if (length > 0)
            t->view.filter[length - 1] = 0;
    } else if (key >= ' ' && key <= '~' && length + 1 < sizeof t->view.filter) {
        t->view.filter[length] = (char)key;
        t->view.filter[length + 1] = 0;
    }
    t->view.selected = 0;
}

static void leave(struct top *t)
{
    if (t->view.detail)
        close_detail(t);
    else
        t->view.filter[0] = 0;
}

static void do_key(struct top *t, int key)
{
    int64_t page = (int64_t)top_screen_room(&t->view);

    if (key == KEY_RESIZE)
        return;
    if (t->view.shows_help) {
        t->view.shows_help = false;
        return;
    }
    if (t->view.is_typing_filter) {
        type_filter(t, key);
        return;
    }
    notice(t, "");
    if (key == 'q' || key == 'Q')
        t->is_over = true;
    else if (key == KEY_UP || key == 'k')
        move_by(t, -1);
    else if (key == KEY_DOWN || key == 'j')
        move_by(t, 1);
    else if (key == KEY_PPAGE)
        move_by(t, -page);
    else if (key == KEY_NPAGE)
        move_by(t, page);
    else if (key == KEY_HOME)
        move_by(t, INT32_MIN);
    else if (key == KEY_END)
        move_by(t, INT32_MAX);
    else if (key == KEY_RETURN || key == KEY_ENTER || key == '\r')
        open_detail(t);
    else if (key == KEY_ESCAPE)
        leave(t);
    else if (key == 's')
        t->view.sort = (enum top_sort)((t->view.sort + 1) % TOP_SORT_COUNT);
    else if (key == '/' && !t->view.detail)
        t->view.is_typing_filter = true;
    else if (key == 'p')
        write_pcap(t);
    else if (key == 'h' || key == '?')
        t->view.shows_help = true;
}

/* The terminal. */

static void put(void *context, int row, int column, enum top_style style, const char *text)
{
    static const struct {
        attr_t attributes;
        short pair;
    } styles[] = {
        [TOP_PLAIN] = { A_NORMAL, 0 },  [TOP_TITLE] = { A_REVERSE, 0 },
        [TOP_SELECTED] = { A_BOLD, 0 }, [TOP_GOOD] = { A_NORMAL, 1 },
        [TOP_BUSY] = { A_NORMAL, 2 },   [TOP_BAD] = { A_BOLD, 3 },
        [TOP_DIM] = { A_DIM, 0 },
    };
    const struct top *t = context;

    (void)wattr_set(stdscr, styles[style].attributes, t->has_colors ? styles[style].pair : 0, NULL);
    /* The lower right corner cannot be written without an error, which is none. */
    (void)mvwaddnstr(stdscr, row, column, text, -1);
}

static void draw(struct top *t)
{
    t->view.now_ms = now_ms();
    t->view.server = t->server;
    t->view.notice = t->notice;
    getmaxyx(stdscr, t->view.rows, t->view.columns);
    if (!t->view.detail) {
        top_model_arrange(t->model, t->view.sort, t->view.filter, t->view.now_ms);
        top_screen_scroll(&t->view);
    }
    top_screen_draw(&t->view, put, t);
    wrefresh(stdscr);
    t->is_stale = false;
}

static void begin_colors(struct top *t, const struct arguments *args)
{
    const char *never = getenv("NO_COLOR");

    t->has_colors = !arguments_has(args, "--no-color") && !(never && *never) && has_colors() &&
                    start_color() != ERR && use_default_colors() != ERR;
    if (!t->has_colors)
        return;
    init_pair(1, COLOR_GREEN, -1);
    init_pair(2, COLOR_CYAN, -1);
    init_pair(3, COLOR_RED, -1);
}

static void hear_daemon(struct top *t)
{
    int r = daemon_stream_take(t->stream, take_event, t);
    if (r < 0)
        lose_daemon(t, "the daemon has ended; trying again");
}

static void turn(struct top *t)
{
    struct pollfd ears[] = { { .fd = STDIN_FILENO, .events = POLLIN },
                             { .fd = t->stream ? daemon_stream_fd(t->stream) : -1,
                               .events = POLLIN } };

    int r = poll(ears, 2, TICK_MS);
    if (r > 0 && ears[1].revents != 0)
        hear_daemon(t);
    if (r > 0 && (ears[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0)
        t->is_over = true; /* the terminal is gone */
    for (int key; (key = wgetch(stdscr)) != ERR;)
        do_key(t, key);
    try_again(t);
    if (t->stream && now_ms() - t->names_ms >= NAMES_EVERY_MS)
        read_names(t);
}

static enum exit_code show(struct top *t, const struct arguments *args)
{
    SCREEN *screen = newterm(NULL, stdout, stdin);
    if (!screen) {
        complain("this terminal (TERM=%.40s) is not known here: apt-get install ncurses-term, or "
                 "set TERM",
                 getenv("TERM") ? getenv("TERM") : "");
        return EXIT_FAILED;
    }
    cbreak();
    noecho();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(50);
    (void)curs_set(0);
    begin_colors(t, args);
    while (!t->is_over) {
        draw(t);
        turn(t);
    }
    endwin();
    delscreen(screen);
    return EXIT_OK;
}

enum exit_code cmd_top(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    autoclean(top_model_freep) struct top_model *model = top_model_new();
    static struct top top;
    char why[DAEMON_WHY_MAX] = "";

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        complain("top needs a terminal; 'tugboot machines' and 'tugboot events --follow' print "
                 "lines");
        return EXIT_USAGE;
    }
    enum exit_code code = session_open_daemon(&session, args);
    if (code != EXIT_OK)
        return code;
    top = (struct top){ .session = &session, .model = model };
    top.view.model = model;
    int r = model ? follow(&top, why) : -ENOMEM;
    if (r < 0) {
        complain("%s", why[0] ? why : strerror(-r));
        return r == -ECONNREFUSED ? EXIT_NO_DAEMON : EXIT_FAILED;
    }
    (void)setlocale(LC_CTYPE, "C");
    code = show(&top, args);
    daemon_stream_free(top.stream);
    return code;
}
