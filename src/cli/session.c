/* Configuration and daemon, with what can go wrong told in a sentence once, here. */
#include "cli/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/reply.h"
#include "net/file.h"

#define CONFIG_BYTES_MAX ((size_t)4 * 1024 * 1024)

void complain(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("tugboot: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

int session_read_file(const char *path, size_t max, char **ret_data, size_t *ret_len)
{
    size_t len = 0, cap = 0;
    char *data = NULL;
    int error = 0;
    FILE *file = fopen(path, "rbe");
    if (!file)
        return -errno;
    while (error == 0 && !feof(file)) {
        if (len == cap) {
            cap = cap > 0 ? cap * 2 : 16384;
            char *more = realloc(data, cap);
            if (!more) {
                error = -ENOMEM;
                break;
            }
            data = more;
        }
        len += fread(data + len, 1, cap - len, file);
        if (ferror(file))
            error = errno > 0 ? -errno : -EIO;
        else if (len > max)
            error = -EFBIG;
    }
    fclose(file);
    if (error < 0) {
        free(data);
        return error;
    }
    *ret_data = data;
    *ret_len = len;
    return 0;
}

/* Tell every fault of a configuration, as "FILE:LINE:COLUMN: text". */
static void print_faults(const char *path, const struct config_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        const struct config_fault *f = &faults->rows[i];
        char data[1100];
        struct text t = text_over(data, sizeof data);
        text_add_escaped(&t, span_text(f->text));
        if (f->line > 0)
            fprintf(stderr, "%s:%u:%u: %s\n", path, f->line, f->column, data);
        else
            fprintf(stderr, "%s: %s\n", path, data);
    }
    if (faults->more)
        fprintf(stderr, "%s: and more faults; mend these first\n", path);
}

/* The text of a configuration; a name that is no plain file is refused as the daemon refuses it. */
static enum exit_code read_config(const char *path, uint8_t **ret_data, size_t *ret_len)
{
    struct file_facts facts;
    int fd;
    enum file_verdict verdict = file_open_path(path, &fd, &facts);
    if (verdict != FILE_OPENED) {
        complain("the configuration %s cannot be read: %s", path, file_verdict_text(verdict));
        return verdict == FILE_ABSENT ? EXIT_NOT_FOUND : EXIT_FAILED;
    }
    int r = file_read_whole(fd, CONFIG_BYTES_MAX, ret_data, ret_len);
    close(fd);
    if (r < 0)
        complain("the configuration %s cannot be read: %s", path, strerror(-r));
    return r < 0 ? EXIT_FAILED : EXIT_OK;
}

/* Enough of a faulty configuration to find the daemon, which goes on with an older one. */
static enum exit_code make_do(struct session *session, const char *path, struct span text)
{
    if (config_defaults(&session->config) < 0) {
        complain("out of memory");
        return EXIT_FAILED;
    }
    config_find_control(text, session->config->control, sizeof session->config->control);
    complain("%s has faults ('tugboot check' tells them); asking the daemon at %s all the same",
             path, session->config->control);
    return EXIT_OK;
}

static enum exit_code open_file(struct session *session, const char *path, bool for_daemon)
{
    static struct config_faults faults;
    uint8_t *data = NULL;
    size_t len = 0;

    *session = (struct session){ .config_path = "" };
    enum exit_code code = read_config(path, &data, &len);
    if (code != EXIT_OK)
        return code;
    faults = (struct config_faults){ 0 };
    int r = config_parse(span_of(data, len), &session->config, &faults);
    if (r == -EINVAL && for_daemon) {
        code = make_do(session, path, span_of(data, len));
    } else if (r == -EINVAL) {
        print_faults(path, &faults);
        code = EXIT_FAILED;
    } else if (r < 0) {
        complain("the configuration %s cannot be taken in: %s", path, strerror(-r));
        code = EXIT_FAILED;
    }
    explicit_bzero(data, len); /* it may hold secrets */
    free(data);
    if (code == EXIT_OK)
        session->config_path = path;
    return code;
}

/* A token's file has one line. */
static enum exit_code read_token(struct session *session, const char *path)
{
    char *data = NULL;
    size_t len = 0;
    int r = session_read_file(path, SESSION_TOKEN_MAX, &data, &len);
    if (r < 0) {
        complain("the token cannot be read from %s: %s", path, strerror(-r));
        return r == -ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED;
    }
    span_to_text(span_slice(span_of(data, len), 0, span_find(span_of(data, len), '\n')),
                 session->token, sizeof session->token);
    explicit_bzero(data, len);
    free(data);
    return EXIT_OK;
}

/* What an option says, else the environment, else "". */
static const char *said(const struct arguments *args, const char *option, const char *variable)
{
    const char *value = arguments_value(args, option);
    if (!value)
        value = getenv(variable);
    return value ? value : "";
}

/* Where the daemon is: on this machine, unless a URL says otherwise. */
static enum exit_code find_daemon(struct session *session, const struct arguments *args)
{
    const char *url = said(args, "--url", "TUGBOOT_URL");
    const char *file = said(args, "--token-file", "TUGBOOT_TOKEN_FILE");
    const char *token = getenv("TUGBOOT_TOKEN");

    session->place = (struct daemon_place){ .socket_path = session->config->control,
                                            .url = url,
                                            .token = session->token,
                                            .ca_file = said(args, "--ca-file", "TUGBOOT_CA_FILE") };
    if (!url[0])
        return EXIT_OK;
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) {
        complain("\"%.100s\" is no URL of a daemon; it is written https://boot.example:8067", url);
        return EXIT_USAGE;
    }
    if (file[0])
        return read_token(session, file);
    if (token && strlen(token) < sizeof session->token)
        span_to_text(span_text(token), session->token, sizeof session->token);
    return EXIT_OK;
}

enum exit_code session_open_file(struct session *session, const char *path)
{
    return open_file(session, path, false);
}

static enum exit_code open_any(struct session *session, const struct arguments *args,
                               bool for_daemon)
{
    *session = (struct session){ .config_path = "" };
    const char *path = arguments_value(args, "--config");
    if (path)
        return open_file(session, path, for_daemon);
    if (access(CONFIG_DEFAULT_PATH, F_OK) == 0)
        return open_file(session, CONFIG_DEFAULT_PATH, for_daemon);
    if (errno != ENOENT && errno != ENOTDIR) {
        complain("the configuration %s cannot be read: %s", CONFIG_DEFAULT_PATH, strerror(errno));
        return EXIT_FAILED;
    }
    int r = config_defaults(&session->config);
    if (r < 0) {
        complain("out of memory");
        return EXIT_FAILED;
    }
    return EXIT_OK;
}

enum exit_code session_open(struct session *session, const struct arguments *args)
{
    enum exit_code code = open_any(session, args, false);
    return code == EXIT_OK ? find_daemon(session, args) : code;
}

enum exit_code session_open_daemon(struct session *session, const struct arguments *args)
{
    enum exit_code code = open_any(session, args, true);
    return code == EXIT_OK ? find_daemon(session, args) : code;
}

void session_close(struct session *session)
{
    if (session->config)
        config_free(session->config);
    session->config = NULL;
    explicit_bzero(session->token, sizeof session->token);
}

enum exit_code reply_refused(const struct daemon_reply *reply)
{
    char detail[512];
    if (!reply_problem(reply->body, detail, sizeof detail))
        snprintf(detail, sizeof detail, "the daemon refused with status %u", reply->status);
    complain("%s", detail);
    return reply->status == 404 ? EXIT_NOT_FOUND : EXIT_FAILED;
}

enum exit_code session_ask(const struct session *session, const char *method, const char *target,
                           struct span body, struct daemon_reply *ret_reply)
{
    char why[DAEMON_WHY_MAX];
    int r = daemon_ask(&session->place, method, target, body, ret_reply, why);
    if (r < 0) {
        complain("%s", why);
        return r == -ECONNREFUSED ? EXIT_NO_DAEMON : EXIT_FAILED;
    }
    if (ret_reply->status / 100 == 2)
        return EXIT_OK;
    enum exit_code code = reply_refused(ret_reply);
    daemon_reply_done(ret_reply);
    return code;
}
