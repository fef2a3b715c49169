/* See image_index.h. The block comes from a process that has read foreign bytes, so that it is
 * taken for hostile: image_index_open() walks all of it once, in a time that grows with its length
 * alone. Sharing is what would make it longer (a million entries of the same million extents), and
 * is refused: the extents of the entries follow each other without a gap. */
#include "model/image_index.h"

#include "model/image_index_block.h"
#include "model/safe_path.h"

int image_index_compare(struct span a, struct span b)
{
    size_t both = min_size(a.len, b.len);

    for (size_t i = 0; i < both; i++) {
        int difference = ascii_lower(a.data[i]) - ascii_lower(b.data[i]);
        if (difference != 0)
            return difference;
    }
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return both == 0 ? 0 : memcmp(a.data, b.data, both);
}

/* The first entry of those before `end` that does not come before `path`, or `end`. */
static uint32_t lower_bound(const struct image_index *index, uint32_t end, struct span path)
{
    uint32_t first = 0, count = end;

    while (count > 0) {
        uint32_t half = count / 2;
        struct span at = image_index_path(index, &index->entries[first + half]);
        if (image_index_compare(at, path) < 0) {
            first += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return first;
}

/* --- a block is looked at ----------------------------------------------------------------- */

/* The text that begins there, of printable ASCII, or NULL. The texts end with a NUL. */
static const char *text_at(const struct image_index *index, uint32_t at)
{
    if (at >= index->texts_len)
        return NULL;
    for (uint32_t i = at; index->texts[i] != 0; i++)
        if (index->texts[i] < ' ' || index->texts[i] > '~')
            return NULL;
    return index->texts + at;
}

static bool is_safe(struct span path)
{
    struct safe_path safe;
    return path.len > 0 && safe_path_parse(path, &safe) == PATH_SOUND &&
           span_equals(path, safe_path_span(&safe));
}

static bool is_path_sound(const struct image_index *index, const struct image_index_entry *entry)
{
    if (entry->path >= index->texts_len || entry->path_len >= index->texts_len - entry->path ||
        index->texts[entry->path + entry->path_len] != 0)
        return false;
    return is_safe(image_index_path(index, entry));
}

/* *next: the extent that no entry has yet. */
static bool are_extents_sound(const struct image_index *index,
                              const struct image_index_entry *entry, uint32_t *next)
{
    uint64_t size = 0;

    if (entry->extents != *next || entry->extent_count > index->extent_count - *next)
        return false;
    for (uint32_t i = 0; i < entry->extent_count; i++) {
        const struct image_extent *extent = &index->extents[*next + i];
        if (extent->length == 0 || !checked_add_u64(size, extent->length, &size))
            return false;
        if (extent->offset == IMAGE_EXTENT_HOLE)
            continue;
        if (extent->offset > index->container_size ||
            extent->length > index->container_size - extent->offset)
            return false;
    }
    *next += entry->extent_count;
    return size == entry->size && size <= INT64_MAX;
}

static size_t last_slash(struct span path)
{
    for (size_t i = path.len; i-- > 0;)
        if (path.data[i] == '/')
            return i;
    return path.len;
}

/* What it lies in stands before it. `last` is what the entry before it lies in: mostly the same. */
static bool has_parent(const struct image_index *index, uint32_t number, struct span *last)
{
    struct span path = image_index_path(index, &index->entries[number]);
    size_t slash = last_slash(path);
    if (slash == path.len)
        return true;
    struct span parent = span_slice(path, 0, slash);
    if (span_equals(parent, *last))
        return true;
    uint32_t found = lower_bound(index, number, parent);
    if (found == number || !span_equals(image_index_path(index, &index->entries[found]), parent))
        return false;
    *last = parent;
    return true;
}

static bool are_entries_sound(const struct image_index *index)
{
    uint32_t next_extent = 0;
    struct span before = { 0 }, last_parent = { 0 };

    for (uint32_t i = 0; i < index->entry_count; i++) {
        const struct image_index_entry *entry = &index->entries[i];
        if (!is_path_sound(index, entry))
            return false;
        struct span path = image_index_path(index, entry);
        if (image_index_compare(before, path) >= 0 || entry->is_folder > 1 ||
            entry->modified_s < 0 || entry->modified_s > IMAGE_INDEX_TIME_MAX ||
            !are_extents_sound(index, entry, &next_extent) ||
            (entry->is_folder && entry->size > 0) || !has_parent(index, i, &last_parent))
            return false;
        before = path;
    }
    return next_extent == index->extent_count;
}

bool image_index_open(struct span block, uint64_t container_size, struct image_index *out)
{
    struct image_index_head head;
    /* The block is aligned to 8, and each part's length is a multiple of that. */
    union {
        const uint8_t *bytes;
        const struct image_index_entry *entries;
        const struct image_extent *extents;
        const char *texts;
    } at;

    if (block.len < sizeof head || block.len > IMAGE_INDEX_SIZE_MAX)
        return false;
    memcpy(&head, block.data, sizeof head);
    if (head.magic != IMAGE_INDEX_MAGIC || head.reserved != 0 ||
        head.container_size != container_size || container_size > INT64_MAX ||
        head.tree > IMAGE_TREE_FAT || head.entry_count > IMAGE_INDEX_ENTRIES_MAX ||
        head.texts_len == 0)
        return false;
    uint64_t entries_len = (uint64_t)head.entry_count * sizeof(struct image_index_entry);
    uint64_t extents_len = (uint64_t)head.extent_count * sizeof(struct image_extent);
    if (sizeof head + entries_len + extents_len + head.texts_len != block.len)
        return false;
    struct image_index index = { .entry_count = head.entry_count,
                                 .extent_count = head.extent_count,
                                 .texts_len = head.texts_len,
                                 .tree = (enum image_tree)head.tree,
                                 .container_size = container_size };
    at.bytes = span_from(block, sizeof head).data;
    index.entries = at.entries;
    at.bytes = span_from(block, sizeof head + (size_t)entries_len).data;
    index.extents = at.extents;
    at.bytes = span_from(block, block.len - head.texts_len).data;
    index.texts = at.texts;
    if (index.texts[head.texts_len - 1] != 0)
        return false;
    index.volume = text_at(&index, head.volume);
    index.system = text_at(&index, head.system);
    index.note = text_at(&index, head.note);
    if (!index.volume || !index.system || !index.note || !are_entries_sound(&index))
        return false;
    *out = index;
    return true;
}

/* --- an index is asked -------------------------------------------------------------------- */

const struct image_index_entry *image_index_find(const struct image_index *index, struct span path,
                                                 bool any_case)
{
    uint32_t at = lower_bound(index, index->entry_count, path);

    if (at < index->entry_count) {
        struct span found = image_index_path(index, &index->entries[at]);
        if (span_equals(found, path) || (any_case && span_equals_nocase(found, path)))
            return &index->entries[at];
    }
    if (any_case && at > 0 &&
        span_equals_nocase(image_index_path(index, &index->entries[at - 1]), path))
        return &index->entries[at - 1];
    return NULL;
}

/* Where those end that begin with the same bytes, case ignored: `from` is one of them. */
static uint32_t behind_prefix(const struct image_index *index, uint32_t from, struct span prefix)
{
    uint32_t count = index->entry_count - from;

    while (count > 0) {
        uint32_t half = count / 2;
        struct span at = image_index_path(index, &index->entries[from + half]);
        if (span_equals_nocase(span_slice(at, 0, prefix.len), prefix)) {
            from += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return from;
}

bool image_index_list(const struct image_index *index, struct span folder,
                      int (*entry)(void *context, struct span name,
                                   const struct image_index_entry *what),
                      void *context)
{
    struct safe_path prefix = { 0 };
    uint32_t at = 0, end = index->entry_count;
    const struct image_index_entry *self = NULL;

    if (folder.len > 0) {
        self = image_index_find(index, folder, false);
        if (!self || folder.len + 1 >= sizeof prefix.text)
            return self && self->is_folder;
        memcpy(prefix.text, folder.data, folder.len);
        prefix.text[folder.len] = '/';
        prefix.len = (uint16_t)(folder.len + 1);
        at = lower_bound(index, end, safe_path_span(&prefix));
        end = behind_prefix(index, at, safe_path_span(&prefix));
    }
    bool is_folder = !self || self->is_folder;
    while (at < end) {
        struct span path = image_index_path(index, &index->entries[at]);
        struct span name = span_from(path, prefix.len);
        size_t slash = span_find(name, '/');
        if (slash < name.len) { /* deeper: pass over that whole folder */
            at = behind_prefix(index, at, span_slice(path, 0, prefix.len + slash + 1));
            continue;
        }
        if (span_equals(span_slice(path, 0, prefix.len), safe_path_span(&prefix))) {
            is_folder = true;
            if (entry(context, name, &index->entries[at]) != 0)
                break;
        }
        at++;
    }
    return is_folder;
}
