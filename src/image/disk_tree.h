/* What is in the FAT file systems of a disk with partitions. */
#ifndef IMAGE_DISK_TREE_H
#define IMAGE_DISK_TREE_H

#include "image/index_builder.h"
#include "image/partitions.h"
#include "image/tree_flaw.h"

/* Find the partitions that can be listed. TREE_ABSENT when there is none. */
enum tree_flaw disk_tree_probe(struct view *view, struct partitions *ret);

/* Add what is in each, as a folder of `parent`: "[part1]", and so on. */
enum tree_flaw disk_tree_read(struct view *view, const struct partitions *disk,
                              struct index_builder *b, uint32_t parent);

#endif
