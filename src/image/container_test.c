/* Tests of image/container: what a file is taken for, and the sentences of those that are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "image/container.h"
#include "image/test_disc.h"

#include <cmocka.h>

#define TOP  20
#define FAT  30 /* where a small file system lies on the disc */
#define NONE ((struct span){ 0 })

static struct test_disc disc;
static bool is_failing;

static int64_t read_disc(void *context, const char *path, uint64_t offset, void *data, size_t len)
{
    struct span bytes = test_span(&disc);
    struct span part = span_slice(bytes, (size_t)offset, len);
    (void)context;
    (void)path;
    if (is_failing && offset + len > TOP * TEST_SECTOR)
        return -1;
    if (part.len > 0)
        memcpy(data, part.data, part.len);
    return (int64_t)part.len;
}

static int64_t size_of_disc(void *context, const char *path)
{
    (void)context;
    return strcmp(path, "absent") == 0 ? -1 : (int64_t)test_span(&disc).len;
}

static const struct image_source source = { .read = read_disc, .size = size_of_disc, .file = "" };

/* A FAT12 file system of 40 sectors of 512 bytes with one file. */
static void put_fat(void)
{
    struct test_place place = test_sector(&disc, FAT);
    test_bytes(&place, "\xeb\x3c\x90MSDOS5.0", 11);
    test_le16(&place, 512);
    test_bytes(&place, (const uint8_t[]){ 1, 1, 0, 1, 16, 0, 40, 0, 0xf8, 1, 0 }, 11);
    place.at = FAT * TEST_SECTOR + 1024;
    test_text(&place, "BOOT    EFI");
    test_skip(&place, 15);
    test_le16(&place, 2);
    test_le32(&place, 100);
}

static void make(void)
{
    disc.len = 0;
    is_failing = false;
    memset(disc.data, 0, sizeof disc.data);
    test_volume(&disc, 16, 1, 1, "", TOP);
    test_end(&disc, 17);
    put_fat();
    struct test_place place = test_sector(&disc, TOP);
    test_dots(&place, TOP, NONE);
    test_record(&place, FAT, 20480, 0, span_text("EFI.IMG;1"), NONE);
    test_record(&place, 50, 5000, 0, span_text("README.;1"), NONE);
}

static void containers_are_listed_inside(void **state)
{
    struct container c;
    struct image_index index;
    (void)state;
    make();
    assert_int_equal(container_read(&source, "", &c), 0);
    assert_int_equal(c.verdict, CONTAINER_SOUND);
    assert_string_equal(c.why, "");
    assert_true(image_index_open(span_of(c.block, c.block_len), sizeof disc.data, &index));
    assert_int_equal(index.tree, IMAGE_TREE_ISO9660);
    assert_string_equal(index.volume, "A LABEL");
    assert_string_equal(index.system, "A SYSTEM");
    const struct image_index_entry *inside =
        image_index_find(&index, span_text("efi.img/BOOT.EFI"), false);
    assert_non_null(inside);
    assert_int_equal(index.extents[inside->extents].offset, FAT * TEST_SECTOR + 1536);
    assert_int_equal(inside->size, 100);
    container_done(&c);
    container_done(&c);

    /* what is damaged inside stays a file */
    disc.data[FAT * TEST_SECTOR + 1024 + 26] = 200;
    assert_int_equal(container_read(&source, "", &c), 0);
    assert_true(image_index_open(span_of(c.block, c.block_len), sizeof disc.data, &index));
    assert_int_equal(index.entry_count, 2);
    assert_string_equal(index.note, "\"efi.img\" in it is damaged, and is not opened");
    container_done(&c);
}

static void refusals_are_sentences(void **state)
{
    struct container c;
    (void)state;
    make();
    disc.len = 50 * TEST_SECTOR + 4999;
    assert_int_equal(container_read(&source, "", &c), 0);
    assert_int_equal(c.verdict, CONTAINER_CUT);
    assert_string_equal(c.why, "the file ends at 104.9 KiB but its directory speaks of 128.0 KiB: "
                               "the download was cut short");
    disc.len = TOP * TEST_SECTOR;
    assert_int_equal(container_read(&source, "", &c), 0);
    assert_int_equal(c.verdict, CONTAINER_CUT);

    make();
    disc.data[TOP * TEST_SECTOR + 68] = 7;
    assert_int_equal(container_read(&source, "", &c), 0);
    assert_int_equal(c.verdict, CONTAINER_BROKEN);
    assert_string_equal(c.why,
                        "a folder in it makes no sense: the file is damaged, get it anew and "
                        "compare its checksum");

    memset(disc.data, 0, sizeof disc.data);
    assert_int_equal(container_read(&source, "", &c), 0);
    assert_int_equal(c.verdict, CONTAINER_NONE);
    assert_string_equal(c.why, "it is no ISO 9660, UDF or FAT image");

    make();
    is_failing = true;
    assert_int_equal(container_read(&source, "", &c), 0);
    assert_int_equal(c.verdict, CONTAINER_UNREADABLE);
    assert_string_equal(c.why, "the file cannot be read: look at the disk it lies on");
    assert_int_equal(container_read(&source, "absent", &c), 0);
    assert_int_equal(c.verdict, CONTAINER_UNREADABLE);
    assert_null(c.block);
}

/* The volume speaks of no more than the file has, but a file of it does, by a few bytes. */
static void a_few_bytes_are_told_as_bytes(void **state)
{
    struct container c;
    (void)state;
    make();
    struct test_place place = test_sector(&disc, 16);
    test_skip(&place, 80);
    test_both32(&place, 1);
    disc.len = 50 * TEST_SECTOR + 4999;
    assert_int_equal(container_read(&source, "", &c), 0);
    assert_int_equal(c.verdict, CONTAINER_CUT);
    assert_string_equal(c.why, "the file ends 1 bytes before what its directory speaks of: the "
                               "download was cut short");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(containers_are_listed_inside),
        cmocka_unit_test(refusals_are_sentences),
        cmocka_unit_test(a_few_bytes_are_told_as_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
