/* The commands that ask the running daemon and show its answer: status, events, machines, leases,
 * captures, reload. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "cli/reply.h"
#include "cli/session.h"
#include "model/mac.h"

#define NOT_UNDERSTOOD "the daemon's answer was not understood; is it another version of tugboot?"

static enum exit_code not_understood(void)
{
    complain("%s", NOT_UNDERSTOOD);
    return EXIT_FAILED;
}

/* Ask for one object or list and show it: as JSON, as a table, or as fields (columns NULL). `next`
 * gets where to go on, "" when that was all. */
static enum exit_code show_page(const struct session *session, const struct arguments *args,
                                const char *target, const char *key,
                                const struct reply_column *columns, const char *when_empty,
                                char *next, size_t next_cap)
{
    struct daemon_reply reply = { 0 };
    enum exit_code code = session_ask(session, "GET", target, (struct span){ 0 }, &reply);
    if (code != EXIT_OK)
        return code;
    bool shown;
    next[0] = 0;
    if (arguments_has(args, "--json"))
        shown = reply_print_json(reply.body) && reply_next(reply.body, next, next_cap);
    else if (columns)
        shown = reply_print_table(reply.body, key, columns, when_empty, next, next_cap);
    else
        shown = reply_print_fields(reply.body);
    daemon_reply_done(&reply);
    return shown ? EXIT_OK : not_understood();
}

enum exit_code show_from_daemon(const struct arguments *args, const char *target, const char *key,
                                const struct reply_column *columns, const char *when_empty)
{
    autoclean(session_close) struct session session = { 0 };
    char next[128] = "", page[256];
    enum exit_code code = session_open_daemon(&session, args);

    snprintf(page, sizeof page, "%s", target);
    while (code == EXIT_OK) {
        code = show_page(&session, args, page, key, columns, when_empty, next, sizeof next);
        if (next[0] == 0)
            break;
        snprintf(page, sizeof page, "%s?after=%s", target, next);
    }
    return code;
}

enum exit_code cmd_status(const struct arguments *args)
{
    return show_from_daemon(args, "/api/v1/status", NULL, NULL, NULL);
}

/* The MAC address given as an option, in its one spelling. EXIT_USAGE when it is none. */
static enum exit_code read_mac(const char *given, char out[MAC_TEXT_MAX])
{
    struct mac mac;
    if (!mac_parse(span_text(given), &mac) || mac_is_zero(mac)) {
        complain("\"%.40s\" is not a MAC address; it is written 52:54:00:12:34:56", given);
        return EXIT_USAGE;
    }
    mac_format(mac, out);
    return EXIT_OK;
}

static enum exit_code forget_machine(const struct arguments *args, const char *given)
{
    autoclean(session_close) struct session session = { 0 };
    struct daemon_reply reply = { 0 };
    char mac[MAC_TEXT_MAX], target[96];

    if (read_mac(given, mac) != EXIT_OK)
        return EXIT_USAGE;
    enum exit_code code = session_open_daemon(&session, args);
    if (code != EXIT_OK)
        return code;
    snprintf(target, sizeof target, "/api/v1/machines/%s/chains", mac);
    code = session_ask(&session, "DELETE", target, (struct span){ 0 }, &reply);
    daemon_reply_done(&reply);
    if (code == EXIT_OK)
        printf("%s begins with its first chain again\n", mac);
    return code;
}

enum exit_code cmd_machines(const struct arguments *args)
{
    static const struct reply_column columns[] = {
        { "MAC", "mac" },
        { "HOST", "host" },
        { "ADDRESS", "client.address" },
        { "KIND", "client.kind" },
        { "ARCH", "client.arch" },
        { "CHAIN", "chain" },
        { "WENT", "chain_last" },
        { "SEEN", "last_seen" },
        { "LAST", "message" },
        { NULL, NULL },
    };
    const char *forgotten = arguments_value(args, "--forget");

    if (forgotten)
        return forget_machine(args, forgotten);
    return show_from_daemon(args, "/api/v1/machines", "machines", columns,
                            "no machine has been seen yet");
}

enum exit_code cmd_lease_list(const struct arguments *args)
{
    static const struct reply_column columns[] = {
        { "ADDRESS", "address" }, { "MAC", "mac" },       { "STATUS", "status" },
        { "EXPIRES", "expires" }, { "NAME", "hostname" }, { NULL, NULL },
    };
    return show_from_daemon(args, "/api/v1/leases", "leases", columns,
                            "no address has been given out");
}

enum exit_code cmd_reload(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    struct daemon_reply reply = { 0 };
    enum exit_code code = session_open_daemon(&session, args);
    if (code == EXIT_OK)
        code = session_ask(&session, "POST", "/api/v1/reload", (struct span){ 0 }, &reply);
    daemon_reply_done(&reply);
    if (code == EXIT_OK)
        puts("the new configuration is in force");
    return code;
}

/* How far the events were shown. */
struct event_walk {
    bool as_json;
    uint64_t last;
    bool any;
};

static void show_event(struct event_walk *walk, struct span json)
{
    uint64_t sequence;
    if (reply_number(json, "sequence", &sequence) && sequence > walk->last)
        walk->last = sequence;
    walk->any = true;
    if (walk->as_json)
        (void)reply_print_json(json);
    else
        (void)reply_print_event(json);
}

static void show_listed_event(void *context, struct span json)
{
    show_event(context, json);
}

static bool show_followed_event(void *context, struct span line)
{
    show_event(context, line);
    fflush(stdout);
    return !ferror(stdout);
}

static enum exit_code list_events(const struct session *session, const char *filter,
                                  struct event_walk *walk)
{
    do {
        struct daemon_reply reply = { 0 };
        char target[160];
        snprintf(target, sizeof target, "/api/v1/events?limit=1000&after=%llu%s",
                 (unsigned long long)walk->last, filter);
        walk->any = false;
        enum exit_code code = session_ask(session, "GET", target, (struct span){ 0 }, &reply);
        if (code != EXIT_OK)
            return code;
        uint64_t before = walk->last;
        bool sound = reply_each(reply.body, "events", show_listed_event, walk);
        daemon_reply_done(&reply);
        if (!sound || (walk->any && walk->last == before))
            return not_understood();
    } while (walk->any);
    return EXIT_OK;
}

static enum exit_code follow_events(const struct session *session, const char *filter,
                                    struct event_walk *walk)
{
    struct daemon_reply reply = { 0 };
    char target[160], why[DAEMON_WHY_MAX];
    snprintf(target, sizeof target, "/api/v1/events?follow=1&after=%llu%s",
             (unsigned long long)walk->last, filter);
    int r = daemon_follow(&session->place, target, show_followed_event, walk, &reply, why);
    if (r < 0) {
        complain("%s", why);
        return r == -ECONNREFUSED ? EXIT_NO_DAEMON : EXIT_FAILED;
    }
    enum exit_code code = reply.status == 200 ? EXIT_OK : reply_refused(&reply);
    daemon_reply_done(&reply);
    return code;
}

static bool read_number(const char *given, uint64_t *ret_number)
{
    uint64_t n = 0;
    size_t length = strlen(given);
    for (size_t i = 0; i < length; i++) {
        if (given[i] < '0' || given[i] > '9' || i >= 18)
            return false;
        n = n * 10 + (uint64_t)(given[i] - '0');
    }
    *ret_number = n;
    return length > 0;
}

enum exit_code cmd_events(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    struct event_walk walk = { .as_json = arguments_has(args, "--json") };
    const char *machine = arguments_value(args, "--machine");
    const char *after = arguments_value(args, "--after");
    char mac[MAC_TEXT_MAX], filter[64] = "";

    if (machine) {
        if (read_mac(machine, mac) != EXIT_OK)
            return EXIT_USAGE;
        snprintf(filter, sizeof filter, "&machine=%s", mac);
    }
    if (after && !read_number(after, &walk.last)) {
        complain("--after takes the sequence number of an event");
        return EXIT_USAGE;
    }
    enum exit_code code = session_open_daemon(&session, args);
    if (code != EXIT_OK)
        return code;
    return arguments_has(args, "--follow") ? follow_events(&session, filter, &walk)
                                           : list_events(&session, filter, &walk);
}

/* Write to the file, or to standard output when `path` is NULL. */
static enum exit_code write_bytes(const char *path, struct span bytes)
{
    FILE *file = path ? fopen(path, "wbe") : stdout;
    if (!file) {
        complain("%s cannot be written: %s", path, strerror(errno));
        return EXIT_FAILED;
    }
    bool whole = fwrite(bytes.data, 1, bytes.len, file) == bytes.len && fflush(file) == 0;
    int error = errno;
    if (path && fclose(file) != 0)
        whole = false;
    if (!whole)
        complain("%s could not be written whole: %s", path ? path : "the output", strerror(error));
    return whole ? EXIT_OK : EXIT_FAILED;
}

enum exit_code cmd_pcap(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    struct daemon_reply reply = { 0 };
    const char *given = arguments_value(args, "--mac");
    const char *output = arguments_value(args, "--output");
    char mac[MAC_TEXT_MAX], target[96];

    if (!given) {
        complain("say which machine: tugboot pcap --mac 52:54:00:12:34:56");
        return EXIT_USAGE;
    }
    if (read_mac(given, mac) != EXIT_OK)
        return EXIT_USAGE;
    if (!output && isatty(STDOUT_FILENO)) {
        complain("a capture is no text for a terminal; say --output FILE");
        return EXIT_USAGE;
    }
    enum exit_code code = session_open_daemon(&session, args);
    if (code != EXIT_OK)
        return code;
    snprintf(target, sizeof target, "/api/v1/machines/%s/pcap", mac);
    code = session_ask(&session, "GET", target, (struct span){ 0 }, &reply);
    if (code == EXIT_OK)
        code = write_bytes(output, reply.body);
    daemon_reply_done(&reply);
    return code;
}
