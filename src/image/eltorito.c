/* See eltorito.h. The catalog tells how many sectors a BIOS loads, which is not how long an image
 * is: 4 for a loader that reads the rest itself, 0 or 1 for an EFI image of any size. So the length
 * is taken, in this order, from a file that begins at the same place, from the FAT file system in
 * it, from the kind of disk it plays, from the sectors that are loaded, from what lies next. */
#include "image/eltorito.h"

#include "base/text.h"

#include "image/fat_volume.h"
#include "image/iso_record.h"

#define CATALOG_BYTES 2048
#define ENTRY_BYTES   32
#define IMAGES_MAX    16
#define VIRTUAL       512 /* bytes of the sectors that are counted */

enum {
    HEADER_FIRST = 0x01,
    HEADER_MORE = 0x90,
    HEADER_LAST = 0x91,
    ENTRY_BOOTABLE = 0x88,
    ENTRY_NOT_BOOTABLE = 0x00,
    EXTENSION = 0x44,
    PLATFORM_BIOS = 0,
    PLATFORM_PPC = 1,
    PLATFORM_MAC = 2,
    PLATFORM_EFI = 0xef,
};

struct entry {
    uint8_t platform, media;
    uint16_t sectors;
    uint32_t block;
};

struct catalog {
    struct entry entries[IMAGES_MAX];
    size_t count;
};

static void keep(struct catalog *catalog, uint8_t platform, struct span body)
{
    struct reader r = reader_over(body);
    struct entry entry = { .platform = platform };

    uint8_t indicator = reader_u8(&r);
    entry.media = reader_u8(&r) & 15;
    reader_skip(&r, 4);
    entry.sectors = reader_le16(&r);
    entry.block = reader_le32(&r);
    if (indicator == ENTRY_BOOTABLE && entry.block > 0 && catalog->count < IMAGES_MAX)
        catalog->entries[catalog->count++] = entry;
}

/* All 16 words of the first entry come to 0 (figure 2). */
static bool is_validation(struct span body)
{
    struct reader r = reader_over(body);
    uint16_t sum = 0;
    while (reader_left(&r) > 0)
        sum = (uint16_t)(sum + reader_le16(&r));
    return sum == 0 && body.len == ENTRY_BYTES && body.data[0] == HEADER_FIRST &&
           body.data[30] == 0x55 && body.data[31] == 0xaa;
}

/* The first entry, the default one, then headers with entries, which may have extensions. */
static bool read_catalog(struct span bytes, struct catalog *catalog)
{
    struct reader r = reader_over(bytes);
    struct span first = reader_take(&r, ENTRY_BYTES);

    if (!is_validation(first))
        return false;
    keep(catalog, first.data[1], reader_take(&r, ENTRY_BYTES));
    for (;;) {
        struct span header = reader_take(&r, ENTRY_BYTES);
        if (r.failed || (header.data[0] != HEADER_MORE && header.data[0] != HEADER_LAST))
            return true;
        unsigned count = header.data[2] | (unsigned)header.data[3] << 8;
        for (unsigned i = 0; i < count && !r.failed;) {
            struct span body = reader_take(&r, ENTRY_BYTES);
            if (r.failed || body.data[0] == EXTENSION)
                continue;
            keep(catalog, header.data[1], body);
            i++;
        }
        if (header.data[0] == HEADER_LAST)
            return true;
    }
}

/* What the tree's files say of a place: the length of the one that begins there, and where the next
 * one begins. */
struct neighbours {
    uint64_t length, next;
};

static struct neighbours neighbours_of(const struct index_builder *b, uint64_t offset, uint64_t end)
{
    struct neighbours found = { .next = end };

    for (uint32_t i = 0; i < index_builder_count(b); i++) {
        struct image_extent first;
        if (!index_builder_is_file(b, i) || index_builder_extents_of(b, i, &first, 1) == 0)
            continue;
        if (first.offset == offset && first.length > found.length)
            found.length = first.length; /* of a file in several places, what lies here */
        if (first.offset > offset && first.offset < found.next)
            found.next = first.offset;
    }
    return found;
}

static uint64_t fat_length(struct view *view, uint64_t offset, uint64_t most)
{
    uint8_t sector[FAT_BOOT_BYTES];
    struct fat_volume volume;

    if (most < sizeof sector || !view_read(view, offset, sector, sizeof sector) ||
        !fat_volume_decode(span_of(sector, sizeof sector), &volume) || volume.bytes > most)
        return 0;
    return volume.bytes;
}

static uint64_t length_of(struct view *view, const struct entry *entry, uint64_t offset,
                          const struct index_builder *b)
{
    static const uint32_t floppies[] = { [1] = 1200 * 1024, [2] = 1440 * 1024, [3] = 2880 * 1024 };
    uint64_t left = view_size(view) - offset;
    struct neighbours near = neighbours_of(b, offset, view_size(view));
    uint64_t fat = fat_length(view, offset, left);

    if (near.length > 0)
        return near.length;
    if (fat > 0)
        return fat;
    if (entry->media >= 1 && entry->media <= 3)
        return floppies[entry->media] < left ? floppies[entry->media] : left;
    if (entry->sectors > 1 && entry->media == 0)
        return (uint64_t)entry->sectors * VIRTUAL < left ? (uint64_t)entry->sectors * VIRTUAL
                                                         : left;
    return near.next - offset;
}

static void add_name(struct text *t, uint8_t platform, unsigned number)
{
    switch (platform) {
    case PLATFORM_BIOS:
        text_add(t, "bios");
        break;
    case PLATFORM_PPC:
        text_add(t, "ppc");
        break;
    case PLATFORM_MAC:
        text_add(t, "mac");
        break;
    case PLATFORM_EFI:
        text_add(t, "efi");
        break;
    default:
        text_addf(t, "platform%u-", platform);
    }
    if (number > 1)
        text_addf(t, "%u", number);
    text_add(t, ".img");
}

enum tree_flaw eltorito_read(struct view *view, const struct iso_volumes *volumes,
                             struct index_builder *b, uint32_t parent)
{
    uint8_t bytes[CATALOG_BYTES];
    struct catalog catalog = { .count = 0 };
    uint32_t folder, number;

    if (!volumes->has_catalog)
        return TREE_ABSENT;
    uint64_t at = (uint64_t)volumes->catalog * ISO_SECTOR;
    if (at > view_size(view) || view_size(view) - at < sizeof bytes ||
        !view_read(view, at, bytes, sizeof bytes) ||
        !read_catalog(span_of(bytes, sizeof bytes), &catalog)) {
        index_builder_note(b, "its El Torito boot catalog makes no sense");
        return TREE_DAMAGED;
    }
    if (catalog.count == 0)
        return TREE_ABSENT;
    if (!index_builder_add_folder(b, parent, span_text(ELTORITO_FOLDER), 0, &folder))
        return TREE_FULL;
    unsigned seen[UINT8_MAX + 1] = { 0 };
    for (size_t i = 0; i < catalog.count; i++) {
        const struct entry *entry = &catalog.entries[i];
        char data[32];
        struct text name = text_over(data, sizeof data);
        uint64_t offset = (uint64_t)entry->block * ISO_SECTOR;
        if (offset >= view_size(view)) {
            index_builder_note(b, "a boot image of its El Torito catalog lies behind its end");
            continue;
        }
        uint64_t length = length_of(view, entry, offset, b);
        add_name(&name, entry->platform, ++seen[entry->platform]);
        if (!index_builder_add_file(b, folder, text_span(&name), 0, &number) ||
            !view_add_extent(view, b, offset, length))
            return TREE_FULL;
    }
    return TREE_SOUND;
}
