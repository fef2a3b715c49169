/* Writing options: sizes, splits, what is left out and what must not be, option 82 at the end. What
 * is written is read back. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "dhcp/options_write.h"

static void test_limits(void **state)
{
    static const struct {
        uint16_t max_size, mtu;
        size_t most, want;
    } rows[] = {
        { 0, 1500, 1472, 548 },      { 300, 1500, 1472, 548 },    { 576, 1500, 1472, 548 },
        { 577, 1500, 1472, 549 },    { 1472, 1500, 1472, 1444 },  { 1500, 1500, 1472, 1472 },
        { 65535, 1500, 1472, 1472 }, { 1472, 1400, 1472, 1372 },  { 1472, 0, 1472, 1444 },
        { 1472, 100, 1472, 1444 },   { 65535, 9000, 1472, 1472 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(options_write_limit(rows[i].max_size, rows[i].mtu, rows[i].most),
                         rows[i].want);
}

static void test_golden(void **state)
{
    uint8_t block[600];
    struct writer w = writer_over(block, sizeof block);
    static const uint8_t info[] = { 1, 2, 0xaa, 0xbb };
    struct options_writer o = options_write_begin(&w, 548, span_of(info, sizeof info));

    (void)state;
    options_write_u8(&o, 53, 2);
    options_write_ipv4(&o, 54, (struct ipv4){ 0xc0000201 });
    options_write_be32(&o, 51, 3600);
    options_write(&o, 12, (struct span){ 0 });
    assert_true(options_write_end(&o));
    struct span want = BYTES(53, 1, 2, 54, 4, 192, 0, 2, 1, 51, 4, 0, 0, 14, 16, 12, 0, 82, 4, 1, 2,
                             0xaa, 0xbb, 255, 0, 0);
    assert_true(span_equals(span_slice(writer_span(&w), 0, want.len), want));
    assert_int_equal(w.len, 300);
}

static void test_split_is_read_back(void **state)
{
    static uint8_t block[1500], value[600], scratch_block[16384];
    static const size_t lengths[] = { 0, 1, 254, 255, 256, 510, 511, 600 };

    (void)state;
    for (size_t i = 0; i < sizeof value; i++)
        value[i] = (uint8_t)(i * 7);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct writer w = writer_over(block, sizeof block);
        struct options_writer o = options_write_begin(&w, 1472, (struct span){ 0 });
        struct arena scratch = arena_over(scratch_block, sizeof scratch_block);
        struct dhcp4_header header = { 0 };
        struct dhcp4_options options;
        options_write(&o, 43, span_of(value, lengths[i]));
        assert_true(options_write_end(&o));
        assert_int_equal(dhcp4_options_read(writer_span(&w), &header, &scratch, &options),
                         DHCP4_SOUND);
        assert_true(span_equals(options.values[43], span_of(value, lengths[i])));
    }
}

/* For each limit: what is written never goes over it, and what must be there is told missing. */
static void test_room(void **state)
{
    static uint8_t block[600], value[200];

    (void)state;
    for (size_t limit = 1; limit < 500; limit++) {
        struct writer w = writer_over(block, sizeof block);
        struct options_writer o = options_write_begin(&w, limit, span_of(value, 30));
        options_write_if_room(&o, 60, span_of(value, 100));
        size_t before = w.len;
        options_write(&o, 67, span_of(value, 120));
        bool fits = o.overflown == false;
        assert_int_equal(fits, before + 122 <= limit - (limit < 33 ? limit : 33) && limit >= 33);
        bool whole = options_write_end(&o);
        assert_int_equal(whole, fits);
        if (whole)
            assert_true(w.len <= (limit < 300 ? 300 : limit));
    }
    struct writer tiny = writer_over(block, 10);
    struct options_writer o = options_write_begin(&tiny, 548, (struct span){ 0 });
    options_write(&o, 60, span_of(value, 20));
    assert_false(options_write_end(&o));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_split_is_read_back),
        cmocka_unit_test(test_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
