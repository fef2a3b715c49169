/* file_open_trusted(): a path walked part by part. What is a link is looked at before it is
 * followed, by the descriptor it will be read from, so that it cannot be exchanged between the two.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#include "net/file.h"

#define LINKS_MAX 40 /* as the kernel's */

struct walk {
    int fd;              /* the folder reached so far */
    char rest[PATH_MAX]; /* from there */
    unsigned links;
};

static int move_to(struct walk *w, int fd)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = fd;
    return fd < 0 ? fd : 0;
}

static int open_root(void)
{
    int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/* Put what the link says before the rest. */
static int follow(struct walk *w, int link, const struct stat *facts)
{
    char target[PATH_MAX], rest[PATH_MAX];
    struct text t = text_over(rest, sizeof rest);

    if ((facts->st_uid != 0 && facts->st_uid != geteuid()) || ++w->links > LINKS_MAX)
        return -ELOOP;
    ssize_t len = readlinkat(link, "", target, sizeof target - 1);
    if (len <= 0)
        return len < 0 ? -errno : -ENOENT;
    text_add_span(&t, span_of((const uint8_t *)target, (size_t)len));
    text_add_char(&t, '/');
    text_add(&t, w->rest);
    if (t.failed)
        return -ENAMETOOLONG;
    memcpy(w->rest, rest, t.len + 1);
    return target[0] == '/' ? move_to(w, open_root()) : 0;
}

/* The first part of the rest, which is taken from it. */
static void take_part(struct walk *w, char part[NAME_MAX + 1])
{
    size_t begin = strspn(w->rest, "/"), len = strcspn(w->rest + begin, "/");
    size_t left = strlen(w->rest + begin + len);
    span_to_text(span_of((const uint8_t *)w->rest + begin, len), part, NAME_MAX + 1);
    memmove(w->rest, w->rest + begin + len, left + 1);
}

static int step(struct walk *w)
{
    char part[NAME_MAX + 1];
    struct stat facts;

    take_part(w, part);
    if (!part[0])
        return 0; /* a slash at the end */
    int place = openat(w->fd, part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (place < 0)
        return -errno;
    int r = fstat(place, &facts) < 0 ? -errno : 0;
    if (r == 0 && S_ISLNK(facts.st_mode)) {
        r = follow(w, place, &facts);
    } else if (r == 0) {
        int fd = openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        r = fd < 0 ? -errno : move_to(w, fd);
    }
    close(place);
    return r;
}

int file_open_trusted(const char *path)
{
    struct walk w = { .fd = -1 };
    struct text t = text_over(w.rest, sizeof w.rest);

    text_add(&t, path);
    int r = t.failed ? -ENAMETOOLONG : path[0] != '/' ? -EINVAL : move_to(&w, open_root());
    while (r == 0 && w.rest[0])
        r = step(&w);
    if (r == 0)
        return w.fd;
    if (w.fd >= 0)
        close(w.fd);
    return r;
}
