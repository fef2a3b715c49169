/* Opening, listing and reading. A file is opened in two steps: first as a mere place (O_PATH, which
 * touches nothing behind a FIFO or device), then, if it is a regular file, for reading through that
 * very descriptor, so that nobody can exchange it in between. What is done with whole trees is in
 * file_tree.c. */
#include "net/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"

const char *file_verdict_text(enum file_verdict verdict)
{
    static const char *const texts[] = {
        [FILE_OPENED] = "it is open",
        [FILE_ABSENT] = "there is no such file",
        [FILE_FORBIDDEN] = "it may not be read, or leads out of its folder",
        [FILE_IS_FOLDER] = "it is a folder, not a file",
        [FILE_IS_FIFO] = "it is a FIFO, not a file",
        [FILE_IS_DEVICE] = "it is a device, not a file",
        [FILE_IS_SOCKET] = "it is a socket, not a file",
        [FILE_NO_DESCRIPTORS] = "no file descriptors are left",
        [FILE_FAILED] = "it could not be opened",
    };
    return texts[verdict];
}

void file_write_tag(const struct file_facts *facts, char out[FILE_TAG_MAX])
{
    snprintf(out, FILE_TAG_MAX, "\"%" PRIx64 "-%" PRIx64 "-%" PRIx64 "\"", facts->inode,
             facts->size, (uint64_t)facts->modified_s * 1000000000 + facts->modified_ns);
}

int file_verdict_errno(enum file_verdict verdict, const struct file_facts *facts)
{
    switch (verdict) {
    case FILE_OPENED:
        return 0;
    case FILE_ABSENT:
        return -ENOENT;
    case FILE_FORBIDDEN:
        return -EACCES;
    case FILE_IS_FOLDER:
        return -EISDIR;
    case FILE_IS_FIFO:
    case FILE_IS_DEVICE:
    case FILE_IS_SOCKET:
        return -EINVAL;
    case FILE_NO_DESCRIPTORS:
        return -EMFILE;
    case FILE_FAILED:
        return facts->error > 0 ? -facts->error : -EIO;
    }
    return -EIO;
}

static enum file_verdict verdict_of(int error, struct file_facts *facts)
{
    facts->error = error;
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
        return FILE_ABSENT;
    case EACCES:
    case EPERM:
    case ELOOP: /* a link in a circle, or a magic link */
    case EXDEV: /* out of the folder */
        return FILE_FORBIDDEN;
    case EMFILE:
    case ENFILE:
        return FILE_NO_DESCRIPTORS;
    default:
        return FILE_FAILED;
    }
}

static int open_confined(int root_fd, const char *name, int flags)
{
    struct open_how how = {
        .flags = (uint64_t)(unsigned)flags,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    for (;;) {
        long fd = syscall(SYS_openat2, root_fd, *name ? name : ".", &how, sizeof how);
        /* The kernel asks for another try when a rename raced with a ".." in a link. */
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
            return fd >= 0 ? (int)fd : -errno;
    }
}

static enum file_verdict verdict_of_mode(mode_t mode)
{
    if (S_ISREG(mode))
        return FILE_OPENED;
    if (S_ISDIR(mode))
        return FILE_IS_FOLDER;
    if (S_ISFIFO(mode))
        return FILE_IS_FIFO;
    if (S_ISSOCK(mode))
        return FILE_IS_SOCKET;
    return FILE_IS_DEVICE;
}

static void take_facts(const struct stat *st, struct file_facts *facts)
{
    facts->size = (uint64_t)st->st_size;
    facts->modified_s = st->st_mtim.tv_sec;
    facts->modified_ns = (uint32_t)st->st_mtim.tv_nsec;
    facts->device = st->st_dev;
    facts->inode = st->st_ino;
}

bool file_facts_same(const struct file_facts *a, const struct file_facts *b)
{
    return a->inode == b->inode && a->device == b->device && a->size == b->size &&
           a->modified_s == b->modified_s && a->modified_ns == b->modified_ns;
}

int file_facts_of(int fd, struct file_facts *ret_facts)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    *ret_facts = (struct file_facts){ 0 };
    take_facts(&st, ret_facts);
    return 0;
}

/* Turn a place into an open file, if it is one; the place is closed in any case. */
static enum file_verdict open_place(int place, int *ret_fd, struct file_facts *facts)
{
    struct stat st;
    char path[40];
    struct text name = text_over(path, sizeof path);
    enum file_verdict verdict;

    if (fstat(place, &st) < 0) {
        verdict = verdict_of(errno, facts);
        close(place);
        return verdict;
    }
    verdict = verdict_of_mode(st.st_mode);
    take_facts(&st, facts);
    if (verdict != FILE_OPENED) {
        close(place);
        return verdict;
    }
    text_addf(&name, "/proc/self/fd/%d", place);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        verdict = verdict_of(errno, facts);
    else
        *ret_fd = fd;
    close(place);
    return verdict;
}

/* The name in `folder_fd` that equals `part` with case ignored: the first in byte order. 0,
 * -ENOENT, or what kept it from being looked for. */
static int find_any_case(int folder_fd, struct span part, char found[NAME_MAX + 1])
{
    int copy = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
    bool any = false;

    if (!dir) {
        int error = errno;
        if (copy >= 0)
            close(copy);
        return -error;
    }
    for (struct dirent *d; (d = readdir(dir));) {
        if (!span_equals_nocase(span_text(d->d_name), part) ||
            (any && strcmp(found, d->d_name) <= 0))
            continue;
        span_to_text(span_text(d->d_name), found, NAME_MAX + 1);
        any = true;
    }
    closedir(dir);
    return any ? 0 : -ENOENT;
}

/* Rewrite a path part by part to names that exist: 0, -ENOENT, or what kept them from being looked
 * for (no descriptors: that is not the same as absent). */
static int correct_case(int root_fd, const struct safe_path *path, struct safe_path *ret_path)
{
    struct safe_path out = { 0 };
    struct span rest = safe_path_span(path);

    while (rest.len > 0) {
        size_t slash = span_find(rest, '/');
        char found[NAME_MAX + 1];
        int folder = open_confined(root_fd, out.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0)
            return folder;
        int r = find_any_case(folder, span_slice(rest, 0, slash), found);
        close(folder);
        if (r < 0)
            return r;
        size_t len = strlen(found);
        if ((size_t)out.len + len + 2 > sizeof out.text)
            return -ENOENT;
        if (out.len > 0)
            out.text[out.len++] = '/';
        memcpy(out.text + out.len, found, len + 1);
        out.len = (uint16_t)(out.len + len);
        rest = span_from(rest, slash + 1);
    }
    *ret_path = out;
    return 0;
}

enum file_verdict file_open_beneath(int root_fd, const struct safe_path *path, bool any_case,
                                    int *ret_fd, struct file_facts *ret_facts)
{
    struct file_facts facts = { 0 };
    int place = open_confined(root_fd, path->text, O_PATH | O_CLOEXEC);

    if (place == -ENOENT && any_case) {
        struct safe_path corrected;
        place = correct_case(root_fd, path, &corrected);
        if (place == 0)
            place = open_confined(root_fd, corrected.text, O_PATH | O_CLOEXEC);
    }
    enum file_verdict verdict =
        place < 0 ? verdict_of(-place, &facts) : open_place(place, ret_fd, &facts);
    *ret_facts = facts;
    return verdict;
}

bool file_is_still(int root_fd, const struct safe_path *path, const struct file_facts *facts)
{
    struct stat st;

    return fstatat(root_fd, path->text, &st, 0) == 0 && S_ISREG(st.st_mode) &&
           st.st_dev == facts->device && st.st_ino == facts->inode &&
           (uint64_t)st.st_size == facts->size && st.st_mtim.tv_sec == facts->modified_s &&
           (uint32_t)st.st_mtim.tv_nsec == facts->modified_ns;
}

enum file_verdict file_open_path(const char *path, int *ret_fd, struct file_facts *ret_facts)
{
    struct file_facts facts = { 0 };
    int place = open(path, O_PATH | O_CLOEXEC);
    enum file_verdict verdict =
        place < 0 ? verdict_of(errno, &facts) : open_place(place, ret_fd, &facts);
    *ret_facts = facts;
    return verdict;
}

int file_open_root(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int file_open_folder(int root_fd, const struct safe_path *path)
{
    return open_confined(root_fd, path->text, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY);
}

struct names {
    char **rows;
    size_t count, room;
};

static void free_names(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->rows[i]);
    free(names->rows);
}

static int add_name(struct names *names, const char *name)
{
    if (names->count == FILE_ENTRIES_MAX)
        return -E2BIG;
    if (names->count == names->room) {
        size_t room = names->room ? names->room * 2 : 64;
        char **rows = realloc(names->rows, room * sizeof *rows);
        if (!rows)
            return -ENOMEM;
        names->rows = rows;
        names->room = room;
    }
    char *copy = strdup(name);
    if (!copy)
        return -ENOMEM;
    names->rows[names->count++] = copy;
    return 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int read_names(int folder_fd, struct names *names)
{
    /* A descriptor of its own, so that the caller's position in the folder does not matter. */
    int copy = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
    int r = 0;

    if (!dir) {
        r = -errno;
        if (copy >= 0)
            close(copy);
        return r;
    }
    for (;;) {
        errno = 0;
        struct dirent *d = readdir(dir);
        if (!d) {
            r = -errno;
            break;
        }
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
            continue;
        r = add_name(names, d->d_name);
        if (r < 0)
            break;
    }
    closedir(dir);
    if (r == 0 && names->count > 1)
        qsort(names->rows, names->count, sizeof *names->rows, compare_names);
    return r;
}

static enum file_kind kind_of(int folder_fd, const char *name)
{
    struct stat st;
    if (fstatat(folder_fd, name, &st, 0) < 0)
        return FILE_KIND_OTHER;
    return S_ISREG(st.st_mode) ? FILE_KIND_FILE
                               : (S_ISDIR(st.st_mode) ? FILE_KIND_FOLDER : FILE_KIND_OTHER);
}

int file_list(int folder_fd, int (*entry)(void *context, const struct file_entry *entry),
              void *context)
{
    struct names names = { 0 };
    int r = read_names(folder_fd, &names);

    for (size_t i = 0; i < names.count && r == 0; i++) {
        struct file_entry e = { .name = names.rows[i], .kind = kind_of(folder_fd, names.rows[i]) };
        r = entry(context, &e);
    }
    free_names(&names);
    return r;
}

int64_t file_read_at(int fd, uint64_t offset, void *data, size_t len)
{
    size_t done = 0;

    if (offset > INT64_MAX)
        return 0;
    while (done < len && offset + done <= INT64_MAX) {
        ssize_t n = pread(fd, (uint8_t *)data + done, len - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (int64_t)done;
}

int file_read_whole(int fd, size_t max, uint8_t **ret_data, size_t *ret_len)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (st.st_size < 0 || (uint64_t)st.st_size > max)
        return -EFBIG;
    size_t room = (size_t)st.st_size;
    uint8_t *data = malloc(room + 1);
    if (!data)
        return -ENOMEM;
    int64_t n = file_read_at(fd, 0, data, room);
    if (n < 0) {
        free(data);
        return (int)n;
    }
    data[n] = 0;
    *ret_data = data;
    *ret_len = (size_t)n;
    return 0;
}

int file_free_space(int fd, uint64_t *ret_bytes)
{
    struct statvfs fs;
    if (fstatvfs(fd, &fs) < 0)
        return -errno;
    uint64_t bytes;
    if (!checked_mul_u64(fs.f_bavail, fs.f_frsize, &bytes))
        bytes = UINT64_MAX;
    *ret_bytes = bytes;
    return 0;
}
