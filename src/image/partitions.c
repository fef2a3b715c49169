/* See partitions.h. Sectors are those of disk images, 512 bytes. The checksums of a GPT are not
 * looked at: what lies in a partition is believed only when it is a file system. */
#include "image/partitions.h"

#include "base/reader.h"

#define SECTOR          512
#define MBR_ENTRIES     446
#define MBR_COUNT       4
#define GPT_ENTRY_BYTES 128
#define GPT_ENTRIES_MAX (PARTITIONS_MAX * 8U) /* looked at: most are empty */

enum {
    TYPE_NONE = 0,
    TYPE_EXTENDED = 0x05,
    TYPE_EXTENDED_LBA = 0x0f,
    TYPE_PROTECTIVE = 0xee,
};

static void keep(struct partitions *out, uint32_t number, uint64_t first, uint64_t sectors)
{
    struct partition partition = { .number = number };
    if (sectors == 0 || first == 0 || out->count == PARTITIONS_MAX ||
        !checked_mul_u64(first, SECTOR, &partition.offset) ||
        !checked_mul_u64(sectors, SECTOR, &partition.length))
        return;
    out->items[out->count++] = partition;
}

/* signature 8, revision 4, size 4, checksum 4, reserved 4, own place 8, backup 8, first and last
 * usable 16, GUID 16, entries' place 8, count 4, size of each 4. */
static bool read_gpt(struct view *view, struct partitions *out)
{
    uint8_t data[GPT_ENTRY_BYTES];

    if (!view_read(view, SECTOR, data, 92))
        return false;
    struct reader r = reader_over(span_of(data, 92));
    if (!span_is(reader_take(&r, 8), "EFI PART"))
        return true;
    reader_skip(&r, 64);
    uint64_t place = reader_le32(&r);
    uint32_t place_high = reader_le32(&r), count = reader_le32(&r), size = reader_le32(&r);
    if (place_high != 0 || size < GPT_ENTRY_BYTES || size > 4096)
        return true;
    for (uint32_t i = 0; i < count && i < GPT_ENTRIES_MAX; i++) {
        static const uint8_t unused[16];
        uint64_t at = place * SECTOR + (uint64_t)i * size;
        if (at > view_size(view) || view_size(view) - at < sizeof data)
            return true;
        if (!view_read(view, at, data, sizeof data))
            return false;
        r = reader_over(span_of(data, sizeof data));
        bool is_used = !span_equals(reader_take(&r, 16), span_of(unused, sizeof unused));
        reader_skip(&r, 16);
        uint64_t first = reader_le64(&r);
        uint64_t last = reader_le64(&r);
        if (is_used && last >= first && last < UINT64_MAX)
            keep(out, i + 1, first, last - first + 1);
    }
    return true;
}

bool partitions_read(struct view *view, struct partitions *ret)
{
    uint8_t sector[SECTOR];
    bool is_protective = false;

    ret->count = 0;
    if (view_size(view) < 2 * (uint64_t)SECTOR)
        return true;
    if (!view_read(view, 0, sector, sizeof sector))
        return false;
    if (sector[510] != 0x55 || sector[511] != 0xaa)
        return true;
    struct reader r = reader_over(span_from(span_of(sector, sizeof sector), MBR_ENTRIES));
    for (uint32_t i = 0; i < MBR_COUNT; i++) {
        reader_skip(&r, 4);
        uint8_t type = reader_u8(&r);
        reader_skip(&r, 3);
        uint64_t first = reader_le32(&r), sectors = reader_le32(&r);
        is_protective |= type == TYPE_PROTECTIVE;
        if (type != TYPE_NONE && type != TYPE_EXTENDED && type != TYPE_EXTENDED_LBA)
            keep(ret, i + 1, first, sectors);
    }
    if (!is_protective)
        return true;
    ret->count = 0;
    return read_gpt(view, ret);
}
