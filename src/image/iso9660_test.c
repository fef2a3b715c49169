/* Tests of image/iso9660: volumes and folders of discs made here, whole, odd and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "image/iso9660.h"
#include "image/iso_record.h"
#include "image/test_disc.h"

#include <cmocka.h>

#define TOP        20 /* sectors */
#define JOLIET_TOP 21
#define SUB        22
#define NONE       ((struct span){ 0 })
#define ROCK       span_of("SP\7\1\xbe\xef\0RR\5\1\x81", 12)

static struct test_disc disc;
static char said[4096];

static void make(void)
{
    disc.len = 0;
    memset(disc.data, 0, sizeof disc.data);
    test_volume(&disc, 16, 1, 1, "", TOP);
    test_end(&disc, 17);
}

static const char *list(enum image_tree tree, enum tree_flaw *flaw)
{
    struct span bytes = test_span(&disc);
    const struct image_source source = image_source_over(&bytes);
    struct view *view = view_open(&source, "");
    struct index_builder *b = index_builder_new(bytes.len);
    struct text t = text_over(said, sizeof said);
    struct iso_volumes volumes;

    *flaw = iso9660_probe(view, &volumes);
    if (*flaw == TREE_SOUND)
        *flaw = iso9660_read_tree(view, &volumes, tree, b, INDEX_TOP);
    if (*flaw == TREE_SOUND)
        test_list(b, bytes.len, &t);
    index_builder_free(b);
    view_free(view);
    return said;
}

static void check_list(const char *name, enum image_tree tree, const char *want)
{
    enum tree_flaw flaw;
    (void)list(tree, &flaw);
    if (flaw != TREE_SOUND || strcmp(said, want) != 0)
        fail_msg("%s: flaw %d, %s", name, flaw, said);
}

static struct test_place top_with_dots(struct span system_use)
{
    struct test_place place = test_sector(&disc, TOP);
    test_dots(&place, TOP, system_use);
    return place;
}

static void names_lose_what_iso_9660_added(void **state)
{
    static const struct {
        const char *in, *plain, *joliet;
    } cases[] = {
        { "FILE.TXT;1", "FILE.TXT", "FILE.TXT" },
        { "FILE.;1", "FILE", "FILE." },
        { "FILE;12", "FILE", "FILE" },
        { "FILE", "FILE", "FILE" },
        { "FILE;", "FILE;", "FILE;" },
        { "A;B", "A;B", "A;B" },
        { ";1", ";1", ";1" },
        { ".", ".", "." },
        { "1234", "1234", "1234" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (!span_is(iso_plain_name(span_text(cases[i].in)), cases[i].plain) ||
            !span_is(iso_without_version(span_text(cases[i].in)), cases[i].joliet))
            fail_msg("%s", cases[i].in);
}

static void plain_names_are_lower_case(void **state)
{
    (void)state;
    make();
    struct test_place place = top_with_dots(NONE);
    test_record(&place, 30, 100, 0, span_text("KERNEL.IMG;1"), NONE);
    test_record(&place, SUB, TEST_SECTOR, 2, span_text("SUB"), NONE);
    test_record(&place, 31, 0, 0, span_text("EMPTY.;1"), NONE);
    place = test_sector(&disc, SUB);
    test_dots(&place, SUB, NONE);
    test_record(&place, 32, 2048, 0, span_text("A;1"), NONE);
    check_list("plain", IMAGE_TREE_ISO9660,
               "empty() kernel.img(100@61440) sub/ sub/a(2048@65536) ");
    test_volume(&disc, 17, 2, 2, "", TOP);
    test_end(&disc, 18);
    check_list("enhanced", IMAGE_TREE_ISO9660,
               "EMPTY() KERNEL.IMG(100@61440) SUB/ SUB/A(2048@65536) ");
}

static void joliet_is_utf_16(void **state)
{
    (void)state;
    make();
    test_volume(&disc, 17, 2, 1, "%/E", JOLIET_TOP);
    test_end(&disc, 18);
    struct test_place place = test_sector(&disc, JOLIET_TOP);
    test_dots(&place, JOLIET_TOP, NONE);
    test_record(&place, 30, 5, 0, span_of("\0G\0r\0\xf6\0\xdf\0e\0;\0001", 14), NONE);
    test_record(&place, 31, 6, 0, span_of("\xd8\x3d\xde\x00\x20\xac", 6), NONE);
    test_record(&place, 32, 7, 0, span_of("\xd8\x3d\0a", 4), NONE);
    check_list("joliet", IMAGE_TREE_JOLIET,
               "Gr\xc3\xb6\xc3\x9f"
               "e(5@61440) \xef\xbf\xbd"
               "a(7@65536) \xf0\x9f\x98\x80\xe2\x82\xac(6@63488) ");
}

static void rock_ridge_renames(void **state)
{
    (void)state;
    make();
    struct test_place place = top_with_dots(ROCK);
    test_record(&place, 30, 5, 0, span_text("A_LONG.TXT;1"), span_of("NM\x0b\1\0A long", 11));
    test_record(&place, 0, 0, 0, span_text("LINK.;1"),
                span_of("NM\x09\1\0linkPX\x0c\1\xff\xa1\0\0\0\0\xa1\xffSL\x0d\1\0\0\6A long", 34));
    test_record(&place, 0, 0, 0, span_text("DEV.;1"),
                span_of("PX\x0c\1\xb0\x61\0\0\0\0\x61\xb0", 12));
    test_record(&place, 31, 9, 0, span_text("PACKED.;1"),
                span_of("ZF\x10\1pz\4\x0f\0\0\0\0\0\0\0\0", 16));
    test_record(&place, 30, 5, 0, span_text("OTHER.;1"), NONE);
    check_list("names", IMAGE_TREE_ROCK_RIDGE,
               "A long(5@61440) link(5@61440) other(5@61440) "
               "[1 files in it are compressed (zisofs), which cannot be served]");
}

static void relocated_folders_are_where_they_belong(void **state)
{
    (void)state;
    make();
    struct test_place place = top_with_dots(ROCK);
    /* MOVED has the folder, marked RE; a file DEEP says where it is: CL */
    test_record(&place, SUB, TEST_SECTOR, 2, span_text("MOVED"), NONE);
    test_record(&place, 30, 0, 0, span_text("DEEP"),
                span_of("NM\x09\1\0deepCL\x0c\1\x17\0\0\0\0\0\0\x17", 21));
    place = test_sector(&disc, SUB);
    test_dots(&place, SUB, NONE);
    test_record(&place, SUB + 1, TEST_SECTOR, 2, span_text("DEEP"), span_text("RE\4\1"));
    place = test_sector(&disc, SUB + 1);
    test_dots(&place, SUB + 1, NONE);
    test_record(&place, 30, 5, 0, span_text("FILE"), NONE);
    check_list("relocated", IMAGE_TREE_ROCK_RIDGE, "deep/ deep/file(5@61440) moved/ ");

    /* it leads to what is no folder */
    memset(disc.data + (SUB + 1) * TEST_SECTOR, 0, TEST_SECTOR);
    enum tree_flaw flaw;
    (void)list(IMAGE_TREE_ROCK_RIDGE, &flaw);
    assert_int_equal(flaw, TREE_DAMAGED);
}

static void files_in_parts_are_one(void **state)
{
    (void)state;
    make();
    struct test_place place = top_with_dots(NONE);
    test_record(&place, 30, 2048, 0x80, span_text("BIG.WIM;1"), NONE);
    test_record(&place, 31, 2048, 0x80, span_text("BIG.WIM;1"), NONE);
    test_record(&place, 40, 10, 0, span_text("BIG.WIM;1"), NONE);
    test_record(&place, 50, 10, 4, span_text("FORK.;1"), NONE);
    test_record(&place, 51, 11, 0, span_text("FORK.;1"), NONE);
    check_list("parts", IMAGE_TREE_ISO9660, "big.wim(4096@61440+10@81920) fork(11@104448) ");

    make();
    place = top_with_dots(ROCK);
    test_record(&place, 30, 5, 0, span_text("A;1"), NONE);
    test_record(&place, 31, 2048, 0x80, span_text("DEV.;1"),
                span_of("PX\x0c\1\xb0\x61\0\0\0\0\x61\xb0", 12));
    test_record(&place, 32, 2048, 0, span_text("DEV.;1"), NONE);
    check_list("parts of what is left out", IMAGE_TREE_ROCK_RIDGE, "a(5@61440) ");
}

static void odd_discs_are_noted(void **state)
{
    (void)state;
    make();
    struct test_place place = top_with_dots(NONE);
    test_record(&place, TOP, TEST_SECTOR, 2, span_text("AGAIN"), NONE);
    struct test_place at = place;
    test_record(&place, 30, 5, 0, span_text("A;1"), NONE);
    disc.data[at.at + 6] = 1; /* the big-endian half of the extent */
    at = place;
    test_record(&place, 30, 5, 0, span_text("B;1"), NONE);
    disc.data[at.at + 26] = 1; /* the unit size of interleaving */
    test_record(&place, 30, 5, 0, span_of("C/D", 3), NONE);
    check_list("notes", IMAGE_TREE_ISO9660,
               "a(5@61440) again/ [1 names in it tell different numbers in the two byte orders; "
               "1 folders in it are others again, and are left empty; 1 files in it are "
               "interleaved, which cannot be served; one name is left out, with a slash in the "
               "name: \"c/d\"]");
}

static void folders_may_have_sectors(void **state)
{
    (void)state;
    make();
    struct test_place place = top_with_dots(NONE);
    test_record(&place, SUB, 2 * TEST_SECTOR, 2, span_text("SUB"), NONE);
    place = test_sector(&disc, SUB);
    test_dots(&place, SUB, NONE);
    place = test_sector(&disc, SUB + 1); /* the rest of the first is empty */
    test_record(&place, 30, 5, 0, span_text("SECOND"), NONE);
    check_list("two sectors", IMAGE_TREE_ISO9660, "sub/ sub/second(5@61440) ");
}

static void damaged_discs_are_refused(void **state)
{
    static const struct {
        const char *name;
        size_t at;
        uint8_t byte;
        enum tree_flaw flaw;
    } cases[] = {
        { "no descriptor", 16 * TEST_SECTOR + 1, 'X', TREE_ABSENT },
        { "a block of 0 bytes", 16 * TEST_SECTOR + 129, 0, TREE_DAMAGED },
        { "a block of 4096 bytes", 16 * TEST_SECTOR + 129, 16, TREE_DAMAGED },
        { "the top is no folder", 16 * TEST_SECTOR + 156 + 25, 0, TREE_DAMAGED },
        { "the top's record is cut", 16 * TEST_SECTOR + 156, 10, TREE_DAMAGED },
        { "a record of 10 bytes", TOP * TEST_SECTOR + 68, 10, TREE_DAMAGED },
        { "a name longer than the record", TOP * TEST_SECTOR + 68 + 32, 200, TREE_DAMAGED },
        { "a name of 0 bytes", TOP * TEST_SECTOR + 68 + 32, 0, TREE_DAMAGED },
        { "a folder of 4 GiB", TOP * TEST_SECTOR + 68 + 13, 0xff, TREE_DAMAGED },
        { "a folder behind the end", TOP * TEST_SECTOR + 68 + 4, 1, TREE_UNREADABLE },
        { "nothing is wrong", TOP * TEST_SECTOR + 3, 9, TREE_SOUND },
    };
    enum tree_flaw flaw;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        make();
        struct test_place place = top_with_dots(NONE);
        test_record(&place, SUB, TEST_SECTOR, 2, span_text("SUB"), NONE);
        place = test_sector(&disc, SUB);
        test_dots(&place, SUB, NONE);
        disc.data[cases[i].at] = cases[i].byte;
        (void)list(IMAGE_TREE_ISO9660, &flaw);
        if (flaw != cases[i].flaw)
            fail_msg("%s: %d", cases[i].name, flaw);
    }
}

/* Files and folders that are not there any more are noticed, wherever the disc ends. */
static void cut_discs_are_refused(void **state)
{
    enum tree_flaw flaw;
    (void)state;
    make();
    struct test_place place = top_with_dots(NONE);
    test_record(&place, SUB, TEST_SECTOR, 2, span_text("SUB"), NONE);
    test_record(&place, 30, 5, 0, span_text("FILE"), NONE);
    place = test_sector(&disc, SUB);
    test_dots(&place, SUB, NONE);
    disc.len = 30 * TEST_SECTOR + 5;
    check_list("whole", IMAGE_TREE_ISO9660, "file(5@61440) sub/ ");
    disc.len--;
    check_list("one byte", IMAGE_TREE_ISO9660, "refused, needs 61445");
    for (disc.len = 1; disc.len < (SUB + 1) * TEST_SECTOR; disc.len += 97) {
        (void)list(IMAGE_TREE_ISO9660, &flaw);
        assert_int_equal(flaw, disc.len < 17 * TEST_SECTOR ? TREE_ABSENT : TREE_UNREADABLE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_lose_what_iso_9660_added),
        cmocka_unit_test(plain_names_are_lower_case),
        cmocka_unit_test(joliet_is_utf_16),
        cmocka_unit_test(rock_ridge_renames),
        cmocka_unit_test(relocated_folders_are_where_they_belong),
        cmocka_unit_test(files_in_parts_are_one),
        cmocka_unit_test(odd_discs_are_noted),
        cmocka_unit_test(folders_may_have_sectors),
        cmocka_unit_test(damaged_discs_are_refused),
        cmocka_unit_test(cut_discs_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
