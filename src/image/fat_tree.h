/* What is in a FAT file system, with VFAT's long names. */
#ifndef IMAGE_FAT_TREE_H
#define IMAGE_FAT_TREE_H

#include "image/fat_volume.h"
#include "image/index_builder.h"
#include "image/tree_flaw.h"

#define FAT_LABEL_MAX 11

struct fat_label {
    uint8_t data[FAT_LABEL_MAX];
    size_t len;
};

/* TREE_ABSENT when it is no FAT file system. */
enum tree_flaw fat_tree_probe(struct view *view, struct fat_volume *ret, struct fat_label *label);

/* Add what is in it below `parent`. */
enum tree_flaw fat_tree_read(struct view *view, const struct fat_volume *volume,
                             struct index_builder *b, uint32_t parent);

#endif
