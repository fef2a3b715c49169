/* See fat_volume.h. Which of the three it is follows from the number of clusters, and from nothing
 * else (page 14 of the specification). */
#include "image/fat_volume.h"

#include "base/reader.h"

#define FAT12_CLUSTERS 4085
#define FAT16_CLUSTERS 65525
#define FAT32_CLUSTERS 0x0ffffff5
#define ENTRY_BYTES    32 /* of a folder */

/* The fields of the boot sector as they stand there. */
struct fields {
    uint16_t sector_bytes, reserved, top_entries, sectors16, table16;
    uint8_t sectors_per_cluster, tables, media;
    uint32_t sectors32, table32, top_cluster;
    struct span label16, label32;
    uint8_t mark16, mark32;
};

static bool read_fields(struct span sector, struct fields *f)
{
    struct reader r = reader_over(span_slice(sector, 0, FAT_BOOT_BYTES));
    uint8_t jump = reader_u8(&r);
    reader_skip(&r, 10);
    f->sector_bytes = reader_le16(&r);
    f->sectors_per_cluster = reader_u8(&r);
    f->reserved = reader_le16(&r);
    f->tables = reader_u8(&r);
    f->top_entries = reader_le16(&r);
    f->sectors16 = reader_le16(&r);
    f->media = reader_u8(&r);
    f->table16 = reader_le16(&r);
    reader_skip(&r, 8);
    f->sectors32 = reader_le32(&r);
    struct reader fat32 = r;
    reader_skip(&r, 2);
    f->mark16 = reader_u8(&r);
    reader_skip(&r, 4);
    f->label16 = reader_take(&r, 11);
    f->table32 = reader_le32(&fat32);
    reader_skip(&fat32, 4);
    f->top_cluster = reader_le32(&fat32);
    reader_skip(&fat32, 18);
    f->mark32 = reader_u8(&fat32);
    reader_skip(&fat32, 4);
    f->label32 = reader_take(&fat32, 11);
    return !r.failed && !fat32.failed && (jump == 0xeb || jump == 0xe9);
}

static bool is_power(uint32_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

static bool make_sense(const struct fields *f)
{
    return is_power(f->sector_bytes) && f->sector_bytes >= 512 && f->sector_bytes <= 4096 &&
           is_power(f->sectors_per_cluster) && f->reserved > 0 && f->tables > 0 && f->tables <= 4 &&
           (f->media == 0xf0 || f->media >= 0xf8);
}

bool fat_volume_decode(struct span sector, struct fat_volume *ret)
{
    struct fields f;
    struct fat_volume v = { 0 };

    if (!read_fields(sector, &f) || !make_sense(&f))
        return false;
    uint64_t sectors = f.sectors16 != 0 ? f.sectors16 : f.sectors32;
    uint64_t table = f.table16 != 0 ? f.table16 : f.table32;
    uint64_t top = ((uint64_t)f.top_entries * ENTRY_BYTES + f.sector_bytes - 1) / f.sector_bytes;
    uint64_t before = f.reserved + f.tables * table + top;
    if (table == 0 || before >= sectors)
        return false;
    uint64_t clusters = (sectors - before) / f.sectors_per_cluster;
    if (clusters == 0 || clusters >= FAT32_CLUSTERS)
        return false;
    v.clusters = (uint32_t)clusters;
    v.bits = clusters < FAT12_CLUSTERS ? 12 : clusters < FAT16_CLUSTERS ? 16 : 32;
    /* A small FAT32 is told by its fields: mkfs.fat -F 32 makes some. */
    if (f.table16 == 0)
        v.bits = 32;
    if ((v.bits == 32) != (f.table16 == 0) || (v.bits != 32 && f.top_entries == 0))
        return false;
    v.sector_bytes = f.sector_bytes;
    v.cluster_bytes = (uint32_t)f.sector_bytes * f.sectors_per_cluster;
    v.bytes = sectors * f.sector_bytes;
    v.table = (uint64_t)f.reserved * f.sector_bytes;
    v.table_bytes = table * f.sector_bytes;
    v.top = v.table + f.tables * v.table_bytes;
    v.top_bytes = (uint64_t)f.top_entries * ENTRY_BYTES;
    v.top_cluster = v.bits == 32 ? f.top_cluster : 0;
    v.data = before * f.sector_bytes;
    if (v.bits == 32)
        v.label = f.mark32 == 0x29 ? f.label32 : (struct span){ 0 };
    else
        v.label = f.mark16 == 0x29 ? f.label16 : (struct span){ 0 };
    *ret = v;
    return true;
}

bool fat_volume_next(const struct fat_volume *volume, struct view *view, uint32_t cluster,
                     uint32_t *ret_next, bool *ret_end)
{
    uint8_t data[4] = { 0 };
    size_t len = volume->bits == 32 ? 4 : 2;
    uint64_t at = volume->bits == 12 ? cluster + cluster / 2 : (uint64_t)cluster * len;
    uint32_t next;

    if (at + len > volume->table_bytes || !view_read(view, volume->table + at, data, len))
        return false;
    struct reader r = reader_over(span_of(data, len));
    if (volume->bits == 32) {
        next = reader_le32(&r) & 0x0fffffff; /* the upper 4 bits are reserved */
        *ret_end = next >= 0x0ffffff8;
    } else if (volume->bits == 16) {
        next = reader_le16(&r);
        *ret_end = next >= 0xfff8;
    } else {
        next = reader_le16(&r);
        next = cluster & 1 ? next >> 4 : next & 0xfff;
        *ret_end = next >= 0xff8;
    }
    *ret_next = next;
    return *ret_end || fat_volume_has(volume, next);
}
