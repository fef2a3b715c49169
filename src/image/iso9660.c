/* The folders of an ISO 9660 volume (ECMA-119 6.8, 9.1), under the names of Rock Ridge, Joliet or
 * its own. Folder after folder, as they are found: no recursion, and no folder twice. A folder's
 * records are read a sector at a time; files are not read at all. */
#include "image/iso9660.h"

#include <stdlib.h>

#include "image/iso_record.h"
#include "image/joliet.h"
#include "image/place_set.h"
#include "image/rock_ridge.h"

#define FOLDER_BYTES_MAX (64U << 20)
#define NAME_MAX_BYTES   1024

struct queued {
    uint32_t extent, length;
    uint32_t number;
    bool is_relocated; /* its length is told by its own first record */
};

struct walk {
    struct view *view;
    const struct iso_volumes *volumes;
    struct index_builder *b;
    enum image_tree tree;
    struct queued *queue;
    size_t next, count, cap;
    struct place_set places;
    struct rock_ridge facts;
    bool is_continued; /* the next record belongs to the file before */
    bool is_file_open; /* which is one that is listed */
    uint32_t contradictory, interleaved, compressed, repeated;
};

static enum tree_flaw queue_folder(struct walk *w, struct queued folder)
{
    enum place_answer answer = place_set_add(&w->places, folder.extent);
    if (answer == PLACE_NO_MEMORY)
        return TREE_FULL;
    if (answer == PLACE_SEEN) {
        w->repeated++;
        return TREE_SOUND;
    }
    if (w->count == w->cap) {
        size_t cap = w->cap > 0 ? w->cap * 2 : 64;
        void *larger = realloc(w->queue, cap * sizeof *w->queue);
        if (!larger)
            return TREE_FULL;
        w->queue = larger;
        w->cap = cap;
    }
    w->queue[w->count++] = folder;
    return TREE_SOUND;
}

static struct span name_of(struct walk *w, const struct iso_record *record, struct text *t)
{
    if (w->tree == IMAGE_TREE_ROCK_RIDGE && w->facts.name.len > 0)
        return text_span(&w->facts.name);
    if (w->tree == IMAGE_TREE_JOLIET) {
        joliet_add_name(t, record->name);
        return iso_without_version(text_span(t));
    }
    struct span plain = iso_plain_name(record->name);
    for (size_t i = 0; i < plain.len; i++)
        text_add_char(
            t, (char)(w->volumes->has_enhanced ? plain.data[i] : ascii_lower(plain.data[i])));
    return text_span(t);
}

/* Whether it is shown as a folder, by Rock Ridge's word or the record's. */
static bool is_folder(const struct walk *w, const struct iso_record *record)
{
    if (w->tree == IMAGE_TREE_ROCK_RIDGE && w->facts.has_child)
        return true;
    return record->flags & ISO_FLAG_FOLDER;
}

static enum tree_flaw add_folder(struct walk *w, uint32_t parent, struct span name,
                                 const struct iso_record *record, int64_t modified_s)
{
    struct queued folder = { .extent = record->extent, .length = record->length };

    if (w->tree == IMAGE_TREE_ROCK_RIDGE && w->facts.has_child) {
        folder.extent = w->facts.child;
        folder.is_relocated = true;
    }
    if (!index_builder_add_folder(w->b, parent, name, modified_s, &folder.number))
        return TREE_FULL;
    return folder.number == INDEX_NOWHERE ? TREE_SOUND : queue_folder(w, folder);
}

static enum tree_flaw add_extent(struct walk *w, const struct iso_record *record)
{
    uint64_t offset = (uint64_t)record->extent * w->volumes->block_bytes;
    if (record->is_interleaved && record->length > 0) {
        w->interleaved++;
        index_builder_drop_file(w->b);
        return TREE_SOUND;
    }
    return view_add_extent(w->view, w->b, offset, record->length) ? TREE_SOUND : TREE_FULL;
}

static enum tree_flaw add_file(struct walk *w, uint32_t parent, struct span name,
                               const struct iso_record *record, int64_t modified_s)
{
    uint32_t number;
    if (!index_builder_add_file(w->b, parent, name, modified_s, &number))
        return TREE_FULL;
    w->is_file_open = true;
    return add_extent(w, record);
}

/* One whose target is too long for us leads to nothing. */
static enum tree_flaw add_link(struct walk *w, uint32_t parent, struct span name)
{
    const struct text *target = &w->facts.target;
    struct span way = target->failed ? (struct span){ 0 } : text_span(target);
    return index_builder_add_link(w->b, parent, name, way) ? TREE_SOUND : TREE_FULL;
}

static enum tree_flaw take_record(struct walk *w, const struct queued *folder,
                                  const struct iso_record *record)
{
    char data[NAME_MAX_BYTES];
    struct text t = text_over(data, sizeof data);
    bool was_continued = w->is_continued;
    int64_t modified_s = record->modified_s;

    w->contradictory += record->is_contradictory;
    if (record->flags & ISO_FLAG_ASSOCIATED)
        return TREE_SOUND;
    w->is_continued = !(record->flags & ISO_FLAG_FOLDER) && (record->flags & ISO_FLAG_CONTINUED);
    if (was_continued)
        return w->is_file_open ? add_extent(w, record) : TREE_SOUND;
    w->is_file_open = false;
    if (w->tree == IMAGE_TREE_ROCK_RIDGE) {
        if (!rock_ridge_read(w->view, w->volumes->block_bytes, record->system_use,
                             w->volumes->susp_skip, &w->facts))
            return TREE_DAMAGED;
        if (w->facts.modified_s != 0)
            modified_s = w->facts.modified_s;
        if (w->facts.is_relocated)
            return TREE_SOUND;
    }
    struct span name = name_of(w, record, &t);
    if (is_folder(w, record))
        return add_folder(w, folder->number, name, record, modified_s);
    if (w->tree == IMAGE_TREE_ROCK_RIDGE) {
        if (w->facts.kind == ROCK_RIDGE_LINK)
            return add_link(w, folder->number, name);
        w->compressed += w->facts.is_compressed;
        if (w->facts.kind == ROCK_RIDGE_OTHER || w->facts.is_compressed)
            return TREE_SOUND;
    }
    return add_file(w, folder->number, name, record, modified_s);
}

/* A folder that was shown elsewhere: its own record says how long it is. */
static bool read_own_length(struct walk *w, struct queued *folder)
{
    uint8_t sector[ISO_SECTOR];
    struct iso_record record;
    if (!view_read(w->view, (uint64_t)folder->extent * w->volumes->block_bytes, sector,
                   sizeof sector))
        return false;
    struct reader r = reader_over(span_of(sector, sizeof sector));
    if (!iso_record_decode(&r, &record) || !iso_record_is_self(&record))
        return false;
    folder->length = record.length;
    return true;
}

static enum tree_flaw take_sector(struct walk *w, const struct queued *folder, struct span sector)
{
    struct reader r = reader_over(sector);
    enum tree_flaw flaw = TREE_SOUND;
    struct iso_record record;

    while (flaw == TREE_SOUND && reader_left(&r) > 0) {
        struct reader ahead = r;
        if (reader_u8(&ahead) == 0) /* the rest of it is empty (ECMA-119 6.8.1.1) */
            break;
        if (!iso_record_decode(&r, &record))
            return TREE_DAMAGED;
        if (!iso_record_is_self(&record) && !iso_record_is_parent(&record))
            flaw = take_record(w, folder, &record);
    }
    return flaw;
}

static enum tree_flaw take_folder(struct walk *w, struct queued folder)
{
    uint8_t sector[ISO_SECTOR];
    uint64_t offset = (uint64_t)folder.extent * w->volumes->block_bytes;
    enum tree_flaw flaw = TREE_SOUND;

    w->is_continued = false;
    w->is_file_open = false;
    if (folder.is_relocated && !read_own_length(w, &folder))
        return TREE_DAMAGED;
    if (folder.length > FOLDER_BYTES_MAX)
        return TREE_DAMAGED;
    for (uint32_t done = 0; done < folder.length && flaw == TREE_SOUND; done += ISO_SECTOR) {
        size_t len = min_size(folder.length - done, ISO_SECTOR);
        if (!view_read(w->view, offset + done, sector, len))
            return TREE_UNREADABLE;
        flaw = take_sector(w, &folder, span_of(sector, len));
    }
    return flaw;
}

static void tell(struct walk *w)
{
    if (w->contradictory > 0)
        index_builder_note(w->b, "%u names in it tell different numbers in the two byte orders",
                           (unsigned)w->contradictory);
    if (w->repeated > 0)
        index_builder_note(w->b, "%u folders in it are others again, and are left empty",
                           (unsigned)w->repeated);
    if (w->interleaved > 0)
        index_builder_note(w->b, "%u files in it are interleaved, which cannot be served",
                           (unsigned)w->interleaved);
    if (w->compressed > 0)
        index_builder_note(w->b, "%u files in it are compressed (zisofs), which cannot be served",
                           (unsigned)w->compressed);
}

enum tree_flaw iso9660_read_tree(struct view *view, const struct iso_volumes *volumes,
                                 enum image_tree tree, struct index_builder *b, uint32_t parent)
{
    const struct iso_folder *top = tree == IMAGE_TREE_JOLIET ? &volumes->joliet : &volumes->primary;
    struct walk *w = calloc(1, sizeof *w);
    if (!w)
        return TREE_FULL;
    *w = (struct walk){ .view = view, .volumes = volumes, .b = b, .tree = tree };
    enum tree_flaw flaw =
        queue_folder(w, (struct queued){ top->extent, top->length, parent, false });
    while (flaw == TREE_SOUND && w->next < w->count)
        flaw = take_folder(w, w->queue[w->next++]);
    tell(w);
    place_set_done(&w->places);
    free(w->queue);
    free(w);
    return flaw;
}
