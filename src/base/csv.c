/* See csv.h. */
#include "base/csv.h"

/* What UTF-8 text may begin with, and spreadsheets write. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static const char separators[] = { ',', ';', '\t' };

/* The one that the first line with something in it has most of, outside of quotes. */
static char separator_of(struct span text)
{
    size_t counts[sizeof separators] = { 0 }, best = 0;
    bool quoted = false;
    while (text.len > 0 && (text.data[0] == '\n' || text.data[0] == '\r'))
        text = span_from(text, 1);
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)text.data[i];
        if (c == '"')
            quoted = !quoted;
        if (!quoted && (c == '\n' || c == '\r'))
            break;
        for (size_t k = 0; k < sizeof separators && !quoted; k++)
            counts[k] += c == separators[k];
    }
    for (size_t k = 1; k < sizeof separators; k++)
        if (counts[k] > counts[best])
            best = k;
    return separators[best];
}

struct csv_reader csv_over(struct span text)
{
    if (span_starts_with(text, BYTE_ORDER_MARK))
        text = span_from(text, 3);
    return (struct csv_reader){ .rest = text, .next_line = 1, .separator = separator_of(text) };
}

static bool at(const struct csv_reader *r, char c)
{
    return r->rest.len > 0 && r->rest.data[0] == (uint8_t)c;
}

static bool at_line_end(const struct csv_reader *r)
{
    return r->rest.len == 0 || at(r, '\n') || at(r, '\r');
}

static void skip(struct csv_reader *r, size_t n)
{
    r->rest = span_from(r->rest, n);
}

static void skip_line_end(struct csv_reader *r)
{
    if (r->rest.len == 0)
        return;
    skip(r, at(r, '\r') && r->rest.len > 1 && r->rest.data[1] == '\n' ? 2 : 1);
    r->next_line++;
}

static enum csv_flaw plain_field(struct csv_reader *r, struct span *ret)
{
    size_t n = 0;
    while (n < r->rest.len && r->rest.data[n] != (uint8_t)r->separator && r->rest.data[n] != '\n' &&
           r->rest.data[n] != '\r') {
        if (r->rest.data[n] == '"')
            return CSV_QUOTE_INSIDE;
        n++;
    }
    *ret = span_slice(r->rest, 0, n);
    skip(r, n);
    return CSV_SOUND;
}

/* Its text is shorter than what stands there, so the arena's block has the length of that. */
static enum csv_flaw quoted_field(struct csv_reader *r, struct arena *arena, struct span *ret)
{
    size_t end = 1, len = 0;
    while (end < r->rest.len &&
           (r->rest.data[end] != '"' || (end + 1 < r->rest.len && r->rest.data[end + 1] == '"')))
        end += r->rest.data[end] == '"' ? 2 : 1;
    if (end >= r->rest.len)
        return CSV_QUOTE_OPEN;
    uint8_t *text = arena_alloc(arena, end);
    if (!text)
        return CSV_NO_MEMORY;
    for (size_t i = 1; i < end; i++) {
        uint8_t c = r->rest.data[i];
        text[len++] = c;
        if (c == '"')
            i++;
        r->next_line += c == '\n';
    }
    *ret = span_of(text, len);
    skip(r, end + 1);
    return at_line_end(r) || at(r, r->separator) ? CSV_SOUND : CSV_AFTER_QUOTE;
}

static enum csv_flaw record(struct csv_reader *r, struct arena *arena, struct span *fields,
                            size_t most, size_t *ret_count)
{
    for (*ret_count = 0;;) {
        if (*ret_count == most)
            return CSV_TOO_MANY;
        struct span *field = &fields[*ret_count];
        enum csv_flaw flaw = at(r, '"') ? quoted_field(r, arena, field) : plain_field(r, field);
        if (flaw != CSV_SOUND)
            return flaw;
        ++*ret_count;
        if (!at(r, r->separator))
            break;
        skip(r, 1);
    }
    skip_line_end(r);
    return CSV_SOUND;
}

enum csv_flaw csv_next(struct csv_reader *reader, struct arena *arena, struct span *fields,
                       size_t most, size_t *ret_count)
{
    *ret_count = 0;
    while (reader->rest.len > 0 && at_line_end(reader))
        skip_line_end(reader);
    reader->line = reader->next_line;
    if (reader->rest.len == 0)
        return CSV_END;
    enum csv_flaw flaw = record(reader, arena, fields, most, ret_count);
    if (flaw != CSV_SOUND)
        reader->rest = (struct span){ 0 };
    return flaw;
}

const char *csv_flaw_text(enum csv_flaw flaw)
{
    static const char *const texts[] = {
        [CSV_SOUND] = "",
        [CSV_END] = "",
        [CSV_TOO_MANY] = "there are more fields in this line than columns can be",
        [CSV_QUOTE_OPEN] = "a field begins with a quote (\") that is not closed",
        [CSV_AFTER_QUOTE] = "after a closing quote (\") the next field or the end of the line is "
                            "expected",
        [CSV_QUOTE_INSIDE] =
            "there is a quote (\") in the middle of a field: put the whole field into "
            "quotes and double the one inside",
        [CSV_NO_MEMORY] = "the table is too large",
    };
    return texts[flaw];
}

void csv_write(struct text *out, struct span field)
{
    /* At the very beginning the mark would be taken for that of the file. */
    bool plain = !span_starts_with(field, BYTE_ORDER_MARK);
    for (size_t i = 0; i < field.len; i++)
        plain = plain && !strchr(",;\t\"\r\n", (char)field.data[i]) && field.data[i] != 0;
    if (plain) {
        text_add_span(out, field);
        return;
    }
    text_add_char(out, '"');
    for (size_t i = 0; i < field.len; i++) {
        if (field.data[i] == '"')
            text_add_char(out, '"');
        text_add_char(out, (char)field.data[i]);
    }
    text_add_char(out, '"');
}
