/* Which bytes a digest covers: every byte of a small file is changed, one at a time. And the walk
 * over certificate tables, whole and damaged. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "image/authenticode.h"
#include "image/test_pe.h"

#include <cmocka.h>

/* An entry of 12 bytes of length 11, then one of 8 + 16 + 4. */
static const uint8_t table[] = {
    11,   0,    0,    0,    0,    2,    2,    0,    'a',  'b',  'c',  0,    0,    0,    0,    0,
    28,   0,    0,    0,    0,    2,    0xf1, 0x0e, 0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49,
    0x8a, 0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7, 'd',  'e',  'f',  'g',  0,    0,    0,    0,
};

static const struct test_pe signed_pe = { .directories = 16,
                                          .table = { .data = table, .len = sizeof table } };
static const struct test_pe signed_pe32 = { .is_pe32 = true,
                                            .directories = 16,
                                            .table = { .data = table, .len = sizeof table } };
static const struct test_pe unsigned_pe = { .directories = 16 };
static const struct test_pe small_pe = { .directories = 4 };

static int digest(struct test_file *f, struct digest *ret, struct pe *pe)
{
    struct span bytes = span_of(f->data, f->len);
    struct image_source source = image_source_over(&bytes);
    if (pe_read(&source, "", pe) != PE_SOUND)
        return -EINVAL;
    return authenticode_digest(&source, "", pe, DIGEST_SHA256, ret);
}

/* S = 0x200 + 0x200 + 0x200 = 0x600 lies before the end of the last section at 0x800, so the data
 * "behind" begins there: what lies in the gap before the first section is not covered. */
static bool is_covered(size_t at, size_t optional, const struct test_pe *made)
{
    size_t security = optional + (made->is_pe32 ? 128 : 144);
    if (at >= optional + 64 && at < optional + 68)
        return false;
    if (made->directories > 4 && at >= security && at < security + 8)
        return false;
    return !(at >= TEST_PE_HEADERS && at < TEST_PE_FIRST) && at < TEST_PE_END;
}

static void every_byte_counts_or_does_not(void **state)
{
    static const struct test_pe *const files[] = { &signed_pe, &signed_pe32, &unsigned_pe,
                                                   &small_pe };
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        static struct test_file f;
        struct digest want, got;
        struct pe pe;
        f = (struct test_file){ 0 };
        size_t optional = test_make_whole_pe(&f, files[i]);
        size_t security = optional + (files[i]->is_pe32 ? 128 : 144);
        assert_int_equal(digest(&f, &want, &pe), 0);
        for (size_t at = 0; at < f.len; at++) {
            /* The entry's length says where the covered part ends; changing it is another thing. */
            if (files[i]->directories > 4 && at >= security && at < security + 8)
                continue;
            f.data[at] ^= 0x40;
            bool is_same = digest(&f, &got, &pe) == 0 && digest_equals(&want, &got);
            if (is_same == is_covered(at, optional, files[i]))
                fail_msg("file %zu, byte %zx: %s", i, at, is_same ? "not noticed" : "noticed");
            f.data[at] ^= 0x40;
        }
    }
}

/* What the specification leaves open and EDK2 decides. */
static void ranges_follow_the_sum(void **state)
{
    static struct test_file f;
    struct authenticode_ranges ranges;
    struct pe pe;
    struct digest d;
    (void)state;

    size_t optional = test_make_whole_pe(&f, &signed_pe);
    assert_int_equal(digest(&f, &d, &pe), 0);
    assert_true(authenticode_ranges_of(&pe, &ranges));
    assert_int_equal(ranges.count, 6);
    assert_int_equal(ranges.items[0].len, optional + 64);
    assert_int_equal(ranges.items[1].at, optional + 68);
    assert_int_equal(ranges.items[1].len, 144 - 68);
    assert_int_equal(ranges.items[2].at, optional + 152);
    assert_int_equal(ranges.items[2].len, TEST_PE_HEADERS - (optional + 152));
    assert_int_equal(ranges.items[5].at, 0x600);
    assert_int_equal(ranges.items[5].len, TEST_PE_END - 0x600);

    /* Sections in the order of the file, whatever the order in the table. */
    for (size_t at = 0; at < 40; at++) {
        uint8_t other = f.data[optional + 280 + at];
        f.data[optional + 280 + at] = f.data[optional + 240 + at];
        f.data[optional + 240 + at] = other;
    }
    assert_int_equal(digest(&f, &d, &pe), 0);
    assert_true(authenticode_ranges_of(&pe, &ranges));
    assert_int_equal(ranges.items[3].at, TEST_PE_FIRST);

    pe.certificate_bytes = (uint32_t)(pe.file_bytes - 0x600);
    assert_true(authenticode_ranges_of(&pe, &ranges));
    assert_int_equal(ranges.count, 5);
    pe.certificate_bytes++;
    assert_false(authenticode_ranges_of(&pe, &ranges));
}

static void tables_are_walked(void **state)
{
    static const struct {
        const char *name;
        size_t at;
        uint8_t value;
        size_t count;
        bool is_whole;
        enum authenticode_entry_kind first;
    } cases[] = {
        { "as it should be", 0, 11, 2, true, AUTHENTICODE_PKCS7 },
        { "length without content", 0, 8, 0, false, AUTHENTICODE_PKCS7 },
        { "length below its own header", 0, 7, 0, false, AUTHENTICODE_PKCS7 },
        { "length beyond the table", 0, 49, 0, false, AUTHENTICODE_PKCS7 },
        { "length to the table's end", 0, 48, 1, true, AUTHENTICODE_PKCS7 },
        { "length into the next entry", 0, 20, 1, false, AUTHENTICODE_PKCS7 },
        { "X.509, passed over", 6, 1, 2, true, AUTHENTICODE_OTHER },
        { "second ends within its GUID", 16, 24, 1, false, AUTHENTICODE_PKCS7 },
        { "second with another GUID", 24, 0, 2, true, AUTHENTICODE_PKCS7 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static struct test_file f;
        struct authenticode_table read;
        struct pe pe;
        f = (struct test_file){ 0 };
        (void)test_make_whole_pe(&f, &signed_pe);
        f.data[TEST_PE_END + cases[i].at] = cases[i].value;
        struct span bytes = span_of(f.data, f.len);
        struct image_source source = image_source_over(&bytes);
        assert_int_equal(pe_read(&source, "", &pe), PE_SOUND);
        authenticode_table_read(&source, "", &pe, &read);
        if (read.count != cases[i].count || read.is_whole != cases[i].is_whole ||
            (read.count > 0 && read.items[0].kind != cases[i].first))
            fail_msg("%s: %zu entries, %s", cases[i].name, read.count,
                     read.is_whole ? "whole" : "not whole");
        assert_true(read.is_last);
        for (size_t n = 0; n < read.count; n++)
            assert_true(read.items[n].at + read.items[n].len <= f.len);
    }
}

static void entries_point_to_signatures(void **state)
{
    static struct test_file f;
    struct authenticode_table read;
    struct pe pe;
    (void)state;
    (void)test_make_whole_pe(&f, &signed_pe);
    f.data[f.len] = 0;
    f.len++;
    struct span bytes = span_of(f.data, f.len);
    struct image_source source = image_source_over(&bytes);
    assert_int_equal(pe_read(&source, "", &pe), PE_SOUND);
    authenticode_table_read(&source, "", &pe, &read);
    assert_int_equal(read.count, 2);
    assert_false(read.is_last);
    assert_memory_equal(f.data + read.items[0].at, "abc", read.items[0].len);
    assert_memory_equal(f.data + read.items[1].at, "defg", read.items[1].len);
    assert_int_equal(read.items[1].type, 0x0ef1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_counts_or_does_not),
        cmocka_unit_test(ranges_follow_the_sum),
        cmocka_unit_test(tables_are_walked),
        cmocka_unit_test(entries_point_to_signatures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
