/* The bytes of a slimmed ISO's descriptors, path tables and folders; which of them there are, and
 * where, is slim_iso's. */
#ifndef BOOT_SLIM_ISO_WRITE_H
#define BOOT_SLIM_ISO_WRITE_H

#include "boot/slim_iso.h"

#define SLIM_ISO_NONE           UINT32_MAX
#define SLIM_ISO_SECTOR         2048U
#define SLIM_ISO_SYSTEM_SECTORS 16U
#define SLIM_ISO_TABLES_AT      18U /* sector of the first path table */
#define SLIM_ISO_NAME_MAX       160U

/* Node 0 is the top. */
struct slim_node {
    const struct image_index_entry *entry; /* NULL: the top */
    struct span name;
    uint32_t parent, first_child, last_child, next;
    uint32_t number; /* of a folder: in the path tables, from 1 */
    uint64_t size;   /* of a folder: of its records */
    uint32_t sector;
};

struct slim_iso {
    const struct image_index *index;
    struct slim_node nodes[SLIM_ISO_FILES_MAX];
    uint32_t count;
    uint32_t folders[SLIM_ISO_FILES_MAX]; /* level by level */
    uint32_t folder_count;
    uint32_t table_bytes;
    uint32_t head_sectors, sectors;
    uint64_t file_sectors; /* of the files, at most */
};

/* Of one path table. */
uint32_t slim_iso_table_bytes(const struct slim_iso *iso);
/* Of a folder's records, to whole sectors. */
uint32_t slim_iso_folder_bytes(const struct slim_iso *iso, uint32_t folder);

/* All from behind the system area to the first file: `size` bytes, which are zero beforehand. */
void slim_iso_write(const struct slim_iso *iso, uint8_t *out, size_t size);

#endif
