/* See helper_wire.h: a text has its length before it, in two bytes. */
#include "serve/helper_wire.h"

static bool is_printable(uint8_t byte)
{
    return byte >= ' ' && byte <= '~';
}

void helper_wire_put_text(struct writer *w, const char *text, size_t cap)
{
    struct span whole = span_of(text, strnlen(text, cap < UINT16_MAX ? cap - 1 : UINT16_MAX));

    writer_le16(w, (uint16_t)whole.len);
    for (size_t i = 0; i < whole.len; i++)
        writer_u8(w, is_printable(whole.data[i]) ? whole.data[i] : '?');
}

void helper_wire_take_text(struct reader *r, char *out, size_t cap)
{
    struct span text = reader_take(r, reader_le16(r));

    for (size_t i = 0; i < text.len; i++)
        r->failed = r->failed || !is_printable(text.data[i]);
    r->failed = r->failed || text.len >= cap;
    if (!r->failed)
        span_to_text(text, out, cap);
    else if (cap > 0)
        out[0] = 0;
}
