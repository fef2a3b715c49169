/* See image_digest.h. A file whose size and time are as recorded was not written to by anybody:
 * when its bytes are others, the disk, the memory or the way between them is at fault. Where they
 * are others and so is the time, somebody may have meant it. */
#include "serve/image_digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/autoclean.h"

#include "crypto/digest.h"
#include "model/body_tag.h"
#include "net/file.h"
#include "serve/digest_state.h"

#define PIECE_BYTES  ((size_t)1024 * 1024)
#define RECORD_BYTES ((size_t)128 * 1024 * 1024)
#define DEPTH_MAX    FILE_TREE_DEPTH_MAX
#define ENDING       IMAGE_DIGEST_ENDING
#define LINE_BYTES   512

struct row {
    char *path;
    char hex[IMAGE_DIGEST_HEX + 1];
    uint64_t size;
    int64_t modified_s;
    uint32_t modified_ns;
    bool is_there;
};

struct rows {
    struct row *at;
    size_t count, cap;
};

/* What a check works on. */
struct work {
    const struct image_digest_check *check;
    struct rows known, found;
    struct image_digest_sums sums;
    struct digest_state state; /* for the record */
    uint64_t total;
    int images;
    char *why;
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

DEFINE_FREEP(struct digest_stream, digest_stream_free)

static void free_bytes(uint8_t **data)
{
    free(*data);
}

const char *image_digest_name(enum image_digest_verdict verdict)
{
    static const char *const names[] = {
        [IMAGE_DIGEST_INTACT] = "intact",   [IMAGE_DIGEST_NEW] = "new",
        [IMAGE_DIGEST_DAMAGED] = "DAMAGED", [IMAGE_DIGEST_CHANGED] = "changed",
        [IMAGE_DIGEST_GONE] = "gone",       [IMAGE_DIGEST_UNREADABLE] = "unreadable",
    };
    return names[verdict];
}

static int say(struct work *w, int error, const char *path, const char *words)
{
    struct text out = text_over(w->why, IMAGE_DIGEST_WHY_MAX);
    text_add_escaped(&out, span_text(path));
    text_addf(&out, ": %s", words ? words : strerror(-error));
    return error;
}

static void rows_done(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        free(rows->at[i].path);
    free(rows->at);
}

/* A row with this path, zeroed else; NULL when memory or the bound is reached. */
static struct row *rows_add(struct rows *rows, struct span path)
{
    if (rows->count == IMAGE_DIGEST_FILES)
        return NULL;
    if (rows->count == rows->cap) {
        size_t cap = rows->cap > 0 ? rows->cap * 2 : 64;
        struct row *more = realloc(rows->at, cap * sizeof *more);
        if (!more)
            return NULL;
        rows->at = more;
        rows->cap = cap;
    }
    struct row *row = &rows->at[rows->count];
    *row = (struct row){ .path = malloc(path.len + 1) };
    if (!row->path)
        return NULL;
    span_to_text(path, row->path, path.len + 1);
    rows->count++;
    return row;
}

static int compare_paths(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    return strcmp(a->path, b->path);
}

static struct row *rows_find(const struct rows *rows, const char *path)
{
    struct row key = { .path = (char *)(uintptr_t)path };
    return rows->count > 0 ? bsearch(&key, rows->at, rows->count, sizeof rows->at[0], compare_paths)
                           : NULL;
}

/* The record. */

bool image_digest_line(struct span line, char hex[IMAGE_DIGEST_HEX + 1], struct span *ret_path)
{
    struct span digits = span_slice(line, 0, IMAGE_DIGEST_HEX);
    struct safe_path path;

    for (size_t i = 0; i < digits.len; i++) {
        uint8_t c = digits.data[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
    }
    struct span rest = span_from(line, IMAGE_DIGEST_HEX);
    if (digits.len != IMAGE_DIGEST_HEX || !span_starts_with(rest, "  "))
        return false;
    rest = span_from(rest, 2);
    if (safe_path_parse(rest, &path) != PATH_SOUND || path.len == 0 || path.len != rest.len)
        return false;
    span_to_text(digits, hex, IMAGE_DIGEST_HEX + 1);
    *ret_path = rest;
    return true;
}

static bool take_number(struct span *s, uint64_t *ret_number)
{
    uint64_t n = 0;
    size_t i = 0;

    for (; i < s->len && s->data[i] >= '0' && s->data[i] <= '9' && i < 18; i++)
        n = n * 10 + (uint64_t)(s->data[i] - '0');
    *ret_number = n;
    *s = span_from(*s, i);
    if (s->len > 0 && (s->data[0] == ' ' || s->data[0] == '.'))
        *s = span_from(*s, 1);
    return i > 0;
}

/* "# SIZE SECONDS.NANOSECONDS", of the file in the next line. Zeros when it is none. */
static struct row read_facts(struct span line)
{
    struct row row = { 0 };
    uint64_t size, seconds, nanoseconds;
    struct span s = span_from(line, 2);

    if (span_starts_with(line, "# ") && take_number(&s, &size) && take_number(&s, &seconds) &&
        take_number(&s, &nanoseconds) && nanoseconds < 1000000000)
        row = (struct row){ .size = size,
                            .modified_s = (int64_t)seconds,
                            .modified_ns = (uint32_t)nanoseconds };
    return row;
}

static int read_lines(struct work *w, struct span all)
{
    struct row facts = { 0 };

    while (all.len > 0) {
        size_t end = span_find(all, '\n');
        struct span line = span_slice(all, 0, end), path;
        char hex[IMAGE_DIGEST_HEX + 1];
        all = span_from(all, end + 1);
        if (!image_digest_line(line, hex, &path)) {
            facts = read_facts(line);
            continue;
        }
        struct row *row = rows_add(&w->known, path);
        if (!row)
            return -ENOMEM;
        char *kept = row->path;
        *row = facts;
        row->path = kept;
        memcpy(row->hex, hex, sizeof row->hex);
        facts = (struct row){ 0 };
    }
    if (w->known.count > 0)
        qsort(w->known.at, w->known.count, sizeof w->known.at[0], compare_paths);
    return 0;
}

static void record_name(const struct work *w, char *out, size_t cap)
{
    snprintf(out, cap, "%s" ENDING, w->check->entry);
}

/* The record of the image; an absent one is empty. */
static int read_record(struct work *w, int folder)
{
    autoclean(free_bytes) uint8_t *data = NULL;
    autoclean(close_fd) int fd = -1;
    char name[LINE_BYTES];
    struct file_facts facts;
    struct safe_path path;
    size_t len = 0;

    record_name(w, name, sizeof name);
    if (safe_path_parse(span_text(name), &path) != PATH_SOUND)
        return say(w, -EINVAL, w->check->entry, "this is no name of an image");
    enum file_verdict verdict = file_open_beneath(folder, &path, false, &fd, &facts);
    if (verdict == FILE_ABSENT)
        return 0;
    if (verdict != FILE_OPENED)
        return say(w, file_verdict_errno(verdict, &facts), name, file_verdict_text(verdict));
    int r = file_read_whole(fd, RECORD_BYTES, &data, &len);
    if (r == 0)
        r = read_lines(w, span_of(data, len));
    return r < 0 ? say(w, r, name, NULL) : 0;
}

static int write_record(struct work *w, int folder)
{
    char name[LINE_BYTES], *data = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&data, &len);

    if (!out)
        return -ENOMEM;
    char first[DIGEST_STATE_PATH_MAX + 64];
    struct text line = text_over(first, sizeof first);
    w->state.checked_s = w->check->now_s;
    digest_state_write(&w->state, &line);
    fprintf(out, "%s\n", first);
    for (size_t i = 0; i < w->found.count; i++) {
        const struct row *row = &w->found.at[i];
        if (row->hex[0])
            fprintf(out, "# %llu %lld.%09u\n%s  %s\n", (unsigned long long)row->size,
                    (long long)row->modified_s, row->modified_ns, row->hex, row->path);
    }
    int r = fclose(out) == 0 ? 0 : -ENOMEM;
    record_name(w, name, sizeof name);
    if (r == 0)
        r = file_replace(folder, name, span_of(data, len), false);
    free(data);
    return r < 0 ? say(w, r, name, NULL) : 0;
}

/* The files. */

struct walk {
    struct work *work;
    struct span folder; /* relative to the images folder */
    struct rows *folders;
};

static int take_entry(void *context, const struct file_entry *entry)
{
    struct walk *walk = context;
    char path[SAFE_PATH_MAX + 2];
    struct text out = text_over(path, sizeof path);
    struct safe_path sound;

    text_add_span(&out, walk->folder);
    text_addf(&out, "/%s", entry->name);
    if (entry->kind == FILE_KIND_OTHER || out.failed ||
        safe_path_parse(text_span(&out), &sound) != PATH_SOUND || strpbrk(path, "\n\r\\"))
        return 0; /* what cannot be named is not served either */
    struct rows *rows = entry->kind == FILE_KIND_FOLDER ? walk->folders : &walk->work->found;
    return rows_add(rows, text_span(&out)) ? 0 : -ENOMEM;
}

static size_t depth_of(const char *path)
{
    size_t depth = 0;
    for (; *path; path++)
        depth += *path == '/';
    return depth;
}

/* Folders found are walked one after the other; `folders` grows meanwhile. */
static int walk_folders(struct work *w, struct rows *folders)
{
    for (size_t i = 0; i < folders->count; i++) {
        char path[SAFE_PATH_MAX + 2];
        struct safe_path sound;
        snprintf(path, sizeof path, "%s", folders->at[i].path);
        if (depth_of(path) > DEPTH_MAX)
            return say(w, -ELOOP, path, "its folders lie too deep");
        if (safe_path_parse(span_text(path), &sound) != PATH_SOUND)
            continue;
        autoclean(close_fd) int fd = file_open_folder(w->images, &sound);
        struct walk walk = { .work = w, .folder = span_text(path), .folders = folders };
        int r = fd < 0 ? fd : file_list(fd, take_entry, &walk);
        if (r < 0)
            return say(w, r, path, NULL);
    }
    return 0;
}

static int find_files(struct work *w)
{
    struct rows folders = { 0 };
    struct safe_path path;
    struct stat facts;
    int r = 0;

    if (safe_path_parse(span_text(w->check->entry), &path) != PATH_SOUND || path.len == 0 ||
        fstatat(w->images, w->check->entry, &facts, 0) < 0)
        return say(w, -ENOENT, w->check->entry, "there is no such image");
    struct rows *rows = S_ISDIR(facts.st_mode) ? &folders : &w->found;
    r = rows_add(rows, span_text(w->check->entry)) ? walk_folders(w, &folders) : -ENOMEM;
    rows_done(&folders);
    if (w->found.count > 0)
        qsort(w->found.at, w->found.count, sizeof w->found.at[0], compare_paths);
    return r;
}

static void take_facts(struct row *row, const struct file_facts *facts)
{
    row->size = facts->size;
    row->modified_s = facts->modified_s;
    row->modified_ns = facts->modified_ns;
    row->is_there = true;
}

/* Sizes first, for the progress. */
static void measure(struct work *w)
{
    for (size_t i = 0; i < w->found.count; i++) {
        struct stat facts;
        if (fstatat(w->images, w->found.at[i].path, &facts, 0) == 0)
            w->total += (uint64_t)facts.st_size;
    }
}

/* Read it all: 0 with row->hex, or a negative errno; what `progress` returned, positive or not. */
static int digest_file(struct work *w, struct row *row, uint8_t *piece)
{
    autoclean(digest_stream_freep) struct digest_stream *stream = NULL;
    autoclean(close_fd) int fd = -1;
    struct file_facts facts;
    struct safe_path path;
    struct digest digest;
    uint64_t at = 0;
    int64_t n = 0;

    if (safe_path_parse(span_text(row->path), &path) != PATH_SOUND)
        return -EINVAL;
    int r = file_verdict_errno(file_open_beneath(w->images, &path, false, &fd, &facts), &facts);
    if (r == 0)
        r = digest_stream_new(DIGEST_SHA256, &stream);
    if (r < 0)
        return r;
    take_facts(row, &facts);
    while ((n = file_read_at(fd, at, piece, PIECE_BYTES)) > 0) {
        digest_stream_add(stream, span_of(piece, (size_t)n));
        at += (uint64_t)n;
        w->sums.bytes += (uint64_t)n;
        r = w->check->progress ? w->check->progress(w->check->context, w->sums.bytes, w->total) : 0;
        if (r != 0)
            return r;
    }
    if (n < 0)
        return (int)n;
    r = digest_stream_finish(stream, &digest);
    for (size_t i = 0; r == 0 && i < IMAGE_DIGEST_HEX / 2; i++)
        snprintf(row->hex + 2 * i, 3, "%02x", digest.bytes[i]);
    return r;
}

static bool is_as_recorded(const struct row *a, const struct row *b)
{
    return a->size == b->size && a->modified_s == b->modified_s && a->modified_ns == b->modified_ns;
}

static enum image_digest_verdict judge(const struct row *row, const struct row *known)
{
    if (!known)
        return IMAGE_DIGEST_NEW;
    if (strcmp(row->hex, known->hex) == 0)
        return IMAGE_DIGEST_INTACT;
    return is_as_recorded(row, known) ? IMAGE_DIGEST_DAMAGED : IMAGE_DIGEST_CHANGED;
}

static void tell(struct work *w, const char *path, enum image_digest_verdict verdict)
{
    bool is_bad = verdict != IMAGE_DIGEST_NEW && verdict != IMAGE_DIGEST_INTACT;
    bool is_accepted =
        w->check->accept && (verdict == IMAGE_DIGEST_CHANGED || verdict == IMAGE_DIGEST_GONE);

    w->sums.fresh += verdict == IMAGE_DIGEST_NEW;
    w->sums.bad += is_bad;
    /* The record tells what is amiss from now on. */
    if (is_bad && !is_accepted && w->state.bad++ == 0) {
        w->state.verdict = verdict;
        span_to_text(span_text(path), w->state.path, sizeof w->state.path);
    }
    if (verdict != IMAGE_DIGEST_INTACT && w->check->row)
        w->check->row(w->check->context, path, verdict);
}

/* Damage is no change that can be accepted: the record keeps what the bytes should be. */
static void keep_known(struct work *w, struct row *row, const struct row *known,
                       enum image_digest_verdict verdict)
{
    if (!known || verdict == IMAGE_DIGEST_INTACT || verdict == IMAGE_DIGEST_NEW ||
        (verdict == IMAGE_DIGEST_CHANGED && w->check->accept))
        return;
    char *path = row->path;
    *row = *known;
    row->path = path;
}

/* What the owner says of the image is meant to be changed. */
static bool is_description(const struct work *w, const char *path)
{
    size_t len = strlen(w->check->entry);
    return strncmp(path, w->check->entry, len) == 0 &&
           (strcmp(path + len, "/image.yaml") == 0 || strcmp(path + len, "/.origin.yaml") == 0);
}

static uint64_t mark_of(const char *path, const struct row *seen)
{
    struct body_tag tag = body_tag_begin(1);
    body_tag_add(&tag, span_text(path));
    body_tag_add_number(&tag, seen->size);
    body_tag_add_number(&tag, (uint64_t)seen->modified_s);
    body_tag_add_number(&tag, seen->modified_ns);
    return tag.hash[0];
}

/* By size and time: nothing is read. */
static int look_at_files(struct work *w)
{
    w->sums.mark = 0;
    for (size_t i = 0; i < w->found.count; i++) {
        const struct row *row = &w->found.at[i];
        struct row *known = rows_find(&w->known, row->path);
        struct stat facts;
        if (known)
            known->is_there = true;
        if (fstatat(w->images, row->path, &facts, 0) < 0)
            continue;
        const struct row seen = { .size = (uint64_t)facts.st_size,
                                  .modified_s = facts.st_mtim.tv_sec,
                                  .modified_ns = (uint32_t)facts.st_mtim.tv_nsec };
        w->sums.files++;
        w->sums.bytes += seen.size;
        w->sums.mark += mark_of(row->path, &seen); /* in whatever order they are found */
        if (seen.modified_s > w->sums.newest_s)
            w->sums.newest_s = seen.modified_s;
        if (!known)
            tell(w, row->path, IMAGE_DIGEST_NEW);
        else if (!is_as_recorded(&seen, known))
            tell(w, row->path,
                 is_description(w, row->path) ? IMAGE_DIGEST_NEW : IMAGE_DIGEST_CHANGED);
    }
    w->sums.mark = w->sums.mark ? w->sums.mark : 1;
    return 0;
}

static int check_files(struct work *w)
{
    autoclean(free_bytes) uint8_t *piece = malloc(PIECE_BYTES);

    if (!piece)
        return -ENOMEM;
    measure(w);
    for (size_t i = 0; i < w->found.count; i++) {
        struct row *row = &w->found.at[i], *known = rows_find(&w->known, row->path);
        uint64_t before = w->sums.bytes;
        int r = digest_file(w, row, piece);
        if (r > 0 || r == -EINTR || r == -ENOMEM)
            return r;
        if (known)
            known->is_there = true;
        enum image_digest_verdict verdict = r < 0 ? IMAGE_DIGEST_UNREADABLE : judge(row, known);
        if (verdict == IMAGE_DIGEST_CHANGED && is_description(w, row->path))
            verdict = IMAGE_DIGEST_NEW;
        if (r < 0) {
            w->sums.bytes = before;
            row->hex[0] = 0;
        }
        w->sums.files++;
        tell(w, row->path, verdict);
        keep_known(w, row, known, verdict);
    }
    return 0;
}

/* Those recorded that are not there any more stay in the record until that is accepted. */
static int check_gone(struct work *w)
{
    for (size_t i = 0; i < w->known.count; i++) {
        const struct row *known = &w->known.at[i];
        if (known->is_there)
            continue;
        tell(w, known->path, IMAGE_DIGEST_GONE);
        if (w->check->accept)
            continue;
        struct row *row = rows_add(&w->found, span_text(known->path));
        if (!row)
            return -ENOMEM;
        char *path = row->path;
        *row = *known;
        row->path = path;
    }
    return 0;
}

static int run_on_record(struct work *w, int folder)
{
    int r = read_record(w, folder);
    if (r == 0)
        r = w->check->only_looks ? look_at_files(w) : check_files(w);
    if (r == 0)
        r = check_gone(w);
    return r == 0 && !w->check->only_looks ? write_record(w, folder) : r;
}

/* Who owns the images writes the records, too: the daemon, behind a command of root's. */
static void give_to_owner(int images)
{
    struct stat owner;
    if (geteuid() == 0 && fstat(images, &owner) == 0)
        (void)!fchownat(images, IMAGE_DIGEST_FOLDER, owner.st_uid, owner.st_gid,
                        AT_SYMLINK_NOFOLLOW);
}

static int run(struct work *w)
{
    char folder_path[LINE_BYTES * 2];

    snprintf(folder_path, sizeof folder_path, "%s/" IMAGE_DIGEST_FOLDER, w->check->images);
    int r = find_files(w);
    if (r == 0) {
        r = file_make_folders(folder_path);
        if (r < 0)
            return say(w, r, folder_path, NULL);
    }
    if (r < 0)
        return r;
    give_to_owner(w->images);
    autoclean(close_fd) int folder = file_open_root(folder_path);
    if (folder < 0)
        return say(w, folder, folder_path, NULL);
    return run_on_record(w, folder);
}

int image_digest_run(const struct image_digest_check *check, struct image_digest_sums *ret_sums,
                     char why[IMAGE_DIGEST_WHY_MAX])
{
    autoclean(close_fd) int images = file_open_root(check->images);
    struct work w = { .check = check, .images = images, .why = why };

    why[0] = 0;
    if (images < 0)
        return say(&w, images, check->images, NULL);
    int r = run(&w);
    rows_done(&w.known);
    rows_done(&w.found);
    if (r == 0)
        *ret_sums = w.sums;
    else if (why[0] == 0)
        say(&w, r < 0 ? r : -EINTR, check->entry, NULL);
    return r;
}

void image_digest_forget(const char *images, const char *entry)
{
    char path[LINE_BYTES * 3];

    snprintf(path, sizeof path, "%s/" IMAGE_DIGEST_FOLDER "/%s" ENDING, images, entry);
    if (!strchr(entry, '/'))
        (void)unlink(path);
}
