/* See fat_volume.h. The kind is a matter of the number of clusters alone (FAT specification 3.5):
 * below 4085 FAT12, below 65525 FAT16, else FAT32. Numbers near those borders are avoided, since
 * not every reader counts alike. FAT16 up to 512 MiB and FAT32 with 4 KiB clusters above is what
 * mkfs.fat makes and firmware was seen to read. */
#include "boot/fat_volume.h"

#include <assert.h>

#include "base/checked.h"
#include "base/writer.h"

#define FAT_16_UP_TO         ((uint64_t)512 << 20)
#define FAT_16_CLUSTERS_MIN  4200
#define FAT_16_CLUSTERS_MAX  65000
#define FAT_32_CLUSTERS_MIN  66000
#define FAT_32_CLUSTERS_MAX  0x0fff0000
#define FAT_32_CLUSTER_BYTES 4096
#define CLUSTER_BYTES_MAX    32768
#define FAT_32_RESERVED      32
#define FAT_32_INFO_SECTOR   1
#define FAT_32_BOOT_COPY     6
#define MEDIA_FIXED          0xf8
#define VOLUME_LABEL         "TUGBOOT    "

enum fat_kind fat_volume_kind(uint64_t total)
{
    return total < FAT_16_UP_TO ? FAT_16 : FAT_32;
}

static uint64_t divide_up(uint64_t a, uint64_t b)
{
    return a / b + (a % b != 0);
}

static uint64_t count_clusters(const struct fat_needs *needs, uint32_t cluster_bytes)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < needs->count; i++)
        sum += divide_up(needs->sizes[i], cluster_bytes);
    return sum;
}

static uint32_t entry_bytes(const struct fat_volume *v)
{
    return v->kind == FAT_32 ? 4 : 2;
}

bool fat_volume_plan(const struct fat_needs *needs, struct fat_volume *out)
{
    enum fat_kind kind = fat_volume_kind(needs->total);
    uint32_t cluster_bytes = kind == FAT_32 ? FAT_32_CLUSTER_BYTES : FAT_SECTOR_BYTES;
    uint64_t most = kind == FAT_32 ? FAT_32_CLUSTERS_MAX : FAT_16_CLUSTERS_MAX;
    uint64_t least = kind == FAT_32 ? FAT_32_CLUSTERS_MIN : FAT_16_CLUSTERS_MIN;
    uint64_t clusters = count_clusters(needs, cluster_bytes);

    while (clusters > most && cluster_bytes < CLUSTER_BYTES_MAX) {
        cluster_bytes *= 2;
        clusters = count_clusters(needs, cluster_bytes);
    }
    if (clusters > most)
        return false;
    if (clusters < least)
        clusters = least;
    *out = (struct fat_volume){
        .kind = kind,
        .cluster_bytes = cluster_bytes,
        .clusters = (uint32_t)clusters,
        .reserved_sectors = kind == FAT_32 ? FAT_32_RESERVED : 1,
        .root_sectors =
            kind == FAT_32 ? 0 : FAT_16_ROOT_ENTRIES * FAT_ENTRY_BYTES / FAT_SECTOR_BYTES,
    };
    out->table_sectors = (uint32_t)divide_up((clusters + 2) * entry_bytes(out), FAT_SECTOR_BYTES);
    uint64_t sectors = out->reserved_sectors + FAT_COPIES * (uint64_t)out->table_sectors +
                       out->root_sectors + clusters * (cluster_bytes / FAT_SECTOR_BYTES);
    return narrow_u32(sectors, &out->sectors);
}

uint32_t fat_volume_clusters_of(const struct fat_volume *v, uint64_t bytes)
{
    return (uint32_t)divide_up(bytes, v->cluster_bytes);
}

/* FAT specification 3.1: the part all kinds have. */
static void write_parameters(const struct fat_volume *v, struct writer *w)
{
    bool in_16_bits = v->kind == FAT_16 && v->sectors <= UINT16_MAX;

    writer_bytes(w, v->kind == FAT_32 ? BYTES(0xeb, 0x58, 0x90) : BYTES(0xeb, 0x3c, 0x90));
    writer_text(w, "tugboot ");
    writer_le16(w, FAT_SECTOR_BYTES);
    writer_u8(w, (uint8_t)(v->cluster_bytes / FAT_SECTOR_BYTES));
    writer_le16(w, (uint16_t)v->reserved_sectors);
    writer_u8(w, FAT_COPIES);
    writer_le16(w, v->kind == FAT_32 ? 0 : FAT_16_ROOT_ENTRIES);
    writer_le16(w, in_16_bits ? (uint16_t)v->sectors : 0);
    writer_u8(w, MEDIA_FIXED);
    writer_le16(w, v->kind == FAT_32 ? 0 : (uint16_t)v->table_sectors);
    writer_le16(w, 32); /* sectors a track, heads: for interrupt 0x13 alone */
    writer_le16(w, 64);
    writer_le32(w, 0); /* hidden sectors: no partition table */
    writer_le32(w, in_16_bits ? 0 : v->sectors);
}

/* FAT specification 3.2 and 3.3: drive number, signature, serial, label, name of the kind. */
static void write_identity(const struct fat_volume *v, struct writer *w)
{
    writer_u8(w, 0x80);
    writer_u8(w, 0);
    writer_u8(w, 0x29);
    writer_le32(w, v->serial);
    writer_text(w, VOLUME_LABEL);
    writer_text(w, v->kind == FAT_32 ? "FAT32   " : "FAT16   ");
}

static void end_sector(struct writer *w)
{
    writer_fill(w, 0, FAT_SECTOR_BYTES - 2 - w->len % FAT_SECTOR_BYTES);
    writer_le16(w, 0xaa55);
}

static void write_boot_sector(const struct fat_volume *v, struct writer *w)
{
    write_parameters(v, w);
    if (v->kind == FAT_32) {
        writer_le32(w, v->table_sectors);
        writer_le16(w, 0); /* both tables are kept alike */
        writer_le16(w, 0); /* version 0.0 */
        writer_le32(w, v->root_cluster);
        writer_le16(w, FAT_32_INFO_SECTOR);
        writer_le16(w, FAT_32_BOOT_COPY);
        writer_fill(w, 0, 12);
    }
    write_identity(v, w);
    end_sector(w);
}

/* FAT specification 5: free clusters, and where to look for one. */
static void write_info_sector(const struct fat_volume *v, struct writer *w)
{
    uint32_t left = v->clusters - v->clusters_used;

    writer_le32(w, 0x41615252);
    writer_fill(w, 0, 480);
    writer_le32(w, 0x61417272);
    writer_le32(w, left);
    writer_le32(w, left > 0 ? v->clusters_used + 2 : UINT32_MAX);
    end_sector(w);
}

static void write_third_sector(struct writer *w)
{
    end_sector(w);
}

void fat_volume_write_boot(const struct fat_volume *v, uint8_t *out)
{
    struct writer w = writer_over(out, (size_t)v->reserved_sectors * FAT_SECTOR_BYTES);

    write_boot_sector(v, &w);
    if (v->kind == FAT_32) {
        write_info_sector(v, &w);
        write_third_sector(&w);
        writer_fill(&w, 0, (size_t)FAT_SECTOR_BYTES * FAT_32_BOOT_COPY - w.len);
        write_boot_sector(v, &w);
        write_info_sector(v, &w);
        write_third_sector(&w);
    }
    writer_fill(&w, 0, writer_left(&w));
    assert(!w.failed);
}

/* The run that holds `cluster`, or run_count behind the last. */
static uint32_t find_run(const struct fat_volume *v, uint32_t cluster)
{
    uint32_t low = 0, high = v->run_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (cluster >= v->runs[middle].first + v->runs[middle].count)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* What the table says of `cluster`; *run is kept from one cluster to the next. */
static uint32_t entry_of(const struct fat_volume *v, uint64_t cluster, uint32_t *run)
{
    uint32_t end = v->kind == FAT_32 ? 0x0fffffff : 0xffff;

    if (cluster == 0)
        return end - 0xff + MEDIA_FIXED;
    if (cluster == 1)
        return end;
    while (*run < v->run_count && cluster >= v->runs[*run].first + v->runs[*run].count)
        ++*run;
    if (*run >= v->run_count)
        return 0; /* free, or behind the last cluster */
    bool is_last = cluster + 1 == v->runs[*run].first + v->runs[*run].count;
    return is_last ? end : (uint32_t)cluster + 1;
}

void fat_volume_make_table(const void *volume, uint64_t at, uint8_t *out, size_t size)
{
    const struct fat_volume *v = volume;
    uint32_t width = entry_bytes(v);
    uint64_t cluster = at / width;
    size_t skip = (size_t)(at % width);
    uint32_t run = find_run(v, (uint32_t)cluster);

    for (size_t done = 0; done < size; cluster++, skip = 0) {
        uint8_t bytes[4];
        struct writer w = writer_over(bytes, sizeof bytes);
        writer_le32(&w, entry_of(v, cluster, &run));
        size_t part = min_size(width - skip, size - done);
        memcpy(out + done, bytes + skip, part);
        done += part;
    }
}
