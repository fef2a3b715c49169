/* See udf_entry.h. */
#include "image/udf_entry.h"

#include "base/reader.h"

#include "image/disc_time.h"

enum {
    TAG_FILE_ENTRY = 261,
    TAG_EXTENDED_FILE_ENTRY = 266,
    PIECES_SHORT = 0, /* how the pieces are written: ECMA-167 4/14.6.8 */
    PIECES_LONG = 1,
    PIECES_INSIDE = 3,
};

/* A tag of 16 bytes; of the ICB tag the kind at 11 and the flags at 18; then owner 4, group 4,
 * permissions 4, links 2, records 6, length 8, and in the extended one the length of all streams.
 */
bool udf_entry_decode(struct span sector, struct udf_entry *ret)
{
    struct reader r = reader_over(sector);
    uint16_t tag = reader_le16(&r);
    struct udf_entry entry = { 0 };

    if (tag != TAG_FILE_ENTRY && tag != TAG_EXTENDED_FILE_ENTRY)
        return false;
    reader_skip(&r, 14 + 11);
    entry.kind = reader_u8(&r);
    reader_skip(&r, 6);
    uint16_t flags = reader_le16(&r);
    reader_skip(&r, 20);
    entry.length = reader_le64(&r);
    if (tag == TAG_EXTENDED_FILE_ENTRY)
        reader_skip(&r, 8);
    reader_skip(&r, 8 + 12); /* blocks, time of access */
    entry.modified_s = disc_time_udf(&r);
    /* the time of creation, in one of them; of attributes; checkpoint; in one of them reserved;
     * the ICB of attributes; in one of them that of streams; implementation; unique number */
    reader_skip(&r,
                tag == TAG_FILE_ENTRY ? 12 + 4 + 16 + 32 + 8 : 12 + 12 + 4 + 4 + 16 + 16 + 32 + 8);
    uint32_t attributes = reader_le32(&r);
    uint32_t pieces = reader_le32(&r);
    reader_skip(&r, attributes);
    entry.inside = (uint32_t)(sector.len - reader_left(&r));
    reader_skip(&r, pieces);
    if (r.failed)
        return false;
    entry.is_inside = (flags & 7) == PIECES_INSIDE;
    if (entry.is_inside)
        entry.pieces = 1;
    else
        entry.pieces = pieces / ((flags & 7) == PIECES_SHORT ? 8U : 16U);
    if (entry.is_inside && entry.length > pieces)
        return false;
    *ret = entry;
    return true;
}
