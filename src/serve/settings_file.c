/* See settings_file.h. The daemon has given up its rights by now: what it may write is what its
 * user may, in the file's folder or in the file itself. */
#include "serve/settings_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/settings.h"
#include "crypto/digest.h"
#include "net/file.h"

#define COPY_NAME "tugboot.yaml.before"
#define TEXT_MAX  ((size_t)1 << 20)

static int write_digest(struct settings_file *file)
{
    struct text t = text_over(file->digest, sizeof file->digest);
    struct digest digest;
    int r = digest_of(DIGEST_SHA256, span_of(file->text, file->len), &digest);

    for (size_t i = 0; r == 0 && i < digest_bytes(DIGEST_SHA256); i++)
        text_addf(&t, "%02x", digest.bytes[i]);
    return r;
}

int settings_file_read(const char *path, struct settings_file *ret)
{
    struct settings_file file = { 0 };
    struct file_facts facts;
    int fd, r = 0;

    if (path[0] != 0) {
        enum file_verdict verdict = file_open_path(path, &fd, &facts);
        if (verdict != FILE_OPENED)
            return file_verdict_errno(verdict, &facts);
        r = file_read_whole(fd, TEXT_MAX, &file.text, &file.len);
        close(fd);
    }
    if (r == 0)
        r = write_digest(&file);
    if (r < 0) {
        free(file.text);
        return r;
    }
    *ret = file;
    return 0;
}

void settings_file_done(struct settings_file *file)
{
    if (file->text)
        explicit_bzero(file->text, file->len);
    free(file->text);
    *file = (struct settings_file){ 0 };
}

/* The folder of the path and the name in it. */
static int open_folder(const char *path, const char **ret_name)
{
    char folder[CONFIG_PATH_MAX + 1];
    const char *slash = strrchr(path, '/');
    struct span above = span_of(path, slash && slash > path ? (size_t)(slash - path) : 1);

    *ret_name = slash ? slash + 1 : path;
    if (!slash)
        return file_open_root(".");
    if (above.len >= sizeof folder)
        return -ENAMETOOLONG;
    span_to_text(above, folder, sizeof folder);
    return file_open_root(folder);
}

bool settings_file_is_writable(const char *path, const struct config *config,
                               const struct settings_file *file, struct text *why)
{
    struct span manager = settings_find_manager(span_of(file->text, file->len));

    if (path[0] == 0) {
        text_add(why,
                 "tugboot runs without a configuration file: write one (an empty one will do), "
                 "and start it with --config FILE");
        return false;
    }
    if (!config->admin.edit) {
        text_add(why, "the configuration says 'admin: {edit: false}': change it in the file");
        return false;
    }
    if (manager.len > 0) {
        text_add(why, "another program writes this file, as it says itself (\"");
        text_add_escaped(why, span_slice(manager, 0, 80));
        text_add(why, "\"): change it there");
        return false;
    }
    if (access(path, W_OK) == 0)
        return true;
    const char *user = config->user[0] ? config->user : "root";
    text_addf(why,
              "tugboot runs as the user '%s', who may not write this file: chown %s FILE, and with "
              "systemd name it in ReadWritePaths= of a drop-in",
              user, user);
    return false;
}

/* Into the file itself; the old text is kept beside the database meanwhile. */
static int write_within(const char *path, const char *state, const struct settings_file *old,
                        struct span text)
{
    int folder = file_open_root(state);
    int r =
        folder < 0 ? folder : file_replace(folder, COPY_NAME, span_of(old->text, old->len), true);
    if (folder >= 0)
        close(folder);
    if (r < 0)
        return r;
    int fd = openat(AT_FDCWD, path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    for (size_t at = 0; at < text.len && r == 0;) {
        ssize_t n = pwrite(fd, text.data + at, text.len - at, (off_t)at);
        if (n > 0)
            at += (size_t)n;
        else if (n == 0 || errno != EINTR)
            r = n < 0 ? -errno : -ENOSPC;
    }
    if (r == 0 && (ftruncate(fd, (off_t)text.len) < 0 || fsync(fd) < 0))
        r = -errno;
    close(fd);
    return r;
}

int settings_file_write(const char *path, const struct config *config,
                        const struct settings_file *old, struct span text, struct text *why)
{
    const char *name;
    int folder = open_folder(path, &name);
    int r = folder < 0 ? folder : file_write_over(folder, name, text);

    if (folder >= 0)
        close(folder);
    /* The folder is not ours, or the name is a link: the file it leads to may be. */
    if (r == -EACCES || r == -EPERM || r == -EROFS || r == -EINVAL)
        r = write_within(path, config->state, old, text);
    if (r == -EACCES || r == -EPERM)
        text_add(why,
                 "tugboot may write only the configuration file that was there when it started, "
                 "and there is another one by now: restart it");
    else if (r < 0)
        text_addf(why, "%s cannot be written: %s", path, strerror(-r));
    return r;
}
