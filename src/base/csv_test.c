/* Tables as spreadsheets write them, and what is none. A record is shown as its fields, each in
 * angle brackets; records are parted by a slash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/csv.h"
#include "base/text.h"

#include <cmocka.h>

static const struct {
    const char *name, *text, *want;
    enum csv_flaw flaw;
} cases[] = {
    { "nothing", "", "", CSV_END },
    { "one field", "a", "<a>/", CSV_END },
    { "commas", "a,b,c\n1,2,3\n", "<a><b><c>/<1><2><3>/", CSV_END },
    { "semicolons", "a;b\n1,5;2\n", "<a><b>/<1,5><2>/", CSV_END },
    { "tabs", "a\tb\n1\t2\n", "<a><b>/<1><2>/", CSV_END },
    { "CR LF, and a UTF-8 mark",
      "\xef\xbb\xbf"
      "a,b\r\n1,2\r\n",
      "<a><b>/<1><2>/", CSV_END },
    { "CR alone", "a,b\r1,2\r", "<a><b>/<1><2>/", CSV_END },
    { "no line end at the end", "a,b\n1,2", "<a><b>/<1><2>/", CSV_END },
    { "empty fields", "a,b\n,\n", "<a><b>/<><>/", CSV_END },
    { "empty lines are none", "\n\r\na\n\n\nb\n\n", "<a>/<b>/", CSV_END },
    { "empty lines before the first", "\n\na;b\n", "<a><b>/", CSV_END },
    { "a quoted separator", "a,b\n\"1,2\",3\n", "<a><b>/<1,2><3>/", CSV_END },
    { "a doubled quote", "a\n\"say \"\"hi\"\"\"\n", "<a>/<say \"hi\">/", CSV_END },
    { "a line break in a field", "a\n\"1\n2\"\n", "<a>/<1\n2>/", CSV_END },
    { "an empty quoted field", "a,b\n\"\",x\n", "<a><b>/<><x>/", CSV_END },
    { "a quoted field at the end", "a\n\"x\"", "<a>/<x>/", CSV_END },
    { "separators in the first line's quotes do not count", "\"a,b,c\";d\n", "<a,b,c><d>/",
      CSV_END },
    { "blanks stay", "a\n x \n", "<a>/< x >/", CSV_END },
    { "as many fields as there is room for", "1,2,3,4\n", "<1><2><3><4>/", CSV_END },
    { "too many fields", "1,2,3,4,5\n", "", CSV_TOO_MANY },
    { "a quote is not closed", "a\n\"x\nb\n", "<a>/", CSV_QUOTE_OPEN },
    { "not closed but by a doubled one", "\"x\"\"", "", CSV_QUOTE_OPEN },
    { "something after the quote", "a\n\"x\"y\n", "<a>/", CSV_AFTER_QUOTE },
    { "a quote inside", "a\nx\"y\n", "<a>/", CSV_QUOTE_INSIDE },
};

static void tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t memory[512];
        char shown[256];
        struct arena arena = arena_over(memory, sizeof memory);
        struct text out = text_over(shown, sizeof shown);
        struct csv_reader reader = csv_over(span_text(cases[i].text));
        struct span fields[4];
        enum csv_flaw flaw;
        size_t count;
        while ((flaw = csv_next(&reader, &arena, fields, 4, &count)) == CSV_SOUND) {
            for (size_t k = 0; k < count; k++) {
                text_add_char(&out, '<');
                text_add_span(&out, fields[k]);
                text_add_char(&out, '>');
            }
            text_add_char(&out, '/');
        }
        if (flaw != cases[i].flaw || strcmp(shown, cases[i].want) != 0)
            fail_msg("%s: %d, %s", cases[i].name, flaw, shown);
        assert_true((strlen(csv_flaw_text(flaw)) > 0) == (flaw != CSV_END));
        assert_int_equal(csv_next(&reader, &arena, fields, 4, &count), CSV_END);
    }
}

static void lines_are_counted(void **state)
{
    struct csv_reader reader = csv_over(span_text("\na\n\"1\n2\"\r\n\r\nb\n\"x"));
    static const uint32_t lines[] = { 2, 3, 6, 7 };
    uint8_t memory[64];
    struct arena arena = arena_over(memory, sizeof memory);
    struct span field;
    size_t count;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        enum csv_flaw flaw = csv_next(&reader, &arena, &field, 1, &count);
        assert_int_equal(flaw, i < 3 ? CSV_SOUND : CSV_QUOTE_OPEN);
        assert_int_equal(reader.line, lines[i]);
    }
}

static void fields_are_written(void **state)
{
    static const struct {
        const char *field, *want;
    } rows[] = {
        { "plain", "plain" },
        { "", "" },
        { "a,b", "\"a,b\"" },
        { "a;b", "\"a;b\"" },
        { "a\tb", "\"a\tb\"" },
        { "say \"hi\"", "\"say \"\"hi\"\"\"" },
        { "two\nlines", "\"two\nlines\"" },
        { "\xef\xbb\xbf"
          "a mark",
          "\"\xef\xbb\xbf"
          "a mark\"" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char written[64];
        struct text out = text_over(written, sizeof written);
        csv_write(&out, span_text(rows[i].field));
        assert_string_equal(written, rows[i].want);
    }
}

static void a_full_arena_is_a_flaw(void **state)
{
    struct csv_reader reader = csv_over(span_text("\"a text of some length\"\n"));
    uint8_t memory[8];
    struct arena arena = arena_over(memory, sizeof memory);
    struct span field;
    size_t count;
    (void)state;
    assert_int_equal(csv_next(&reader, &arena, &field, 1, &count), CSV_NO_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables),
        cmocka_unit_test(lines_are_counted),
        cmocka_unit_test(fields_are_written),
        cmocka_unit_test(a_full_arena_is_a_flaw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
