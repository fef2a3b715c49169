/* See watch_folder.h. Which file changed does not matter: whoever is told reads the folder anew. So
 * an overflow of the kernel's queue is a change like any other, and after each change the tree is
 * walked again for folders that are new. */
#include "net/watch_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/reader.h"
#include "base/text.h"

#define SETTLE_MS     300
#define AT_LATEST_MS  2000
#define LOOK_AGAIN_MS 5000
#define ROOTS_MAX     16
#define DEPTH_MAX     16
#define EVENT_MASK                                                                                 \
    (IN_CREATE | IN_DELETE | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB |            \
     IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

struct root {
    char path[4096];
    bool is_there;
};

struct watch_folder {
    struct loop *loop;
    struct watch inotify;
    struct timer settle, look_again;
    struct instant first_change; /* 0 = none is waiting */
    void (*changed)(void *context);
    void *context;
    struct root *roots[ROOTS_MAX];
    size_t root_count;
    size_t folders; /* added in this walk */
};

/* Bounded in depth and number; adding a folder twice gives the same watch. */
static int add_tree(struct watch_folder *w, const char *path, unsigned depth)
{
    if (w->folders >= WATCH_FOLDERS_MAX || depth > DEPTH_MAX)
        return 0;
    if (inotify_add_watch(w->inotify.fd, path, EVENT_MASK) < 0)
        return -errno;
    w->folders++;
    DIR *dir = opendir(path);
    const struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        char below[4096];
        struct stat facts;
        struct text text = text_over(below, sizeof below);
        text_addf(&text, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] == '.' || text.failed || lstat(below, &facts) < 0 ||
            !S_ISDIR(facts.st_mode))
            continue;
        (void)add_tree(w, below, depth + 1);
    }
    if (dir)
        closedir(dir);
    return 0;
}

/* True when a root came or went. */
static bool look_at_roots(struct watch_folder *w)
{
    bool news = false, missing = false;
    w->folders = 0;
    for (size_t i = 0; i < w->root_count; i++) {
        bool is_there = add_tree(w, w->roots[i]->path, 0) == 0;
        news |= is_there != w->roots[i]->is_there;
        missing |= !is_there;
        w->roots[i]->is_there = is_there;
    }
    struct instant due = missing
                             ? instant_after(loop_now(w->loop).steady, duration_ms(LOOK_AGAIN_MS))
                             : INSTANT_NEVER;
    if (loop_arm(w->loop, &w->look_again, due) < 0)
        return news; /* looked for again after the next change */
    return news;
}

static void tell_when_settled(struct watch_folder *w)
{
    struct instant now = loop_now(w->loop).steady;
    if (w->first_change.ns == 0)
        w->first_change = now;
    struct instant due = instant_earlier(instant_after(now, duration_ms(SETTLE_MS)),
                                         instant_after(w->first_change, duration_ms(AT_LATEST_MS)));
    if (loop_arm(w->loop, &w->settle, due) < 0)
        w->settle.fire(&w->settle, loop_now(w->loop));
}

static void settled(struct timer *timer, struct now now)
{
    struct watch_folder *w = timer->context;
    (void)now;
    w->first_change.ns = 0;
    (void)look_at_roots(w);
    w->changed(w->context);
}

static void look_again(struct timer *timer, struct now now)
{
    struct watch_folder *w = timer->context;
    (void)now;
    if (look_at_roots(w))
        tell_when_settled(w);
}

/* Is there an event of this buffer that is not about a hidden name? */
static bool matters(struct span events)
{
    struct reader r = reader_over(events);
    while (reader_left(&r) > 0) {
        struct inotify_event head;
        struct span bytes = reader_take(&r, sizeof head);
        if (r.failed)
            return true;
        memcpy(&head, bytes.data, sizeof head);
        struct span name = reader_take(&r, head.len);
        if (name.len == 0 || name.data[0] != '.')
            return true;
    }
    return false;
}

static void inotify_ready(struct watch *watch, uint32_t events)
{
    struct watch_folder *w = watch->context;
    char buffer[8192];
    ssize_t n;

    (void)events;
    while ((n = read(watch->fd, buffer, sizeof buffer)) > 0)
        if (matters(span_of(buffer, (size_t)n)))
            tell_when_settled(w);
}

int watch_folder_new(struct loop *loop, void (*changed)(void *context), void *context,
                     struct watch_folder **ret_watch)
{
    struct watch_folder *w = calloc(1, sizeof *w);
    if (!w)
        return -ENOMEM;
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    w->loop = loop;
    w->changed = changed;
    w->context = context;
    w->inotify =
        (struct watch){ .fd = fd, .events = EPOLLIN, .ready = inotify_ready, .context = w };
    timer_init(&w->settle, settled, w);
    timer_init(&w->look_again, look_again, w);
    int r = fd < 0 ? -errno : loop_watch(loop, &w->inotify);
    if (r < 0) {
        if (fd >= 0)
            close(fd);
        free(w);
        return r;
    }
    *ret_watch = w;
    return 0;
}

int watch_folder_add(struct watch_folder *watch, const char *path)
{
    struct watch_folder *w = watch;
    if (w->root_count == ROOTS_MAX)
        return -E2BIG;
    struct root *root = calloc(1, sizeof *root);
    if (!root)
        return -ENOMEM;
    span_to_text(span_text(path), root->path, sizeof root->path);
    w->roots[w->root_count++] = root;
    (void)look_at_roots(w);
    return 0;
}

void watch_folder_free(struct watch_folder *watch)
{
    if (!watch)
        return;
    loop_disarm(watch->loop, &watch->settle);
    loop_disarm(watch->loop, &watch->look_again);
    loop_unwatch(watch->loop, &watch->inotify);
    close(watch->inotify.fd);
    for (size_t i = 0; i < watch->root_count; i++)
        free(watch->roots[i]);
    free(watch);
}
