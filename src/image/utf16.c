/* See utf16.h. */
#include "image/utf16.h"

static void add_point(struct text *t, uint32_t point)
{
    if (point < 0x80) {
        text_add_char(t, (char)point);
        return;
    }
    if (point < 0x800) {
        text_add_char(t, (char)(0xc0 | point >> 6));
    } else if (point < 0x10000) {
        text_add_char(t, (char)(0xe0 | point >> 12));
        text_add_char(t, (char)(0x80 | (point >> 6 & 0x3f)));
    } else {
        text_add_char(t, (char)(0xf0 | point >> 18));
        text_add_char(t, (char)(0x80 | (point >> 12 & 0x3f)));
        text_add_char(t, (char)(0x80 | (point >> 6 & 0x3f)));
    }
    text_add_char(t, (char)(0x80 | (point & 0x3f)));
}

static bool is_first_half(uint16_t unit)
{
    return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_second_half(uint16_t unit)
{
    return unit >= 0xdc00 && unit < 0xe000;
}

void utf16_add(struct text *t, const uint16_t *units, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_first_half(units[i]) && i + 1 < count && is_second_half(units[i + 1])) {
            add_point(t, 0x10000 + ((uint32_t)(units[i] & 0x3ff) << 10 | (units[i + 1] & 0x3ff)));
            i++;
        } else if (is_first_half(units[i]) || is_second_half(units[i])) {
            add_point(t, 0xfffd);
        } else {
            add_point(t, units[i]);
        }
    }
}
