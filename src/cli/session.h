/* What most commands begin with: the configuration in force, and the daemon it names. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/client.h"
#include "cli/command.h"
#include "config/config.h"

#define CONFIG_DEFAULT_PATH "/etc/tugboot/tugboot.yaml"

#define SESSION_TOKEN_MAX 128

struct session {
    struct config *config;
    const char *config_path; /* "" = there is no file: the defaults */
    struct daemon_place place;
    char token[SESSION_TOKEN_MAX];
};

/* "tugboot: ..." on standard error, a sentence that says what to do. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Print the help of a command, or (NULL) of all. */
enum exit_code print_help(const struct command *command);

/* Read the configuration (--config, else the default path, else the defaults). EXIT_OK, or the code
 * to end with, after the faults were told. */
enum exit_code session_open(struct session *session, const struct arguments *args);
/* The same, for what only talks to the daemon: a file with faults is told of, and its control
 * socket is asked all the same, since the daemon goes on with the configuration before it. */
enum exit_code session_open_daemon(struct session *session, const struct arguments *args);
/* The configuration in this file. */
enum exit_code session_open_file(struct session *session, const char *path);
void session_close(struct session *session);

/* Read a whole file of at most `max` bytes into malloc'ed memory; a negative errno else (-EFBIG).
 */
must_check int session_read_file(const char *path, size_t max, char **ret_data, size_t *ret_len);

/* Ask the daemon; EXIT_OK with a reply of status 200, 201 or 204, else the code to end with, after
 * the reason was told. */
enum exit_code session_ask(const struct session *session, const char *method, const char *target,
                           struct span body, struct daemon_reply *ret_reply);

/* Ask for `target` and show the answer, page by page: as JSON with --json, else the list under
 * `key` as a table, or without columns as fields. */
struct reply_column;
enum exit_code show_from_daemon(const struct arguments *args, const char *target, const char *key,
                                const struct reply_column *columns, const char *when_empty);

/* The code that goes with a reply that is no success, after its sentence was told. */
enum exit_code reply_refused(const struct daemon_reply *reply);

#endif
