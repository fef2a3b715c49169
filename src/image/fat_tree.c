/* See fat_tree.h. Folder after folder, none twice; the chains of files are followed in the table,
 * as far as the file is long. Chains that share clusters are no sound file system, but might make a
 * walk endless: the clusters that are followed altogether have a bound. */
#include "image/fat_tree.h"

#include <stdlib.h>

#include "base/reader.h"

#include "image/disc_time.h"
#include "image/fat_name.h"
#include "image/place_set.h"

#define FOLDER_ENTRIES_MAX 65536 /* page 33 of the specification */
#define CLUSTERS_SPARE     65536

enum {
    ENTRY_END = 0x00,
    ENTRY_FREE = 0xe5,
    ATTRIBUTE_LABEL = 0x08,
    ATTRIBUTE_FOLDER = 0x10,
};

struct queued {
    uint32_t cluster; /* 0: the top folder of FAT12 or FAT16 */
    uint32_t number;
};

struct walk {
    struct view *view;
    const struct fat_volume *volume;
    struct index_builder *b;
    struct queued *queue;
    size_t next, count, cap;
    struct place_set places;
    struct fat_name name;
    uint64_t budget; /* clusters that may still be followed */
};

static enum tree_flaw queue_folder(struct walk *w, struct queued folder)
{
    enum place_answer answer = place_set_add(&w->places, folder.cluster);
    if (answer == PLACE_SEEN)
        return TREE_ENDLESS;
    if (answer == PLACE_NO_MEMORY)
        return TREE_FULL;
    if (w->count == w->cap) {
        size_t cap = w->cap > 0 ? w->cap * 2 : 16;
        void *larger = realloc(w->queue, cap * sizeof *w->queue);
        if (!larger)
            return TREE_FULL;
        w->queue = larger;
        w->cap = cap;
    }
    w->queue[w->count++] = folder;
    return TREE_SOUND;
}

/* One step along a chain. */
static enum tree_flaw follow(struct walk *w, uint32_t *cluster, bool *ended)
{
    uint32_t next;
    if (w->budget-- == 0)
        return TREE_ENDLESS;
    if (!fat_volume_next(w->volume, w->view, *cluster, &next, ended))
        return TREE_DAMAGED;
    *cluster = next;
    return TREE_SOUND;
}

static enum tree_flaw add_chain(struct walk *w, uint32_t cluster, uint32_t size)
{
    bool ended = false;

    while (size > 0) {
        uint32_t part = size < w->volume->cluster_bytes ? size : w->volume->cluster_bytes;
        if (ended || !fat_volume_has(w->volume, cluster))
            return TREE_DAMAGED;
        if (!view_add_extent(w->view, w->b, fat_volume_at(w->volume, cluster), part))
            return TREE_FULL;
        size -= part;
        if (size == 0)
            break;
        enum tree_flaw flaw = follow(w, &cluster, &ended);
        if (flaw != TREE_SOUND)
            return flaw;
    }
    return TREE_SOUND;
}

/* name 11, attributes, case, created 5, accessed 2, first cluster (high), time, date, first cluster
 * (low), size. */
static enum tree_flaw take_entry(struct walk *w, uint32_t folder, struct span entry)
{
    char data[FAT_NAME_TEXT_MAX];
    struct text name = text_over(data, sizeof data);
    struct reader r = reader_over(entry);
    uint32_t number;

    reader_skip(&r, 11);
    uint8_t attributes = reader_u8(&r);
    reader_skip(&r, 8);
    uint16_t high = reader_le16(&r), time = reader_le16(&r), date = reader_le16(&r);
    uint16_t low = reader_le16(&r);
    uint32_t size = reader_le32(&r);
    uint32_t cluster = w->volume->bits == 32 ? (uint32_t)high << 16 | low : low;
    int64_t modified_s = disc_time_fat(date, time);

    fat_name_finish(&w->name, entry, &name);
    if ((attributes & ATTRIBUTE_LABEL) || entry.data[0] == '.') /* "." and ".." */
        return TREE_SOUND;
    if (!(attributes & ATTRIBUTE_FOLDER)) {
        if (!index_builder_add_file(w->b, folder, text_span(&name), modified_s, &number))
            return TREE_FULL;
        return add_chain(w, cluster, size);
    }
    if (!index_builder_add_folder(w->b, folder, text_span(&name), modified_s, &number))
        return TREE_FULL;
    if (!fat_volume_has(w->volume, cluster))
        return TREE_DAMAGED;
    return number == INDEX_NOWHERE ? TREE_SOUND
                                   : queue_folder(w, (struct queued){ cluster, number });
}

/* *more: the folder may go on behind these bytes. */
static enum tree_flaw take_entries(struct walk *w, uint32_t folder, uint64_t offset,
                                   uint64_t length, uint32_t *left, bool *more)
{
    uint8_t sector[FAT_BOOT_BYTES];

    for (uint64_t done = 0; done < length; done += sizeof sector) {
        size_t len = length - done < sizeof sector ? (size_t)(length - done) : sizeof sector;
        if (!view_read(w->view, offset + done, sector, len))
            return TREE_UNREADABLE;
        for (size_t at = 0; at + FAT_ENTRY_BYTES <= len; at += FAT_ENTRY_BYTES) {
            struct span entry = span_slice(span_of(sector, len), at, FAT_ENTRY_BYTES);
            *more = entry.data[0] != ENTRY_END;
            if (!*more)
                return TREE_SOUND;
            if ((*left)-- == 0)
                return TREE_ENDLESS;
            if (entry.data[0] == ENTRY_FREE) {
                w->name.count = 0;
            } else if (fat_name_is_part(entry)) {
                fat_name_take(&w->name, entry);
            } else {
                enum tree_flaw flaw = take_entry(w, folder, entry);
                if (flaw != TREE_SOUND)
                    return flaw;
            }
        }
    }
    return TREE_SOUND;
}

static enum tree_flaw take_folder(struct walk *w, struct queued folder)
{
    uint32_t left = FOLDER_ENTRIES_MAX, cluster = folder.cluster;
    bool more = true, ended = false;

    w->name.count = 0;
    if (cluster == 0)
        return take_entries(w, folder.number, w->volume->top, w->volume->top_bytes, &left, &more);
    while (!ended) {
        enum tree_flaw flaw = take_entries(w, folder.number, fat_volume_at(w->volume, cluster),
                                           w->volume->cluster_bytes, &left, &more);
        if (flaw != TREE_SOUND || !more)
            return flaw;
        flaw = follow(w, &cluster, &ended);
        if (flaw != TREE_SOUND)
            return flaw;
    }
    return TREE_SOUND;
}

enum tree_flaw fat_tree_probe(struct view *view, struct fat_volume *ret, struct fat_label *label)
{
    uint8_t sector[FAT_BOOT_BYTES];

    *label = (struct fat_label){ .len = 0 };
    if (view_size(view) < sizeof sector)
        return TREE_ABSENT;
    if (!view_read(view, 0, sector, sizeof sector))
        return TREE_UNREADABLE;
    if (!fat_volume_decode(span_of(sector, sizeof sector), ret))
        return TREE_ABSENT;
    label->len = span_slice(ret->label, 0, FAT_LABEL_MAX).len;
    if (label->len > 0 && !span_starts_with(ret->label, "NO NAME"))
        memcpy(label->data, ret->label.data, label->len);
    else
        label->len = 0;
    ret->label = (struct span){ 0 };
    return TREE_SOUND;
}

enum tree_flaw fat_tree_read(struct view *view, const struct fat_volume *volume,
                             struct index_builder *b, uint32_t parent)
{
    struct walk w = { .view = view, .volume = volume, .b = b };
    struct queued top = { volume->top_cluster, parent };

    if (volume->bits == 32 && !fat_volume_has(volume, volume->top_cluster))
        return TREE_DAMAGED;
    w.budget = 2 * (uint64_t)volume->clusters + CLUSTERS_SPARE;
    enum tree_flaw flaw = queue_folder(&w, top);
    while (flaw == TREE_SOUND && w.next < w.count)
        flaw = take_folder(&w, w.queue[w.next++]);
    place_set_done(&w.places);
    free(w.queue);
    return flaw;
}
