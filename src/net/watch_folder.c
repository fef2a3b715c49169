/* inotify(7) knows folders one by one; this file knows trees. Each folder has a row with its watch
 * descriptor and its path. Rows are made before a folder is listed, so that a sub-folder made
 * meanwhile is either listed or told of; they go when the folder goes or is renamed (a new name
 * makes new rows). inotify follows the folder, not the name: so every few seconds each folder asked
 * for is opened by name again and compared with the one being watched, which also notices one that
 * came, a mount over it, and a link that leads elsewhere now. What the changes mean is not known
 * here. */
#include "net/watch_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#include "net/file.h"

#define EVENTS_WANTED                                                                              \
    (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB |            \
     IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define READS_PER_TURN 16
#define READ_SIZE      16384

/* A folder being watched. */
struct row {
    int wd;
    char *path;
};

/* A folder asked for. */
struct top {
    char *path;
    bool present;
    uint64_t device, inode; /* of the folder being watched, when present */
};

struct watch_folder {
    struct loop *loop;
    struct watch watch;
    struct timer quiet, check;
    void (*changed)(void *context);
    void *context;
    bool pending;
    struct instant first; /* of the changes not told yet */
    struct top tops[WATCH_FOLDERS_MAX];
    uint8_t top_count;
    struct row *rows;
    size_t row_count, row_cap;
    bool incomplete;
};

/* Telling. */

static void tell(struct watch_folder *w)
{
    w->pending = false;
    w->changed(w->context);
}

static void quiet_fired(struct timer *timer, struct now now)
{
    (void)now;
    tell(timer->context);
}

static void note_change(struct watch_folder *w)
{
    struct instant now = loop_now(w->loop).steady;
    if (!w->pending) {
        w->pending = true;
        w->first = now;
    }
    struct instant due =
        instant_earlier(instant_after(now, duration_ms(WATCH_FOLDER_QUIET_MS)),
                        instant_after(w->first, duration_ms(WATCH_FOLDER_LATEST_MS)));
    if (loop_arm(w->loop, &w->quiet, due) < 0)
        tell(w); /* no memory for a timer: too early is better than never */
}

/* Rows. */

static struct row *find_row(const struct watch_folder *w, int wd)
{
    for (size_t i = 0; i < w->row_count; i++)
        if (w->rows[i].wd == wd)
            return &w->rows[i];
    return NULL;
}

static void drop_row(struct watch_folder *w, struct row *row)
{
    free(row->path);
    *row = w->rows[--w->row_count];
}

/* Is `path` the folder `top`, or below it? */
static bool is_below(const char *path, const char *top)
{
    size_t len = strlen(top);
    return strncmp(path, top, len) == 0 && (path[len] == 0 || path[len] == '/');
}

static void drop_tree(struct watch_folder *w, const char *path)
{
    for (size_t i = w->row_count; i-- > 0;) {
        if (!is_below(w->rows[i].path, path))
            continue;
        (void)inotify_rm_watch(w->watch.fd, w->rows[i].wd);
        drop_row(w, &w->rows[i]);
    }
}

static bool has_room(struct watch_folder *w)
{
    if (w->row_count == WATCH_SUB_FOLDERS_MAX)
        return false;
    if (w->row_count < w->row_cap)
        return true;
    size_t cap = w->row_cap > 0 ? 2 * w->row_cap : 64;
    struct row *rows = realloc(w->rows, cap * sizeof *rows);
    if (!rows)
        return false;
    w->rows = rows;
    w->row_cap = cap;
    return true;
}

/* Watch one folder. A folder that is watched under another name already keeps that one. */
static void add_row(struct watch_folder *w, const char *path, bool follow)
{
    if (!has_room(w)) {
        w->incomplete = true;
        return;
    }
    int wd = inotify_add_watch(w->watch.fd, path, EVENTS_WANTED | (follow ? 0 : IN_DONT_FOLLOW));
    if (wd < 0) {
        /* Gone again, or a link: nothing to watch. Else it is there and goes unwatched. */
        if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
            w->incomplete = true;
        return;
    }
    if (find_row(w, wd))
        return;
    char *copy = strdup(path);
    if (!copy) {
        (void)inotify_rm_watch(w->watch.fd, wd);
        w->incomplete = true;
        return;
    }
    w->rows[w->row_count++] = (struct row){ .wd = wd, .path = copy };
}

static bool join(char *buffer, size_t cap, const char *folder, const char *name)
{
    struct text t = text_over(buffer, cap);
    text_add(&t, folder);
    text_add_char(&t, '/');
    text_add(&t, name);
    return !t.failed;
}

struct listing {
    struct watch_folder *w;
    const char *path;
};

static int list_entry(void *context, const struct file_entry *entry)
{
    struct listing *l = context;
    char path[PATH_MAX];
    if (entry->kind != FILE_KIND_FOLDER || entry->name[0] == '.')
        return 0;
    if (join(path, sizeof path, l->path, entry->name))
        add_row(l->w, path, false);
    else
        l->w->incomplete = true;
    return 0;
}

/* Watch a folder and all below it: each row made is listed in turn, which makes further rows. */
static void add_tree(struct watch_folder *w, const char *path, bool follow)
{
    size_t at = w->row_count;
    for (add_row(w, path, follow); at < w->row_count; at++) {
        char *folder = w->rows[at].path; /* stays in place when the rows move */
        struct listing l = { .w = w, .path = folder };
        int fd = file_open_root(folder);
        if (fd < 0 || file_list(fd, list_entry, &l) < 0)
            w->incomplete = true;
        if (fd >= 0)
            close(fd);
    }
}

/* The folders asked for. */

static bool see_folder(const char *path, struct stat *ret_facts)
{
    int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool seen = fstat(fd, ret_facts) == 0;
    close(fd);
    return seen;
}

/* Compare what the name leads to with what is watched; true when that changed. */
static bool check_top(struct watch_folder *w, struct top *top)
{
    struct stat facts = { 0 };
    bool present = see_folder(top->path, &facts);
    if (present == top->present &&
        (!present || (facts.st_dev == top->device && facts.st_ino == top->inode)))
        return false;
    drop_tree(w, top->path);
    top->present = present;
    top->device = facts.st_dev;
    top->inode = facts.st_ino;
    if (present)
        add_tree(w, top->path, true);
    return true;
}

static void check_tops(struct watch_folder *w)
{
    for (uint8_t i = 0; i < w->top_count; i++)
        if (check_top(w, &w->tops[i]))
            note_change(w);
}

static void check_fired(struct timer *timer, struct now now)
{
    struct watch_folder *w = timer->context;
    check_tops(w);
    /* Cannot fail: the heap has the place that this timer just left. */
    (void)!loop_arm(w->loop, timer, instant_after(now.steady, duration_ms(WATCH_FOLDER_CHECK_MS)));
}

/* Forget all and look again: after the kernel's queue overflowed nothing is known for sure. */
static void start_over(struct watch_folder *w)
{
    w->incomplete = false;
    for (uint8_t i = 0; i < w->top_count; i++) {
        drop_tree(w, w->tops[i].path);
        w->tops[i].present = false;
    }
    check_tops(w);
}

static bool is_top(const struct watch_folder *w, const char *path)
{
    for (uint8_t i = 0; i < w->top_count; i++)
        if (strcmp(w->tops[i].path, path) == 0)
            return true;
    return false;
}

/* Events. */

/* A folder itself went, was renamed or unmounted. Its parent tells of it too, unless it is one of
 * those asked for. */
static void lose_folder(struct watch_folder *w, struct row *row)
{
    bool top = is_top(w, row->path);
    char path[PATH_MAX];
    span_to_text(span_text(row->path), path, sizeof path);
    drop_tree(w, path);
    if (!top)
        return;
    for (uint8_t i = 0; i < w->top_count; i++)
        if (is_below(w->tops[i].path, path))
            w->tops[i].present = false;
    note_change(w);
    check_tops(w);
}

static void handle_name(struct watch_folder *w, const struct row *row, uint32_t mask,
                        const char *name)
{
    char path[PATH_MAX];
    if (name[0] == '.')
        return;
    if ((mask & IN_ISDIR) == 0)
        note_change(w);
    else if (!join(path, sizeof path, row->path, name))
        w->incomplete = true;
    else {
        if (mask & (IN_MOVED_FROM | IN_DELETE))
            drop_tree(w, path);
        else
            add_tree(w, path, false);
        note_change(w);
    }
}

static void handle_event(struct watch_folder *w, const struct inotify_event *event,
                         const char *name)
{
    if (event->mask & IN_Q_OVERFLOW) {
        start_over(w);
        note_change(w);
        return;
    }
    struct row *row = find_row(w, event->wd);
    if (!row)
        return; /* of a folder that was let go */
    if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED))
        lose_folder(w, row);
    else if (*name)
        handle_name(w, row, event->mask, name);
    else
        note_change(w);
}

/* One read's worth of events, as the kernel lays them: a head, then `len` bytes of padded name. */
static void handle_batch(struct watch_folder *w, const char *data, size_t len)
{
    struct inotify_event event;
    char name[NAME_MAX + 1];
    for (size_t at = 0; at + sizeof event <= len;) {
        memcpy(&event, data + at, sizeof event);
        at += sizeof event;
        if (event.len > len - at)
            return;
        span_to_text(span_of(data + at, strnlen(data + at, event.len)), name, sizeof name);
        at += event.len;
        handle_event(w, &event, name);
    }
}

static void ready(struct watch *watch, uint32_t events)
{
    struct watch_folder *w = watch->context;
    char data[READ_SIZE];
    (void)events;
    for (int i = 0; i < READS_PER_TURN; i++) {
        ssize_t n = read(watch->fd, data, sizeof data);
        if (n <= 0)
            return;
        handle_batch(w, data, (size_t)n);
    }
}

/* Life. */

int watch_folder_new(struct loop *loop, void (*changed)(void *context), void *context,
                     struct watch_folder **ret_watch)
{
    struct watch_folder *w = calloc(1, sizeof *w);
    if (!w)
        return -ENOMEM;
    w->loop = loop;
    w->changed = changed;
    w->context = context;
    timer_init(&w->quiet, quiet_fired, w);
    timer_init(&w->check, check_fired, w);
    w->watch = (struct watch){ .fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC),
                               .events = EPOLLIN,
                               .ready = ready,
                               .context = w };
    int r = w->watch.fd < 0 ? -errno : loop_watch(loop, &w->watch);
    if (r == 0)
        r = loop_arm(loop, &w->check,
                     instant_after(loop_now(loop).steady, duration_ms(WATCH_FOLDER_CHECK_MS)));
    if (r < 0) {
        watch_folder_free(w);
        return r;
    }
    *ret_watch = w;
    return 0;
}

int watch_folder_add(struct watch_folder *w, const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    if (w->top_count == WATCH_FOLDERS_MAX)
        return -ENOSPC;
    char *copy = strndup(path, len);
    if (!copy)
        return -ENOMEM;
    if (is_top(w, copy)) {
        free(copy);
        return 0;
    }
    struct top *top = &w->tops[w->top_count++];
    *top = (struct top){ .path = copy };
    (void)check_top(w, top);
    return 0;
}

bool watch_folder_is_complete(const struct watch_folder *w)
{
    return !w->incomplete;
}

void watch_folder_free(struct watch_folder *w)
{
    if (!w)
        return;
    if (w->watch.fd >= 0) {
        loop_unwatch(w->loop, &w->watch);
        close(w->watch.fd);
    }
    loop_disarm(w->loop, &w->quiet);
    loop_disarm(w->loop, &w->check);
    for (size_t i = 0; i < w->row_count; i++)
        free(w->rows[i].path);
    for (uint8_t i = 0; i < w->top_count; i++)
        free(w->tops[i].path);
    free(w->rows);
    free(w);
}
