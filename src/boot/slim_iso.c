/* See slim_iso.h. In order: what is wanted, as a tree; how long its folders are; where all lies;
 * the bytes of volume descriptors, path tables and folders; then the files, each to whole sectors:
 *
 *     zeros (system area) | descriptors | path tables | folders | files
 */
#include "boot/slim_iso.h"

#include <assert.h>

#include "boot/slim_iso_write.h"

/* Sectors of all files together: a disc's, without more than enough for what stands before them. */
#define FILE_SECTORS_MAX ((uint64_t)UINT32_MAX - (1U << 20))

const char *slim_iso_flaw_text(enum slim_iso_flaw flaw)
{
    static const char *const texts[] = {
        [SLIM_ISO_SOUND] = "sound",
        [SLIM_ISO_EMPTY] = "the disc has none of the files that the smaller one would have",
        [SLIM_ISO_TOO_MANY] = "the smaller disc would have too many files",
        [SLIM_ISO_BAD_NAME] = "a name on the disc is too long for the smaller one",
        [SLIM_ISO_TOO_LARGE] = "the smaller disc would be larger than a disc can be",
        [SLIM_ISO_NO_MEMORY] = "it does not fit into the request's memory",
    };
    static_assert(sizeof texts / sizeof texts[0] == SLIM_ISO_NO_MEMORY + 1, "a text for each flaw");
    return texts[flaw];
}

/* The tree. */

static struct span last_part(struct span path)
{
    for (size_t at; (at = span_find(path, '/')) < path.len;)
        path = span_from(path, at + 1);
    return path;
}

static struct span parent_of(struct span path)
{
    struct span last = last_part(path);
    return span_slice(path, 0, last.len < path.len ? path.len - last.len - 1 : 0);
}

static uint32_t find_node(const struct slim_iso *iso, const struct image_index_entry *entry)
{
    for (uint32_t i = 1; i < iso->count; i++)
        if (iso->nodes[i].entry == entry)
            return i;
    return SLIM_ISO_NONE;
}

static enum slim_iso_flaw add_node(struct slim_iso *iso, const struct image_index_entry *entry,
                                   uint32_t parent)
{
    struct span name = last_part(image_index_path(iso->index, entry));
    uint32_t at = iso->count;

    if (at == SLIM_ISO_FILES_MAX)
        return SLIM_ISO_TOO_MANY;
    if (name.len > SLIM_ISO_NAME_MAX)
        return SLIM_ISO_BAD_NAME;
    /* Before a folder is measured: a file has a record for each 4 GiB. */
    uint64_t sectors = entry->is_folder ? 0 : entry->size / SLIM_ISO_SECTOR + 1;
    if (sectors > FILE_SECTORS_MAX - iso->file_sectors)
        return SLIM_ISO_TOO_LARGE;
    iso->file_sectors += sectors;
    iso->nodes[at] = (struct slim_node){ .entry = entry,
                                         .name = name,
                                         .parent = parent,
                                         .first_child = SLIM_ISO_NONE,
                                         .last_child = SLIM_ISO_NONE,
                                         .next = SLIM_ISO_NONE };
    struct slim_node *folder = &iso->nodes[parent];
    if (folder->last_child == SLIM_ISO_NONE)
        folder->first_child = at;
    else
        iso->nodes[folder->last_child].next = at;
    folder->last_child = at;
    iso->count++;
    return SLIM_ISO_SOUND;
}

/* The node of a folder by its path, made with those it lies in where they are missing.
 * SLIM_ISO_NONE: see *flaw; when that is sound, it lies in a file that is a container itself. */
static uint32_t make_folder(struct slim_iso *iso, struct span path, enum slim_iso_flaw *flaw)
{
    uint32_t above = 0;
    for (size_t end = 0; end < path.len;) {
        end += span_find(span_from(path, end), '/');
        const struct image_index_entry *entry =
            image_index_find(iso->index, span_slice(path, 0, end), false);
        if (!entry || !entry->is_folder)
            return SLIM_ISO_NONE;
        uint32_t node = find_node(iso, entry);
        if (node == SLIM_ISO_NONE) {
            node = iso->count;
            *flaw = add_node(iso, entry, above);
        }
        if (*flaw != SLIM_ISO_SOUND)
            return SLIM_ISO_NONE;
        above = node;
        end++;
    }
    return above;
}

static enum slim_iso_flaw add_entry(struct slim_iso *iso, const struct image_index_entry *entry)
{
    enum slim_iso_flaw flaw = SLIM_ISO_SOUND;
    if (find_node(iso, entry) != SLIM_ISO_NONE)
        return flaw;
    uint32_t folder = make_folder(iso, parent_of(image_index_path(iso->index, entry)), &flaw);
    return folder == SLIM_ISO_NONE ? flaw : add_node(iso, entry, folder);
}

/* A file, or a folder with all below it: those stand behind it in the index, among others whose
 * names begin the same. */
static enum slim_iso_flaw add_wanted(struct slim_iso *iso, const char *wanted)
{
    const struct image_index *index = iso->index;
    const struct image_index_entry *first = image_index_find(index, span_text(wanted), true);
    enum slim_iso_flaw flaw = SLIM_ISO_SOUND;

    if (!first)
        return flaw;
    struct span path = image_index_path(index, first);
    for (const struct image_index_entry *entry = first;
         entry < index->entries + index->entry_count && flaw == SLIM_ISO_SOUND; entry++) {
        struct span at = image_index_path(index, entry);
        if (!span_equals_nocase(span_slice(at, 0, path.len), path))
            break;
        bool is_below = at.len > path.len && at.data[path.len] == '/' &&
                        span_equals(span_slice(at, 0, path.len), path);
        if (entry == first || (first->is_folder && is_below))
            flaw = add_entry(iso, entry);
    }
    return flaw;
}

/* Places. */

static uint32_t sectors_of(uint64_t bytes)
{
    return (uint32_t)((bytes + SLIM_ISO_SECTOR - 1) / SLIM_ISO_SECTOR);
}

static bool is_folder(const struct slim_iso *iso, uint32_t node)
{
    return node == 0 || iso->nodes[node].entry->is_folder;
}

/* Folders level by level, as path tables want them. */
static void order_folders(struct slim_iso *iso)
{
    iso->folders[iso->folder_count++] = 0;
    for (uint32_t at = 0; at < iso->folder_count; at++) {
        iso->nodes[iso->folders[at]].number = at + 1;
        for (uint32_t i = iso->nodes[iso->folders[at]].first_child; i != SLIM_ISO_NONE;
             i = iso->nodes[i].next)
            if (is_folder(iso, i))
                iso->folders[iso->folder_count++] = i;
    }
}

static void place(struct slim_iso *iso)
{
    uint64_t at;

    order_folders(iso);
    iso->table_bytes = slim_iso_table_bytes(iso);
    at = SLIM_ISO_TABLES_AT + 2ULL * sectors_of(iso->table_bytes);
    for (uint32_t i = 0; i < iso->folder_count; i++) {
        struct slim_node *folder = &iso->nodes[iso->folders[i]];
        folder->size = slim_iso_folder_bytes(iso, iso->folders[i]);
        folder->sector = (uint32_t)at;
        at += sectors_of(folder->size);
    }
    iso->head_sectors = (uint32_t)at;
    for (uint32_t i = 1; i < iso->count; i++) {
        struct slim_node *file = &iso->nodes[i];
        if (is_folder(iso, i))
            continue;
        file->size = file->entry->size;
        file->sector = (uint32_t)at;
        at += sectors_of(file->size);
    }
    iso->sectors = (uint32_t)at;
}

/* Parts. */

static enum slim_iso_flaw add_parts(const struct slim_iso *iso,
                                    const struct image_container *container, struct arena *arena,
                                    struct part_plan *out)
{
    size_t head_bytes = (size_t)(iso->head_sectors - SLIM_ISO_SYSTEM_SECTORS) * SLIM_ISO_SECTOR;
    struct part *parts = arena_array(arena, struct part, iso->count + 3);
    uint8_t *head = arena_alloc(arena, head_bytes);
    uint16_t count = 0;

    if (!parts || !head)
        return SLIM_ISO_NO_MEMORY;
    slim_iso_write(iso, head, head_bytes);
    parts[count++] =
        (struct part){ .kind = PART_ZEROS, .length = SLIM_ISO_SYSTEM_SECTORS * SLIM_ISO_SECTOR };
    parts[count++] = (struct part){ .kind = PART_TEXT, .text = span_of(head, head_bytes) };
    for (uint32_t i = 1; i < iso->count; i++)
        if (!is_folder(iso, i) && iso->nodes[i].size > 0)
            parts[count++] = (struct part){ .kind = PART_INSIDE,
                                            .container = container,
                                            .entry = iso->nodes[i].entry,
                                            .align = SLIM_ISO_SECTOR };
    parts[count++] = (struct part){ .kind = PART_ZEROS, .align = SLIM_ISO_SECTOR };
    *out = (struct part_plan){ .parts = parts, .count = count };
    return SLIM_ISO_SOUND;
}

enum slim_iso_flaw slim_iso_plan(const struct image_container *container, const char *const *paths,
                                 uint8_t path_count, struct arena *arena, struct part_plan *out)
{
    struct slim_iso *iso = arena_new(arena, struct slim_iso);
    enum slim_iso_flaw flaw = SLIM_ISO_SOUND;

    if (!iso)
        return SLIM_ISO_NO_MEMORY;
    iso->index = container->index;
    iso->nodes[iso->count++] = (struct slim_node){ .first_child = SLIM_ISO_NONE,
                                                   .last_child = SLIM_ISO_NONE,
                                                   .next = SLIM_ISO_NONE };
    for (uint8_t i = 0; i < path_count && flaw == SLIM_ISO_SOUND; i++)
        flaw = add_wanted(iso, paths[i]);
    if (flaw == SLIM_ISO_SOUND && iso->count == 1)
        flaw = SLIM_ISO_EMPTY;
    if (flaw != SLIM_ISO_SOUND)
        return flaw;
    place(iso);
    return add_parts(iso, container, arena, out);
}
