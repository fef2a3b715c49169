/* Discs for the tests of this floor, made sector by sector in memory, and what an index of them has
 * as one line of text. */
#ifndef IMAGE_TEST_DISC_H
#define IMAGE_TEST_DISC_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#include "image/index_builder.h"
#include "image/view.h"

#define TEST_SECTOR  2048
#define TEST_SECTORS 64

struct test_disc {
    uint8_t data[TEST_SECTORS * TEST_SECTOR];
    size_t len;
};

/* A place on the disc where things are put one after the other. */
struct test_place {
    struct test_disc *disc;
    size_t at;
};

static inline struct test_place test_sector(struct test_disc *disc, size_t sector)
{
    return (struct test_place){ disc, sector * TEST_SECTOR };
}

static inline void test_bytes(struct test_place *place, const void *bytes, size_t len)
{
    assert(place->at + len <= sizeof place->disc->data);
    if (len > 0)
        memcpy(place->disc->data + place->at, bytes, len);
    place->at += len;
}

static inline void test_skip(struct test_place *place, size_t len)
{
    place->at += len;
}

static inline void test_text(struct test_place *place, const char *text)
{
    test_bytes(place, text, strlen(text));
}

static inline void test_u8(struct test_place *place, unsigned value)
{
    test_bytes(place, (const uint8_t[]){ (uint8_t)value }, 1);
}

static inline void test_le16(struct test_place *place, unsigned value)
{
    test_u8(place, value);
    test_u8(place, value >> 8);
}

static inline void test_le32(struct test_place *place, uint32_t value)
{
    test_le16(place, value & 0xffff);
    test_le16(place, value >> 16);
}

static inline void test_both32(struct test_place *place, uint32_t value)
{
    test_le32(place, value);
    for (int shift = 24; shift >= 0; shift -= 8)
        test_u8(place, value >> shift);
}

/* A directory record of 1999-12-31 23:59:59 UTC, its system use behind the name. */
static inline void test_record(struct test_place *place, uint32_t extent, uint32_t length,
                               unsigned flags, struct span name, struct span system_use)
{
    size_t padding = name.len % 2 == 0;
    test_u8(place, (unsigned)(33 + name.len + padding + system_use.len));
    test_u8(place, 0);
    test_both32(place, extent);
    test_both32(place, length);
    test_bytes(place, (const uint8_t[]){ 99, 12, 31, 23, 59, 59, 0 }, 7);
    test_u8(place, flags);
    test_le16(place, 0);
    test_bytes(place, (const uint8_t[]){ 1, 0, 0, 1 }, 4);
    test_u8(place, (unsigned)name.len);
    test_bytes(place, name.data, name.len);
    test_skip(place, padding);
    if (system_use.len > 0)
        test_bytes(place, system_use.data, system_use.len);
}

/* "." and "..": the first is given the system use. */
static inline void test_dots(struct test_place *place, uint32_t extent, struct span system_use)
{
    test_record(place, extent, TEST_SECTOR, 2, span_of("\0", 1), system_use);
    test_record(place, extent, TEST_SECTOR, 2, span_of("\1", 1), (struct span){ 0 });
}

/* A volume descriptor at that sector, its top folder one sector at `top`. */
static inline void test_volume(struct test_disc *disc, size_t sector, unsigned kind,
                               unsigned version, const char *escapes, uint32_t top)
{
    struct test_place place = test_sector(disc, sector);
    test_u8(&place, kind);
    test_text(&place, "CD001");
    test_u8(&place, version);
    test_skip(&place, 1);
    test_text(&place, "A SYSTEM                        A LABEL                         ");
    test_skip(&place, 8);
    test_both32(&place, TEST_SECTORS);
    struct test_place after = place;
    test_text(&after, escapes);
    test_skip(&place, 32 + 8);
    test_bytes(&place, (const uint8_t[]){ 0x00, 0x08, 0x08, 0x00 }, 4); /* 2048 */
    test_skip(&place, 24);
    test_record(&place, top, TEST_SECTOR, 2, span_of("\0", 1), (struct span){ 0 });
    test_skip(&place, 3 * 128);
    test_text(&place, "                ");
}

static inline void test_end(struct test_disc *disc, size_t sector)
{
    struct test_place place = test_sector(disc, sector);
    test_u8(&place, 255);
    test_text(&place, "CD001\1");
}

static inline struct span test_span(const struct test_disc *disc)
{
    return span_of(disc->data, disc->len > 0 ? disc->len : sizeof disc->data);
}

/* "a/ a/b(10@5+7) ": what the builder has collected, sorted; holes without a place. Then its note
 * in brackets, when there is one. The builder is used up. */
static inline void test_list(struct index_builder *b, uint64_t container_size, struct text *out)
{
    const struct index_facts facts = { .tree = IMAGE_TREE_ISO9660 };
    struct index_result result;
    struct image_index index;

    assert(index_builder_finish(b, &facts, &result) == 0);
    if (result.verdict != INDEX_SOUND) {
        text_addf(out, "refused, needs %u", (unsigned)result.needed);
        return;
    }
    assert(image_index_open(span_of(result.block, result.block_len), container_size, &index));
    for (uint32_t i = 0; i < index.entry_count; i++) {
        const struct image_index_entry *entry = &index.entries[i];
        text_add_span(out, image_index_path(&index, entry));
        text_add(out, entry->is_folder ? "/" : "(");
        for (uint32_t j = 0; j < entry->extent_count; j++) {
            const struct image_extent *extent = &index.extents[entry->extents + j];
            text_addf(out, "%s%u", j > 0 ? "+" : "", (unsigned)extent->length);
            if (extent->offset != IMAGE_EXTENT_HOLE)
                text_addf(out, "@%u", (unsigned)extent->offset);
        }
        text_add(out, entry->is_folder ? " " : ") ");
    }
    if (index.note[0])
        text_addf(out, "[%s]", index.note);
    free(result.block);
}

#endif
