/* See armor.h. The checksum line is passed over: what is in a block is not believed for being
 * whole, but for its signature or its fingerprint. */
#include "catalog/armor.h"

#include <errno.h>
#include <stdlib.h>

static const char begin_mark[] = "-----BEGIN PGP ";
static const char end_mark[] = "-----END PGP ";

bool armor_is(struct span text)
{
    for (size_t i = span_find(text, '-'); i < text.len;
         i += 1 + span_find(span_from(text, i + 1), '-'))
        if (span_starts_with(span_from(text, i), begin_mark))
            return true;
    return false;
}

static struct span take_line(struct span *text)
{
    size_t end = span_find(*text, '\n');
    struct span line = span_slice(*text, 0, end);
    *text = span_from(*text, end + 1);
    while (line.len > 0 && line.data[line.len - 1] <= ' ')
        line.len--;
    return line;
}

/* 0 to 63; 64 for the padding, 65 for what is neither. */
static unsigned value_of(uint8_t c)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    const char *at = c ? strchr(digits, (int)c) : NULL;
    return at ? (unsigned)(at - digits) : 65;
}

struct decoding {
    uint8_t *out;
    size_t len;
    uint32_t bits;
    unsigned held; /* bits in `bits` */
};

static bool decode_line(struct decoding *d, struct span line)
{
    for (size_t i = 0; i < line.len; i++) {
        unsigned value = value_of(line.data[i]);
        if (value > 64)
            return false;
        if (value == 64)
            continue;
        d->bits = (d->bits << 6 | value) & 0xffffff;
        d->held += 6;
        if (d->held >= 8) {
            d->held -= 8;
            d->out[d->len++] = (uint8_t)(d->bits >> d->held);
        }
    }
    return true;
}

/* The block behind its first line, up to its last: headers, an empty line, the bytes. */
static bool decode_block(struct decoding *d, struct span *text)
{
    bool is_body = false;
    d->held = 0;
    while (text->len > 0) {
        struct span line = take_line(text);
        if (span_starts_with(line, end_mark))
            return is_body;
        if (!is_body)
            is_body = line.len == 0;
        else if (!span_starts_with(line, "=") && !decode_line(d, line))
            return false;
    }
    return false;
}

int armor_strip(struct span text, uint8_t **ret_bytes, size_t *ret_len)
{
    if (text.len > ARMOR_BYTES_MAX)
        return -EFBIG;
    struct decoding d = { .out = malloc(text.len + 1) };
    bool is_sound = d.out != NULL;
    if (!d.out)
        return -ENOMEM;
    while (is_sound && text.len > 0)
        if (span_starts_with(take_line(&text), begin_mark))
            is_sound = decode_block(&d, &text);
    if (!is_sound || d.len == 0) {
        free(d.out);
        return -EBADMSG;
    }
    *ret_bytes = d.out;
    *ret_len = d.len;
    return 0;
}
