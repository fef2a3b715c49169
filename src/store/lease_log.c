/* See lease_log.h. */
#include "store/lease_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The header: these words with the version, a line's end, and the database's id. */
#define HEADER_WORDS  "tugboot lease log "
#define HEADER_BYTES  (sizeof HEADER_WORDS - 1 + 2 + LEASE_LOG_ID_BYTES)
#define VERSION       '1'
#define EXTENT_GROWTH ((size_t)128 * 1024)

static int say(char why[STORE_WHY_MAX], int error, const char *path, const char *what)
{
    snprintf(why, STORE_WHY_MAX, "%.120s %.190s", path, what);
    return error;
}

#define DAMAGED                                                                                    \
    "is damaged: leases acknowledged last cannot be read. Put back a copy of the whole folder, "   \
    "or move this file away to go on without them"

static int say_errno(char why[STORE_WHY_MAX], const char *path)
{
    int error = errno == EDQUOT ? ENOSPC : errno;
    snprintf(why, STORE_WHY_MAX, "%.160s cannot be used: %.60s", path, strerrordesc_np(error));
    return -error;
}

static void set_path(char path[LEASE_LOG_PATH_MAX], const char *database, unsigned file)
{
    snprintf(path, LEASE_LOG_PATH_MAX, "%s-leases%u", database, file + 1);
}

bool lease_log_exists(const char *database, char ret_path[LEASE_LOG_PATH_MAX])
{
    struct stat st;
    for (unsigned i = 0; i < LEASE_LOG_FILES; i++) {
        set_path(ret_path, database, i);
        if (lstat(ret_path, &st) == 0 && st.st_size > 0)
            return true;
    }
    return false;
}

/* ---- reading ---- */

static ssize_t read_at(int fd, void *data, size_t size, off_t at)
{
    size_t got = 0;
    while (got < size) {
        ssize_t n = pread(fd, (uint8_t *)data + got, size - got, at + (off_t)got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

static int check_header(const struct lease_log *log, const struct lease_log_file *f,
                        const uint8_t header[HEADER_BYTES], char why[STORE_WHY_MAX])
{
    static const uint8_t nothing[HEADER_BYTES];
    struct reader r = reader_over(span_of(header, HEADER_BYTES));

    if (memcmp(header, nothing, HEADER_BYTES) == 0)
        return 0; /* cut short before its first frame was acknowledged */
    if (!span_is(reader_take(&r, sizeof HEADER_WORDS - 1), HEADER_WORDS))
        return say(why, -EILSEQ, f->path, DAMAGED);
    if (reader_u8(&r) != VERSION)
        return say(why, -EPROTO, f->path,
                   "was written by a newer tugboot: install that version, or put back a copy of "
                   "the whole folder from before");
    reader_skip(&r, 1);
    if (!span_equals(reader_rest(&r), span_of(log->id, sizeof log->id)))
        return say(why, -EILSEQ, f->path,
                   "belongs to another database than the one beside it: put back the one it "
                   "belongs to, or move this file away to go on without its leases");
    return 0;
}

static struct span image_from(const struct lease_log_file *f, size_t at, size_t size)
{
    return span_of(f->image + at, size - at);
}

static size_t whole_slots(size_t n)
{
    return (n + LEASE_LOG_SLOT - 1) / LEASE_LOG_SLOT * LEASE_LOG_SLOT;
}

/* Find the frames over `folded` at the start of the image, of which `size` bytes were read. */
static int scan(const struct lease_log *log, struct lease_log_file *f, size_t size, uint64_t folded,
                char why[STORE_WHY_MAX])
{
    struct lease_frame frame;
    size_t at = 0;

    f->len = 0;
    f->last = folded;
    while (at < size && lease_frame_open(image_from(f, at, size), &log->key, &frame) &&
           (at == 0 ? frame.sequence > folded : frame.sequence == f->last + 1)) {
        if (at == 0)
            f->first = frame.sequence;
        f->last = frame.sequence;
        at += whole_slots(LEASE_FRAME_HEAD + frame.changes.len);
        f->len = at;
    }
    for (; at < size; at += LEASE_LOG_SLOT)
        if (lease_frame_open(image_from(f, at, size), &log->key, &frame) &&
            frame.sequence > f->last)
            return say(why, -EAGAIN, f->path, DAMAGED);
    return 0;
}

static int load_file(struct lease_log *log, struct lease_log_file *f, uint64_t folded,
                     char why[STORE_WHY_MAX])
{
    uint8_t header[HEADER_BYTES] = { 0 };
    struct stat st;

    f->image = calloc(1, LEASE_LOG_BYTES);
    if (!f->image) {
        errno = ENOMEM;
        return say_errno(why, f->path);
    }
    if (f->fd < 0)
        return 0;
    if (fstat(f->fd, &st) < 0)
        return say_errno(why, f->path);
    if (!S_ISREG(st.st_mode))
        return say(why, -EILSEQ, f->path, "is no plain file");
    f->extent = (size_t)st.st_size;
    if (read_at(f->fd, header, sizeof header, 0) < 0)
        return say_errno(why, f->path);
    int r = check_header(log, f, header, why);
    if (r < 0)
        return r;
    ssize_t got = read_at(f->fd, f->image, LEASE_LOG_BYTES, LEASE_LOG_SLOT);
    return got < 0 ? say_errno(why, f->path) : scan(log, f, (size_t)got, folded, why);
}

static void take_key(struct lease_log *log, const uint8_t id[LEASE_LOG_ID_BYTES])
{
    memcpy(log->id, id, LEASE_LOG_ID_BYTES);
    for (int i = 0; i < 8; i++) {
        log->key.k0 = log->key.k0 << 8 | id[i];
        log->key.k1 = log->key.k1 << 8 | id[8 + i];
    }
}

/* The file that was written last is the active one; both together must go on from `folded`. */
static int put_in_order(struct lease_log *log, uint64_t folded, char why[STORE_WHY_MAX])
{
    struct lease_log_file *a = &log->files[0], *b = &log->files[1];
    uint64_t expected = folded + 1;

    log->active = b->len > 0 && (a->len == 0 || b->first > a->first);
    for (unsigned i = 0; i < LEASE_LOG_FILES; i++) {
        const struct lease_log_file *f = &log->files[i == 0 ? !log->active : log->active];
        if (f->len > 0 && f->first != expected)
            return say(why, -EAGAIN, f->path,
                       "goes on from leases the database lacks (an older copy?): put back a copy "
                       "of the whole folder, or move both -leases files away to go on without");
        if (f->len > 0)
            expected = f->last + 1;
    }
    log->last = expected - 1;
    return 0;
}

static int open_files(struct lease_log *log, const char *database, bool appends,
                      char why[STORE_WHY_MAX])
{
    for (unsigned i = 0; i < LEASE_LOG_FILES; i++) {
        struct lease_log_file *f = &log->files[i];
        set_path(f->path, database, i);
        f->fd = open(f->path, (appends ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (f->fd < 0 && errno != ENOENT)
            return say_errno(why, f->path);
    }
    return 0;
}

static int load(struct lease_log *log, const char *database, const uint8_t id[LEASE_LOG_ID_BYTES],
                uint64_t folded, bool appends, char why[STORE_WHY_MAX])
{
    *log = (struct lease_log){ .files = { { .fd = -1 }, { .fd = -1 } } };
    take_key(log, id);
    int r = open_files(log, database, appends, why);
    for (unsigned i = 0; appends && r == 0 && i < LEASE_LOG_FILES; i++)
        if (log->files[i].fd >= 0 && flock(log->files[i].fd, LOCK_EX | LOCK_NB) < 0)
            r = say(why, -EBUSY, log->files[i].path,
                    "is held by another program; end that (or wait for it) and try again");
    for (unsigned i = 0; r == 0 && i < LEASE_LOG_FILES; i++)
        r = load_file(log, &log->files[i], folded, why);
    return r == 0 ? put_in_order(log, folded, why) : r;
}

int lease_log_read(struct lease_log *log, const char *database,
                   const uint8_t id[LEASE_LOG_ID_BYTES], uint64_t folded, char why[STORE_WHY_MAX])
{
    return load(log, database, id, folded, false, why);
}

int lease_log_open(struct lease_log *log, const char *database,
                   const uint8_t id[LEASE_LOG_ID_BYTES], uint64_t folded, char why[STORE_WHY_MAX])
{
    int r = load(log, database, id, folded, true, why);
    if (r < 0)
        lease_log_close(log);
    return r == -EAGAIN ? -EILSEQ : r;
}

void lease_log_close(struct lease_log *log)
{
    for (unsigned i = 0; i < LEASE_LOG_FILES; i++) {
        if (log->files[i].fd >= 0)
            close(log->files[i].fd);
        free(log->files[i].image);
        log->files[i] = (struct lease_log_file){ .fd = -1 };
    }
}

/* ---- appending ---- */

static int write_at(int fd, const void *data, size_t size, off_t at)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = pwrite(fd, (const uint8_t *)data + done, size - done, at + (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 && errno != EDQUOT ? -errno : -ENOSPC;
        done += (size_t)n;
    }
    return 0;
}

/* The name must be on disk before what the file holds is promised. */
static int sync_folder(const char *path)
{
    char folder[LEASE_LOG_PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
             slash ? path : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = fsync(fd) == 0 ? 0 : -errno;
    close(fd);
    return r;
}

static int make_file(const struct lease_log *log, struct lease_log_file *f)
{
    uint8_t slot[LEASE_LOG_SLOT] = { 0 };
    struct writer w = writer_over(slot, sizeof slot);

    if (f->fd < 0)
        f->fd = open(f->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (f->fd < 0)
        return -errno;
    if (flock(f->fd, LOCK_EX | LOCK_NB) < 0)
        return -EBUSY;
    writer_text(&w, HEADER_WORDS);
    writer_u8(&w, VERSION);
    writer_u8(&w, '\n');
    writer_bytes(&w, span_of(log->id, sizeof log->id));
    int r = write_at(f->fd, slot, sizeof slot, 0);
    if (r == 0)
        r = sync_folder(f->path);
    if (r == 0)
        f->extent = sizeof slot;
    return r;
}

/* Zeros ahead of what is to be written up to `end`. */
static int extend(const struct lease_log *log, struct lease_log_file *f, size_t end)
{
    static const uint8_t zeros[LEASE_LOG_SLOT];
    int r = f->extent < LEASE_LOG_SLOT ? make_file(log, f) : 0;
    if (r < 0 || end <= f->extent)
        return r;
    size_t goal = min_size(end + EXTENT_GROWTH, LEASE_LOG_BYTES + LEASE_LOG_SLOT);
    for (size_t at = f->extent / LEASE_LOG_SLOT * LEASE_LOG_SLOT; at < goal; at += sizeof zeros) {
        r = write_at(f->fd, zeros, sizeof zeros, (off_t)at);
        if (r < 0)
            return at >= end ? 0 : r; /* what is needed now is there */
        f->extent = at + sizeof zeros;
    }
    return 0;
}

static int write_frame(struct lease_log *log, struct lease_log_file *f, size_t size)
{
    static const uint8_t nothing[LEASE_FRAME_HEAD];
    off_t at = (off_t)(LEASE_LOG_SLOT + f->len);
    int r = extend(log, f, LEASE_LOG_SLOT + f->len + size);

    if (r < 0)
        return r;
    r = write_at(f->fd, f->image + f->len, size, at);
    if (r == 0 && fdatasync(f->fd) != 0)
        r = errno == EDQUOT ? -ENOSPC : -errno;
    /* Whoever reads the file next should not find what was not promised. */
    if (r < 0)
        (void)!write_at(f->fd, nothing, sizeof nothing, at);
    return r;
}

int lease_log_append(struct lease_log *log, const struct store_part *parts, size_t part_count)
{
    struct lease_log_file *f = &log->files[log->active];
    struct writer w = writer_over(f->image + f->len, LEASE_LOG_BYTES - f->len);
    uint32_t count = 0;

    lease_frame_begin(&w);
    for (size_t p = 0; p < part_count; p++)
        for (size_t i = 0; i < parts[p].count; i++, count++)
            lease_frame_add(&w, &parts[p].changes[i]);
    if (w.failed || log->is_suspect)
        return -ENOBUFS;
    lease_frame_seal(&w, log->last + 1, count, &log->key);
    size_t size = whole_slots(w.len);
    writer_fill(&w, 0, size - w.len);
    int r = write_frame(log, f, size);
    log->is_suspect = r < 0;
    if (r < 0)
        return r;
    log->last++;
    if (f->len == 0)
        f->first = log->last;
    f->last = log->last;
    f->len += size;
    return 0;
}

void lease_log_turn(struct lease_log *log)
{
    log->active = !log->active;
}

void lease_log_empty(struct lease_log *log)
{
    log->files[!log->active].len = 0;
}

uint64_t lease_log_final(const struct lease_log *log)
{
    return log->last + log->is_suspect;
}

void lease_log_empty_all(struct lease_log *log)
{
    log->last = lease_log_final(log);
    log->is_suspect = false;
    log->files[0].len = log->files[1].len = 0;
}

/* ---- walking ---- */

/* By address; of one address the later change first. */
static int compare_entries(const void *a, const void *b)
{
    const struct lease_log_entry *x = a, *y = b;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    if (x->file != y->file)
        return x->file > y->file ? -1 : 1; /* see lease_log_entries() */
    return x->at > y->at ? -1 : x->at < y->at;
}

struct entry_list {
    struct lease_log_entry *rows;
    size_t count, cap;
};

static bool list_add(struct entry_list *list, struct lease_log_entry entry)
{
    if (list->count == list->cap) {
        size_t cap = list->cap > 0 ? 2 * list->cap : 256;
        struct lease_log_entry *rows = realloc(list->rows, cap * sizeof *rows);
        if (!rows)
            return false;
        list->rows = rows;
        list->cap = cap;
    }
    list->rows[list->count++] = entry;
    return true;
}

/* The number in `file` is the file's age while rows are sorted: 0 older, 1 active. */
static int list_file(const struct lease_log *log, bool active, struct entry_list *list)
{
    const struct lease_log_file *f = &log->files[active ? log->active : !log->active];
    struct lease_frame frame;

    for (size_t at = 0; at < f->len; at += whole_slots(LEASE_FRAME_HEAD + frame.changes.len)) {
        if (!lease_frame_open(image_from(f, at, f->len), &log->key, &frame))
            return -EILSEQ;
        struct reader r = reader_over(frame.changes);
        for (uint32_t i = 0; i < frame.count; i++) {
            struct lease_change change;
            struct lease_log_entry entry = { .at = (uint32_t)(r.at - f->image), .file = active };
            if (!lease_frame_next(&r, &change))
                return -EILSEQ;
            entry.address = change.lease.address.value;
            if (!list_add(list, entry))
                return -ENOMEM;
        }
    }
    return 0;
}

int lease_log_entries(const struct lease_log *log, bool with_active,
                      struct lease_log_entry **ret_rows, size_t *ret_count)
{
    struct entry_list list = { 0 };
    size_t kept = 0;
    int r = list_file(log, false, &list);

    if (r == 0 && with_active)
        r = list_file(log, true, &list);
    if (r < 0) {
        free(list.rows);
        return r;
    }
    if (list.count > 0)
        qsort(list.rows, list.count, sizeof *list.rows, compare_entries);
    for (size_t i = 0; i < list.count; i++) {
        if (kept > 0 && list.rows[kept - 1].address == list.rows[i].address)
            continue;
        list.rows[kept++] = list.rows[i];
    }
    for (size_t i = 0; i < kept; i++)
        list.rows[i].file = (uint8_t)(list.rows[i].file ? log->active : !log->active);
    *ret_rows = list.rows;
    *ret_count = kept;
    return 0;
}

bool lease_log_change(const struct lease_log *log, const struct lease_log_entry *entry,
                      struct lease_change *ret_change)
{
    const struct lease_log_file *f = &log->files[entry->file];
    struct reader r = reader_over(image_from(f, entry->at, f->len));
    return lease_frame_next(&r, ret_change);
}
