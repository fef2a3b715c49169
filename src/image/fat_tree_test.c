/* Tests of image/fat_volume, fat_name and fat_tree: a small FAT12 file system made here, with long
 * names, fragments, and chains that lead nowhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "image/disc_time.h"
#include "image/fat_name.h"
#include "image/fat_tree.h"
#include "image/test_disc.h"

#include <cmocka.h>

#define SECTOR    512
#define TOP_AT    (2 * SECTOR) /* behind one boot sector and one table */
#define CLUSTERS  60
#define DATA_AT   (3 * SECTOR)
#define DISK_SIZE (DATA_AT + CLUSTERS * SECTOR)
#define FOLDER    0x10
#define LABEL     0x08
#define LONG      0x0f

static struct test_disc disk;
static char said[4096];

static void make_boot(unsigned sectors)
{
    struct test_place place = { &disk, 0 };
    test_bytes(&place, "\xeb\x3c\x90MSDOS5.0", 11);
    test_le16(&place, SECTOR);
    test_u8(&place, 1);
    test_le16(&place, 1);
    test_u8(&place, 1);
    test_le16(&place, 16);
    test_le16(&place, sectors);
    test_u8(&place, 0xf8);
    test_le16(&place, 1);
    test_skip(&place, 14);
    test_u8(&place, 0x29);
    test_skip(&place, 4);
    test_text(&place, "A LABEL    ");
}

static void set_chain(uint32_t cluster, uint32_t next)
{
    uint8_t *at = disk.data + SECTOR + cluster + cluster / 2;
    if (cluster & 1) {
        at[0] = (uint8_t)((at[0] & 0x0f) | next << 4);
        at[1] = (uint8_t)(next >> 4);
    } else {
        at[0] = (uint8_t)next;
        at[1] = (uint8_t)((at[1] & 0xf0) | (next >> 8 & 0x0f));
    }
}

/* 2025-06-15 12:30:10 */
static void add_entry(struct test_place *place, const char *name, unsigned attributes,
                      unsigned cases, unsigned cluster, uint32_t size)
{
    assert_int_equal(strlen(name), 11);
    test_text(place, name);
    test_u8(place, attributes);
    test_u8(place, cases);
    test_skip(place, 9);
    test_le16(place, 12 << 11 | 30 << 5 | 5);
    test_le16(place, 45 << 9 | 6 << 5 | 15);
    test_le16(place, cluster);
    test_le32(place, size);
}

static unsigned sum_of(const char *short_name)
{
    unsigned sum = 0;
    for (size_t i = 0; i < 11; i++)
        sum = (((sum & 1) << 7 | sum >> 1) + (uint8_t)short_name[i]) & 0xff;
    return sum;
}

/* One part of a long name: 13 characters, of which `text` may have fewer. */
static void add_part(struct test_place *place, unsigned order, const char *text, unsigned sum)
{
    uint16_t units[13];
    size_t len = strlen(text);
    for (size_t i = 0; i < 13; i++)
        units[i] = i < len ? (uint8_t)text[i] : i == len ? 0 : 0xffff;
    test_u8(place, order);
    for (size_t i = 0; i < 13; i++) {
        if (i == 5)
            test_bytes(place, (const uint8_t[]){ LONG, 0, (uint8_t)sum }, 3);
        if (i == 11)
            test_le16(place, 0);
        test_le16(place, units[i]);
    }
}

static struct test_place make(void)
{
    disk.len = DISK_SIZE;
    memset(disk.data, 0, sizeof disk.data);
    make_boot(3 + CLUSTERS);
    return (struct test_place){ &disk, TOP_AT };
}

static enum tree_flaw list(void)
{
    struct span bytes = test_span(&disk);
    const struct image_source source = image_source_over(&bytes);
    struct view *view = view_open(&source, "");
    struct index_builder *b = index_builder_new(bytes.len);
    struct text t = text_over(said, sizeof said);
    struct fat_volume volume;
    struct fat_label label;
    enum tree_flaw flaw = fat_tree_probe(view, &volume, &label);
    if (flaw == TREE_SOUND)
        flaw = fat_tree_read(view, &volume, b, INDEX_TOP);
    if (flaw == TREE_SOUND)
        test_list(b, bytes.len, &t);
    index_builder_free(b);
    view_free(view);
    return flaw;
}

static void check_list(const char *name, const char *want)
{
    enum tree_flaw flaw = list();
    if (flaw != TREE_SOUND || strcmp(said, want) != 0)
        fail_msg("%s: flaw %d, %s", name, flaw, said);
}

static void files_are_listed(void **state)
{
    (void)state;
    struct test_place place = make();
    add_entry(&place, "A LABEL    ", LABEL, 0, 0, 0);
    add_entry(&place, "KERNEL  IMG", 0, 0, 2, 513);
    add_entry(&place, "EFI        ", FOLDER, 0, 5, 0);
    add_entry(&place,
              "\xe5"
              "ELETED TXT",
              0, 0, 9, 5);
    add_entry(&place, "LOWER   TXT", 0, 0x18, 0, 0);
    add_entry(&place,
              "\x9a"
              "BER       ",
              0, 0, 0, 0);
    add_entry(&place,
              "\x05"
              "X         ",
              0, 0, 0, 0);
    set_chain(2, 4);
    set_chain(4, 0xfff);
    set_chain(5, 7);
    set_chain(7, 0xff8);
    place.at = DATA_AT + 3 * SECTOR;
    add_entry(&place, ".          ", FOLDER, 0, 5, 0);
    add_entry(&place, "..         ", FOLDER, 0, 0, 0);
    for (unsigned i = 0; i < 14; i++)
        add_entry(&place, "\xe5          ", LONG, 0, 0, 0);
    place.at = DATA_AT + 5 * SECTOR;
    add_entry(&place, "BOOT    EFI", 0, 0, 20, 100);
    check_list("files", "EFI/ EFI/BOOT.EFI(100@10752) KERNEL.IMG(512@1536+1@2560) lower.txt() "
                        "\xc3\x9c"
                        "BER() \xcf\x83X() ");
}

static void long_names_are_read(void **state)
{
    (void)state;
    struct test_place place = make();
    unsigned sum = sum_of("ALONGN~1TXT");
    add_part(&place, 0x42, "e.txt", sum);
    add_part(&place, 0x01, "A longer nam", sum); /* 12 characters and a NUL */
    add_entry(&place, "ALONGN~1TXT", 0, 0, 0, 0);
    add_part(&place, 0x42, "e.txt", sum);
    add_part(&place, 0x01, "B longer, nam", sum);
    add_entry(&place, "ALONGN~1TXT", 0, 0, 0, 0);
    /* of another short name */
    add_part(&place, 0x41, "not this", sum);
    add_entry(&place, "C       TXT", 0, 0, 0, 0);
    /* without its first part */
    add_part(&place, 0x42, "e.txt", sum_of("D       TXT"));
    add_entry(&place, "D       TXT", 0, 0, 0, 0);
    /* out of order */
    add_part(&place, 0x43, "e.txt", sum_of("E       TXT"));
    add_part(&place, 0x01, "A longer name", sum_of("E       TXT"));
    add_entry(&place, "E       TXT", 0, 0, 0, 0);
    check_list("long names", "A longer nam() B longer, name.txt() C.TXT() D.TXT() E.TXT() ");
}

static void broken_chains_are_refused(void **state)
{
    static const struct {
        const char *name;
        uint32_t cluster, next;
        enum tree_flaw flaw;
    } cases[] = {
        { "sound", 2, 3, TREE_SOUND },
        { "the file ends early", 2, 0xfff, TREE_DAMAGED },
        { "the file goes on in a free one", 2, 0, TREE_DAMAGED },
        { "the file goes on behind the end", 2, 2 + CLUSTERS, TREE_DAMAGED },
        { "the file runs in a circle", 2, 2, TREE_SOUND }, /* as far as it is long */
        { "the folder runs in a circle", 10, 10, TREE_ENDLESS },
        { "the folder ends in a bad cluster", 10, 0xff7, TREE_DAMAGED },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct test_place place = make();
        add_entry(&place, "FILE       ", 0, 0, 2, 2 * SECTOR);
        add_entry(&place, "FOLDER     ", FOLDER, 0, 10, 0);
        set_chain(2, 3);
        set_chain(3, 0xfff);
        set_chain(10, 0xfff);
        place.at = DATA_AT + 8 * SECTOR;
        for (unsigned j = 0; j < SECTOR / FAT_ENTRY_BYTES; j++)
            add_entry(&place, "\xe5          ", 0, 0, 0, 0);
        set_chain(cases[i].cluster, cases[i].next);
        enum tree_flaw flaw = list();
        if (flaw != cases[i].flaw)
            fail_msg("%s: %d, %s", cases[i].name, flaw, said);
    }
    struct test_place place = make();
    add_entry(&place, "FOLDER     ", FOLDER, 0, 10, 0);
    set_chain(10, 0xfff);
    place.at = DATA_AT + 8 * SECTOR;
    add_entry(&place, "AGAIN      ", FOLDER, 0, 10, 0);
    assert_int_equal(list(), TREE_ENDLESS);
    place.at = DATA_AT + 8 * SECTOR;
    add_entry(&place, "NOWHERE    ", FOLDER, 0, 1, 0);
    assert_int_equal(list(), TREE_DAMAGED);
}

static void a_cut_disk_is_noticed(void **state)
{
    (void)state;
    struct test_place place = make();
    add_entry(&place, "FILE       ", 0, 0, 61, 10);
    disk.len = DATA_AT + 59 * SECTOR + 10;
    check_list("whole", "FILE(10@31744) ");
    disk.len--;
    check_list("cut", "refused, needs 31754");
    disk.len = TOP_AT;
    assert_int_equal(list(), TREE_UNREADABLE);
}

static void boot_sectors_are_told_apart(void **state)
{
    static const struct {
        const char *name;
        size_t at;
        uint8_t byte;
        bool want;
    } cases[] = {
        { "sound", 3, 'X', true },
        { "no jump", 0, 0x33, false },
        { "sectors of 0 bytes", 12, 0, false },
        { "sectors of 768 bytes", 12, 3, false },
        { "sectors of 8 KiB", 12, 32, false },
        { "3 sectors a cluster", 13, 3, false },
        { "no sectors a cluster", 13, 0, false },
        { "nothing reserved", 14, 0, false },
        { "no table", 16, 0, false },
        { "9 tables", 16, 9, false },
        { "no top folder", 17, 0, false },
        { "a table longer than the disk", 23, 1, false },
        { "media 0", 21, 0, false },
    };
    struct fat_volume volume;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)make();
        disk.data[cases[i].at] = cases[i].byte;
        if (fat_volume_decode(span_of(disk.data, SECTOR), &volume) != cases[i].want)
            fail_msg("%s", cases[i].name);
    }
    (void)make();
    assert_true(fat_volume_decode(span_of(disk.data, SECTOR), &volume));
    assert_int_equal(volume.bits, 12);
    assert_int_equal(volume.clusters, CLUSTERS);
    assert_int_equal(volume.bytes, DISK_SIZE);
    assert_true(span_is(volume.label, "A LABEL    "));
    for (size_t len = 0; len < 82; len++)
        assert_false(fat_volume_decode(span_of(disk.data, len), &volume));

    /* which of the three it is: by the number of clusters */
    disk.data[19] = disk.data[20] = 0;
    static const struct {
        uint32_t sectors;
        uint8_t bits;
    } sizes[] = { { 3 + 4084, 12 }, { 3 + 4085, 16 }, { 3 + 65524, 16 } };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct test_place place = { &disk, 32 };
        test_le32(&place, sizes[i].sectors);
        assert_true(fat_volume_decode(span_of(disk.data, SECTOR), &volume));
        assert_int_equal(volume.bits, sizes[i].bits);
    }
}

static void times_are_civil(void **state)
{
    (void)state;
    assert_int_equal(disc_time_fat(45 << 9 | 6 << 5 | 15, 12 << 11 | 30 << 5 | 5), 1749990610);
    assert_int_equal(disc_time_fat(0, 0), 0);
    assert_int_equal(disc_time_fat(13 << 5 | 1, 0), 0);
    assert_int_equal(disc_time_civil(1970, 1, 1, 0, 0, 1, 0), 1);
    assert_int_equal(disc_time_civil(1969, 12, 31, 23, 59, 59, 0), 0);
    assert_int_equal(disc_time_civil(2000, 2, 29, 0, 0, 0, 0), 951782400);
    assert_int_equal(disc_time_civil(2000, 3, 1, 0, 0, 0, 60), 951865200);
    assert_int_equal(disc_time_civil(2100, 3, 1, 0, 0, 0, 0), 4107542400);
    assert_int_equal(disc_time_civil(2024, 1, 1, 24, 0, 0, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_listed),
        cmocka_unit_test(long_names_are_read),
        cmocka_unit_test(broken_chains_are_refused),
        cmocka_unit_test(a_cut_disk_is_noticed),
        cmocka_unit_test(boot_sectors_are_told_apart),
        cmocka_unit_test(times_are_civil),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
