/* See intake_disk.h. The first error of a file is the one that is told; after it nothing more is
 * done to the file. */
#include "serve/intake_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#include "net/clock.h"
#include "net/file.h"
#include "serve/image_landing.h"

#define CHUNK        ((size_t)1 << 18)
#define WEEK_SECONDS (7 * 24 * 3600)

static const char upload_prefix[] = ".upload-", fetch_prefix[] = ".fetch-";
static const char *const left_behind[] = { upload_prefix, fetch_prefix, ".removing-" };

static void fail(struct intake_disk *disk, int error, const char *sentence)
{
    if (disk->error != 0)
        return;
    disk->error = error;
    span_to_text(span_text(sentence), disk->why, sizeof disk->why);
}

static void fail_to_write(struct intake_disk *disk, int error)
{
    char data[INTAKE_SENTENCE_MAX];
    struct text t = text_over(data, sizeof data);

    if (error == -ENOSPC || error == -EDQUOT)
        text_add(&t, "the disk of the images folder is full: make room and send it again, it goes "
                     "on from where it stood");
    else
        text_addf(&t, "it cannot be written to the images folder: %s", strerror(-error));
    fail(disk, error, data);
}

static int open_file(struct intake_disk *disk, const struct intake_wish *wish)
{
    bool is_new = mkdirat(disk->images, disk->hidden, 0755) == 0;
    int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

    if (!is_new && errno != EEXIST)
        return -errno;
    int folder =
        openat(disk->images, disk->hidden, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (folder < 0)
        return -errno;
    disk->fd = openat(folder, wish->file, flags | (wish->url[0] ? O_TRUNC : 0), 0644);
    int r = disk->fd < 0 ? -errno : 0;
    close(folder);
    return r;
}

int intake_disk_open(struct intake_disk *disk, const struct intake_wish *wish, uint64_t *ret_have,
                     char why[INTAKE_SENTENCE_MAX])
{
    struct text hidden = text_over(disk->hidden, sizeof disk->hidden);
    struct text t = text_over(why, INTAKE_SENTENCE_MAX);
    bool is_upload = wish->url[0] == 0;
    struct stat facts = { 0 };

    if (is_upload)
        text_addf(&hidden, "%s%" PRIu64 "-%" PRIu64 "-%s", upload_prefix, wish->modified,
                  wish->bytes, wish->file);
    else
        text_addf(&hidden, "%s%s", fetch_prefix, wish->file);
    int r = hidden.failed ? -ENAMETOOLONG : open_file(disk, wish);
    if (r == 0 && fstat(disk->fd, &facts) < 0)
        r = -errno;
    if (r == 0 && !S_ISREG(facts.st_mode))
        r = -EINVAL;
    if (r == 0 && is_upload && (uint64_t)facts.st_size > wish->bytes) {
        facts.st_size = 0;
        r = ftruncate(disk->fd, 0) < 0 ? -errno : 0;
    }
    if (r == 0)
        r = digest_stream_new(DIGEST_SHA256, &disk->digest);
    if (r < 0) {
        text_addf(&t, "the file cannot be begun in the images folder: %s", strerror(-r));
        intake_disk_close(disk, true);
        return r;
    }
    *ret_have = (uint64_t)facts.st_size;
    return 0;
}

void intake_disk_close(struct intake_disk *disk, bool is_kept)
{
    if (disk->fd < 0)
        return;
    close(disk->fd);
    disk->fd = -1;
    if (!is_kept)
        (void)!file_remove_tree(disk->images, disk->hidden);
    digest_stream_free(disk->digest);
    disk->digest = NULL;
}

void intake_disk_hash(struct intake_disk *disk, uint64_t have)
{
    uint8_t *chunk = malloc(CHUNK);

    if (!chunk)
        fail(disk, -ENOMEM, "there is no memory to read it with");
    while (chunk && disk->error == 0 && disk->hashed < have && !atomic_load(&disk->is_cancelled)) {
        uint64_t left = have - disk->hashed;
        int64_t n = file_read_at(disk->fd, disk->hashed, chunk, left < CHUNK ? left : CHUNK);
        if (n <= 0) {
            fail(disk, n < 0 ? (int)n : -EIO, "what is there of it cannot be read back");
            break;
        }
        digest_stream_add(disk->digest, span_of(chunk, (size_t)n));
        disk->hashed += (uint64_t)n;
    }
    free(chunk);
}

void intake_disk_write(struct intake_disk *disk, uint64_t offset, struct span bytes)
{
    for (size_t at = 0; at < bytes.len && disk->error == 0;) {
        ssize_t n = pwrite(disk->fd, bytes.data + at, bytes.len - at, (off_t)(offset + at));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            fail_to_write(disk, n < 0 ? -errno : -ENOSPC);
        else
            at += (size_t)n;
    }
    if (disk->error == 0) {
        digest_stream_add(disk->digest, bytes);
        disk->hashed += bytes.len;
    }
}

static int finish_digest(struct intake_disk *disk, struct intake_wish *wish)
{
    char found[INTAKE_SHA256_TEXT], why[INTAKE_SENTENCE_MAX];
    struct text t = text_over(found, sizeof found), w = text_over(why, sizeof why);
    struct digest digest;
    int r = digest_stream_finish(disk->digest, &digest);

    for (size_t i = 0; r == 0 && i < digest_bytes(DIGEST_SHA256); i++)
        text_addf(&t, "%02x", digest.bytes[i]);
    if (r < 0) {
        fail(disk, r, "its SHA-256 cannot be computed");
    } else if (wish->sha256[0] && strcmp(wish->sha256, found) != 0) {
        text_addf(&w, "this is not the file that was meant: its SHA-256 is %s", found);
        fail(disk, -EBADMSG, why);
    } else {
        memcpy(wish->sha256, found, sizeof found);
    }
    return disk->error;
}

void intake_disk_land(struct intake_disk *disk, struct intake_wish *wish)
{
    char origin[COURIER_URL_MAX + 64], why[IMAGE_LANDING_WHY_MAX];
    struct text t = text_over(origin, sizeof origin);

    if (disk->error != 0 || atomic_load(&disk->is_cancelled))
        return;
    if (fsync(disk->fd) < 0) {
        fail_to_write(disk, -errno);
        return;
    }
    if (finish_digest(disk, wish) < 0)
        return;
    text_addf(&t, "%s%s, SHA-256 %s", wish->url[0] ? "From " : "Uploaded", wish->url, wish->sha256);
    const struct image_landing landing = { .images = disk->images,
                                           .hidden = disk->hidden,
                                           .name = wish->name,
                                           .title = wish->title,
                                           .arguments = wish->arguments,
                                           .origin = origin };
    int r = image_landing_run(&landing, why);
    if (r < 0)
        fail(disk, r, why);
}

static int sweep_one(void *context, const struct file_entry *entry)
{
    const int *images = context;
    struct stat facts;

    for (size_t i = 0; i < sizeof left_behind / sizeof left_behind[0]; i++) {
        if (!span_starts_with(span_text(entry->name), left_behind[i]) ||
            fstatat(*images, entry->name, &facts, AT_SYMLINK_NOFOLLOW) < 0 ||
            facts.st_mtime > clock_read().calendar.ms / 1000 - WEEK_SECONDS)
            continue;
        /* What another user has left stays. */
        (void)!file_remove_tree(*images, entry->name);
    }
    return 0;
}

void intake_disk_sweep(int images)
{
    (void)!file_list(images, sweep_one, &images);
}
