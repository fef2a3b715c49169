/* See mirror_store.h. Files are named by the digest of their name, so that no name of an upstream
 * can be in the way of another, in folders of two digits. */
#include "serve/mirror_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "crypto/digest.h"
#include "http/header.h"
#include "net/file.h"

#define NAME_DIGITS 40
#define PLACE_MAX   64
#define USE_AGAIN_S 60
#define PART        ".part-"

struct mirror_store {
    int folder;
    bool is_owner;
    struct mirror_index *index;
};

/* What a scan found. */
struct found {
    struct mirror_header header;
    int64_t used_s, checked_s;
};

struct scan {
    struct mirror_store *store;
    const char *folder; /* at hand: two digits */
    struct found **rows;
    size_t count, cap;
    bool no_memory;
};

DEFINE_FREEP(struct mirror_store, mirror_store_close)

static bool make_place(const char *key, const char *before, char out[PLACE_MAX])
{
    struct digest digest;
    struct text t = text_over(out, PLACE_MAX);
    if (digest_of(DIGEST_SHA256, span_text(key), &digest) < 0)
        return false;
    text_addf(&t, "%02x/%s", digest.bytes[0], before);
    for (size_t i = 0; i < NAME_DIGITS / 2; i++)
        text_addf(&t, "%02x", digest.bytes[i]);
    return !t.failed;
}

/* Scan. */

static bool read_one(int folder, const char *name, struct found *out)
{
    uint8_t block[MIRROR_HEADER_BYTES];
    struct stat st;
    char place[PLACE_MAX];
    /* Looking is no use: the time of access is who asked last. */
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOATIME);
    if (fd < 0 && errno == EPERM)
        fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool is_sound = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
                    file_read_at(fd, 0, block, sizeof block) == (int64_t)sizeof block &&
                    mirror_header_decode(span_of(block, sizeof block), &out->header) &&
                    (uint64_t)st.st_size == out->header.size + MIRROR_HEADER_BYTES &&
                    make_place(out->header.key, "", place) && strcmp(place + 3, name) == 0;
    close(fd);
    out->used_s = st.st_atim.tv_sec;
    out->checked_s = st.st_mtim.tv_sec;
    return is_sound;
}

static int scan_file(void *context, const struct file_entry *entry)
{
    struct scan *s = context;
    struct found found = { 0 };
    int folder = openat(s->store->folder, s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_sound = folder >= 0 && entry->name[0] != '.' && read_one(folder, entry->name, &found);
    if (!is_sound && folder >= 0 && s->store->is_owner)
        (void)unlinkat(folder, entry->name, 0);
    if (folder >= 0)
        close(folder);
    if (!is_sound)
        return 0;
    if (s->count == s->cap) {
        size_t cap = s->cap > 0 ? 2 * s->cap : 1024;
        struct found **more = realloc(s->rows, cap * sizeof(struct found *));
        if (!more)
            return -ENOMEM;
        s->rows = more;
        s->cap = cap;
    }
    struct found *row = malloc(sizeof *row);
    if (!row)
        return -ENOMEM;
    *row = found;
    s->rows[s->count++] = row;
    return 0;
}

static int scan_folder(void *context, const struct file_entry *entry)
{
    struct scan *s = context;
    if (entry->kind != FILE_KIND_FOLDER || strlen(entry->name) != 2)
        return 0;
    s->folder = entry->name;
    int fd = openat(s->store->folder, entry->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    int r = file_list(fd, scan_file, s);
    close(fd);
    return r;
}

static int by_use(const void *a, const void *b)
{
    const struct found *const *x = a, *const *y = b;
    return ((*x)->used_s > (*y)->used_s) - ((*x)->used_s < (*y)->used_s);
}

static int fill(struct mirror_store *store, struct found **rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct mirror_file *file =
            mirror_index_put(store->index, &rows[i]->header, rows[i]->checked_s);
        if (!file)
            return 0; /* more files than are counted: those used last are not known, and come anew
                       */
        file->used_s = rows[i]->used_s;
        (void)!http_date_parse(span_text(file->modified), &file->modified_s);
    }
    return 0;
}

static int scan(struct mirror_store *store)
{
    struct scan s = { .store = store };
    int r = file_list(store->folder, scan_folder, &s);
    if (r == 0 && s.count > 0) {
        qsort(s.rows, s.count, sizeof s.rows[0], by_use);
        r = fill(store, s.rows, s.count);
    }
    for (size_t i = 0; i < s.count; i++)
        free(s.rows[i]);
    free(s.rows);
    return r;
}

int mirror_store_open(const char *folder, uint64_t most, bool is_owner, struct mirror_store **ret)
{
    autoclean(mirror_store_closep) struct mirror_store *store = calloc(1, sizeof *store);
    struct hash_key key = { 0 };
    if (!store)
        return -ENOMEM;
    store->folder = -1;
    store->is_owner = is_owner;
    if (getrandom(&key, sizeof key, GRND_NONBLOCK) < 0)
        key = (struct hash_key){ 0 };
    int r = is_owner ? file_make_folders(folder) : 0;
    if (r == 0) {
        store->folder = file_open_root(folder);
        r = store->folder < 0 ? store->folder : 0;
    }
    if (r == 0)
        r = mirror_index_new(most, key, &store->index);
    if (r == 0)
        r = scan(store);
    if (r < 0)
        return r;
    *ret = take_ptr(&store);
    return 0;
}

void mirror_store_close(struct mirror_store *store)
{
    if (!store)
        return;
    mirror_index_free(store->index);
    if (store->folder >= 0)
        close(store->folder);
    free(store);
}

struct mirror_index *mirror_store_index(struct mirror_store *store)
{
    return store->index;
}

/* Files. */

int mirror_store_read(struct mirror_store *store, struct mirror_file *file)
{
    char place[PLACE_MAX];
    struct stat st;
    int fd = make_place(file->key, "", place)
                 ? openat(store->folder, place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
                 : -1;
    if (fd >= 0 && fstat(fd, &st) == 0 && (uint64_t)st.st_size == file->size + MIRROR_HEADER_BYTES)
        return fd;
    int r = fd < 0 ? -errno : -ENOENT;
    if (fd >= 0)
        close(fd);
    if (r == -ENOENT)
        mirror_store_remove(store, file);
    return r;
}

static void set_times(struct mirror_store *store, const struct mirror_file *file,
                      struct timespec used, struct timespec checked)
{
    const struct timespec times[2] = { used, checked };
    char place[PLACE_MAX];
    if (make_place(file->key, "", place))
        (void)utimensat(store->folder, place, times, AT_SYMLINK_NOFOLLOW);
}

static const struct timespec as_it_is = { .tv_nsec = UTIME_OMIT };

static int64_t seconds_of(struct calendar now)
{
    return now.ms / 1000;
}

void mirror_store_use(struct mirror_store *store, struct mirror_file *file, struct calendar now)
{
    mirror_index_use(store->index, file);
    if (seconds_of(now) - file->used_s < USE_AGAIN_S)
        return;
    file->used_s = seconds_of(now);
    set_times(store, file, (struct timespec){ .tv_sec = file->used_s }, as_it_is);
}

void mirror_store_checked(struct mirror_store *store, struct mirror_file *file, struct calendar now)
{
    file->checked_s = seconds_of(now);
    set_times(store, file, as_it_is, (struct timespec){ .tv_sec = file->checked_s });
}

int mirror_store_begin(struct mirror_store *store, const char *key)
{
    char place[PLACE_MAX], folder[3] = "";
    if (!make_place(key, PART, place))
        return -ENOMEM;
    memcpy(folder, place, 2);
    if (mkdirat(store->folder, folder, 0755) < 0 && errno != EEXIST)
        return -errno;
    (void)unlinkat(store->folder, place, 0); /* a reader may have the one before */
    int fd = openat(store->folder, place, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    return fd < 0 ? -errno : fd;
}

int mirror_store_commit(struct mirror_store *store, const struct mirror_header *header, int fd,
                        struct calendar now)
{
    uint8_t block[MIRROR_HEADER_BYTES];
    char part[PLACE_MAX], place[PLACE_MAX];

    mirror_header_encode(header, block);
    if (!make_place(header->key, PART, part) || !make_place(header->key, "", place))
        return -ENOMEM;
    if (pwrite(fd, block, sizeof block, 0) != (ssize_t)sizeof block || fdatasync(fd) < 0 ||
        renameat(store->folder, part, store->folder, place) < 0)
        return errno > 0 ? -errno : -EIO;
    struct mirror_file *file = mirror_index_put(store->index, header, seconds_of(now));
    if (!file) {
        (void)unlinkat(store->folder, place, 0);
        return -ENOMEM;
    }
    file->used_s = seconds_of(now);
    file->modified_s = 0;
    (void)!http_date_parse(span_text(file->modified), &file->modified_s);
    return 0;
}

void mirror_store_abandon(struct mirror_store *store, const char *key)
{
    char place[PLACE_MAX];
    if (make_place(key, PART, place))
        (void)unlinkat(store->folder, place, 0);
}

void mirror_store_remove(struct mirror_store *store, struct mirror_file *file)
{
    char place[PLACE_MAX];
    if (make_place(file->key, "", place))
        (void)unlinkat(store->folder, place, 0);
    mirror_index_drop(store->index, file);
}

bool mirror_store_make_room(struct mirror_store *store, uint64_t more, uint32_t *files,
                            uint64_t *bytes)
{
    for (struct mirror_file *file; (file = mirror_index_to_drop(store->index, more)) != NULL;) {
        (*files)++;
        *bytes += file->size;
        mirror_store_remove(store, file);
    }
    return mirror_index_fits(store->index, more);
}

int mirror_store_each(struct mirror_store *store,
                      int (*row)(void *context, struct mirror_file *file, int64_t used_s),
                      void *context)
{
    int r = 0;
    for (struct mirror_file *file = mirror_index_oldest(store->index), *next; r == 0 && file;
         file = next) {
        next = mirror_index_next(store->index, file);
        r = row(context, file, file->used_s);
    }
    return r;
}
