/* host note: what people wrote about a machine. By the daemon when one runs, else in the store. */
#include <stdio.h>
#include <stdlib.h>

#include "base/autoclean.h"

#include "api/host_json.h"
#include "cli/host_next_boot.h"
#include "cli/offline.h"
#include "cli/reply.h"
#include "model/record.h"

static void free_text(char **text)
{
    free(*text);
}

/* The hardware address of a named host. */
static enum exit_code ask_mac(const struct session *session, const char *name, struct mac *ret_mac)
{
    char target[128];
    struct daemon_reply reply = { 0 };
    size_t len = 0;

    snprintf(target, sizeof target, "/api/v1/hosts/%s", name);
    enum exit_code code = session_ask(session, "GET", target, (struct span){ 0 }, &reply);
    autoclean(free_text) char *text = code == EXIT_OK ? reply_text(reply.body, "mac", &len) : NULL;
    bool found = text && mac_parse(span_of(text, len), ret_mac);
    daemon_reply_done(&reply);
    if (code == EXIT_OK && !found) {
        complain("%s has no MAC address, by which notes are kept: 'tugboot host set %s --mac ...'",
                 name, name);
        return EXIT_FAILED;
    }
    return code;
}

static enum exit_code look_up_mac(const struct session *session, const char *name,
                                  struct mac *ret_mac)
{
    autoclean(offline_hosts_done) struct offline_hosts hosts = { 0 };
    enum exit_code code = offline_hosts_load(session, &hosts);
    if (code != EXIT_OK)
        return code;
    const struct host *host = offline_hosts_find(&hosts, name);
    if (host && host->match.has_mac) {
        *ret_mac = host->match.mac;
        return EXIT_OK;
    }
    complain(host ? "%s has no MAC address, by which notes are kept"
                  : "there is no host %s; 'tugboot host list' has them",
             name);
    return host ? EXIT_FAILED : EXIT_NOT_FOUND;
}

static enum exit_code show_by_daemon(const struct session *session, const char *mac)
{
    char target[96], why[DAEMON_WHY_MAX];
    struct daemon_reply reply = { 0 };
    size_t len = 0;

    snprintf(target, sizeof target, "/api/v1/machines/%s/note", mac);
    int r = daemon_ask(&session->place, "GET", target, (struct span){ 0 }, &reply, why);
    enum exit_code code = EXIT_OK;
    if (r < 0) {
        complain("%s", why);
        code = EXIT_NO_DAEMON;
    } else if (reply.status == 200) {
        autoclean(free_text) char *note = reply_text(reply.body, "text", &len);
        printf("%s\n", note ? note : "");
    } else if (reply.status != 404) {
        code = reply_refused(&reply);
    }
    daemon_reply_done(&reply);
    return code;
}

static enum exit_code put_by_daemon(const struct session *session, const char *mac,
                                    const char *note)
{
    const size_t room = 128 + 6 * strlen(note);
    autoclean(free_text) char *data = malloc(room);
    struct daemon_reply reply = { 0 };

    if (!data) {
        complain("out of memory");
        return EXIT_FAILED;
    }
    struct text body = text_over(data, room);
    struct json_writer j = json_over(&body);
    json_write_object_begin(&j, NULL);
    json_write_array_begin(&j, "machines");
    json_write_text(&j, NULL, mac);
    json_write_array_end(&j);
    json_write_text(&j, "note", note);
    json_write_object_end(&j);
    enum exit_code code =
        session_ask(session, "POST", "/api/v1/machines/changes", text_span(&body), &reply);
    daemon_reply_done(&reply);
    return code;
}

static enum exit_code show_offline(const struct session *session, struct mac mac)
{
    autoclean(free_text) char *note = NULL;
    enum exit_code code = offline_note(session, mac, &note);
    if (code == EXIT_OK && note[0])
        printf("%s\n", note);
    return code;
}

/* As the daemon would refuse it. */
static enum exit_code put_offline(const struct session *session, struct mac mac, const char *note)
{
    if (strlen(note) > MACHINE_NOTE_MAX) {
        complain("a note has at most %d bytes; this one has %zu", MACHINE_NOTE_MAX, strlen(note));
        return EXIT_USAGE;
    }
    for (const char *at = note; *at; at++)
        if (((unsigned char)*at < 0x20 && *at != '\n' && *at != '\t') || *at == 0x7f) {
            complain("a note has no control characters but line ends and tabs");
            return EXIT_USAGE;
        }
    return offline_put_note(session, mac, note);
}

enum exit_code cmd_host_note(const struct arguments *args)
{
    autoclean(session_close) struct session session = { 0 };
    const char *machine = args->operands[0];
    const char *note = args->operand_count > 1 ? args->operands[1] : NULL;
    char text[MAC_TEXT_MAX];
    struct mac mac;
    bool is_mac = mac_parse(span_text(machine), &mac);

    if (!is_mac && !host_name_is_sound(span_text(machine))) {
        complain("say which machine: its hardware address (52:54:00:12:34:56) or a host's name");
        return EXIT_USAGE;
    }
    enum exit_code code = session_open(&session, args);
    if (code != EXIT_OK)
        return code;
    bool daemon = host_daemon_runs(&session);
    if (!is_mac)
        code = daemon ? ask_mac(&session, machine, &mac) : look_up_mac(&session, machine, &mac);
    if (code != EXIT_OK)
        return code;
    mac_format(mac, text);
    if (!note)
        return daemon ? show_by_daemon(&session, text) : show_offline(&session, mac);
    code = daemon ? put_by_daemon(&session, text, note) : put_offline(&session, mac, note);
    if (code == EXIT_OK)
        printf(note[0] ? "noted about %s\n" : "nothing is noted about %s any more\n", machine);
    return code;
}
