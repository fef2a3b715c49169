/* Spans, readers, writers and checked arithmetic at their edges: what is cut, what fails and
 * sticks, and that nothing is read or written beside the bytes. Buffers stand in blocks of exactly
 * their size inside larger ones, whose rims are looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/checked.h"
#include "base/reader.h"
#include "base/span.h"
#include "base/writer.h"

#include <cmocka.h>

static void span_cuts_what_lies_outside(void **state)
{
    static const struct {
        const char *name;
        size_t from, len;
        const char *want;
    } cases[] = {
        { "whole", 0, 5, "hello" },        { "middle", 1, 3, "ell" },
        { "too long", 3, 9, "lo" },        { "endless", 2, SIZE_MAX, "llo" },
        { "at the end", 5, 1, "" },        { "past the end", 6, 1, "" },
        { "far past", SIZE_MAX, 9, "" },   { "nothing", 0, 0, "" },
        { "nothing inside", 2, 0, "" },    { "both huge", SIZE_MAX, SIZE_MAX, "" },
        { "last byte", 4, SIZE_MAX, "o" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct span got = span_slice(span_text("hello"), cases[i].from, cases[i].len);
        if (!span_is(got, cases[i].want))
            fail_msg("%s: %zu bytes", cases[i].name, got.len);
    }
    assert_int_equal(span_from((struct span){ 0 }, 0).len, 0);
}

static void span_compares(void **state)
{
    (void)state;
    assert_true(span_equals((struct span){ 0 }, span_text("")));
    assert_true(span_equals((struct span){ 0 }, span_text(NULL)));
    assert_false(span_equals(span_text("a"), span_text("ab")));
    assert_true(span_equals(BYTES(0, 1, 0), BYTES(0, 1, 0)));
    assert_false(span_equals(BYTES(0, 1, 0), BYTES(0, 1, 1)));
    assert_true(span_starts_with(span_text("PXEClient:1"), "PXEClient"));
    assert_false(span_starts_with(span_text("PXE"), "PXEClient"));
    assert_true(span_starts_with((struct span){ 0 }, ""));
    assert_true(span_is_nocase(span_text("IpXe"), "iPXE"));
    assert_false(span_is_nocase(span_text("ipxe\xc4"), "ipxe\xe4"));
    assert_false(span_is_nocase(span_text("[\\]"), "{|}"));
}

static void span_finds(void **state)
{
    (void)state;
    assert_int_equal(span_find(span_text("a=b=c"), '='), 1);
    assert_int_equal(span_find(span_text("abc"), '='), 3);
    assert_int_equal(span_find((struct span){ 0 }, '='), 0);
    assert_int_equal(span_find(BYTES(1, 2, 0), 0), 2);
    assert_true(span_ends_with(span_text("a.iso"), ".iso"));
    assert_false(span_ends_with(span_text("a.ISO"), ".iso"));
    assert_true(span_ends_with_nocase(span_text("a.ISO"), ".iso"));
    assert_true(span_ends_with_nocase(span_text(".iso"), ".iso"));
    assert_false(span_ends_with_nocase(span_text("iso"), ".iso"));
    assert_true(span_ends_with((struct span){ 0 }, ""));
}

static void span_becomes_text(void **state)
{
    char small[4], one[1] = { 'x' }, none = 'x';
    (void)state;
    span_to_text(span_text("abcdef"), small, sizeof small);
    assert_string_equal(small, "abc");
    span_to_text(BYTES('a', 0, 'b', 0), small, sizeof small);
    assert_string_equal(small, "ab");
    span_to_text(span_text("a"), one, sizeof one);
    assert_int_equal(one[0], 0);
    span_to_text(span_text("a"), &none, 0);
    assert_int_equal(none, 'x');
}

static void reader_takes_in_order(void **state)
{
    struct reader r = reader_over(BYTES(1, 2, 3, 4, 5, 6, 7, 0x34, 0x12, 0x78, 0x56, 0x34, 0x92));
    (void)state;
    assert_int_equal(reader_u8(&r), 1);
    assert_int_equal(reader_be16(&r), 0x0203);
    assert_int_equal(reader_be32(&r), 0x04050607);
    assert_int_equal(reader_le16(&r), 0x1234);
    assert_int_equal(reader_le32(&r), 0x92345678);
    assert_int_equal(reader_left(&r), 0);
    assert_false(r.failed);
    assert_int_equal(reader_rest(&r).len, 0);
    assert_false(r.failed);
}

static void eight_bytes_go_both_ways(void **state)
{
    uint8_t block[16];
    struct writer w = writer_over(block, sizeof block);
    (void)state;
    writer_be64(&w, UINT64_C(0x0102030405060708));
    writer_le64(&w, UINT64_C(0xf1f2f3f4f5f6f7f8));
    assert_false(w.failed);
    assert_true(span_equals(writer_span(&w), BYTES(1, 2, 3, 4, 5, 6, 7, 8, 0xf8, 0xf7, 0xf6, 0xf5,
                                                   0xf4, 0xf3, 0xf2, 0xf1)));
    struct reader r = reader_over(writer_span(&w));
    assert_true(reader_be64(&r) == UINT64_C(0x0102030405060708));
    assert_true(reader_le64(&r) == UINT64_C(0xf1f2f3f4f5f6f7f8));
    assert_false(r.failed);
    for (size_t have = 0; have < 8; have++) {
        struct reader big = reader_over(span_of(block, have)), little = big;
        struct writer small = writer_over(block, have);
        assert_true(reader_be64(&big) == 0 && big.failed);
        assert_true(reader_le64(&little) == 0 && little.failed);
        writer_be64(&small, 1);
        assert_true(small.len == 0 && small.failed);
    }
}

static void reader_failure_sticks(void **state)
{
    (void)state;
    for (size_t have = 0; have < 4; have++) {
        struct reader r = reader_over(span_slice(BYTES(9, 9, 9, 9), 0, have));
        assert_int_equal(reader_be32(&r), 0);
        assert_true(r.failed);
        assert_int_equal(reader_left(&r), 0);
        assert_int_equal(reader_u8(&r), 0);
        assert_int_equal(reader_rest(&r).len, 0);
        assert_int_equal(reader_take(&r, 0).len, 0);
        assert_true(r.failed);
    }
    struct reader r = reader_over(BYTES(1, 2));
    reader_skip(&r, SIZE_MAX);
    assert_true(r.failed);
    assert_int_equal(reader_le16(&r), 0);
    assert_int_equal(reader_le32(&r), 0);
    assert_int_equal(reader_be16(&r), 0);
    struct reader empty = reader_over((struct span){ .data = NULL, .len = 7 });
    assert_int_equal(reader_left(&empty), 0);
    assert_int_equal(reader_take(&empty, 0).len, 0);
    assert_false(empty.failed);
    assert_int_equal(reader_u8(&empty), 0);
    assert_true(empty.failed);
}

static void reader_stops_at_a_byte(void **state)
{
    struct reader r = reader_over(BYTES('a', 'b', 0, 0, 'c'));
    (void)state;
    assert_true(span_is(reader_until(&r, 0), "ab"));
    assert_int_equal(reader_until(&r, 0).len, 0);
    assert_false(r.failed);
    assert_int_equal(reader_until(&r, 0).len, 0);
    assert_true(r.failed);
    assert_int_equal(reader_left(&r), 0);
    assert_int_equal(reader_until(&r, 'c').len, 0);
}

static void writer_writes_whole_or_not(void **state)
{
    uint8_t block[8];
    (void)state;
    for (size_t cap = 0; cap <= 7; cap++) {
        memset(block, 0xee, sizeof block);
        struct writer w = writer_over(block, cap);
        writer_be32(&w, 0x01020304);
        writer_be16(&w, 0x0506);
        writer_u8(&w, 7);
        assert_int_equal(w.failed, cap < 7);
        assert_int_equal(w.len, cap < 4 ? 0 : cap < 6 ? 4 : cap < 7 ? 6 : 7);
        for (size_t i = 0; i < sizeof block; i++)
            assert_int_equal(block[i], i < w.len ? i + 1 : 0xee);
    }
}

static void writer_failure_sticks(void **state)
{
    uint8_t block[4];
    struct writer w = writer_over(block, sizeof block);
    (void)state;
    writer_text(&w, "abc");
    writer_text(&w, "de");
    assert_true(w.failed);
    writer_u8(&w, 'x');
    writer_fill(&w, 0, 1);
    writer_bytes(&w, (struct span){ 0 });
    assert_true(span_is(writer_span(&w), "abc"));
    struct writer filled = writer_over(block, sizeof block);
    writer_fill(&filled, 7, 4);
    assert_false(filled.failed);
    assert_true(span_equals(writer_span(&filled), BYTES(7, 7, 7, 7)));
    writer_fill(&filled, 7, 0);
    assert_false(filled.failed);
    volatile size_t far_too_many = SIZE_MAX; /* not for the compiler to foresee */
    writer_fill(&filled, 7, far_too_many);
    assert_true(filled.failed);
}

static void writer_counts_blocks(void **state)
{
    uint8_t block[600];
    (void)state;
    for (size_t n = 0; n < 300; n++) {
        struct writer w = writer_over(block, sizeof block);
        writer_u8(&w, 0xaa);
        size_t mark = writer_len8_begin(&w);
        writer_fill(&w, 1, n);
        writer_len8_end(&w, mark);
        assert_int_equal(w.failed, n > 255);
        if (n <= 255)
            assert_int_equal(block[1], n);
    }
    struct writer full = writer_over(block, 1);
    writer_u8(&full, 1);
    writer_len8_end(&full, writer_len8_begin(&full));
    assert_true(full.failed);
    struct writer odd = writer_over(block, 9);
    writer_len8_end(&odd, 5);
    assert_true(odd.failed);
}

static void checked_refuses_what_does_not_fit(void **state)
{
    size_t out = 77;
    uint64_t wide = 77;
    (void)state;
    assert_true(checked_add(SIZE_MAX - 1, 1, &out) && out == SIZE_MAX);
    out = 77;
    assert_false(checked_add(SIZE_MAX, 1, &out));
    assert_false(checked_sub(1, 2, &out));
    assert_false(checked_mul(SIZE_MAX / 2 + 1, 2, &out));
    assert_int_equal(out, 77);
    assert_true(checked_sub(2, 2, &out) && out == 0);
    assert_true(checked_mul(SIZE_MAX / 2, 2, &out) && out == SIZE_MAX - 1);
    assert_false(checked_add_u64(UINT64_MAX, 1, &wide));
    assert_false(checked_mul_u64(UINT64_C(1) << 63, 2, &wide));
    assert_int_equal(wide, 77);
    assert_true(checked_add_u64(UINT64_MAX, 0, &wide) && wide == UINT64_MAX);
    assert_true(checked_mul_u64(UINT32_MAX, UINT32_MAX, &wide));
}

static void narrowing_refuses_what_does_not_fit(void **state)
{
    uint8_t b = 7;
    uint16_t h = 7;
    uint32_t w = 7;
    (void)state;
    assert_false(narrow_u8(256, &b) || narrow_u8(UINT64_MAX, &b));
    assert_false(narrow_u16(65536, &h) || narrow_u16(UINT64_MAX, &h));
    assert_false(narrow_u32(UINT64_C(1) << 32, &w) || narrow_u32(UINT64_MAX, &w));
    assert_true(b == 7 && h == 7 && w == 7);
    assert_true(narrow_u8(255, &b) && narrow_u16(65535, &h) && narrow_u32(UINT32_MAX, &w));
    assert_true(b == 255 && h == 65535 && w == UINT32_MAX);
    assert_true(min_size(1, 2) == 1 && max_size(1, 2) == 2 && min_size(3, 2) == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(span_cuts_what_lies_outside),
        cmocka_unit_test(span_compares),
        cmocka_unit_test(span_finds),
        cmocka_unit_test(span_becomes_text),
        cmocka_unit_test(reader_takes_in_order),
        cmocka_unit_test(eight_bytes_go_both_ways),
        cmocka_unit_test(reader_failure_sticks),
        cmocka_unit_test(reader_stops_at_a_byte),
        cmocka_unit_test(writer_writes_whole_or_not),
        cmocka_unit_test(writer_failure_sticks),
        cmocka_unit_test(writer_counts_blocks),
        cmocka_unit_test(checked_refuses_what_does_not_fit),
        cmocka_unit_test(narrowing_refuses_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
