/* host add, set, list, remove: through the daemon when one runs, else in the store itself. Both
 * ways read the same JSON by the same rules (api/host_json), so a host that is refused here is
 * refused there. */
#include <stdio.h>
#include <stdlib.h>

#include "base/autoclean.h"

#include "api/host_json.h"
#include "api/shapes.h"
#include "cli/host_next_boot.h"
#include "cli/offline.h"
#include "cli/reply.h"

#define REQUEST_ARENA ((size_t)512 * 1024)

static const struct reply_column columns[] = {
    { "NAME", "name" },       { "MAC", "mac" },        { "ARCH", "arch" },
    { "ADDRESS", "address" }, { "BOOT", "boot" },      { "NEXT", "next_boot" },
    { "GROUP", "group" },     { "FILE", "read_only" }, { NULL, NULL },
};

static void free_text(char **text)
{
    free(*text);
}

bool host_daemon_runs(const struct session *session)
{
    char why[DAEMON_WHY_MAX];
    struct daemon_reply reply = { 0 };
    /* What is elsewhere is not in the store here. */
    if (session->place.url[0])
        return true;
    int r = daemon_ask(&session->place, "GET", "/api/v1/status", (struct span){ 0 }, &reply, why);
    daemon_reply_done(&reply);
    return r == 0;
}

/* The values of --variable as pairs, their names in `names`. A new host has nothing to remove. */
static enum exit_code read_variables(const struct arguments *args, bool is_new,
                                     char names[][HOST_NAME_MAX], struct reply_pair *pairs,
                                     size_t *count)
{
    size_t found = 0;
    for (size_t i = 0; i < args->given_count; i++) {
        const char *given = args->given[i].value;
        if (strcmp(args->given[i].row->name, "--variable") != 0)
            continue;
        size_t n = span_find(span_text(given), '=');
        if (n == 0 || n >= HOST_NAME_MAX || given[n] != '=') {
            complain("a variable is written NAME=VALUE, and NAME= to remove it; not \"%.60s\"",
                     given);
            return EXIT_USAGE;
        }
        if (is_new && given[n + 1] == 0)
            continue;
        span_to_text(span_of(given, n), names[found], HOST_NAME_MAX);
        pairs[(*count)++] = (struct reply_pair){ "variables", names[found++], given + n + 1 };
    }
    return EXIT_OK;
}

/* The options as JSON, malloc'ed: absent ones left out, empty ones null. */
static enum exit_code options_to_json(const struct arguments *args, bool is_new, char **ret_json)
{
    static const char *const options[][2] = {
        { "mac", "--mac" },       { "uuid", "--uuid" },       { "serial", "--serial" },
        { "asset", "--asset" },   { "arch", "--arch" },       { "subnet", "--subnet" },
        { "vendor", "--vendor" }, { "address", "--address" }, { "boot", "--boot" },
        { "loader", "--loader" }, { "chains", "--chains" },   { "arguments", "--args" },
        { "group", "--group" },   { "https", "--https" },     { "answers", "--answers" },
    };
    struct reply_pair pairs[sizeof options / sizeof options[0] + OPTIONS_GIVEN_MAX];
    char names[OPTIONS_GIVEN_MAX][HOST_NAME_MAX];
    size_t count = 0;
    for (; count < sizeof options / sizeof options[0]; count++)
        pairs[count] = (struct reply_pair){ NULL, options[count][0],
                                            arguments_value(args, options[count][1]) };
    enum exit_code code = read_variables(args, is_new, names, pairs, &count);
    if (code != EXIT_OK)
        return code;
    *ret_json = reply_make_object(pairs, count);
    if (*ret_json)
        return EXIT_OK;
    complain("a value is not UTF-8 text");
    return EXIT_USAGE;
}

/* Show one host: as JSON, or in a sentence. */
static void show_host(const struct arguments *args, const char *name, struct span json,
                      const char *done)
{
    if (arguments_has(args, "--json"))
        (void)reply_print_json(json);
    else
        printf("%s %s\n", name, done);
}

static enum exit_code ask_host(const struct session *session, const struct arguments *args,
                               const char *method, const char *json, const char *done)
{
    char target[128];
    struct daemon_reply reply = { 0 };
    snprintf(target, sizeof target, "/api/v1/hosts/%s", args->operands[0]);
    enum exit_code code = session_ask(session, method, target, span_text(json), &reply);
    if (code == EXIT_OK)
        show_host(args, args->operands[0], reply.body, done);
    daemon_reply_done(&reply);
    return code;
}

/* A host as JSON in the arena; empty when it does not fit. */
static struct span host_to_json(const struct host *host, struct arena *arena)
{
    const size_t room = (size_t)160 * 1024;
    char *data = arena_alloc(arena, room);
    if (!data)
        return (struct span){ 0 };
    struct text text = text_over(data, room);
    struct json_writer j = json_over(&text);
    shape_host(&j, NULL, host);
    return text.failed ? (struct span){ 0 } : text_span(&text);
}

/* Write `json` into the store: a new host (`old` NULL), or changes to an old one. */
static enum exit_code put_offline(const struct session *session, const struct arguments *args,
                                  const struct host *old, const char *json, struct arena *arena)
{
    char sentence[API_SENTENCE_MAX];
    struct host host;
    bool sound = old ? host_from_patch(host_to_json(old, arena), span_text(json), old->name, arena,
                                       &host, sentence)
                     : host_from_json(span_text(json), args->operands[0], arena, &host, sentence);
    if (!sound) {
        complain("%s", sentence);
        return EXIT_FAILED;
    }
    enum exit_code code = offline_put(session, old, &host);
    if (code == EXIT_OK)
        show_host(args, host.name, host_to_json(&host, arena), old ? "is changed" : "is added");
    return code;
}

static enum exit_code change_offline(const struct session *session, const struct arguments *args,
                                     bool is_new, const char *json)
{
    autoclean(offline_hosts_done) struct offline_hosts hosts = { 0 };
    enum exit_code code = offline_hosts_load(session, &hosts);
    if (code != EXIT_OK)
        return code;
    const struct host *old = offline_hosts_find(&hosts, args->operands[0]);
    if (is_new && old) {
        complain("there is a host %s already; 'tugboot host set' changes it", old->name);
        return EXIT_FAILED;
    }
    if (!is_new && !old) {
        complain("there is no host %s; 'tugboot host add' makes it", args->operands[0]);
        return EXIT_NOT_FOUND;
    }
    if (old && old->from_file) {
        complain("%s stands in the configuration file; change it there", old->name);
        return EXIT_FAILED;
    }
    uint8_t *memory = malloc(REQUEST_ARENA);
    if (!memory) {
        complain("out of memory");
        return EXIT_FAILED;
    }
    struct arena arena = arena_over(memory, REQUEST_ARENA);
    code = put_offline(session, args, old, json, &arena);
    free(memory);
    return code;
}

static enum exit_code begin(struct session *session, const struct arguments *args)
{
    if (!host_name_is_sound(span_text(args->operands[0]))) {
        complain("a host's name is made of letters, digits, dots, dashes and underscores");
        return EXIT_USAGE;
    }
    return session_open(session, args);
}

enum exit_code cmd_host_add(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    enum exit_code code = begin(&session, args);
    if (code != EXIT_OK)
        return code;
    autoclean(free_text) char *json = NULL;
    code = options_to_json(args, true, &json);
    if (code != EXIT_OK)
        return code;
    if (!host_daemon_runs(&session))
        return change_offline(&session, args, true, json);

    char target[128], why[DAEMON_WHY_MAX];
    struct daemon_reply reply = { 0 };
    snprintf(target, sizeof target, "/api/v1/hosts/%s", args->operands[0]);
    bool is_there =
        daemon_ask(&session.place, "GET", target, (struct span){ 0 }, &reply, why) == 0 &&
        reply.status == 200;
    daemon_reply_done(&reply);
    if (is_there) {
        complain("there is a host %s already; 'tugboot host set' changes it", args->operands[0]);
        return EXIT_FAILED;
    }
    return ask_host(&session, args, "PUT", json, "is added");
}

/* --next-boot, by the daemon or in the store. */
static enum exit_code set_next_boot(const struct session *session, const char *name,
                                    const char *image, bool daemon)
{
    if (!daemon) {
        autoclean(offline_hosts_done) struct offline_hosts hosts = { 0 };
        enum exit_code code = offline_hosts_load(session, &hosts);
        if (code != EXIT_OK)
            return code;
        if (!offline_hosts_find(&hosts, name)) {
            complain("there is no host %s; 'tugboot host add' makes it", name);
            return EXIT_NOT_FOUND;
        }
        return offline_next_boot(session, name, image);
    }
    char target[128], data[1024];
    struct text body = text_over(data, sizeof data);
    struct json_writer j = json_over(&body);
    struct daemon_reply reply = { 0 };
    json_write_object_begin(&j, NULL);
    json_write_text(&j, "image", image);
    json_write_object_end(&j);
    snprintf(target, sizeof target, "/api/v1/hosts/%s/next-boot", name);
    enum exit_code code = session_ask(session, "POST", target, text_span(&body), &reply);
    daemon_reply_done(&reply);
    return code;
}

enum exit_code host_next_boot(const struct session *session, const char *name, const char *image)
{
    if (!host_name_is_sound(span_text(name))) {
        complain("a host's name is made of letters, digits, dots, dashes and underscores");
        return EXIT_USAGE;
    }
    return set_next_boot(session, name, image, host_daemon_runs(session));
}

enum exit_code host_patch(const struct session *session, const struct arguments *args,
                          const char *json)
{
    return host_daemon_runs(session) ? ask_host(session, args, "PATCH", json, "is changed")
                                     : change_offline(session, args, false, json);
}

enum exit_code cmd_host_set(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    const char *name = args->operands[0], *next = arguments_value(args, "--next-boot");
    enum exit_code code = begin(&session, args);
    if (code != EXIT_OK)
        return code;
    autoclean(free_text) char *json = NULL;
    code = options_to_json(args, false, &json);
    if (code != EXIT_OK)
        return code;
    bool nothing_else = strcmp(json, "{}") == 0;
    if (nothing_else && !next) {
        complain("say what to change; 'tugboot host set --help' lists the options");
        return EXIT_USAGE;
    }
    if (next && strlen(next) > 63) {
        complain("the value of --next-boot is too long");
        return EXIT_USAGE;
    }
    bool daemon = host_daemon_runs(&session);
    if (!nothing_else)
        code = daemon ? ask_host(&session, args, "PATCH", json, "is changed")
                      : change_offline(&session, args, false, json);
    if (code == EXIT_OK && next)
        code = set_next_boot(&session, name, next, daemon);
    if (code == EXIT_OK && next && nothing_else && !arguments_has(args, "--json"))
        printf(next[0] ? "%s boots %s once\n" : "%s boots as usual%s\n", name, next);
    return code;
}

static enum exit_code list_offline(const struct session *session, const struct arguments *args)
{
    autoclean(offline_hosts_done) struct offline_hosts hosts = { 0 };
    enum exit_code code = offline_hosts_load(session, &hosts);
    if (code != EXIT_OK)
        return code;
    const size_t room = 64 + hosts.count * 4096;
    char *data = malloc(room);
    if (!data) {
        complain("out of memory");
        return EXIT_FAILED;
    }
    struct text text = text_over(data, room);
    struct json_writer j = json_over(&text);
    json_write_object_begin(&j, NULL);
    json_write_array_begin(&j, "hosts");
    for (size_t i = 0; i < hosts.count; i++)
        shape_host(&j, NULL, &hosts.rows[i]);
    json_write_array_end(&j);
    json_write_object_end(&j);
    bool shown = !text.failed && (arguments_has(args, "--json")
                                      ? reply_print_json(text_span(&text))
                                      : reply_print_table(text_span(&text), "hosts", columns,
                                                          "no host has been named", NULL, 0));
    free(data);
    if (!shown)
        complain("the list of hosts is too long to be shown");
    return shown ? EXIT_OK : EXIT_FAILED;
}

enum exit_code cmd_host_list(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    enum exit_code code = session_open(&session, args);
    if (code != EXIT_OK)
        return code;
    if (!host_daemon_runs(&session))
        return list_offline(&session, args);
    return show_from_daemon(args, "/api/v1/hosts", "hosts", columns, "no host has been named");
}

static enum exit_code remove_offline(const struct session *session, const char *name)
{
    autoclean(offline_hosts_done) struct offline_hosts hosts = { 0 };
    enum exit_code code = offline_hosts_load(session, &hosts);
    if (code != EXIT_OK)
        return code;
    const struct host *old = offline_hosts_find(&hosts, name);
    if (!old) {
        complain("there is no host %s; 'tugboot host list' has them", name);
        return EXIT_NOT_FOUND;
    }
    if (old->from_file) {
        complain("%s stands in the configuration file; remove it there", name);
        return EXIT_FAILED;
    }
    return offline_remove(session, name);
}

enum exit_code cmd_host_remove(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    const char *name = args->operands[0];
    char target[128];
    struct daemon_reply reply = { 0 };
    enum exit_code code = begin(&session, args);
    if (code != EXIT_OK)
        return code;
    if (host_daemon_runs(&session)) {
        snprintf(target, sizeof target, "/api/v1/hosts/%s", name);
        code = session_ask(&session, "DELETE", target, (struct span){ 0 }, &reply);
        daemon_reply_done(&reply);
    } else {
        code = remove_offline(&session, name);
    }
    if (code == EXIT_OK)
        printf("%s is forgotten\n", name);
    return code;
}
