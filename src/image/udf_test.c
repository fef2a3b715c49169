/* Tests of image/udf_entry, and of image/udf with a disc made here: ECMA-167 as far as libudfread
 * wants it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "image/test_disc.h"
#include "image/udf.h"
#include "image/udf_entry.h"

#include <cmocka.h>

#define ANCHOR     256
#define SECTORS    300
#define PARTITION  270 /* where the partition begins */
#define TOP_ENTRY  2   /* sectors of the partition */
#define TOP_NAMES  3
#define FILE_ENTRY 4
#define SUB_ENTRY  5
#define SUB_NAMES  6
#define DATA       20

/* The disc is larger than a test_disc: its sectors are put together here. */
static uint8_t disc[SECTORS * TEST_SECTOR];
static size_t disc_len;
static char said[2048];

/* A sector as it is being made, and then put on the disc with its tag. */
static struct test_disc sector;

static struct test_place begin(void)
{
    memset(&sector, 0, sizeof sector);
    return (struct test_place){ &sector, 16 };
}

static void put_tag(uint8_t *at, unsigned tag)
{
    at[0] = (uint8_t)tag;
    at[1] = (uint8_t)(tag >> 8);
    at[2] = 2;
    at[4] = 0;
    for (size_t i = 0; i < 16; i++)
        at[4] = i == 4 ? at[4] : (uint8_t)(at[4] + at[i]);
}

static void put(size_t number, unsigned tag)
{
    put_tag(sector.data, tag);
    memcpy(disc + number * TEST_SECTOR, sector.data, TEST_SECTOR);
}

static void put_volume(void)
{
    static const char *const recognition[] = { "BEA01", "NSR02", "TEA01" };
    for (size_t i = 0; i < 3; i++)
        memcpy(disc + (16 + i) * TEST_SECTOR + 1, recognition[i], 5), disc[(16 + i) * 2048 + 6] = 1;

    struct test_place place = begin(); /* anchor: both sequences at 260 */
    for (size_t i = 0; i < 2; i++) {
        test_le32(&place, 4 * TEST_SECTOR);
        test_le32(&place, 260);
    }
    put(ANCHOR, 2);
    place = begin(); /* primary volume */
    test_skip(&place, 8);
    test_text(&place, "\x08"
                      "LABEL");
    place.at = 24 + 31;
    test_u8(&place, 6);
    put(260, 1);
    place = begin(); /* partition */
    place.at = 188;
    test_le32(&place, PARTITION);
    test_le32(&place, SECTORS - PARTITION);
    put(261, 5);
    place = begin(); /* logical volume */
    place.at = 212;
    test_le32(&place, TEST_SECTOR);
    test_skip(&place, 1);
    test_text(&place, "*OSTA UDF Compliant");
    place.at = 248;
    test_le32(&place, TEST_SECTOR); /* the file set: length, block 0, partition 0 */
    place.at = 264;
    test_le32(&place, 6);
    test_le32(&place, 1);
    place.at = 440;
    test_bytes(&place, (const uint8_t[]){ 1, 6, 1, 0, 0, 0 }, 6);
    put(262, 6);
    (void)begin();
    put(263, 8);
    place = begin(); /* file set: the top folder */
    place.at = 400;
    test_le32(&place, TEST_SECTOR);
    test_le32(&place, TOP_ENTRY);
    put(PARTITION, 256);
}

struct piece {
    uint32_t length, block;
};

/* A file entry whose bytes lie in these pieces (short allocation descriptors). */
static void put_entry(size_t number, unsigned kind, uint64_t length, const struct piece *pieces,
                      size_t count)
{
    struct test_place place = begin();
    place.at = 20;
    test_le16(&place, 4); /* strategy */
    place.at = 16 + 11;
    test_u8(&place, kind);
    place.at = 56;
    test_le32(&place, (uint32_t)length);
    test_le32(&place, (uint32_t)(length >> 32));
    place.at = 84;
    test_le16(&place, 0x1000);
    test_le16(&place, 2020);
    test_bytes(&place, (const uint8_t[]){ 1, 1, 0, 0, 1 }, 5);
    place.at = 172;
    test_le32(&place, (uint32_t)count * 8);
    for (size_t i = 0; i < count; i++) {
        test_le32(&place, pieces[i].length);
        test_le32(&place, pieces[i].block);
    }
    put(PARTITION + number, 261);
}

static struct test_place names_at(size_t number)
{
    (void)number;
    return (struct test_place){ &sector, 0 };
}

/* A file identifier in the sector under way. */
static void add_name(struct test_place *place, unsigned flags, uint32_t entry, struct span name)
{
    size_t start = place->at;
    test_skip(place, 16);
    test_le16(place, 1);
    test_u8(place, flags);
    test_u8(place, (unsigned)name.len);
    test_le32(place, TEST_SECTOR);
    test_le32(place, entry);
    test_skip(place, 8);
    test_le16(place, 0);
    test_bytes(place, name.data, name.len);
    place->at = start + (38 + name.len + 3) / 4 * 4;
    put_tag(sector.data + start, 257);
}

static size_t top_len;

static void make(void)
{
    const struct piece top = { TEST_SECTOR, TOP_NAMES }, sub = { TEST_SECTOR, SUB_NAMES };
    const struct piece file[] = { { 2048, DATA }, { 100, DATA + 5 } };

    memset(disc, 0, sizeof disc);
    disc_len = sizeof disc;
    put_volume();
    (void)begin();
    struct test_place place = names_at(TOP_NAMES);
    add_name(&place, 2 | 8, TOP_ENTRY, (struct span){ 0 });
    add_name(&place, 0, FILE_ENTRY, span_text("\x08README"));
    add_name(&place, 2, SUB_ENTRY, span_of("\x10\0s\0\xfc\xd8\x3d\xde\x00", 9));
    top_len = place.at;
    memcpy(disc + (PARTITION + TOP_NAMES) * TEST_SECTOR, sector.data, TEST_SECTOR);
    struct piece top_piece = { (uint32_t)top_len, top.block };
    put_entry(TOP_ENTRY, 4, top_len, &top_piece, 1);
    put_entry(FILE_ENTRY, 5, 2148, file, 2);
    (void)begin();
    place = names_at(SUB_NAMES);
    add_name(&place, 2 | 8, TOP_ENTRY, (struct span){ 0 });
    add_name(&place, 0, FILE_ENTRY, span_text("\x08\xe9"));
    memcpy(disc + (PARTITION + SUB_NAMES) * TEST_SECTOR, sector.data, TEST_SECTOR);
    struct piece sub_piece = { (uint32_t)place.at, sub.block };
    put_entry(SUB_ENTRY, 4, place.at, &sub_piece, 1);
}

static enum tree_flaw list(void)
{
    struct span bytes = span_of(disc, disc_len);
    const struct image_source source = image_source_over(&bytes);
    struct view *view = view_open(&source, "");
    struct index_builder *b = index_builder_new(bytes.len);
    struct text t = text_over(said, sizeof said);
    struct iso_label label;
    enum tree_flaw flaw = udf_read_tree(view, b, INDEX_TOP, &label);
    if (flaw == TREE_SOUND) {
        text_add_span(&t, span_of(label.data, label.len));
        text_add(&t, ": ");
        test_list(b, bytes.len, &t);
    }
    index_builder_free(b);
    view_free(view);
    return flaw;
}

static void discs_are_listed(void **state)
{
    (void)state;
    make();
    assert_int_equal(list(), TREE_SOUND);
    assert_string_equal(said, "LABEL: README(2048@593920+100@604160) "
                              "s\xc3\xbc\xf0\x9f\x98\x80/ "
                              "s\xc3\xbc\xf0\x9f\x98\x80/\xc3\xa9(2048@593920+100@604160) ");
}

/* A short file may lie in its own descriptor. */
static void files_inside_their_entry(void **state)
{
    (void)state;
    make();
    uint8_t *entry = disc + (PARTITION + FILE_ENTRY) * TEST_SECTOR;
    entry[16 + 18] = 3; /* its bytes are here */
    entry[56] = 10;
    entry[57] = 0;
    assert_int_equal(list(), TREE_SOUND);
    assert_non_null(strstr(said, "README(10@561328) ")); /* (270 + 4) * 2048 + 176 */
}

static void odd_discs_are_noted(void **state)
{
    static const struct piece pieces[] = { { 40, TOP_NAMES }, { 40, SUB_NAMES } };
    static const struct piece hole[] = { { 2048, DATA }, { 0x40000000 + 4096, DATA + 1 } };
    (void)state;
    make();
    put_entry(FILE_ENTRY, 12, 5, pieces, 1); /* a link */
    assert_int_equal(list(), TREE_SOUND);
    assert_non_null(strstr(said, "[2 names in it are links or devices, and are left out]"));

    make();
    put_entry(FILE_ENTRY, 5, 6144, hole, 2); /* allocated, but not recorded */
    assert_int_equal(list(), TREE_SOUND);
    assert_non_null(strstr(said, "README(2048@593920+4096) "));

    make(); /* the folder leads to the top */
    memcpy(disc + (PARTITION + SUB_ENTRY) * TEST_SECTOR,
           disc + (PARTITION + TOP_ENTRY) * TEST_SECTOR, TEST_SECTOR);
    assert_int_equal(list(), TREE_SOUND);
    assert_non_null(strstr(said, "folders in it are others again"));

    make();
    disc[(PARTITION + FILE_ENTRY) * TEST_SECTOR] = 0; /* no descriptor */
    assert_int_equal(list(), TREE_SOUND);
    assert_non_null(strstr(said, "[2 names in it lead to nothing that can be read]"));

    make();
    put_entry(SUB_ENTRY, 4, 80, pieces, 2);
    assert_int_equal(list(), TREE_SOUND);
    assert_non_null(strstr(said, "1 folders in it lie in several pieces"));
}

static void damaged_discs_are_refused(void **state)
{
    static const struct piece piece = { 2048, 5000 };
    (void)state;
    make();
    disc[ANCHOR * TEST_SECTOR] = 0;
    assert_int_equal(list(), TREE_DAMAGED);
    make();
    disc[17 * TEST_SECTOR + 1] = 'X';
    assert_int_equal(list(), TREE_DAMAGED);
    make();
    disc[(PARTITION + TOP_ENTRY) * TEST_SECTOR] = 0;
    assert_int_equal(list(), TREE_DAMAGED);
    make();
    put_entry(FILE_ENTRY, 5, (uint64_t)1 << 62, &piece, 1);
    assert_int_equal(list(), TREE_ENDLESS);
    make();
    put_entry(FILE_ENTRY, 5, 2048, &piece, 1);
    assert_int_equal(list(), TREE_SOUND);
    assert_string_equal(said, "LABEL: refused, needs 10795008"); /* (270 + 5000 + 1) * 2048 */
}

/* The volume descriptor sequence leads to itself: libudfread reads until it cannot. */
static void loops_of_the_library_end(void **state)
{
    (void)state;
    make();
    struct test_place place = begin();
    test_skip(&place, 4);
    test_le32(&place, TEST_SECTOR);
    test_le32(&place, 260);
    put(260, 3);
    assert_int_equal(list(), TREE_DAMAGED);
}

static void entries_are_decoded(void **state)
{
    static const struct {
        const char *name;
        size_t at;
        uint8_t byte;
        bool want;
    } cases[] = {
        { "sound", 3, 0, true },
        { "another tag", 0, 4, false },
        { "attributes longer than the sector", 169, 0xff, false },
        { "pieces longer than the sector", 173, 0xff, false },
        { "more inside than there is", 34, 3, false },
    };
    static const struct piece piece = { 2048, DATA };
    struct udf_entry entry;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        put_entry(FILE_ENTRY, 5, 2048, &piece, 1);
        sector.data[cases[i].at] = cases[i].byte;
        if (udf_entry_decode(span_of(sector.data, TEST_SECTOR), &entry) != cases[i].want)
            fail_msg("%s", cases[i].name);
    }
    put_entry(FILE_ENTRY, 5, 2048, &piece, 1);
    assert_true(udf_entry_decode(span_of(sector.data, TEST_SECTOR), &entry));
    assert_int_equal(entry.kind, UDF_FILE);
    assert_int_equal(entry.length, 2048);
    assert_int_equal(entry.modified_s, 1577836801);
    assert_int_equal(entry.pieces, 1);
    for (size_t len = 0; len < 176 + 8; len++)
        assert_false(udf_entry_decode(span_of(sector.data, len), &entry));

    /* the extended one */
    struct test_place place = begin();
    place.at = 16 + 11;
    test_u8(&place, 5);
    place.at = 34;
    test_u8(&place, 3);
    place.at = 56;
    test_le32(&place, 7);
    place.at = 92;
    test_le16(&place, 0x1000);
    test_le16(&place, 2020);
    test_bytes(&place, (const uint8_t[]){ 1, 1, 0, 0, 1 }, 5);
    place.at = 208;
    test_le32(&place, 24);
    test_le32(&place, 7);
    put(0, 266);
    assert_true(udf_entry_decode(span_of(sector.data, TEST_SECTOR), &entry));
    assert_true(entry.is_inside);
    assert_int_equal(entry.inside, 216 + 24);
    assert_int_equal(entry.modified_s, 1577836801);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(discs_are_listed),         cmocka_unit_test(files_inside_their_entry),
        cmocka_unit_test(odd_discs_are_noted),      cmocka_unit_test(damaged_discs_are_refused),
        cmocka_unit_test(loops_of_the_library_end), cmocka_unit_test(entries_are_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
