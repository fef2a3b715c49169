/* See fat_name.h. A lower-case name that would fit 8.3 is written as a long name as well: the case
 * bits of Windows NT are not known to every firmware. */
#include "boot/fat_name.h"

#include "base/checked.h"

#define UNITS_PER_ENTRY 13
#define LAST_LONG_ENTRY 0x40
#define ATTRIBUTE_LONG  0x0f
#define FIRST_DATE      0x0021 /* 1980-01-01 */

/* One character of UTF-8; 0 when there is none or it is not sound. */
static uint32_t take_character(struct span *rest)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

    if (rest->len == 0)
        return 0;
    uint8_t first = rest->data[0];
    size_t len = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (len == 0 || len > rest->len || first >= 0xf8)
        return 0;
    uint32_t c = len == 1 ? first : first & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((rest->data[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (rest->data[i] & 0x3f);
    }
    if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 0;
    *rest = span_from(*rest, len);
    return c;
}

/* The name as UTF-16; its length, or 0 when it is not sound or too long. */
static size_t to_units(struct span name, uint16_t units[FAT_LONG_MAX])
{
    size_t count = 0;

    while (name.len > 0) {
        uint32_t c = take_character(&name);
        size_t need = c >= 0x10000 ? 2 : 1;
        if (c == 0 || count + need > FAT_LONG_MAX)
            return 0;
        if (need == 2) {
            units[count++] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
            units[count++] = (uint16_t)(0xdc00 + ((c - 0x10000) & 0x3ff));
        } else {
            units[count++] = (uint16_t)c;
        }
    }
    return count;
}

static bool is_one_of(uint8_t c, const char *set)
{
    return c != 0 && strchr(set, c) != NULL;
}

bool fat_name_is_sound(struct span name)
{
    uint16_t units[FAT_LONG_MAX];

    for (size_t i = 0; i < name.len; i++)
        if (name.data[i] < 0x20 || name.data[i] == 0x7f || is_one_of(name.data[i], "\"*/:<>?\\|"))
            return false;
    if (name.len == 0 || is_one_of(name.data[name.len - 1], ". "))
        return false;
    return to_units(name, units) > 0;
}

/* FAT specification 6.1: what may stand in a short name. */
static bool is_short_char(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || is_one_of(c, "$%'-_@~`!(){}^#&");
}

static uint8_t ascii_upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - ('a' - 'A')) : c;
}

/* The part before the last dot and the part behind it; a dot in front begins no extension. */
static void split(struct span name, struct span *ret_base, struct span *ret_extension)
{
    size_t dot = name.len;

    while (dot > 1 && name.data[dot - 1] != '.')
        dot--;
    if (dot <= 1) {
        *ret_base = name;
        *ret_extension = (struct span){ 0 };
        return;
    }
    *ret_base = span_slice(name, 0, dot - 1);
    *ret_extension = span_from(name, dot);
}

/* Upper case into at most `cap` places; false when something had to be dropped, replaced or cut. */
static bool squeeze(struct span s, uint8_t *out, size_t cap, size_t *ret_len)
{
    bool exact = true;
    size_t len = 0;

    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = ascii_upper(s.data[i]);
        if (c == ' ' || c == '.' || len == cap) {
            exact = false;
            continue;
        }
        if (!is_short_char(c)) {
            exact = false;
            c = '_';
        }
        out[len++] = c;
    }
    *ret_len = len;
    return exact;
}

bool fat_name_alias(struct span name, uint32_t attempt, struct fat_short *ret_alias)
{
    struct span base, extension;
    size_t base_len, extension_len;
    struct fat_short alias;

    memset(alias.text, ' ', sizeof alias.text);
    split(name, &base, &extension);
    bool exact = squeeze(extension, alias.text + 8, 3, &extension_len);
    exact = squeeze(base, alias.text, 8, &base_len) && exact && base_len > 0;
    if (attempt == 0) {
        if (exact)
            *ret_alias = alias;
        return exact;
    }
    size_t digits = 1;
    for (uint32_t n = attempt; n >= 10; n /= 10)
        digits++;
    if (digits > 6)
        return false;
    size_t at = min_size(base_len, 8 - 1 - digits);
    memset(alias.text + at, ' ', 8 - at);
    alias.text[at] = '~';
    for (size_t i = digits; i > 0; i--, attempt /= 10)
        alias.text[at + i] = (uint8_t)('0' + attempt % 10);
    *ret_alias = alias;
    return true;
}

bool fat_name_is_short(struct span name, struct fat_short *ret_alias)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.data[i] != ascii_upper(name.data[i]))
            return false;
    return fat_name_alias(name, 0, ret_alias);
}

static uint32_t long_entries(struct span name)
{
    uint16_t units[FAT_LONG_MAX];
    struct fat_short alias;

    if (fat_name_is_short(name, &alias))
        return 0;
    return (uint32_t)((to_units(name, units) + UNITS_PER_ENTRY - 1) / UNITS_PER_ENTRY);
}

uint32_t fat_name_entries(struct span name)
{
    return long_entries(name) + 1;
}

static void write_entry(struct writer *w, const uint8_t text[FAT_SHORT_LEN], uint8_t attributes,
                        uint32_t cluster, uint32_t size)
{
    writer_bytes(w, span_of(text, FAT_SHORT_LEN));
    writer_u8(w, attributes);
    writer_fill(w, 0, 2);
    writer_le16(w, 0); /* made: time, date; read: date */
    writer_le16(w, FIRST_DATE);
    writer_le16(w, FIRST_DATE);
    writer_le16(w, (uint16_t)(cluster >> 16));
    writer_le16(w, 0); /* written: time, date */
    writer_le16(w, FIRST_DATE);
    writer_le16(w, (uint16_t)cluster);
    writer_le32(w, size);
}

/* FAT specification 7.2: ties the long entries to their alias. */
static uint8_t checksum(const struct fat_short *alias)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < FAT_SHORT_LEN; i++)
        sum = (uint8_t)(((sum & 1) << 7) + (sum >> 1) + alias->text[i]);
    return sum;
}

/* Unit `i` of a long name as it is stored: its end is marked by one zero, the rest filled up. */
static uint16_t stored_unit(const uint16_t *units, size_t count, size_t i)
{
    if (i < count)
        return units[i];
    return i == count ? 0 : 0xffff;
}

static void write_long_entry(struct writer *w, const uint16_t *units, size_t count, uint32_t number,
                             bool last, uint8_t sum)
{
    static const uint8_t groups[] = { 5, 6, 2 };
    size_t at = (size_t)number * UNITS_PER_ENTRY;

    writer_u8(w, (uint8_t)((number + 1) | (last ? LAST_LONG_ENTRY : 0)));
    for (size_t g = 0; g < sizeof groups; g++) {
        for (size_t i = 0; i < groups[g]; i++)
            writer_le16(w, stored_unit(units, count, at++));
        if (g == 0) {
            writer_u8(w, ATTRIBUTE_LONG);
            writer_u8(w, 0);
            writer_u8(w, sum);
        } else if (g == 1) {
            writer_le16(w, 0);
        }
    }
}

void fat_name_write(struct writer *w, struct span name, const struct fat_short *alias,
                    uint8_t attributes, uint32_t cluster, uint32_t size)
{
    uint16_t units[FAT_LONG_MAX];
    uint32_t entries = long_entries(name);
    size_t count = entries > 0 ? to_units(name, units) : 0;

    for (uint32_t i = entries; i > 0; i--)
        write_long_entry(w, units, count, i - 1, i == entries, checksum(alias));
    write_entry(w, alias->text, attributes, cluster, size);
}

void fat_name_write_short(struct writer *w, const char text[FAT_SHORT_LEN + 1], uint8_t attributes,
                          uint32_t cluster)
{
    write_entry(w, (const uint8_t *)text, attributes, cluster, 0);
}
