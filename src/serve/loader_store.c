/* See loader_store.h. The hidden folder is locked while a command is at work in it, so that two of
 * them do not write the same file; the lock goes with the process. */
#include "serve/loader_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/file.h"

#define HIDDEN     ".fetch"
#define TARGET_MAX 128

struct put {
    char target[TARGET_MAX], staged[TARGET_MAX];
};

struct loader_store {
    char path[SAFE_PATH_MAX];
    int folder, hidden;
    struct put rows[LOADER_STORE_FILES_MAX];
    size_t count;
};

static int say(struct text *why, const char *path, int r)
{
    text_addf(why, "%s: %s%s", path, strerror(-r),
              r == -EACCES || r == -EPERM ? " (run it as root: sudo tugboot ...)" : "");
    return r;
}

static int open_hidden(struct loader_store *s, struct text *why)
{
    int r = mkdirat(s->folder, HIDDEN, 0755) < 0 && errno != EEXIST ? -errno : 0;
    if (r == 0) {
        s->hidden = openat(s->folder, HIDDEN, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        r = s->hidden < 0 ? -errno : 0;
    }
    if (r < 0)
        return say(why, s->path, r);
    if (flock(s->hidden, LOCK_EX | LOCK_NB) == 0)
        return 0;
    text_addf(why, "another 'tugboot loader fetch' is at work in %s: let it end first", s->path);
    return -EBUSY;
}

int loader_store_open(const char *folder, struct loader_store **ret_store, struct text *why)
{
    struct loader_store *s = calloc(1, sizeof *s);
    if (!s)
        return -ENOMEM;
    s->hidden = -1;
    span_to_text(span_text(folder), s->path, sizeof s->path);
    int r = file_make_folders(folder);
    s->folder = r == 0 ? file_open_root(folder) : r;
    r = s->folder < 0 ? say(why, folder, s->folder) : open_hidden(s, why);
    if (r < 0) {
        loader_store_close(s);
        return r;
    }
    *ret_store = s;
    return 0;
}

void loader_store_close(struct loader_store *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++)
        (void)unlinkat(s->hidden, s->rows[i].staged, 0);
    if (s->folder >= 0)
        (void)unlinkat(s->folder, HIDDEN, AT_REMOVEDIR); /* stays while a download is in it */
    if (s->hidden >= 0)
        close(s->hidden);
    if (s->folder >= 0)
        close(s->folder);
    free(s);
}

static void part_name(const char *name, char out[TARGET_MAX])
{
    struct text t = text_over(out, TARGET_MAX);
    text_addf(&t, "%.100s.part", name);
}

int loader_store_open_part(struct loader_store *s, const char *name, struct text *why)
{
    char part[TARGET_MAX];
    part_name(name, part);
    int fd = openat(s->hidden, part, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
    return fd < 0 ? say(why, s->path, -errno) : fd;
}

void loader_store_drop_part(struct loader_store *s, const char *name)
{
    char part[TARGET_MAX];
    part_name(name, part);
    (void)unlinkat(s->hidden, part, 0);
}

int loader_store_free_space(struct loader_store *s, uint64_t *ret_bytes)
{
    return file_free_space(s->hidden, ret_bytes);
}

int loader_store_put(struct loader_store *s, const char *target, struct span bytes,
                     struct text *why)
{
    struct put *row = &s->rows[s->count];
    struct safe_path path;

    if (s->count == LOADER_STORE_FILES_MAX || strlen(target) >= TARGET_MAX ||
        safe_path_parse(span_text(target), &path) != PATH_SOUND)
        return say(why, target, -EINVAL);
    span_to_text(span_text(target), row->target, sizeof row->target);
    span_to_text(span_text(target), row->staged, sizeof row->staged);
    for (char *at = row->staged; *at; at++)
        if (*at == '/')
            *at = '+';
    if (unlinkat(s->hidden, row->staged, 0) < 0 && errno != ENOENT) /* of a run that was killed */
        return say(why, s->path, -errno);
    int r = file_write_new(s->hidden, row->staged, bytes);
    if (r < 0)
        return say(why, s->path, r);
    s->count++;
    /* The daemon's user reads it, whatever the umask. */
    return fchmodat(s->hidden, row->staged, 0644, 0) < 0 ? say(why, s->path, -errno) : 0;
}

/* The folder a target lies in, made if needed: a descriptor, or a negative errno. */
static int open_target_folder(int folder, const char *target, const char **ret_name)
{
    char below[TARGET_MAX];
    const char *slash = strchr(target, '/');

    *ret_name = slash ? slash + 1 : target;
    span_to_text(span_of(target, slash ? (size_t)(slash - target) : 0), below, sizeof below);
    /* The daemon's user goes in, whatever the umask. */
    if (slash && mkdirat(folder, below, 0755) < 0) {
        if (errno != EEXIST)
            return -errno;
    } else if (slash && fchmodat(folder, below, 0755, 0) < 0) {
        return -errno;
    }
    int fd = openat(folder, slash ? below : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static int place(struct loader_store *s, const struct put *row)
{
    const char *name;
    int fd = open_target_folder(s->folder, row->target, &name);
    if (fd < 0)
        return fd;
    int r = renameat(s->hidden, row->staged, fd, name) < 0 ? -errno : 0;
    if (r == 0 && fsync(fd) < 0)
        r = -errno;
    close(fd);
    return r;
}

int loader_store_commit(struct loader_store *s, struct text *why)
{
    for (size_t i = 0; i < s->count; i++) {
        int r = place(s, &s->rows[i]);
        if (r < 0) {
            text_addf(why, "%s/", s->path);
            return say(why, s->rows[i].target, r);
        }
    }
    s->count = 0;
    return fsync(s->folder) < 0 ? say(why, s->path, -errno) : 0;
}

int loader_store_remove(const char *folder, const char *target)
{
    char below[TARGET_MAX];
    const char *slash = strchr(target, '/');
    int fd = file_open_root(folder);
    if (fd < 0)
        return fd;
    int r = unlinkat(fd, target, 0) < 0 ? -errno : 0;
    span_to_text(span_of(target, slash ? (size_t)(slash - target) : 0), below, sizeof below);
    if (r == 0 && slash)
        (void)unlinkat(fd, below, AT_REMOVEDIR); /* stays while something is in it */
    close(fd);
    return r;
}
