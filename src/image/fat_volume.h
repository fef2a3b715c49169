/* A FAT file system (Microsoft's "FAT: General Overview of On-Disk Format" 1.03, 2000): its boot
 * sector, and the chains of its allocation table. */
#ifndef IMAGE_FAT_VOLUME_H
#define IMAGE_FAT_VOLUME_H

#include "image/view.h"

#define FAT_BOOT_BYTES    512
#define FAT_CLUSTER_FIRST 2 /* those below are no places */

struct fat_volume {
    uint8_t bits; /* 12, 16 or 32 */
    uint32_t sector_bytes, cluster_bytes;
    uint32_t clusters;           /* numbered from FAT_CLUSTER_FIRST on */
    uint64_t bytes;              /* of all of it */
    uint64_t table, table_bytes; /* where the first allocation table is */
    uint64_t top, top_bytes;     /* of the top folder of FAT12 and FAT16 */
    uint32_t top_cluster;        /* of FAT32 */
    uint64_t data;               /* where the first cluster is */
    struct span label;           /* 11 bytes inside what was decoded; empty when none is told */
};

/* Look at a boot sector. False when it is none of a FAT file system. */
bool fat_volume_decode(struct span sector, struct fat_volume *ret);

/* What follows the cluster in its chain. False when the table cannot be read, or it leads nowhere;
 * *ret_end: the chain ends here. */
must_check bool fat_volume_next(const struct fat_volume *volume, struct view *view,
                                uint32_t cluster, uint32_t *ret_next, bool *ret_end);

static inline bool fat_volume_has(const struct fat_volume *volume, uint32_t cluster)
{
    return cluster >= FAT_CLUSTER_FIRST && cluster - FAT_CLUSTER_FIRST < volume->clusters;
}

/* Where a cluster that it has lies. */
static inline uint64_t fat_volume_at(const struct fat_volume *volume, uint32_t cluster)
{
    return volume->data + (uint64_t)(cluster - FAT_CLUSTER_FIRST) * volume->cluster_bytes;
}

#endif
