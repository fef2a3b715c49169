/* A FAT reader for tests, written apart from what it reads: takes a body's bytes by range, follows
 * tables and long names, and calls back for each file. Every rule that is broken is an assertion.
 */
#ifndef BOOT_TEST_FAT_READER_H
#define BOOT_TEST_FAT_READER_H

#include <assert.h>

#include "base/reader.h"

#include "model/body.h"

#define TEST_FAT_NAMES_MAX 600

struct test_fat {
    const struct body *body;
    uint32_t cluster_bytes, table_bytes, data_sector, root_cluster, clusters, table_at, root_at,
        root_entries;
    bool is_32;
    uint32_t files, folders, used; /* found on the way */
};

typedef void test_fat_found(void *context, const char *path, uint32_t first_cluster, uint32_t size);

static inline void test_body_take(const struct body *body, uint64_t at, void *out, size_t size)
{
    uint8_t *to = out;
    while (size > 0) {
        uint64_t within;
        const struct body_piece *piece = body_find_piece(body, at, &within);
        assert(piece);
        size_t part = piece->length - within < size ? (size_t)(piece->length - within) : size;
        if (piece->make)
            piece->make(piece->context, within, to, part);
        else if (piece->memory)
            memcpy(to, piece->memory + within, part);
        else
            memset(to, 0xee, part); /* a file's: not looked into here */
        to += part;
        at += part;
        size -= part;
    }
}

static inline void test_fat_open(struct test_fat *fat, const struct body *body)
{
    uint8_t sector[512];
    struct reader r = reader_over(span_of(sector, sizeof sector));

    test_body_take(body, 0, sector, sizeof sector);
    assert(sector[510] == 0x55 && sector[511] == 0xaa && sector[0] == 0xeb);
    reader_skip(&r, 11);
    assert(reader_le16(&r) == 512);
    *fat = (struct test_fat){ .body = body };
    fat->cluster_bytes = reader_u8(&r) * 512u;
    assert(fat->cluster_bytes > 0 && fat->cluster_bytes <= 32768);
    uint32_t reserved = reader_le16(&r), copies = reader_u8(&r);
    fat->root_entries = reader_le16(&r);
    uint32_t sectors = reader_le16(&r);
    assert(reader_u8(&r) == 0xf8);
    uint32_t table = reader_le16(&r);
    reader_skip(&r, 8);
    uint32_t sectors_32 = reader_le32(&r);
    assert((sectors == 0) != (sectors_32 == 0));
    sectors += sectors_32;
    fat->is_32 = table == 0;
    if (fat->is_32) {
        table = reader_le32(&r);
        reader_skip(&r, 4);
        fat->root_cluster = reader_le32(&r);
        assert(fat->root_entries == 0);
    }
    fat->table_at = reserved * 512;
    fat->table_bytes = table * 512;
    fat->root_at = (reserved + copies * table) * 512;
    fat->data_sector = reserved + copies * table + (fat->root_entries * 32 + 511) / 512;
    fat->clusters = (sectors - fat->data_sector) / (fat->cluster_bytes / 512);
    assert((uint64_t)sectors * 512 == body->size);
    /* FAT specification 3.5: this alone decides the kind */
    assert(fat->is_32 ? fat->clusters >= 65525 : fat->clusters >= 4085 && fat->clusters < 65525);
    assert((uint64_t)fat->table_bytes >= (fat->clusters + 2) * (fat->is_32 ? 4ull : 2ull));
}

static inline uint32_t test_fat_next(const struct test_fat *fat, uint32_t cluster)
{
    uint8_t bytes[4], copy[4];
    uint32_t width = fat->is_32 ? 4 : 2;
    uint64_t at = fat->table_at + (uint64_t)cluster * width;
    test_body_take(fat->body, at, bytes, width);
    test_body_take(fat->body, at + fat->table_bytes, copy, width);
    assert(memcmp(bytes, copy, width) == 0);
    struct reader r = reader_over(span_of(bytes, width));
    return fat->is_32 ? reader_le32(&r) & 0x0fffffff : reader_le16(&r);
}

static inline uint64_t test_fat_place(const struct test_fat *fat, uint32_t cluster)
{
    return fat->data_sector * 512ull + (cluster - 2) * (uint64_t)fat->cluster_bytes;
}

/* Length of a chain in clusters. */
static inline uint32_t test_fat_chain(const struct test_fat *fat, uint32_t cluster)
{
    uint32_t end = fat->is_32 ? 0x0ffffff8 : 0xfff8, count = 0;
    for (; cluster < end; cluster = test_fat_next(fat, cluster)) {
        assert(cluster >= 2 && cluster < fat->clusters + 2);
        assert(++count <= fat->clusters);
    }
    return count;
}

static inline size_t test_utf8_add(char *out, size_t at, uint32_t c)
{
    if (c < 0x80) {
        out[at++] = (char)c;
    } else if (c < 0x800) {
        out[at++] = (char)(0xc0 | c >> 6);
        out[at++] = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        out[at++] = (char)(0xe0 | c >> 12);
        out[at++] = (char)(0x80 | (c >> 6 & 0x3f));
        out[at++] = (char)(0x80 | (c & 0x3f));
    } else {
        out[at++] = (char)(0xf0 | c >> 18);
        out[at++] = (char)(0x80 | (c >> 12 & 0x3f));
        out[at++] = (char)(0x80 | (c >> 6 & 0x3f));
        out[at++] = (char)(0x80 | (c & 0x3f));
    }
    return at;
}

static inline void test_long_to_text(const uint16_t *units, char *out)
{
    size_t at = 0;
    for (size_t i = 0; units[i] != 0; i++) {
        uint32_t c = units[i];
        if (c >= 0xd800 && c < 0xdc00) {
            assert(units[i + 1] >= 0xdc00 && units[i + 1] < 0xe000);
            c = 0x10000 + ((c - 0xd800) << 10) + (units[++i] - 0xdc00u);
        }
        at = test_utf8_add(out, at, c);
    }
    out[at] = 0;
}

static inline void test_short_to_text(const uint8_t *entry, char *out)
{
    size_t at = 0;
    for (size_t i = 0; i < 11; i++) {
        if (i == 8 && entry[8] != ' ')
            out[at++] = '.';
        if (entry[i] != ' ')
            out[at++] = (char)entry[i];
    }
    out[at] = 0;
}

/* One folder; `path` ends in a slash or is empty. */
static inline void test_fat_walk(struct test_fat *fat, const char *path, uint64_t at,
                                 uint32_t entries, uint32_t own, uint32_t parent,
                                 test_fat_found *found, void *context)
{
    uint8_t aliases[TEST_FAT_NAMES_MAX][11];
    uint16_t units[13 * 20 + 1] = { 0 };
    uint32_t names = 0, expected = 0;
    uint8_t sum = 0;

    fat->folders++;
    for (uint32_t i = 0; i < entries; i++) {
        uint8_t e[32];
        test_body_take(fat->body, at + i * 32ull, e, sizeof e);
        if (e[0] == 0)
            break;
        if (e[11] == 0x0f) {
            uint32_t number = e[0] & 0x3f;
            if (e[0] & 0x40) {
                memset(units, 0, sizeof units);
                sum = e[13];
            } else {
                assert(number == expected);
            }
            assert(number >= 1 && number <= 20 && e[13] == sum);
            static const uint8_t places[] = { 1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30 };
            for (size_t k = 0; k < 13; k++) {
                uint16_t u = (uint16_t)(e[places[k]] | e[places[k] + 1] << 8);
                units[(number - 1) * 13 + k] = u == 0xffff ? 0 : u;
            }
            expected = number - 1;
            continue;
        }
        uint8_t check = 0;
        for (size_t k = 0; k < 11; k++)
            check = (uint8_t)((check << 7) + (check >> 1) + e[k]);
        assert(expected == 0 && (units[0] == 0 || check == sum));
        uint32_t cluster = (uint32_t)(e[26] | e[27] << 8) | (uint32_t)(e[20] | e[21] << 8) << 16;
        uint32_t size = (uint32_t)(e[28] | e[29] << 8) | (uint32_t)(e[30] | e[31] << 8) << 16;
        if (e[11] == 0x08) {
            assert(own == 0 && i == 0);
            continue;
        }
        if (e[0] == '.') {
            assert(own != 0 && i < 2 && cluster == (i == 0 ? own : parent));
            continue;
        }
        assert(names < TEST_FAT_NAMES_MAX);
        for (uint32_t k = 0; k < names; k++)
            assert(memcmp(aliases[k], e, 11) != 0);
        memcpy(aliases[names++], e, 11);
        char full[4096], name[1024];
        if (units[0])
            test_long_to_text(units, name);
        else
            test_short_to_text(e, name);
        memset(units, 0, sizeof units);
        assert(strlen(path) + strlen(name) + 2 < sizeof full);
        strncpy(full, path, sizeof full - 1);
        strncat(full, name, sizeof full - strlen(full) - 1);
        uint32_t count = cluster == 0 ? 0 : test_fat_chain(fat, cluster);
        fat->used += count;
        if (e[11] & 0x10) {
            strncat(full, "/", sizeof full - strlen(full) - 1);
            test_fat_walk(fat, full, test_fat_place(fat, cluster), count * fat->cluster_bytes / 32,
                          cluster, own == 0 || own == fat->root_cluster ? 0 : own, found, context);
        } else {
            assert(count == (size + (uint64_t)fat->cluster_bytes - 1) / fat->cluster_bytes);
            fat->files++;
            found(context, full, cluster, size);
        }
    }
}

/* The whole disk; every cluster that is used must have been met. */
static inline void test_fat_read(struct test_fat *fat, const struct body *body,
                                 test_fat_found *found, void *context)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < body->piece_count; i++)
        sum += body_piece_at(body, i)->length;
    assert(sum == body->size);
    test_fat_open(fat, body);
    uint32_t count = fat->is_32 ? test_fat_chain(fat, fat->root_cluster) : 0;
    fat->used = count;
    test_fat_walk(fat, "", fat->is_32 ? test_fat_place(fat, fat->root_cluster) : fat->root_at,
                  fat->is_32 ? count * fat->cluster_bytes / 32 : fat->root_entries, 0, 0, found,
                  context);
    if (fat->clusters < 5000) {
        uint32_t marked = 0;
        for (uint32_t c = 2; c < fat->clusters + 2; c++)
            marked += test_fat_next(fat, c) != 0;
        assert(marked == fat->used);
    }
}

#endif
