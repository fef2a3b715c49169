/* See wim_tree.h. The table of names begins with the security descriptors, then the top folder's
 * entry; a folder's entries lie one after the other where its entry says, up to one without a
 * length. An entry has its own length (a multiple of eight, or rounded up to one), and behind it
 * lie the streams it has besides. */
#include "image/wim_tree.h"

#include <errno.h>
#include <stdlib.h>

#include "base/reader.h"

#include "image/wim_blobs.h"
#include "image/wim_resource.h"

#define ENTRY_FIXED   102
#define NAME_MAX_LEN  510 /* 255 units of UTF-16 */
#define STREAM_FIXED  38
#define NAMES_MAX     (UINT64_C(512) << 20)
#define ENTRIES_MAX   (UINT32_C(1) << 20) /* of one folder */
#define DEPTH_MAX     32
#define ATTRIBUTE_DIR 0x10
/* Reparse points and encrypted files: their bytes are not what their name promises. */
#define ATTRIBUTES_ODD (0x400 | 0x4000)

struct wim_tree {
    struct wim *wim;
    struct wim_resource *resource;
    uint64_t top; /* where the top's entry lies */
};

struct entry {
    uint64_t length; /* rounded up */
    uint32_t attributes;
    uint64_t children; /* where they begin, 0 = none */
    uint8_t sha1[WIM_SHA1_BYTES];
    uint16_t streams, name_len;
    uint8_t name[NAME_MAX_LEN]; /* UTF-16LE */
};

static uint64_t round_up(uint64_t n)
{
    return (n + 7) & ~UINT64_C(7);
}

void wim_tree_free(struct wim_tree *tree)
{
    if (!tree)
        return;
    wim_resource_free(tree->resource);
    free(tree);
}

/* What is there of `cap` bytes at `at`; the span is empty behind the end. */
static int read_some(struct wim_tree *tree, uint64_t at, uint8_t *data, size_t cap,
                     struct span *ret)
{
    uint64_t size = wim_resource_size(tree->resource);
    uint64_t left = at < size ? size - at : 0;
    size_t len = left < cap ? (size_t)left : cap;
    int r = wim_resource_read(tree->resource, at < size ? at : 0, data, len);
    *ret = span_of(data, len);
    return r;
}

/* Length 8, attributes 4, security 4, children 8, unused 16, times 24, digest 20, 4, reparse tag or
 * link group 8, streams 2, length of the short name 2, of the name 2, the name. With a length of 0
 * it is the end of a folder. */
static int read_entry(struct wim_tree *tree, uint64_t at, struct entry *out)
{
    uint8_t bytes[ENTRY_FIXED + NAME_MAX_LEN];
    struct span some;

    *out = (struct entry){ 0 };
    int result = read_some(tree, at, bytes, sizeof bytes, &some);
    if (result < 0)
        return result;
    struct reader r = reader_over(some);
    out->length = reader_le64(&r);
    if (!r.failed && out->length <= 8) {
        out->length = 0;
        return 0;
    }
    out->attributes = reader_le32(&r);
    reader_skip(&r, 4);
    out->children = reader_le64(&r);
    reader_skip(&r, 16 + 24);
    struct span sha1 = reader_take(&r, WIM_SHA1_BYTES);
    reader_skip(&r, 4 + 8);
    out->streams = reader_le16(&r);
    reader_skip(&r, 2);
    uint16_t name_len = reader_le16(&r);
    uint64_t size = wim_resource_size(tree->resource);
    if (r.failed || at > size || out->length > size - at || out->length < ENTRY_FIXED ||
        name_len % 2 != 0 || name_len > out->length - ENTRY_FIXED)
        return wim_refuse(tree->wim, WIM_TREE);
    memcpy(out->sha1, sha1.data, sizeof out->sha1);
    out->length = round_up(out->length);
    if (name_len <= NAME_MAX_LEN) {
        struct span name = reader_take(&r, name_len);
        if (r.failed)
            return wim_refuse(tree->wim, WIM_TREE);
        out->name_len = name_len;
        memcpy(out->name, name.data, name.len);
    }
    return 0;
}

/* Pass over the streams behind an entry, whose places they move; the one without a name is the
 * file's own, where the entry has no digest itself. */
static int read_streams(struct wim_tree *tree, uint64_t *at, struct entry *entry)
{
    static const uint8_t none[WIM_SHA1_BYTES];
    uint8_t bytes[STREAM_FIXED];
    struct span some;

    for (uint16_t i = 0; i < entry->streams; i++) {
        int result = read_some(tree, *at, bytes, sizeof bytes, &some);
        if (result < 0)
            return result;
        struct reader r = reader_over(some);
        uint64_t length = reader_le64(&r);
        reader_skip(&r, 8);
        struct span sha1 = reader_take(&r, WIM_SHA1_BYTES);
        uint16_t name_len = reader_le16(&r);
        uint64_t size = wim_resource_size(tree->resource);
        if (r.failed || length < STREAM_FIXED || *at > size || length > size - *at)
            return wim_refuse(tree->wim, WIM_TREE);
        if (name_len == 0 && memcmp(entry->sha1, none, sizeof none) == 0)
            memcpy(entry->sha1, sha1.data, sizeof entry->sha1);
        *at += round_up(length);
    }
    return 0;
}

int wim_tree_open(struct wim *wim, uint32_t number, struct wim_tree **ret_tree)
{
    struct wim_resource_header where;
    uint8_t bytes[8];
    int r = wim_blobs_find_names(wim, number, &where);
    if (r < 0)
        return r;
    if (where.original_size > NAMES_MAX)
        return wim_refuse(wim, WIM_TREE);
    struct wim_tree *tree = calloc(1, sizeof *tree);
    if (!tree)
        return -ENOMEM;
    tree->wim = wim;
    r = wim_resource_open(wim, &where, &tree->resource);
    if (r == 0)
        r = wim_resource_read(tree->resource, 0, bytes, sizeof bytes);
    if (r == 0) {
        struct reader at = reader_over(span_of(bytes, sizeof bytes));
        uint32_t security = reader_le32(&at);
        tree->top = round_up(security < 8 ? 8 : security);
    }
    if (r < 0) {
        wim_tree_free(tree);
        return r;
    }
    *ret_tree = tree;
    return 0;
}

/* ASCII against UTF-16LE, without case. */
static bool is_name(const struct entry *entry, struct span ascii)
{
    if (entry->name_len != 2 * ascii.len)
        return false;
    for (size_t i = 0; i < ascii.len; i++)
        if (entry->name[2 * i + 1] != 0 ||
            ascii_lower(entry->name[2 * i]) != ascii_lower(ascii.data[i]))
            return false;
    return true;
}

/* Walk a folder's entries. */
static int walk(struct wim_tree *tree, uint64_t at,
                int (*visit)(void *context, const struct entry *entry), void *context)
{
    struct entry entry;

    for (uint32_t i = 0; i < ENTRIES_MAX; i++) {
        int r = read_entry(tree, at, &entry);
        if (r < 0)
            return r;
        if (entry.length == 0)
            return 0;
        at += entry.length;
        r = read_streams(tree, &at, &entry);
        if (r < 0)
            return r;
        if (visit(context, &entry) != 0)
            return 0;
    }
    return wim_refuse(tree->wim, WIM_TREE);
}

struct search {
    struct span name;
    struct entry *out;
    bool found;
};

static int compare(void *context, const struct entry *entry)
{
    struct search *search = context;
    if (!is_name(entry, search->name))
        return 0;
    search->found = true;
    *search->out = *entry;
    return 1;
}

static bool is_folder(const struct entry *entry)
{
    return (entry->attributes & ATTRIBUTE_DIR) && !(entry->attributes & ATTRIBUTES_ODD);
}

static int find(struct wim_tree *tree, const char *path, struct entry *out)
{
    struct span rest = span_text(path);
    int r = read_entry(tree, tree->top, out);

    if (r == 0 && out->length == 0)
        return wim_refuse(tree->wim, WIM_TREE);
    for (unsigned depth = 0; r == 0 && rest.len > 0 && depth < DEPTH_MAX; depth++) {
        size_t slash = span_find(rest, '/');
        struct search search = { .name = span_slice(rest, 0, slash), .out = out };
        rest = span_from(rest, slash + 1);
        if (!is_folder(out) || out->children == 0)
            return wim_refuse(tree->wim, WIM_NO_FILE);
        r = walk(tree, out->children, compare, &search);
        if (r == 0 && !search.found)
            r = wim_refuse(tree->wim, WIM_NO_FILE);
    }
    return r;
}

int wim_tree_extract(struct wim_tree *tree, const char *path, size_t cap, uint8_t **ret_data,
                     size_t *ret_len)
{
    struct entry entry;
    int r = find(tree, path, &entry);

    if (r < 0)
        return r;
    if (entry.attributes & (ATTRIBUTE_DIR | ATTRIBUTES_ODD))
        return wim_refuse(tree->wim, WIM_NO_FILE);
    return wim_blobs_read(tree->wim, entry.sha1, cap, ret_data, ret_len);
}

struct listing {
    int (*entry)(void *context, struct span name, bool is_folder);
    void *context;
};

static int pass_on(void *context, const struct entry *entry)
{
    const struct listing *l = context;
    if (entry->name_len == 0)
        return 0;
    return l->entry(l->context, span_of(entry->name, entry->name_len), is_folder(entry));
}

int wim_tree_list(struct wim_tree *tree, const char *folder,
                  int (*entry)(void *context, struct span name, bool is_folder), void *context)
{
    struct listing listing = { entry, context };
    struct entry found;
    int r = find(tree, folder, &found);

    if (r < 0)
        return r;
    if (!is_folder(&found))
        return wim_refuse(tree->wim, WIM_NO_FILE);
    return found.children == 0 ? 0 : walk(tree, found.children, pass_on, &listing);
}
