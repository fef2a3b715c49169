/* Configuration and daemon, with what can go wrong told in a sentence once, here. */
#include "cli/session.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/reply.h"

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

void faults_print(const char *path, const struct config_faults *faults)
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

enum exit_code session_open_file(struct session *session, const char *path)
{
    *session = (struct session){ .config_path = "" };
    char *data = NULL;
    size_t len = 0;
    int r = session_read_file(path, CONFIG_BYTES_MAX, &data, &len);
    if (r < 0) {
        complain("the configuration %s cannot be read: %s", path, strerror(-r));
        return r == -ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED;
    }
    static struct config_faults faults;
    faults = (struct config_faults){ 0 };
    r = config_parse(span_of(data, len), &session->config, &faults);
    free(data);
    if (r == -EINVAL) {
        faults_print(path, &faults);
        return EXIT_FAILED;
    }
    if (r < 0) {
        complain("the configuration %s cannot be taken in: %s", path, strerror(-r));
        return EXIT_FAILED;
    }
    session->config_path = path;
    return EXIT_OK;
}

enum exit_code session_open(struct session *session, const struct arguments *args)
{
    *session = (struct session){ .config_path = "" };
    const char *path = arguments_value(args, "--config");
    if (path)
        return session_open_file(session, path);
    FILE *probe = fopen(CONFIG_DEFAULT_PATH, "rbe");
    if (probe) {
        fclose(probe);
        return session_open_file(session, CONFIG_DEFAULT_PATH);
    }
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

void session_close(struct session *session)
{
    if (session->config)
        config_free(session->config);
    session->config = NULL;
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
    int r = daemon_ask(session->config->control, method, target, body, ret_reply, why);
    if (r < 0) {
        complain("%s", why);
        return r == -ECONNREFUSED ? EXIT_NO_DAEMON : EXIT_FAILED;
    }
    if (ret_reply->status == 200 || ret_reply->status == 204)
        return EXIT_OK;
    enum exit_code code = reply_refused(ret_reply);
    daemon_reply_done(ret_reply);
    return code;
}
