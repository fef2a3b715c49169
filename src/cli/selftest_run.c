/* See selftest_run.h. What is heard: the daemon's events, a JSON object a line, and the end of what
 * each machine has printed. */
#include "cli/selftest_run.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "cli/ca_list.h"
#include "cli/event_read.h"
#include "net/child.h"
#include "net/clock.h"
#include "net/file.h"

#define TURN_MS        250
#define TELL_MS        1000
#define START_SECONDS  30
#define CONSOLE_BYTES  ((size_t)64 * 1024)
#define LINE_BYTES     (2 * EVENT_JSON_MAX)
#define VARIABLES_PART ".vars"
#define CA_SECONDS     60

struct hearing {
    struct selftest_run *run;
    bool serves, ended;
    char last[SELFTEST_SAID_MAX]; /* the last line that was no event: why it ended */
    size_t used;
    char line[LINE_BYTES];
};

static bool has_file(const char *path)
{
    return access(path, R_OK) == 0;
}

static bool has_program(const char *name)
{
    const char *path = getenv("PATH");
    struct span rest = span_text(path ? path : "/usr/sbin:/usr/bin:/sbin:/bin");

    while (rest.len > 0) {
        size_t colon = span_find(rest, ':');
        char file[512];
        struct text out = text_over(file, sizeof file);
        text_add_span(&out, span_slice(rest, 0, colon));
        text_addf(&out, "/%s", name);
        if (!out.failed && access(file, X_OK) == 0)
            return true;
        rest = span_from(rest, colon + 1);
    }
    return false;
}

const struct selftest_files selftest_files_here = { .has_file = has_file,
                                                    .has_program = has_program };

static void hear_line(struct hearing *h, struct span line)
{
    char message[SELFTEST_SAID_MAX];
    struct event event;

    if (!event_read(line, &event, message, sizeof message)) {
        struct text out = text_over(h->last, sizeof h->last);
        text_add_escaped(&out, line);
        return;
    }
    h->serves = h->serves || event.id == EVENT_SERVER_STARTED;
    for (size_t i = 0; i < WAY_COUNT; i++)
        if (h->run->tries[i].machine > 0)
            selftest_watch_note(&h->run->tries[i].watch, &event, message, clock_read().steady);
}

/* Take in what the daemon has said since. */
static void hear(struct hearing *h)
{
    for (;;) {
        int64_t n = child_read(h->run->place->events, h->line + h->used, sizeof h->line - h->used);
        if (n <= 0) {
            h->ended = h->ended || n == 0;
            return;
        }
        h->used += (size_t)n;
        struct span all = span_of(h->line, h->used);
        for (size_t end = span_find(all, '\n'); end < all.len; end = span_find(all, '\n')) {
            hear_line(h, span_slice(all, 0, end));
            all = span_from(all, end + 1);
        }
        if (all.len == sizeof h->line)
            all.len = 0; /* longer than any event is */
        memmove(h->line, all.data, all.len);
        h->used = all.len;
    }
}

/* Wait a moment, hear what came. -EINTR when it is to end. */
static int turn(struct hearing *h)
{
    struct pollfd ears[] = { { .fd = h->run->place->events, .events = POLLIN },
                             { .fd = h->run->signals, .events = POLLIN } };

    if (poll(ears, h->ended ? 0 : 2, TURN_MS) > 0 && ears[1].revents != 0)
        return -EINTR;
    hear(h);
    return 0;
}

static int wait_for_daemon(struct hearing *h, struct text *why)
{
    struct instant until = instant_after(clock_read().steady, duration_seconds(START_SECONDS));
    int r = 0;

    while (r == 0 && !h->serves && !h->ended && !instant_reached(clock_read().steady, until))
        r = turn(h);
    if (r < 0 || h->serves)
        return r;
    text_addf(why, "the second daemon did not start: %s", h->last[0] ? h->last : "it says nothing");
    return -ECHILD;
}

/* Where machines are told https:// addresses, their firmware is to trust this tugboot's CA, as a
 * person would have enrolled it. A first daemon takes some seconds to make one. What was issued by
 * somebody else's CA is not known here: then none is enrolled, and firmware says what it thinks. */
static int enrol_ca(struct hearing *h, struct text *why)
{
    struct selftest_run *run = h->run;
    const struct config *config = run->place->session->config;
    struct instant until = instant_after(clock_read().steady, duration_seconds(CA_SECONDS));

    if (!config->https.enabled || !config->https.offer || config->https.certificate[0])
        return 0;
    snprintf(run->ca, sizeof run->ca, "%s/ca.esl", run->place->folder);
    int r = ca_list_put(config->state, run->ca, why);
    while (r == -ENOENT && !h->ended && !instant_reached(clock_read().steady, until)) {
        r = turn(h);
        if (r == 0)
            r = ca_list_put(config->state, run->ca, why);
    }
    if (r == -ENOENT)
        text_add(why, "the second daemon has made no CA for HTTPS");
    return r;
}

static int copy_variables(const struct selftest_run *run, enum selftest_way way,
                          char path[SELFTEST_FOLDER_MAX + 32])
{
    const char *from = selftest_way_variables(way, run->files);
    struct file_copy how = { .why = "" };
    struct file_facts facts;
    char name[32];
    int fd;

    path[0] = 0;
    if (!from)
        return 0;
    snprintf(name, sizeof name, "%s" VARIABLES_PART, selftest_way_name(way));
    snprintf(path, SELFTEST_FOLDER_MAX + 32, "%s/%s", run->place->folder, name);
    int r = file_verdict_errno(file_open_path(from, &fd, &facts), &facts);
    if (r < 0)
        return r;
    int folder = file_open_root(run->place->folder);
    r = folder < 0 ? folder : file_copy_one(fd, folder, name, &how);
    close(fd);
    if (folder >= 0)
        close(folder);
    return r;
}

static int start(struct selftest_run *run, enum selftest_way way, struct text *why)
{
    static struct selftest_words words;
    struct selftest_try *one = &run->tries[way];
    char tap[IFACE_NAME_MAX], variables[SELFTEST_FOLDER_MAX + 32], log[SELFTEST_FOLDER_MAX + 32];
    struct selftest_machine machine = { .way = way,
                                        .tap = tap,
                                        .console = one->console,
                                        .variables = variables,
                                        .ca = run->ca,
                                        .memory_mib = run->memory_mib };

    snprintf(one->console, sizeof one->console, "%s/%s.console", run->place->folder,
             selftest_way_name(way));
    snprintf(log, sizeof log, "%s/%s.log", run->place->folder, selftest_way_name(way));
    int r = selftest_place_plug(run->place, (unsigned int)way, tap, why);
    if (r == 0)
        r = copy_variables(run, way, variables);
    if (r < 0)
        return r;
    selftest_way_words(&machine, run->files, &words);
    if (words.failed)
        return -E2BIG;
    selftest_watch_init(&one->watch, mac_to_u64(selftest_way_mac(way)), run->image,
                        run->kernel_speaks);
    one->machine = selftest_place_run(words.argv, log);
    one->began = clock_read().steady;
    return one->machine < 0 ? (int)one->machine : 0;
}

/* The end of what it printed, and of what QEMU says when it does not even start. */
static void read_console(struct selftest_try *one)
{
    struct file_facts facts;
    int fd;

    if (file_open_path(one->console, &fd, &facts) != FILE_OPENED)
        return;
    uint8_t *data = malloc(CONSOLE_BYTES);
    uint64_t at = facts.size > CONSOLE_BYTES ? facts.size - CONSOLE_BYTES : 0;
    int64_t n = data ? file_read_at(fd, at, data, CONSOLE_BYTES) : 0;
    if (n > 0)
        selftest_watch_console(&one->watch, span_of(data, (size_t)n));
    free(data);
    close(fd);
}

static void decide(struct selftest_try *one, enum selftest_result result, const char *said)
{
    struct text out = text_over(one->said, sizeof one->said);

    one->result = result;
    one->took = instant_since(clock_read().steady, one->began);
    if (said)
        text_add(&out, said);
    else
        selftest_watch_say(&one->watch, result, &out);
    child_end(one->machine);
    one->machine = 0;
}

static void look_at(struct selftest_run *run, enum selftest_way way)
{
    struct selftest_try *one = &run->tries[way];
    struct instant until = instant_after(one->began, duration_seconds(run->seconds));

    read_console(one);
    if (selftest_watch_result(&one->watch) == SELFTEST_WORKS) {
        decide(one, SELFTEST_WORKS, NULL);
    } else if (child_has_ended(one->machine)) {
        one->machine = 0;
        decide(one, SELFTEST_FAILS,
               "the virtual machine ended by itself (QEMU does not run here?)");
    } else if (instant_reached(clock_read().steady, until)) {
        decide(one, SELFTEST_FAILS, NULL);
    }
}

/* Look at those that run, start others in their place. How many are under way, or a negative
 * errno. */
static int go_on(struct selftest_run *run, bool is_to_tell, struct text *why)
{
    unsigned int under_way = 0;

    for (unsigned int i = 0; i < WAY_COUNT; i++) {
        struct selftest_try *one = &run->tries[i];
        if (one->machine <= 0)
            continue;
        look_at(run, (enum selftest_way)i);
        under_way += one->machine > 0;
        if (is_to_tell || one->machine <= 0)
            run->tell(run->context, (enum selftest_way)i, one);
    }
    for (unsigned int i = 0; i < WAY_COUNT && under_way < run->at_once; i++) {
        struct selftest_try *one = &run->tries[i];
        if (!one->wanted || one->result != SELFTEST_RUNS || one->machine > 0)
            continue;
        int r = start(run, (enum selftest_way)i, why);
        if (r < 0)
            return r;
        under_way++;
    }
    return (int)under_way;
}

int selftest_run_all(struct selftest_run *run, struct text *why)
{
    struct hearing *h = calloc(1, sizeof *h);
    struct instant told = { 0 };

    if (!h)
        return -ENOMEM;
    h->run = run;
    int r = wait_for_daemon(h, why);
    if (r == 0)
        r = enrol_ca(h, why);
    while (r == 0) {
        struct instant now = clock_read().steady;
        bool is_to_tell = instant_reached(now, instant_after(told, duration_ms(TELL_MS)));
        r = go_on(run, is_to_tell, why);
        if (r <= 0)
            break;
        told = is_to_tell ? now : told;
        r = turn(h);
        if (r == 0 && h->ended) {
            text_addf(why, "the second daemon has ended: %s", h->last);
            r = -ECHILD;
        }
    }
    for (size_t i = 0; i < WAY_COUNT; i++)
        child_end(run->tries[i].machine);
    free(h);
    return r;
}
