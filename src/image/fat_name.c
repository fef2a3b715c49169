/* See fat_name.h. Page 27 of the specification: how long names lie in a folder. */
#include "image/fat_name.h"

#include "base/reader.h"

#include "image/utf16.h"

#define ATTRIBUTES_LONG 0x0f
#define ATTRIBUTES_MASK 0x3f
#define ORDER_LAST      0x40
#define SHORT_BYTES     11
#define SHORT_BASE      8

enum {
    MARK_FREE = 0xe5, /* as the first byte: the entry is free; a name that begins so has a 5 */
    STANDS_FOR_FREE = 0x05,
    CASE_BASE_LOWER = 0x08,
    CASE_ENDING_LOWER = 0x10,
};

bool fat_name_is_part(struct span entry)
{
    return entry.len == FAT_ENTRY_BYTES && (entry.data[11] & ATTRIBUTES_MASK) == ATTRIBUTES_LONG;
}

static void take_units(struct fat_name *name, size_t at, struct span entry)
{
    static const struct {
        uint8_t at, count;
    } pieces[] = { { 1, 5 }, { 14, 6 }, { 28, 2 } };

    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct reader r = reader_over(span_from(entry, pieces[i].at));
        for (unsigned j = 0; j < pieces[i].count; j++)
            name->units[at++] = reader_le16(&r);
    }
}

void fat_name_take(struct fat_name *name, struct span entry)
{
    uint8_t order = entry.data[0], sum = entry.data[13];
    unsigned part = order & (ORDER_LAST - 1U);

    if (order & ORDER_LAST) {
        name->count = 0;
        if (part == 0 || part > FAT_NAME_PARTS)
            return;
        name->count = (size_t)part * FAT_PART_UNITS;
        name->sum = sum;
    } else if (name->count == 0 || part != name->wanted || part == 0 || sum != name->sum) {
        name->count = 0;
        return;
    }
    name->wanted = part - 1;
    take_units(name, (part - 1U) * FAT_PART_UNITS, entry);
}

static uint8_t sum_of(struct span short_name)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < short_name.len; i++)
        sum = (uint8_t)((sum >> 1 | sum << 7) + short_name.data[i]);
    return sum;
}

/* The code page is told nowhere: that of DOS is what most programs take for it. */
static uint16_t character_of(uint8_t byte)
{
    static const uint16_t upper[128] = {
#include "image/code_page_437.def"
    };
    return byte < 0x80 ? byte : upper[byte - 0x80];
}

static void add_short_part(struct text *out, struct span part, bool is_lower)
{
    uint16_t units[SHORT_BYTES];
    size_t count = 0;

    while (part.len > 0 && part.data[part.len - 1] == ' ')
        part = span_slice(part, 0, part.len - 1);
    for (; count < part.len && count < SHORT_BYTES; count++)
        units[count] = character_of(is_lower ? ascii_lower(part.data[count]) : part.data[count]);
    utf16_add(out, units, count);
}

void fat_name_finish(struct fat_name *name, struct span entry, struct text *out)
{
    struct span short_name = span_slice(entry, 0, SHORT_BYTES);
    size_t count = name->count;

    name->count = 0;
    if (entry.len < FAT_ENTRY_BYTES)
        return;
    if (count > 0 && name->wanted == 0 && sum_of(short_name) == name->sum) {
        size_t len = 0;
        while (len < count && name->units[len] != 0)
            len++;
        utf16_add(out, name->units, len);
        return;
    }
    uint8_t lower = entry.data[12], base[SHORT_BASE];
    struct span ending = span_from(short_name, SHORT_BASE);
    memcpy(base, short_name.data, sizeof base);
    if (base[0] == STANDS_FOR_FREE)
        base[0] = MARK_FREE;
    add_short_part(out, span_of(base, sizeof base), lower & CASE_BASE_LOWER);
    if (ending.data[0] == ' ')
        return;
    text_add_char(out, '.');
    add_short_part(out, ending, lower & CASE_ENDING_LOWER);
}
