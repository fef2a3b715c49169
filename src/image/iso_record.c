/* See iso_record.h. */
#include "image/iso_record.h"

#include "image/disc_time.h"

uint32_t iso_both32(struct reader *r, bool *differs)
{
    uint32_t little = reader_le32(r), big = reader_be32(r);
    *differs |= little != big;
    return little;
}

uint16_t iso_both16(struct reader *r, bool *differs)
{
    uint16_t little = reader_le16(r), big = reader_be16(r);
    *differs |= little != big;
    return little;
}

/* length 1, extended attributes 1, extent 8, data length 8, date 7, flags 1, unit size 1, gap 1,
 * volume 4, name length 1, name, a byte of padding after a name of even length. */
bool iso_record_decode(struct reader *r, struct iso_record *ret)
{
    struct iso_record record = { 0 };
    uint8_t length = reader_u8(r);
    if (length < ISO_RECORD_MIN)
        return false;
    struct span body = reader_take(r, length - 1U);
    struct reader in = reader_over(body);
    uint8_t attributes = reader_u8(&in);
    uint32_t extent = iso_both32(&in, &record.is_contradictory);
    record.length = iso_both32(&in, &record.is_contradictory);
    record.modified_s = disc_time_iso_short(&in);
    record.flags = reader_u8(&in);
    uint8_t unit = reader_u8(&in), gap = reader_u8(&in);
    record.is_interleaved = unit != 0 || gap != 0;
    reader_skip(&in, 4);
    record.name = reader_take(&in, reader_u8(&in));
    if (record.name.len % 2 == 0 && reader_left(&in) > 0)
        reader_skip(&in, 1);
    record.system_use = reader_rest(&in);
    if (r->failed || in.failed || record.name.len == 0 ||
        __builtin_add_overflow(extent, attributes, &record.extent))
        return false;
    *ret = record;
    return true;
}

struct span iso_without_version(struct span name)
{
    size_t len = name.len;
    while (len > 0 && name.data[len - 1] >= '0' && name.data[len - 1] <= '9')
        len--;
    if (len > 1 && len < name.len && name.data[len - 1] == ';')
        return span_slice(name, 0, len - 1);
    return name;
}

struct span iso_plain_name(struct span name)
{
    name = iso_without_version(name);
    if (name.len > 1 && name.data[name.len - 1] == '.')
        name = span_slice(name, 0, name.len - 1);
    return name;
}
