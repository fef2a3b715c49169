/* Tests of image/eltorito: catalogs made here, and how long their images are said to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "image/eltorito.h"
#include "image/test_disc.h"

#include <cmocka.h>

#define CATALOG 18

static struct test_disc disc;
static char said[2048];

static void entry(struct test_place *place, unsigned indicator, unsigned media, unsigned sectors,
                  uint32_t block)
{
    test_u8(place, indicator);
    test_u8(place, media);
    test_skip(place, 4);
    test_le16(place, sectors);
    test_le32(place, block);
    test_skip(place, 20);
}

static void header(struct test_place *place, unsigned indicator, unsigned platform, unsigned count)
{
    test_u8(place, indicator);
    test_u8(place, platform);
    test_le16(place, count);
    test_skip(place, 28);
}

/* The first entry, of a BIOS, whose words come to 0. */
static struct test_place make(void)
{
    disc.len = 0;
    memset(disc.data, 0, sizeof disc.data);
    struct test_place place = test_sector(&disc, CATALOG);
    test_u8(&place, 1);
    test_skip(&place, 27);
    test_le16(&place, 0x10000 - 1 - 0xaa55);
    test_le16(&place, 0xaa55);
    return place;
}

/* A FAT file system of that many sectors of 512 bytes. */
static void put_fat(size_t sector, unsigned sectors)
{
    struct test_place place = test_sector(&disc, sector);
    test_bytes(&place, "\xeb\x3c\x90MSDOS5.0", 11);
    test_le16(&place, 512);
    test_bytes(&place, (const uint8_t[]){ 1, 1, 0, 1, 16, 0 }, 6);
    test_le16(&place, sectors);
    test_u8(&place, 0xf8);
    test_le16(&place, 1);
}

/* With files `f` at sector 40 (3000 bytes), `g` at sector 50, and `h` in two places, the first of
 * them at sector 60, in the tree. */
static enum tree_flaw list(void)
{
    const struct iso_volumes volumes = { .has_catalog = true, .catalog = CATALOG };
    struct span bytes = test_span(&disc);
    const struct image_source source = image_source_over(&bytes);
    struct view *view = view_open(&source, "");
    struct index_builder *b = index_builder_new(bytes.len);
    struct text t = text_over(said, sizeof said);
    uint32_t number;

    assert_true(index_builder_add_file(b, INDEX_TOP, span_text("f"), 0, &number));
    assert_true(index_builder_add_extent(b, 40 * TEST_SECTOR, 3000));
    assert_true(index_builder_add_file(b, INDEX_TOP, span_text("g"), 0, &number));
    assert_true(index_builder_add_extent(b, 50 * TEST_SECTOR, 1));
    assert_true(index_builder_add_file(b, INDEX_TOP, span_text("h"), 0, &number));
    assert_true(index_builder_add_extent(b, 60 * TEST_SECTOR, 2048));
    assert_true(index_builder_add_extent(b, 5 * TEST_SECTOR, 18000));
    enum tree_flaw flaw = eltorito_read(view, &volumes, b, INDEX_TOP);
    test_list(b, bytes.len, &t);
    index_builder_free(b);
    view_free(view);
    return flaw;
}

static void lengths_are_found(void **state)
{
    static const struct {
        const char *name;
        unsigned media, sectors;
        uint32_t block;
        unsigned fat_sectors;
        const char *want;
    } cases[] = {
        { "a file of the tree", 0, 4, 40, 0, "3000@81920" },
        { "a file of the tree, with FAT in it", 0, 0, 40, 60, "3000@81920" },
        { "FAT", 0, 0, 45, 30, "15360@92160" },
        { "FAT, though sectors are told", 0, 4, 45, 30, "15360@92160" },
        { "FAT that does not fit", 0, 4, 45, 200, "2048@92160" },
        { "sectors", 0, 10, 45, 0, "5120@92160" },
        { "sectors behind the end", 0, 200, 45, 0, "38912@92160" },
        { "one sector: up to the next file", 0, 1, 45, 0, "10240@92160" },
        { "none: up to the next file", 0, 0, 45, 0, "10240@92160" },
        { "none: up to the end", 0, 0, 61, 0, "6144@124928" },
        { "a file in two places", 0, 0, 60, 0, "2048@122880" },
        { "a floppy that does not fit", 2, 1, 45, 0, "38912@92160" },
        { "a hard disk", 4, 1, 45, 0, "10240@92160" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char want[128];
        struct text t = text_over(want, sizeof want);
        struct test_place place = make();
        entry(&place, 0x88, cases[i].media, cases[i].sectors, cases[i].block);
        if (cases[i].fat_sectors > 0)
            put_fat(cases[i].block, cases[i].fat_sectors);
        text_addf(
            &t, "[boot]/ [boot]/bios.img(%s) f(3000@81920) g(1@102400) h(2048@122880+18000@10240) ",
            cases[i].want);
        if (list() != TREE_SOUND || strcmp(said, want) != 0)
            fail_msg("%s: %s", cases[i].name, said);
    }
}

static void platforms_have_names(void **state)
{
    (void)state;
    struct test_place place = make();
    entry(&place, 0x88, 0, 2, 30);
    header(&place, 0x90, 0xef, 2);
    entry(&place, 0x88, 0, 2, 31);
    entry(&place, 0x44, 0, 0, 99); /* an extension of it */
    entry(&place, 0x88, 0, 2, 32);
    header(&place, 0x90, 1, 1);
    entry(&place, 0x00, 0, 2, 33); /* not to be booted */
    header(&place, 0x91, 2, 1);
    entry(&place, 0x88, 0, 2, 34);
    header(&place, 0x91, 0xef, 1); /* behind the last */
    entry(&place, 0x88, 0, 2, 35);
    assert_int_equal(list(), TREE_SOUND);
    assert_string_equal(said, "[boot]/ [boot]/bios.img(1024@61440) [boot]/efi.img(1024@63488) "
                              "[boot]/efi2.img(1024@65536) [boot]/mac.img(1024@69632) "
                              "f(3000@81920) g(1@102400) h(2048@122880+18000@10240) ");
}

static void odd_catalogs_are_noted(void **state)
{
    (void)state;
    struct test_place place = make();
    entry(&place, 0x88, 0, 2, TEST_SECTORS);
    header(&place, 0x91, 9, 1);
    entry(&place, 0x88, 0, 2, 30);
    assert_int_equal(list(), TREE_SOUND);
    assert_non_null(strstr(said, "[boot]/platform9-.img(1024@61440)"));
    assert_non_null(strstr(said, "lies behind its end"));

    (void)make();
    disc.data[CATALOG * TEST_SECTOR + 5] = 1; /* the sum is another */
    assert_int_equal(list(), TREE_DAMAGED);
    assert_string_equal(said,
                        "f(3000@81920) g(1@102400) "
                        "h(2048@122880+18000@10240) [its El Torito boot catalog makes no sense]");

    place = make();
    entry(&place, 0, 0, 2, 30);
    assert_int_equal(list(), TREE_ABSENT);

    /* a section that counts more entries than there are */
    place = make();
    entry(&place, 0x88, 0, 2, 30);
    header(&place, 0x90, 0, 0xffff);
    assert_int_equal(list(), TREE_SOUND);
    assert_non_null(strstr(said, "[boot]/bios.img(1024@61440) f("));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_are_found),
        cmocka_unit_test(platforms_have_names),
        cmocka_unit_test(odd_catalogs_are_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
