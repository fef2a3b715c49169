/* See wim.h. Only the header: what it points to is read by wim_resource, wim_blobs, wim_tree and
 * wim_xml. */
#include "image/wim.h"

#include <assert.h>
#include <errno.h>

#include "base/reader.h"

#define HEADER_BYTES 208

static const uint8_t mark[8] = { 'M', 'S', 'W', 'I', 'M', 0, 0, 0 };
static const uint8_t pipable_mark[8] = { 'W', 'L', 'P', 'W', 'M', 0, 0, 0 };

#define FLAG_PACKED         UINT32_C(0x00000002)
#define FLAG_IN_PROGRESS    UINT32_C(0x00000040)
#define FLAG_PACKED_XPRESS  UINT32_C(0x00020000)
#define FLAG_PACKED_LZX     UINT32_C(0x00040000)
#define FLAG_PACKED_LZMS    UINT32_C(0x00080000)
#define FLAG_PACKED_XPRESS2 UINT32_C(0x00200000)

/* Where nothing says otherwise. */
#define CHUNK_BYTES 32768

const char *wim_flaw_text(enum wim_flaw flaw)
{
    static const char *const texts[] = {
        [WIM_SOUND] = "is sound",
        [WIM_UNREADABLE] = "cannot be read",
        [WIM_NOT_WIM] = "is no WIM",
        [WIM_PIPABLE] =
            ("is a pipable WIM, which only wimlib reads: 'wimlib-imagex export FILE all "
             "NEW --not-pipable' converts it"),
        [WIM_HEADER] = "has a damaged header",
        [WIM_UNFINISHED] = "was not finished by the program that wrote it: copy it again",
        [WIM_OUTSIDE] = "is cut off, or its header is damaged: a part of it lies behind its end",
        [WIM_TOO_MANY] = "has more than 128 images",
        [WIM_PACKING] = "is packed in a way that is not known here",
        [WIM_BLOCKS] = "is damaged: a table of packed blocks makes no sense",
        [WIM_DATA] = "is damaged: a packed block does not unpack",
        [WIM_DIGEST] = "is damaged: a file in it does not have the digest it is listed with",
        [WIM_TEXT] = "is damaged: the description of its images is no XML",
        [WIM_TREE] = "is damaged: its table of names makes no sense",
        [WIM_NO_IMAGE] = "has no image of that number",
        [WIM_NO_FILE] = "has no file of that name",
        [WIM_TOO_LARGE] = "has a file of that name, which is too large for what it should be",
        [WIM_OTHER_PART] = "is one part of a split WIM, and the file lies in another part",
    };
    static_assert(sizeof texts / sizeof texts[0] == WIM_FLAWS, "a phrase for each flaw");
    return texts[flaw];
}

const char *wim_packing_name(enum wim_packing packing)
{
    static const char *const names[] = {
        [WIM_STORED] = "none",
        [WIM_XPRESS] = "XPRESS",
        [WIM_LZX] = "LZX",
        [WIM_LZMS] = "LZMS",
    };
    return names[packing];
}

int wim_refuse(struct wim *wim, enum wim_flaw flaw)
{
    wim->flaw = flaw;
    return -EBADMSG;
}

bool wim_resource_header_decode(struct span bytes, uint64_t file_size,
                                struct wim_resource_header *out)
{
    struct reader r = reader_over(bytes);
    uint64_t sizes = reader_le64(&r), end;

    *out = (struct wim_resource_header){
        .size = sizes & UINT64_C(0x00ffffffffffffff),
        .flags = (uint8_t)(sizes >> 56),
    };
    out->offset = reader_le64(&r);
    out->original_size = reader_le64(&r);
    return !r.failed && checked_add_u64(out->offset, out->size, &end) && end <= file_size;
}

static bool find_packing(uint32_t flags, enum wim_packing *ret)
{
    *ret = WIM_STORED;
    if (!(flags & FLAG_PACKED))
        return true;
    if (flags & (FLAG_PACKED_XPRESS | FLAG_PACKED_XPRESS2))
        *ret = WIM_XPRESS;
    else if (flags & FLAG_PACKED_LZX)
        *ret = WIM_LZX;
    else if (flags & FLAG_PACKED_LZMS)
        *ret = WIM_LZMS;
    return *ret != WIM_STORED;
}

/* Mark 8, header size, version, flags, chunk size, GUID 16, part, parts, images, the resources of
 * blobs, XML and boot metadata, boot index, integrity table, unused 60. */
static enum wim_flaw read_header(struct span bytes, struct wim *out)
{
    struct reader r = reader_over(bytes);

    reader_skip(&r, sizeof mark);
    uint32_t header_size = reader_le32(&r);
    out->version = reader_le32(&r);
    out->flags = reader_le32(&r);
    out->chunk_size = reader_le32(&r);
    reader_skip(&r, 16);
    out->part = reader_le16(&r);
    out->parts = reader_le16(&r);
    out->image_count = reader_le32(&r);
    struct span blobs = reader_take(&r, 24), xml = reader_take(&r, 24);
    struct span boot = reader_take(&r, 24);
    out->boot_index = reader_le32(&r);
    struct span integrity = reader_take(&r, 24);
    struct wim_resource_header other;

    if (r.failed || header_size != HEADER_BYTES || out->part == 0 || out->part > out->parts)
        return WIM_HEADER;
    if (out->flags & FLAG_IN_PROGRESS)
        return WIM_UNFINISHED;
    if (!wim_resource_header_decode(blobs, out->file_size, &out->blobs) ||
        !wim_resource_header_decode(xml, out->file_size, &out->xml) ||
        !wim_resource_header_decode(boot, out->file_size, &other) ||
        !wim_resource_header_decode(integrity, out->file_size, &other))
        return WIM_OUTSIDE;
    if (out->image_count > WIM_IMAGES_MAX)
        return WIM_TOO_MANY;
    if (out->boot_index > out->image_count)
        return WIM_HEADER;
    if (out->chunk_size == 0)
        out->chunk_size = CHUNK_BYTES;
    return find_packing(out->flags, &out->packing) ? WIM_SOUND : WIM_PACKING;
}

bool wim_is(const struct image_source *source, const char *path)
{
    uint8_t bytes[sizeof mark];
    return source->read(source->context, path, 0, bytes, sizeof bytes) == sizeof bytes &&
           (memcmp(bytes, mark, sizeof mark) == 0 || memcmp(bytes, pipable_mark, sizeof mark) == 0);
}

int wim_open(const struct image_source *source, const char *path, struct wim *out)
{
    uint8_t bytes[HEADER_BYTES];
    int64_t n = source->read(source->context, path, 0, bytes, sizeof bytes);
    int64_t size = source->size(source->context, path);

    *out = (struct wim){ .source = source, .path = path };
    if (n < 0 || size < 0)
        return wim_refuse(out, WIM_UNREADABLE);
    out->file_size = (uint64_t)size;
    struct span head = span_of(bytes, (size_t)n);
    if (span_equals(span_slice(head, 0, sizeof mark), span_of(pipable_mark, sizeof mark)))
        return wim_refuse(out, WIM_PIPABLE);
    if (!span_equals(span_slice(head, 0, sizeof mark), span_of(mark, sizeof mark)))
        return wim_refuse(out, WIM_NOT_WIM);
    enum wim_flaw flaw = read_header(head, out);
    return flaw == WIM_SOUND ? 0 : wim_refuse(out, flaw);
}
