/* Reading options: what a value is after overload and split values are undone, and each refusal by
 * its name. The options area stands in a block of exactly its size, so that one byte too far is
 * seen by the sanitizers. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "dhcp/options.h"

struct row {
    const char *name;
    struct span area;
    struct span file, sname; /* written to the header's fields */
    enum dhcp4_flaw want;
    uint8_t code; /* the option that is looked at */
    struct span value;
    bool present;
};

static void check(const struct row *row)
{
    struct dhcp4_header header = { 0 };
    struct dhcp4_options options;
    uint8_t scratch_block[16384];
    struct arena scratch = arena_over(scratch_block, sizeof scratch_block);
    uint8_t *exact = malloc(row->area.len > 0 ? row->area.len : 1);

    assert_non_null(exact);
    if (row->area.len > 0)
        memcpy(exact, row->area.data, row->area.len);
    if (row->file.len > 0)
        memcpy(header.file, row->file.data, row->file.len);
    if (row->sname.len > 0)
        memcpy(header.sname, row->sname.data, row->sname.len);
    enum dhcp4_flaw flaw =
        dhcp4_options_read(span_of(exact, row->area.len), &header, &scratch, &options);
    if (flaw != row->want)
        fail_msg("%s: %s instead of %s", row->name, dhcp4_flaw_name(flaw),
                 dhcp4_flaw_name(row->want));
    if (flaw == DHCP4_SOUND && row->code != 0 &&
        (dhcp4_options_has(&options, row->code) != row->present ||
         !span_equals(dhcp4_options_get(&options, row->code), row->value)))
        fail_msg("%s: option %u is otherwise", row->name, row->code);
    free(exact);
}

static void test_read(void **state)
{
    const struct row rows[] = {
        { "empty", { 0 }, .want = DHCP4_SOUND },
        { "end mark alone", BYTES(255), .want = DHCP4_SOUND },
        { "no end mark", BYTES(53, 1, 1), .code = 53, .value = BYTES(1), .present = true },
        { "pads before and after", BYTES(0, 0, 53, 1, 3, 0, 255), .code = 53, .value = BYTES(3),
          .present = true },
        { "length byte missing", BYTES(53), .want = DHCP4_OPTION_CUT },
        { "value one byte short", BYTES(53, 2, 1), .want = DHCP4_OPTION_CUT },
        { "zero length at the very end", BYTES(12, 0), .code = 12, .present = true },
        { "nothing behind the end mark counts", BYTES(255, 53, 1, 1), .code = 53 },
        { "garbage behind the end mark", BYTES(255, 53, 200), .want = DHCP4_SOUND },
        { "address too short", BYTES(50, 3, 1, 2, 3, 255), .want = DHCP4_OPTION_LENGTH },
        { "type of two bytes", BYTES(53, 2, 1, 1, 255), .want = DHCP4_OPTION_LENGTH },
        { "type of no bytes", BYTES(53, 0, 255), .want = DHCP4_OPTION_LENGTH },
        { "unknown codes are kept", BYTES(224, 2, 7, 8, 255), .code = 224, .value = BYTES(7, 8),
          .present = true },
        { "split value, side by side", BYTES(67, 2, 'a', 'b', 67, 1, 'c', 255), .code = 67,
          .value = BYTES('a', 'b', 'c'), .present = true },
        { "split value, others between", BYTES(67, 1, 'a', 12, 1, 'h', 67, 1, 'b', 255), .code = 67,
          .value = BYTES('a', 'b'), .present = true },
        { "split value, one part empty", BYTES(60, 0, 60, 1, 'x', 255), .code = 60,
          .value = BYTES('x'), .present = true },
        { "split value, all parts empty", BYTES(60, 0, 60, 0, 255), .code = 60, .present = true },
        { "split four-byte value", BYTES(50, 2, 192, 0, 50, 2, 2, 9, 255), .code = 50,
          .value = BYTES(192, 0, 2, 9), .present = true },
        { "a type given twice is too long", BYTES(53, 1, 1, 53, 1, 3),
          .want = DHCP4_OPTION_LENGTH },
        { "overload file", BYTES(52, 1, 1, 255), .file = BYTES(12, 1, 'f', 255), .code = 12,
          .value = BYTES('f'), .present = true },
        { "overload sname", BYTES(52, 1, 2, 255), .sname = BYTES(12, 1, 's', 255), .code = 12,
          .value = BYTES('s'), .present = true },
        { "overload both, order options file sname", BYTES(67, 1, 'o', 52, 1, 3, 255),
          .file = BYTES(67, 1, 'f', 255), .sname = BYTES(67, 1, 's', 255), .code = 67,
          .value = BYTES('o', 'f', 's'), .present = true },
        { "file is not read without overload", BYTES(53, 1, 1, 255), .file = BYTES(12, 1, 'f', 255),
          .code = 12 },
        { "overload 0", BYTES(52, 1, 0, 255), .want = DHCP4_OVERLOAD_INVALID },
        { "overload 4", BYTES(52, 1, 4, 255), .want = DHCP4_OVERLOAD_INVALID },
        { "overload of two bytes", BYTES(52, 2, 1, 1, 255), .want = DHCP4_OVERLOAD_INVALID },
        { "overload inside file counts not", BYTES(52, 1, 1, 255), .file = BYTES(52, 1, 3, 255),
          .sname = BYTES(12, 1, 's', 255), .want = DHCP4_OPTION_LENGTH },
        { "option cut inside file", BYTES(52, 1, 1, 255), .file = BYTES(12, 250, 'f'),
          .want = DHCP4_OPTION_CUT },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(&rows[i]);
}

static void test_many_pieces_need_bounded_memory(void **state)
{
    static uint8_t area[4096];
    struct dhcp4_header header = { 0 };
    struct dhcp4_options options;
    uint8_t block[64];
    struct arena scratch = arena_over(block, sizeof block);

    (void)state;
    for (size_t i = 0; i + 3 <= sizeof area; i += 3) {
        area[i] = 67;
        area[i + 1] = 1;
        area[i + 2] = 'x';
    }
    area[4095] = 255;
    assert_int_equal(dhcp4_options_read(span_of(area, sizeof area), &header, &scratch, &options),
                     DHCP4_OPTIONS_TOO_MANY);
    static uint8_t enough_block[32768];
    struct arena enough = arena_over(enough_block, sizeof enough_block);
    assert_int_equal(dhcp4_options_read(span_of(area, sizeof area), &header, &enough, &options),
                     DHCP4_SOUND);
    assert_int_equal(options.values[67].len, 1365);
}

static void test_numbers(void **state)
{
    struct dhcp4_options o = { 0 };

    (void)state;
    o.values[57] = BYTES(5, 192);
    o.values[51] = BYTES(0, 0, 14, 16);
    o.values[53] = BYTES(7);
    assert_int_equal(dhcp4_options_be16(&o, 57), 1472);
    assert_int_equal(dhcp4_options_be32(&o, 51), 3600);
    assert_int_equal(dhcp4_options_u8(&o, 53), 7);
    assert_int_equal(dhcp4_options_u8(&o, 1), 0);
    assert_int_equal(dhcp4_options_be16(&o, 1), 0);
    assert_int_equal(dhcp4_options_be32(&o, 1), 0);
    assert_string_equal(dhcp4_option_name(67), "BOOT_FILE");
    assert_null(dhcp4_option_name(200));
}

static void test_suboptions(void **state)
{
    struct span block = BYTES(0, 6, 1, 8, 9, 2, 'a', 'b', 255, 6, 1, 3);

    (void)state;
    assert_true(span_equals(dhcp4_suboption_find(block, 6), BYTES(8)));
    assert_true(span_equals(dhcp4_suboption_find(block, 9), BYTES('a', 'b')));
    assert_null(dhcp4_suboption_find(block, 10).data);
    assert_null(dhcp4_suboption_find(BYTES(9, 5, 1), 9).data);
    assert_null(dhcp4_suboption_find(BYTES(8, 5, 1), 9).data);
    assert_null(dhcp4_suboption_find((struct span){ 0 }, 9).data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_many_pieces_need_bounded_memory),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_suboptions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
