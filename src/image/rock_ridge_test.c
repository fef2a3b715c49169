/* Tests of image/rock_ridge: what the system use of a record says, entry by entry, continued, cut,
 * and without an end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "image/rock_ridge.h"
#include "image/test_disc.h"

#include <cmocka.h>

#define TEXT(s)                                                                                    \
    {                                                                                              \
        .data = (const uint8_t *)(s), .len = sizeof(s) - 1                                         \
    }

static struct test_disc disc;

static bool read_system_use(struct span system_use, uint8_t skip, struct rock_ridge *out)
{
    struct span bytes = test_span(&disc);
    const struct image_source source = image_source_over(&bytes);
    struct view *view = view_open(&source, "");
    assert_non_null(view);
    bool works = rock_ridge_read(view, TEST_SECTOR, system_use, skip, out);
    view_free(view);
    return works;
}

static void entries_are_read(void **state)
{
    static const struct {
        const char *name;
        struct span in;
        uint8_t skip;
        enum rock_ridge_kind kind;
        const char *want, *target;
        int64_t modified_s;
    } cases[] = {
        { "nothing", TEXT(""), 0, ROCK_RIDGE_UNTOLD, "", "", 0 },
        { "a name", TEXT("NM\x08\1\0abc"), 0, ROCK_RIDGE_UNTOLD, "abc", "", 0 },
        { "skipped", TEXT("xxNM\x08\1\0abc"), 2, ROCK_RIDGE_UNTOLD, "abc", "", 0 },
        { "skipped beyond the end", TEXT("NM\x08\1\0abc"), 20, ROCK_RIDGE_UNTOLD, "", "", 0 },
        { "a name in two", TEXT("NM\x08\1\1abcNM\x06\1\0d"), 0, ROCK_RIDGE_UNTOLD, "abcd", "", 0 },
        { "a second name", TEXT("NM\x08\1\0abcNM\x06\1\0d"), 0, ROCK_RIDGE_UNTOLD, "abc", "", 0 },
        { "the name of itself", TEXT("NM\x05\1\2"), 0, ROCK_RIDGE_UNTOLD, "", "", 0 },
        { "a name behind the end", TEXT("ST\4\1NM\x08\1\0abc"), 0, ROCK_RIDGE_UNTOLD, "", "", 0 },
        { "padding", TEXT("NM\x08\1\0abc\0\0\0"), 0, ROCK_RIDGE_UNTOLD, "abc", "", 0 },
        { "a name that is cut", TEXT("NM\x09\1\0abc"), 0, ROCK_RIDGE_UNTOLD, "", "", 0 },
        { "an unknown entry before", TEXT("XX\5\1?NM\x08\1\0abc"), 0, ROCK_RIDGE_UNTOLD, "abc", "",
          0 },
        { "a file", TEXT("PX\x0c\1\xa4\x81\0\0\0\0\x81\xa4"), 0, ROCK_RIDGE_FILE, "", "", 0 },
        { "a folder", TEXT("PX\x0c\1\xed\x41\0\0\0\0\x41\xed"), 0, ROCK_RIDGE_FOLDER, "", "", 0 },
        { "a link", TEXT("PX\x0c\1\xff\xa1\0\0\0\0\xa1\xff"), 0, ROCK_RIDGE_LINK, "", "", 0 },
        { "a device", TEXT("PX\x0c\1\xb0\x61\0\0\0\0\x61\xb0"), 0, ROCK_RIDGE_OTHER, "", "", 0 },
        { "a mode that is cut", TEXT("PX\x08\1\xff\xa1\0\0"), 0, ROCK_RIDGE_UNTOLD, "", "", 0 },
        { "a target", TEXT("SL\x0c\1\0\0\1a\0\2bc"), 0, ROCK_RIDGE_UNTOLD, "", "a/bc", 0 },
        { "from the top", TEXT("SL\x0a\1\0\x08\0\0\1a"), 0, ROCK_RIDGE_UNTOLD, "", "/a", 0 },
        { "the top", TEXT("SL\7\1\0\x08\0"), 0, ROCK_RIDGE_UNTOLD, "", "/", 0 },
        { "up and here", TEXT("SL\x0e\1\0\4\0\4\0\2\0\0\1a"), 0, ROCK_RIDGE_UNTOLD, "", "../.././a",
          0 },
        { "a part in two", TEXT("SL\x08\1\1\1\1aSL\x0b\1\0\0\1b\0\1c"), 0, ROCK_RIDGE_UNTOLD, "",
          "ab/c", 0 },
        { "a target in two", TEXT("SL\x08\1\1\0\1aSL\x08\1\0\0\1b"), 0, ROCK_RIDGE_UNTOLD, "",
          "a/b", 0 },
        { "a part that is cut", TEXT("SL\x08\1\0\0\7a"), 0, ROCK_RIDGE_UNTOLD, "", "", 0 },
        { "times", TEXT("TF\x0c\1\2\x78\1\1\0\0\1\0"), 0, ROCK_RIDGE_UNTOLD, "", "", 1577836801 },
        { "times behind creation", TEXT("TF\x13\1\3\x50\1\1\0\0\0\0\x78\1\1\0\0\1\0"), 0,
          ROCK_RIDGE_UNTOLD, "", "", 1577836801 },
        { "times in digits",
          TEXT("TF\x16\1\x82"
               "2020010100000100\0"),
          0, ROCK_RIDGE_UNTOLD, "", "", 1577836801 },
        { "no time of change", TEXT("TF\x0c\1\1\x78\1\1\0\0\1\0"), 0, ROCK_RIDGE_UNTOLD, "", "",
          0 },
    };
    static struct rock_ridge out;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (!read_system_use(cases[i].in, cases[i].skip, &out) || out.kind != cases[i].kind ||
            strcmp(out.name.data, cases[i].want) != 0 ||
            strcmp(out.target.data, cases[i].target) != 0 || out.modified_s != cases[i].modified_s)
            fail_msg("%s: kind %d, \"%s\", \"%s\", %d", cases[i].name, out.kind, out.name.data,
                     out.target.data, (int)out.modified_s);
    }
}

static void marks_are_read(void **state)
{
    static struct rock_ridge out;
    (void)state;
    assert_true(read_system_use(span_text("RE\4\1"), 0, &out));
    assert_true(out.is_relocated && !out.has_child && !out.is_compressed);
    assert_true(read_system_use(span_of("CL\x0c\1\x07\0\0\0\0\0\0\x07", 12), 0, &out));
    assert_true(out.has_child && out.child == 7 && !out.is_relocated);
    assert_true(read_system_use(span_of("CL\x08\1\x07\0\0\0", 8), 0, &out));
    assert_false(out.has_child);
    assert_true(read_system_use(span_of("ZF\x10\1pz\4\x0f\0\0\0\0\0\0\0\0", 16), 0, &out));
    assert_true(out.is_compressed);
}

static struct span continuation(uint32_t block, uint32_t offset, uint32_t length)
{
    static struct test_disc entry;
    struct test_place place = { &entry, 0 };
    test_text(&place, "CE\x1c\1");
    test_both32(&place, block);
    test_both32(&place, offset);
    test_both32(&place, length);
    return span_of(entry.data, place.at);
}

static void continuations_are_followed(void **state)
{
    static struct rock_ridge out;
    char name[2500];
    (void)state;
    struct test_place place = test_sector(&disc, 3);
    test_skip(&place, 100);
    struct test_place first = place;
    test_text(&place, "NM\x08\1\1abc");
    test_bytes(&place, continuation(5, 7, 8).data, 28);
    place = test_sector(&disc, 5);
    test_skip(&place, 7);
    test_text(&place, "NM\x08\1");
    test_u8(&place, 0);
    test_text(&place, "def");
    assert_true(read_system_use(continuation(3, 100, 36), 0, &out));
    assert_string_equal(out.name.data, "abcdef");

    /* each of them leads nowhere */
    assert_false(read_system_use(continuation(TEST_SECTORS, 0, 8), 0, &out));
    assert_false(read_system_use(continuation(UINT32_MAX, UINT32_MAX, 8), 0, &out));
    assert_false(read_system_use(continuation(3, 0, TEST_SECTOR + 1), 0, &out));
    assert_true(read_system_use(continuation(UINT32_MAX, 0, 0), 0, &out));

    /* to itself */
    test_bytes(&first, continuation(3, 100, 28).data, 28);
    assert_false(read_system_use(continuation(3, 100, 28), 0, &out));

    /* a name without an end is cut */
    memset(name, 'n', sizeof name);
    for (size_t i = 0; i + 250 < sizeof name; i += 250)
        memcpy(name + i, "NM\xfa\1\1", 5);
    assert_true(read_system_use(span_of(name, sizeof name), 0, &out));
    assert_true(out.name.failed);
}

static void rock_ridge_is_noticed(void **state)
{
    static const struct {
        const char *name;
        struct span in;
        bool want;
        uint8_t skip;
    } cases[] = {
        { "SP and RR", TEXT("SP\7\1\xbe\xef\0RR\5\1\x81"), true, 0 },
        { "SP and PX", TEXT("SP\7\1\xbe\xef\x0fPX\x0c\1\xed\x41\0\0\0\0\x41\xed"), true, 15 },
        { "behind XA", TEXT("12345678901234SP\7\1\xbe\xef\x0eRR\5\1\x81"), true, 14 },
        { "SP alone", TEXT("SP\7\1\xbe\xef\0"), false, 0 },
        { "RR alone", TEXT("RR\5\1\x81"), false, 0 },
        { "another mark", TEXT("SP\7\1\xbe\xee\0RR\5\1\x81"), false, 0 },
        { "SP that is cut", TEXT("SP\6\1\xbe\xefRR\5\1\x81"), false, 0 },
        { "nothing", TEXT(""), false, 0 },
    };
    struct span bytes = test_span(&disc);
    const struct image_source source = image_source_over(&bytes);
    struct view *view = view_open(&source, "");
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t skip = 0;
        bool got = rock_ridge_probe(view, TEST_SECTOR, cases[i].in, &skip);
        if (got != cases[i].want || skip != cases[i].skip)
            fail_msg("%s: %d, %u", cases[i].name, got, skip);
    }
    view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_read),
        cmocka_unit_test(marks_are_read),
        cmocka_unit_test(continuations_are_followed),
        cmocka_unit_test(rock_ridge_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
