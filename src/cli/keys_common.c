/* Folders, files and words that the commands of `tugboot keys` share. */
#include "cli/keys_common.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "net/file.h"

static void closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

enum exit_code keys_folder(const struct session *session, const struct arguments *args,
                           char path[CONFIG_PATH_MAX + 8])
{
    const char *given = arguments_value(args, "--folder");
    struct text t = text_over(path, CONFIG_PATH_MAX + 8);
    if (given)
        text_add(&t, given);
    else
        text_addf(&t, "%s/keys", session->config->state);
    if (!t.failed && path[0])
        return EXIT_OK;
    complain("the value of --folder is no path of at most %d bytes", CONFIG_PATH_MAX);
    return EXIT_USAGE;
}

enum exit_code keys_refused(int error, const char *why)
{
    complain("%s", why[0] ? why : strerror(-error));
    return error == -ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED;
}

int keys_write_file(const char *path, struct span data)
{
    const char *slash = strrchr(path, '/');
    char folder[4096];
    struct text t = text_over(folder, sizeof folder);
    if (slash)
        text_add_span(&t, span_of(path, slash == path ? 1 : (size_t)(slash - path)));
    else
        text_add(&t, ".");
    autoclean(closep) int fd = t.failed ? -ENAMETOOLONG : file_open_root(folder);
    int r = fd < 0 ? fd : file_write_over(fd, slash ? slash + 1 : path, data);
    if (r < 0)
        complain("%s cannot be written: %s", path, strerror(-r));
    return r;
}

void keys_format_fingerprint(const struct digest *digest, char out[96])
{
    struct text t = text_over(out, 96);
    for (size_t i = 0; i < digest_bytes(digest->kind); i++)
        text_addf(&t, "%s%02x", i > 0 ? ":" : "", digest->bytes[i]);
}
