/* See joliet.h. */
#include "image/joliet.h"

#include "base/reader.h"

#include "image/utf16.h"

#define UNITS_MAX 128 /* a record's name has 255 bytes at most */

bool joliet_is_named(struct span escape_sequences)
{
    return span_starts_with(escape_sequences, "%/@") || span_starts_with(escape_sequences, "%/C") ||
           span_starts_with(escape_sequences, "%/E");
}

void joliet_add_name(struct text *t, struct span name)
{
    uint16_t units[UNITS_MAX];
    size_t count = 0;
    struct reader r = reader_over(name);

    while (reader_left(&r) >= 2 && count < UNITS_MAX)
        units[count++] = reader_be16(&r);
    utf16_add(t, units, count);
}
