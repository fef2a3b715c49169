/* See disk_tree.h. */
#include "image/disk_tree.h"

#include "base/text.h"

#include "image/fat_tree.h"

/* The partition, if a FAT file system is in it; NULL when not. */
static struct view *view_of_partition(struct view *disk, const struct partition *partition,
                                      struct fat_volume *fat, enum tree_flaw *flaw)
{
    const struct image_extent extent = { partition->offset, partition->length };
    struct fat_label label;

    *flaw = TREE_SOUND;
    if (partition->offset >= view_size(disk))
        return NULL;
    struct view *view = view_new_inside(disk, &extent, 1);
    if (!view) {
        *flaw = TREE_NO_MEMORY;
        return NULL;
    }
    if (fat_tree_probe(view, fat, &label) == TREE_SOUND)
        return view;
    view_free(view);
    return NULL;
}

enum tree_flaw disk_tree_probe(struct view *view, struct partitions *disk)
{
    struct fat_volume fat;
    size_t kept = 0;

    if (!partitions_read(view, disk))
        return TREE_UNREADABLE;
    for (size_t i = 0; i < disk->count; i++) {
        enum tree_flaw flaw;
        struct view *inside = view_of_partition(view, &disk->items[i], &fat, &flaw);
        if (flaw != TREE_SOUND)
            return flaw;
        if (!inside)
            continue;
        view_free(inside);
        if (!view_holds(view, disk->items[i].offset, disk->items[i].length))
            return TREE_UNREADABLE;
        disk->items[kept++] = disk->items[i];
    }
    disk->count = kept;
    return kept > 0 ? TREE_SOUND : TREE_ABSENT;
}

enum tree_flaw disk_tree_read(struct view *view, const struct partitions *disk,
                              struct index_builder *b, uint32_t parent)
{
    enum tree_flaw flaw = TREE_SOUND;

    for (size_t i = 0; i < disk->count && flaw == TREE_SOUND; i++) {
        char data[16];
        struct text name = text_over(data, sizeof data);
        struct fat_volume fat;
        uint32_t folder;
        struct view *inside = view_of_partition(view, &disk->items[i], &fat, &flaw);
        if (!inside)
            continue;
        text_addf(&name, "[part%u]", (unsigned)disk->items[i].number);
        if (!index_builder_add_folder(b, parent, text_span(&name), 0, &folder))
            flaw = TREE_FULL;
        else
            flaw = fat_tree_read(inside, &fat, b, folder);
        if (flaw == TREE_SOUND && view_needed(inside) > 0)
            flaw = TREE_DAMAGED;
        view_free(inside);
    }
    return flaw;
}
