/* See image_fetch.h. Beside `.NAME.part` lies `.NAME.part.note`: the digest of the address, and
 * what the server said of the file, in four lines. What is there is gone on with only while both
 * are the same. */
#include "cli/image_fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/progress.h"
#include "cli/session.h"
#include "crypto/digest.h"
#include "fetch/download.h"
#include "net/clock.h"
#include "net/file.h"

#define HEADROOM_BYTES ((uint64_t)64 << 20) /* left free beside what is fetched */
#define NOTE_MAX       8192
#define CHUNK          ((size_t)1 << 18)

struct fetching {
    const struct image_fetch *what;
    struct image_fetched *out;
    struct text *why;
    struct digest_stream *digest;
    uint64_t hashed;
    struct download_seen seen;
    struct progress progress;
    char note[URL_NAME_MAX + 16];
};

/* The address by its digest: there may be a password or a token in it. */
static int name_address(const char *url, char out[IMAGE_FETCH_SHA256 + 1])
{
    struct text t = text_over(out, IMAGE_FETCH_SHA256 + 1);
    struct digest digest;
    int r = digest_of(DIGEST_SHA256, span_text(url), &digest);

    for (size_t i = 0; r == 0 && i < digest_bytes(DIGEST_SHA256); i++)
        text_addf(&t, "%02x", digest.bytes[i]);
    return r;
}

static int write_note(const struct fetching *f, struct text *t)
{
    char address[IMAGE_FETCH_SHA256 + 1];
    int r = name_address(f->what->url, address);

    text_addf(t, "%s\n%s\n%s\n%" PRIu64 "\n", address, f->seen.etag, f->seen.modified,
              f->seen.whole);
    return r < 0 ? r : t->failed ? -EINVAL : 0;
}

/* The next line of a note into `out`; false when it is not there or too long. */
static bool take_line(const char **at, char *out, size_t cap)
{
    size_t len = strcspn(*at, "\n");
    if ((*at)[len] != '\n' || len >= cap)
        return false;
    memcpy(out, *at, len);
    out[len] = 0;
    *at += len + 1;
    return true;
}

/* What was noted when the part began: false when it is of another address or not to be read. */
static bool read_note(struct fetching *f)
{
    uint8_t *data = NULL;
    size_t len;
    char address[IMAGE_FETCH_SHA256 + 1], noted[sizeof address], whole[24], *end;
    struct download_seen seen = { 0 };
    int fd = openat(f->out->images, f->note, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    int r = file_read_whole(fd, NOTE_MAX, &data, &len);
    close(fd);
    const char *at = (const char *)data;
    bool is_good = r == 0 && take_line(&at, noted, sizeof noted) &&
                   take_line(&at, seen.etag, sizeof seen.etag) &&
                   take_line(&at, seen.modified, sizeof seen.modified) &&
                   take_line(&at, whole, sizeof whole) &&
                   name_address(f->what->url, address) == 0 && strcmp(noted, address) == 0;
    free(data);
    if (!is_good || whole[0] < '0' || whole[0] > '9')
        return false;
    errno = 0;
    seen.whole = strtoull(whole, &end, 10);
    if (errno != 0 || *end)
        return false;
    f->seen = seen;
    return true;
}

/* What others may see of an address, at most 300 bytes of it. */
static void add_start(struct text *t, const char *url)
{
    char data[4096];
    struct text whole = text_over(data, sizeof data);

    url_add_public(&whole, url);
    text_add_span(t, span_slice(text_span(&whole), 0, 300));
}

static int hash_begin(struct fetching *f)
{
    digest_stream_free(f->digest);
    f->digest = NULL;
    f->hashed = 0;
    return digest_stream_new(DIGEST_SHA256, &f->digest);
}

static int has_room(const struct fetching *f, uint64_t have)
{
    uint64_t space;
    int r = file_free_space(f->out->images, &space);
    if (r < 0 || f->seen.whole <= have ||
        (space >= f->seen.whole - have && space - (f->seen.whole - have) >= HEADROOM_BYTES))
        return r;
    add_start(f->why, f->what->url);
    text_add(f->why, ": too little room in the images folder: ");
    text_add_bytes(f->why, f->seen.whole - have);
    text_add(f->why, " are to come, and ");
    text_add_bytes(f->why, space);
    text_add(f->why, " are free, of which 64 MiB are to stay so; make room, or let 'images' in "
                     "the configuration name another disk");
    return -ENOSPC;
}

static int begins(void *context, uint64_t have)
{
    struct fetching *f = context;
    char data[NOTE_MAX];
    struct text t = text_over(data, sizeof data);
    int r = has_room(f, have);

    if (r < 0 || have > 0)
        return r;
    r = write_note(f, &t);
    r = r < 0 ? r : hash_begin(f);
    return r < 0 ? r : file_replace(f->out->images, f->note, text_span(&t), true);
}

static void took(void *context, struct span bytes, uint64_t have)
{
    struct fetching *f = context;
    digest_stream_add(f->digest, bytes);
    f->hashed += bytes.len;
    progress_show(&f->progress, have, f->seen.whole, clock_read().steady);
}

static void changed(void *context)
{
    struct fetching *f = context;
    char data[320];
    struct text shown = text_over(data, sizeof data);
    add_start(&shown, f->what->url);
    progress_end(&f->progress);
    complain("%s has changed on the server since %s was begun: it is fetched from its start", data,
             f->out->file);
    f->progress.has_begun = false;
}

/* What an earlier run left, into the digest. */
static int hash_part(struct fetching *f, uint64_t size)
{
    uint8_t *chunk = malloc(CHUNK);
    int64_t n = chunk ? 0 : -ENOMEM;
    while (n >= 0 && f->hashed < size) {
        n = file_read_at(f->out->fd, f->hashed, chunk, CHUNK);
        if (n == 0)
            n = -EIO;
        if (n > 0) {
            digest_stream_add(f->digest, span_of(chunk, (size_t)n));
            f->hashed += (uint64_t)n;
        }
    }
    free(chunk);
    return n < 0 ? (int)n : 0;
}

/* Is what was opened still the part of that name? */
static bool is_part(const struct image_fetched *o)
{
    struct stat mine, named;

    return fstat(o->fd, &mine) == 0 &&
           fstatat(o->images, o->part, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           mine.st_dev == named.st_dev && mine.st_ino == named.st_ino;
}

static int open_part(struct fetching *f)
{
    struct image_fetched *o = f->out;
    struct text part = text_over(o->part, sizeof o->part);
    struct text note = text_over(f->note, sizeof f->note);
    struct text path = text_over(o->path, sizeof o->path);
    int r = file_make_folders(f->what->images);

    text_addf(&part, ".%s.part", o->file);
    text_addf(&note, ".%s.part.note", o->file);
    text_addf(&path, "%s/%s", f->what->images, o->part);
    o->images = r < 0 ? r : file_open_root(f->what->images);
    if (o->images < 0 || path.failed) {
        text_addf(f->why, "the images folder %s cannot be opened: %s", f->what->images,
                  path.failed ? "its name is too long" : strerror(-o->images));
        return o->images < 0 ? o->images : -ENAMETOOLONG;
    }
    o->fd =
        openat(o->images, o->part, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0644);
    if (o->fd < 0) {
        r = -errno;
        text_addf(f->why, "the images folder %s cannot be written: %s", f->what->images,
                  strerror(-r));
        return r;
    }
    /* Whoever had the lock until now may have made an image of the file, under another name. */
    if (flock(o->fd, LOCK_EX | LOCK_NB) < 0 || !is_part(o)) {
        text_addf(f->why, "another process is fetching %s at this moment", o->file);
        return -EBUSY;
    }
    /* The daemon is another user, whatever the umask says. */
    return fchmod(o->fd, 0644) < 0 ? -errno : 0;
}

static int get(struct fetching *f)
{
    struct stat st;
    uint64_t space;
    int r = fstat(f->out->fd, &st) < 0 ? -errno : file_free_space(f->out->images, &space);

    if (r < 0)
        return r;
    if (st.st_size > 0 && !read_note(f)) {
        st.st_size = 0;
        r = ftruncate(f->out->fd, 0) < 0 ? -errno : 0;
    }
    /* A whole one that no digest speaks for: its last byte is fetched again, so that the server
     * says whether it still has this file. */
    if (r == 0 && st.st_size > 0 && (uint64_t)st.st_size == f->seen.whole && !f->what->sha256) {
        st.st_size--;
        r = ftruncate(f->out->fd, st.st_size) < 0 ? -errno : 0;
    }
    if (r == 0)
        r = hash_begin(f);
    if (r == 0)
        r = hash_part(f, (uint64_t)st.st_size);
    if (r < 0 || (st.st_size > 0 && (uint64_t)st.st_size == f->seen.whole))
        return r;
    const struct download_follow follow = { &f->seen, begins, took, changed, f };
    uint64_t room = space > HEADROOM_BYTES ? space - HEADROOM_BYTES : 0;
    const struct download d = { .url = f->what->url,
                                .fd = f->out->fd,
                                .most = room + (uint64_t)st.st_size,
                                .follow = &follow };
    r = download_run(&d, f->why);
    if (r == -EFBIG) {
        f->why->len = 0;
        add_start(f->why, f->what->url);
        text_add(f->why, ": the images folder is full: 64 MiB are to stay free");
        return -ENOSPC;
    }
    return r;
}

static int finish(struct fetching *f)
{
    struct digest digest;
    struct text t = text_over(f->out->sha256, sizeof f->out->sha256);
    int r = digest_stream_finish(f->digest, &digest);

    for (size_t i = 0; r == 0 && i < digest_bytes(DIGEST_SHA256); i++)
        text_addf(&t, "%02x", digest.bytes[i]);
    if (r == 0 && f->what->sha256 && strcmp(f->what->sha256, f->out->sha256) != 0) {
        add_start(f->why, f->what->url);
        text_addf(f->why,
                  " is not the file that was meant, and is removed: its SHA-256 is %s, and %s "
                  "was asked for",
                  f->out->sha256, f->what->sha256);
        return -EBADMSG;
    }
    return r < 0 || fsync(f->out->fd) == 0 ? r : -errno;
}

int image_fetch_run(const struct image_fetch *what, struct image_fetched *ret,
                    char why[IMAGE_FETCH_WHY_MAX])
{
    struct image_fetched out = { .images = -1, .fd = -1 };
    struct text t = text_over(why, IMAGE_FETCH_WHY_MAX);
    char label[URL_NAME_MAX + 16];
    struct text l = text_over(label, sizeof label);
    struct fetching f = { .what = what, .out = &out, .why = &t };

    if (!url_file_name(what->url, out.file)) {
        add_start(&t, what->url);
        text_add(&t, " does not end in the name of a file that can be kept");
        return -EINVAL;
    }
    text_add(&l, "fetching ");
    text_add_escaped(&l, span_text(out.file));
    f.progress = (struct progress){ .label = label, .is_terminal = isatty(STDERR_FILENO) == 1 };
    int r = open_part(&f);
    bool is_open = r == 0;
    r = r == 0 ? get(&f) : r;
    progress_end(&f.progress);
    r = r == 0 ? finish(&f) : r;
    digest_stream_free(f.digest);
    if (r == 0) {
        *ret = out;
        return 0;
    }
    if (t.len == 0) {
        add_start(&t, what->url);
        text_addf(&t, ": %s", strerror(-r));
    }
    bool is_kept = !is_open || ((r == -ECONNABORTED || r == -ETIMEDOUT || r == -ENOSPC) &&
                                lseek(out.fd, 0, SEEK_END) > 0);
    if (is_open && is_kept)
        text_add(&t, "; what arrived is kept: the same command goes on from there");
    image_fetch_end(&out, is_kept);
    return r;
}

void image_fetch_end(struct image_fetched *fetched, bool is_kept)
{
    char note[URL_NAME_MAX + 16];
    struct text t = text_over(note, sizeof note);

    text_addf(&t, "%s.note", fetched->part);
    if (!is_kept && fetched->images >= 0) {
        (void)unlinkat(fetched->images, fetched->part, 0);
        (void)unlinkat(fetched->images, note, 0);
    }
    if (fetched->fd >= 0)
        close(fetched->fd);
    if (fetched->images >= 0)
        close(fetched->images);
}
