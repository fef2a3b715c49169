/* Tables as text (RFC 4180): records of fields, a quoted field holding separators, line breaks and
 * doubled quotes. The separator is a comma, semicolon or tab, as spreadsheets of different
 * countries write; the first record decides. Lines may end in CR LF, LF or CR. */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/arena.h"
#include "base/span.h"
#include "base/text.h"

enum csv_flaw {
    CSV_SOUND,
    CSV_END,          /* there is no further record */
    CSV_TOO_MANY,     /* more fields than there is room for */
    CSV_QUOTE_OPEN,   /* a quoted field does not end */
    CSV_AFTER_QUOTE,  /* something stands between a closing quote and the separator */
    CSV_QUOTE_INSIDE, /* a quote in a field that does not begin with one */
    CSV_NO_MEMORY,    /* the arena is full */
};

struct csv_reader {
    struct span rest;
    uint32_t line, next_line; /* of the record read last, of the next; from 1 */
    char separator;
};

/* A reader over the whole text; a UTF-8 mark at its front is passed over. */
struct csv_reader csv_over(struct span text);

/* The next record that is not an empty line: its fields, unquoted, in the text or the arena. At
 * most `most`. After a flaw the reader is at its end. */
enum csv_flaw csv_next(struct csv_reader *reader, struct arena *arena, struct span *fields,
                       size_t most, size_t *ret_count);

/* Write one field, in quotes where it needs them; separators and line ends are the caller's. */
void csv_write(struct text *out, struct span field);

/* What is wrong, for people; "" for CSV_SOUND and CSV_END. */
const char *csv_flaw_text(enum csv_flaw flaw);

#endif
