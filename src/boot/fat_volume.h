/* The frame of a FAT file system without a partition table (Microsoft, "FAT32 File System
 * Specification" 1.03): which kind of FAT, how large its clusters are, its boot sectors, and its
 * allocation tables. All files and folders are unbroken runs of clusters, so the tables need not be
 * held: any range of them is made from the list of runs. */
#ifndef BOOT_FAT_VOLUME_H
#define BOOT_FAT_VOLUME_H

#include "base/span.h"

#define FAT_SECTOR_BYTES 512
#define FAT_COPIES       2
#define FAT_ENTRY_BYTES  32 /* of a folder */

enum fat_kind {
    FAT_16,
    FAT_32,
};

/* A file or folder: clusters first, first + 1, ... first + count - 1. */
struct fat_run {
    uint32_t first, count;
};

struct fat_volume {
    enum fat_kind kind;
    uint32_t cluster_bytes;
    uint32_t clusters;         /* of the data area; the first is number 2 */
    uint32_t clusters_used;    /* the rest lies free at the end */
    uint32_t reserved_sectors; /* boot sectors, before the first table */
    uint32_t table_sectors;    /* of one table */
    uint32_t root_sectors;     /* FAT_16: the root folder has a place of its own; FAT_32: 0 */
    uint32_t root_cluster;     /* FAT_32 */
    uint32_t sectors;          /* of all */
    uint32_t serial;
    const struct fat_run *runs; /* by cluster, without gaps from cluster 2 on */
    uint32_t run_count;
};

/* What a volume is planned by: the bytes of every folder and file that needs clusters. */
struct fat_needs {
    uint64_t total;        /* sum of the sizes, to choose the kind */
    const uint64_t *sizes; /* each > 0 */
    uint32_t count;
};

/* Choose kind and cluster size and reckon the places; `runs`, `root_cluster`, `serial` and
 * `clusters_used` are the caller's to fill in. A FAT_32 root folder must be among the sizes, a
 * FAT_16 one may not, which is why the kind can be asked beforehand. False when no FAT is large
 * enough (2 TiB). */
enum fat_kind fat_volume_kind(uint64_t total);
bool fat_volume_plan(const struct fat_needs *needs, struct fat_volume *out);

/* Root folder entries a FAT_16 volume has room for. */
#define FAT_16_ROOT_ENTRIES 512

uint32_t fat_volume_clusters_of(const struct fat_volume *v, uint64_t bytes);

/* Bytes of the boot sectors: reserved_sectors * FAT_SECTOR_BYTES into `out`. */
void fat_volume_write_boot(const struct fat_volume *v, uint8_t *out);

/* Fill `out` with `size` bytes of the allocation table from byte `at`: a body_piece's `make`, with
 * a struct fat_volume as context. */
void fat_volume_make_table(const void *volume, uint64_t at, uint8_t *out, size_t size);

#endif
