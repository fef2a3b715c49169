/* Whole trees: measuring, copying durably, removing. A copy holds plain files and folders only; a
 * link in the source is followed, so that the copy stands by itself. Depth is bounded by a stack of
 * open folders, which also ends a circle of links. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#include "net/file.h"

#define COPY_STEP (8U << 20)

struct walk {
    struct file_copy *copy;
    struct file_tree_size size;
    char path[SAFE_PATH_MAX * 2]; /* of what is being visited, for sentences */
    unsigned depth;
    bool measure_only;
};

static int fail(struct walk *w, const char *name, const char *what, int error)
{
    snprintf(w->copy->why, sizeof w->copy->why, "%.100s%s%.60s %.80s", w->path, *w->path ? "/" : "",
             name, what);
    return error;
}

static int fail_errno(struct walk *w, const char *name, int error)
{
    char what[80];
    snprintf(what, sizeof what, "cannot be copied: %.50s", strerror(-error));
    return fail(w, name, what, error);
}

static int tell(struct walk *w, uint64_t bytes)
{
    w->size.bytes += bytes;
    return w->copy->progress ? w->copy->progress(w->copy->context, w->size.bytes) : 0;
}

/* One step by copy_file_range (which may share the blocks), else by sendfile: bytes or -errno. */
static ssize_t copy_step(int from, int to, bool *ranges)
{
    if (*ranges) {
        ssize_t n = copy_file_range(from, NULL, to, NULL, COPY_STEP, 0);
        bool unsupported = n < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS ||
                                     errno == EOPNOTSUPP || errno == EPERM);
        /* Some file systems of the kernel's own claim to be empty here. */
        if (n > 0 || (n < 0 && !unsupported))
            return n < 0 ? -errno : n;
        *ranges = false;
    }
    ssize_t n = sendfile(to, from, NULL, COPY_STEP);
    return n < 0 ? -errno : n;
}

static int copy_bytes(struct walk *w, int from, int to)
{
    bool ranges = true;
    for (;;) {
        ssize_t n = copy_step(from, to, &ranges);
        if (n == -EINTR)
            continue;
        if (n <= 0)
            return (int)n;
        int r = tell(w, (uint64_t)n);
        if (r != 0)
            return r;
    }
}

static int copy_file(struct walk *w, int from, int target, const char *name)
{
    int to = openat(target, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (to < 0)
        return fail_errno(w, name, -errno);
    int r = copy_bytes(w, from, to);
    if (r == 0 && fsync(to) < 0)
        r = -errno;
    if (close(to) < 0 && r == 0)
        r = -errno;
    if (r < 0)
        return fail_errno(w, name, r);
    return r;
}

static int visit_folder(struct walk *w, int source, int target);

/* Enter a sub-folder: recursion is bounded by FILE_TREE_DEPTH_MAX. */
static int enter(struct walk *w, int source, int target, const char *name)
{
    size_t before = strlen(w->path);
    struct safe_path path;

    if (w->depth == FILE_TREE_DEPTH_MAX)
        return fail(w, name, "is nested too deep, or a circle of links", -ELOOP);
    if (safe_path_parse(span_text(name), &path) != PATH_SOUND ||
        before + strlen(name) + 2 > sizeof w->path)
        return fail(w, name, "has a name that is not taken", -EINVAL);
    int from = openat(source, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), to = -1;
    if (from < 0)
        return fail_errno(w, name, -errno);
    int r = 0;
    if (!w->measure_only) {
        if (mkdirat(target, name, 0755) < 0 ||
            (to = openat(target, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)) < 0)
            r = fail_errno(w, name, -errno);
    }
    if (r == 0) {
        snprintf(w->path + before, sizeof w->path - before, "%s%s", before ? "/" : "", name);
        w->depth++;
        w->size.folders++;
        r = visit_folder(w, from, to);
        w->depth--;
        w->path[before] = 0;
    }
    close(from);
    if (to >= 0)
        close(to);
    return r;
}

static int take_file(struct walk *w, int source, int target, const char *name)
{
    char place[40];
    struct text t = text_over(place, sizeof place);
    struct file_facts facts;
    int path_fd = openat(source, name, O_PATH | O_CLOEXEC), fd;

    if (path_fd < 0)
        return fail_errno(w, name, -errno);
    text_addf(&t, "/proc/self/fd/%d", path_fd);
    enum file_verdict verdict = file_open_path(place, &fd, &facts);
    close(path_fd);
    if (verdict != FILE_OPENED)
        return fail(w, name, file_verdict_text(verdict), file_verdict_errno(verdict, &facts));
    w->size.files++;
    int r = 0;
    if (w->measure_only)
        w->size.bytes += facts.size;
    else
        r = copy_file(w, fd, target, name);
    close(fd);
    return r;
}

struct visit {
    struct walk *walk;
    int source, target;
};

static int visit_entry(void *context, const struct file_entry *entry)
{
    struct visit *v = context;
    struct safe_path path;

    if (v->walk->size.files + v->walk->size.folders >= FILE_ENTRIES_MAX)
        return fail(v->walk, entry->name, "is one file more than an image may have", -E2BIG);
    if (safe_path_parse(span_text(entry->name), &path) != PATH_SOUND)
        return fail(v->walk, "a file", "has a name that cannot be served", -EINVAL);
    if (entry->kind == FILE_KIND_FOLDER)
        return enter(v->walk, v->source, v->target, entry->name);
    return take_file(v->walk, v->source, v->target, entry->name);
}

static int visit_folder(struct walk *w, int source, int target)
{
    struct visit v = { .walk = w, .source = source, .target = target };
    int r = file_list(source, visit_entry, &v);

    if (r < 0 && !*w->copy->why)
        return fail_errno(w, ".", r);
    if (r == 0 && target >= 0 && fsync(target) < 0)
        return fail_errno(w, ".", -errno);
    return r;
}

int file_measure_tree(int source_fd, struct file_copy *copy, struct file_tree_size *ret_size)
{
    struct walk w = { .copy = copy, .measure_only = true };

    copy->why[0] = 0;
    int r = visit_folder(&w, source_fd, -1);
    if (r == 0)
        *ret_size = w.size;
    return r;
}

int file_copy_tree(int source_fd, int target_fd, struct file_copy *copy)
{
    struct walk w = { .copy = copy };

    copy->why[0] = 0;
    return visit_folder(&w, source_fd, target_fd);
}

int file_copy_one(int source_fd, int target_folder_fd, const char *name, struct file_copy *copy)
{
    struct walk w = { .copy = copy };

    copy->why[0] = 0;
    int r = copy_file(&w, source_fd, target_folder_fd, name);
    if (r == 0 && fsync(target_folder_fd) < 0)
        r = fail_errno(&w, name, -errno);
    return r;
}

static int write_all(int fd, struct span data)
{
    while (data.len > 0) {
        ssize_t n = write(fd, data.data, data.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        data = span_from(data, (size_t)n);
    }
    return fsync(fd) < 0 ? -errno : 0;
}

/* The new file `name`, on disk with all of `data` or not there. */
static int write_new(int folder_fd, const char *name, mode_t mode, struct span data)
{
    int fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0)
        return -errno;
    int r = write_all(fd, data);
    if (close(fd) < 0 && r == 0)
        r = -errno;
    if (r == 0 && fsync(folder_fd) < 0)
        r = -errno;
    if (r < 0)
        (void)unlinkat(folder_fd, name, 0);
    return r;
}

int file_write_new(int folder_fd, const char *name, struct span data)
{
    return write_new(folder_fd, name, 0644, data);
}

int file_write_private(int folder_fd, const char *name, struct span data)
{
    return write_new(folder_fd, name, 0600, data);
}

/* Mode and owner of the old file, as far as this user may give them. */
static int take_after(int folder_fd, const char *name, const struct stat *old)
{
    if (fchownat(folder_fd, name, old->st_uid, old->st_gid, AT_SYMLINK_NOFOLLOW) < 0 &&
        errno != EPERM)
        return -errno;
    return fchmodat(folder_fd, name, old->st_mode & 07777, 0) < 0 ? -errno : 0;
}

/* Write aside and put it in the old file's place, with that one's mode and owner when `keeps`. */
static int write_in_place(int folder_fd, const char *name, mode_t mode, struct span data,
                          const struct stat *keeps)
{
    char aside[NAME_MAX + 1];
    struct text t = text_over(aside, sizeof aside);

    text_addf(&t, ".%s.new", name);
    if (t.failed)
        return -ENAMETOOLONG;
    if (unlinkat(folder_fd, aside, 0) < 0 && errno != ENOENT) /* of an attempt that was cut */
        return -errno;
    int r = write_new(folder_fd, aside, mode, data);
    if (r < 0)
        return r;
    if (keeps)
        r = take_after(folder_fd, aside, keeps);
    if (r == 0 && (renameat(folder_fd, aside, folder_fd, name) < 0 || fsync(folder_fd) < 0))
        r = -errno;
    if (r < 0)
        (void)unlinkat(folder_fd, aside, 0);
    return r;
}

int file_write_over(int folder_fd, const char *name, struct span data)
{
    struct stat old;
    bool is_there = fstatat(folder_fd, name, &old, AT_SYMLINK_NOFOLLOW) == 0;

    if (is_there && !S_ISREG(old.st_mode))
        return S_ISDIR(old.st_mode) ? -EISDIR : -EINVAL;
    return write_in_place(folder_fd, name, 0644, data, is_there ? &old : NULL);
}

int file_replace(int folder_fd, const char *name, struct span data, bool is_private)
{
    return write_in_place(folder_fd, name, is_private ? 0600 : 0644, data, NULL);
}

struct removal {
    int folder;
    unsigned depth;
};

static int remove_entry(void *context, const struct file_entry *entry)
{
    struct removal *in = context;
    struct stat st;

    if (fstatat(in->folder, entry->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    if (!S_ISDIR(st.st_mode))
        return unlinkat(in->folder, entry->name, 0) < 0 ? -errno : 0;
    if (in->depth > FILE_TREE_DEPTH_MAX)
        return -ELOOP;
    int fd = openat(in->folder, entry->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -errno;
    struct removal below = { .folder = fd, .depth = in->depth + 1 };
    int r = file_list(fd, remove_entry, &below);
    close(fd);
    if (r == 0 && unlinkat(in->folder, entry->name, AT_REMOVEDIR) < 0)
        r = -errno;
    return r;
}

int file_remove_tree(int folder_fd, const char *name)
{
    struct removal in = { .folder = folder_fd };
    struct file_entry entry = { .name = name };
    return remove_entry(&in, &entry);
}

int file_rename_new(int folder_fd, const char *from, const char *to)
{
    if (renameat2(folder_fd, from, folder_fd, to, RENAME_NOREPLACE) < 0)
        return -errno;
    return fsync(folder_fd) < 0 ? -errno : 0;
}

int file_make_folders(const char *path)
{
    char part[SAFE_PATH_MAX];
    size_t len = strlen(path);

    if (len == 0 || len >= sizeof part)
        return -ENAMETOOLONG;
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != 0)
            continue;
        span_to_text(span_of(path, i), part, sizeof part);
        if (mkdir(part, 0755) < 0 && errno != EEXIST)
            return -errno;
    }
    return 0;
}
