/* See wim_resource.h. A packed resource is a table of where its blocks begin, then the blocks, each
 * unpacked to the same size but the last; a block that did not become smaller is stored. A solid
 * resource begins with a header of its own, and its table holds sizes. */
#include "image/wim_resource.h"

#include <errno.h>
#include <stdlib.h>

#include "base/reader.h"

#include "image/wim_codec.h"

#define SOLID_HEADER_BYTES 16
#define CHUNK_BYTES_MAX    (UINT32_C(64) << 20) /* the largest that Microsoft's tools make */
#define CHUNKS_MAX         (UINT32_C(1) << 20)  /* 32 GiB in the usual blocks */
#define TABLE_PORTION      8192
#define NO_CHUNK           UINT64_MAX

struct wim_resource {
    struct wim *wim;
    uint64_t offset, size, original_size;
    bool is_packed;
    uint32_t chunk_size, chunk_count;
    uint64_t *starts; /* chunk_count + 1 places in the file */
    struct wim_codec *codec;
    uint8_t *packed, *chunk;
    uint64_t held; /* which one lies in `chunk` */
};

uint64_t wim_resource_size(const struct wim_resource *resource)
{
    return resource->original_size;
}

void wim_resource_free(struct wim_resource *r)
{
    if (!r)
        return;
    wim_codec_free(r->codec);
    free(r->starts);
    free(r->packed);
    free(r->chunk);
    free(r);
}

static bool read_file(const struct wim_resource *r, uint64_t offset, void *data, size_t len)
{
    return image_source_read_all(r->wim->source, r->wim->path, offset, data, len);
}

/* The size of unpacked block `i`. */
static uint32_t chunk_bytes(const struct wim_resource *r, uint64_t i)
{
    uint64_t left = r->original_size - i * r->chunk_size;
    return left < r->chunk_size ? (uint32_t)left : r->chunk_size;
}

static bool count_chunks(struct wim_resource *r)
{
    if (r->chunk_size == 0 || r->chunk_size > CHUNK_BYTES_MAX)
        return false;
    uint64_t count = r->original_size / r->chunk_size + (r->original_size % r->chunk_size > 0);
    if (count > CHUNKS_MAX)
        return false;
    r->chunk_count = (uint32_t)count;
    return true;
}

/* From the table's numbers to places in the file. `entries` of `width` bytes lie at `table`; they
 * are sizes in a solid resource, else places behind the table of all blocks but the first. */
static int read_table(struct wim_resource *r, uint64_t table, uint32_t entries, unsigned width,
                      bool is_solid)
{
    uint8_t buffer[TABLE_PORTION];
    uint64_t table_bytes = (uint64_t)entries * width, end = r->offset + r->size;
    uint64_t blocks = table + table_bytes;

    if (table > end || table_bytes > end - table)
        return wim_refuse(r->wim, WIM_BLOCKS);
    r->starts[0] = blocks;
    for (uint32_t done = 0; done < entries;) {
        uint32_t portion = entries - done;
        if (portion > TABLE_PORTION / width)
            portion = TABLE_PORTION / width;
        if (!read_file(r, table + (uint64_t)done * width, buffer, (size_t)portion * width))
            return wim_refuse(r->wim, WIM_UNREADABLE);
        struct reader at = reader_over(span_of(buffer, (size_t)portion * width));
        for (uint32_t i = 0; i < portion; i++, done++) {
            uint64_t value = width == 8 ? reader_le64(&at) : reader_le32(&at);
            uint64_t base = is_solid ? r->starts[done] : blocks, start;
            if (!checked_add_u64(base, value, &start) || start > end || start < r->starts[done])
                return wim_refuse(r->wim, WIM_BLOCKS);
            r->starts[done + 1] = start;
        }
    }
    if (!is_solid)
        r->starts[r->chunk_count] = end;
    return 0;
}

/* A block is never larger than what it unpacks to. */
static int check_chunks(struct wim_resource *r)
{
    for (uint32_t i = 0; i < r->chunk_count; i++)
        if (r->starts[i + 1] < r->starts[i] || r->starts[i + 1] - r->starts[i] > chunk_bytes(r, i))
            return wim_refuse(r->wim, WIM_BLOCKS);
    return 0;
}

static int prepare(struct wim_resource *r, enum wim_packing packing)
{
    if (packing == WIM_STORED)
        return wim_refuse(r->wim, WIM_PACKING);
    /* No block is larger than the resource itself. */
    size_t room = r->original_size < r->chunk_size ? (size_t)r->original_size + 1 : r->chunk_size;
    r->starts = calloc((size_t)r->chunk_count + 1, sizeof *r->starts);
    r->packed = malloc(room);
    r->chunk = malloc(room);
    if (!r->starts || !r->packed || !r->chunk)
        return -ENOMEM;
    int result = wim_codec_new(packing, r->chunk_size, &r->codec);
    return result == -ENOTSUP ? wim_refuse(r->wim, WIM_PACKING) : result;
}

static int open_packed(struct wim_resource *r)
{
    r->chunk_size = r->wim->chunk_size;
    if (!count_chunks(r))
        return wim_refuse(r->wim, WIM_BLOCKS);
    int result = prepare(r, r->wim->packing);
    if (result < 0 || r->chunk_count == 0)
        return result;
    unsigned width = r->original_size > UINT32_MAX ? 8 : 4;
    result = read_table(r, r->offset, r->chunk_count - 1, width, false);
    return result < 0 ? result : check_chunks(r);
}

/* Its unpacked size 8, the size of blocks 4, the packing 4. */
static int open_solid(struct wim_resource *r)
{
    static const enum wim_packing packings[] = { WIM_STORED, WIM_XPRESS, WIM_LZX, WIM_LZMS };
    uint8_t head[SOLID_HEADER_BYTES];

    if (r->size < sizeof head)
        return wim_refuse(r->wim, WIM_BLOCKS);
    if (!read_file(r, r->offset, head, sizeof head))
        return wim_refuse(r->wim, WIM_UNREADABLE);
    struct reader at = reader_over(span_of(head, sizeof head));
    r->original_size = reader_le64(&at);
    r->chunk_size = reader_le32(&at);
    uint32_t packing = reader_le32(&at);
    if (packing >= sizeof packings / sizeof packings[0])
        return wim_refuse(r->wim, WIM_PACKING);
    if (!count_chunks(r))
        return wim_refuse(r->wim, WIM_BLOCKS);
    int result = prepare(r, packings[packing]);
    if (result == 0)
        result = read_table(r, r->offset + sizeof head, r->chunk_count, 4, true);
    return result < 0 ? result : check_chunks(r);
}

int wim_resource_open(struct wim *wim, const struct wim_resource_header *where,
                      struct wim_resource **ret_resource)
{
    struct wim_resource *r = calloc(1, sizeof *r);
    int result = 0;

    if (!r)
        return -ENOMEM;
    *r = (struct wim_resource){
        .wim = wim,
        .offset = where->offset,
        .size = where->size,
        .original_size = where->original_size,
        .is_packed = where->flags & (WIM_RESOURCE_PACKED | WIM_RESOURCE_SOLID),
        .held = NO_CHUNK,
    };
    if (where->flags & WIM_RESOURCE_SPANNED)
        result = wim_refuse(wim, WIM_OTHER_PART);
    else if (where->flags & WIM_RESOURCE_SOLID)
        result = open_solid(r);
    else if (r->is_packed)
        result = open_packed(r);
    else if (r->size != r->original_size)
        result = wim_refuse(wim, WIM_BLOCKS);
    if (result < 0) {
        wim_resource_free(r);
        return result;
    }
    *ret_resource = r;
    return 0;
}

/* Have block `i` in r->chunk. */
static int hold(struct wim_resource *r, uint64_t i)
{
    uint32_t bytes = chunk_bytes(r, i);
    size_t packed = (size_t)(r->starts[i + 1] - r->starts[i]);

    if (r->held == i)
        return 0;
    r->held = NO_CHUNK;
    bool is_stored = packed == bytes;
    if (!read_file(r, r->starts[i], is_stored ? r->chunk : r->packed, packed))
        return wim_refuse(r->wim, WIM_UNREADABLE);
    if (!is_stored && !wim_codec_unpack(r->codec, span_of(r->packed, packed), r->chunk, bytes))
        return wim_refuse(r->wim, WIM_DATA);
    r->held = i;
    return 0;
}

int wim_resource_read(struct wim_resource *r, uint64_t offset, void *data, size_t len)
{
    struct span whole;
    uint8_t *out = data;

    if (offset > r->original_size || len > r->original_size - offset)
        return wim_refuse(r->wim, WIM_OUTSIDE);
    if (!r->is_packed)
        return read_file(r, r->offset + offset, data, len) ? 0 : wim_refuse(r->wim, WIM_UNREADABLE);
    for (size_t done = 0; done < len;) {
        uint64_t at = offset + done;
        int result = hold(r, at / r->chunk_size);
        if (result < 0)
            return result;
        whole = span_of(r->chunk, chunk_bytes(r, at / r->chunk_size));
        struct span part = span_slice(whole, (size_t)(at % r->chunk_size), len - done);
        memcpy(out + done, part.data, part.len);
        done += part.len;
    }
    return 0;
}
