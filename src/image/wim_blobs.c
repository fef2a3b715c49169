/* See wim_blobs.h. A row of the table is a resource header, the part it lies in, a count of uses
 * and the digest. Blobs of a solid resource have rows of their own, whose offset counts from the
 * first byte of the solid resources of their run: neighbouring rows with the mark (wimlib:
 * src/blob_table.c). Those of the resources themselves have an impossible size. */
#include "image/wim_blobs.h"

#include <errno.h>
#include <stdlib.h>

#include "base/autoclean.h"
#include "base/reader.h"

#include "crypto/digest.h"
#include "image/wim_resource.h"

DEFINE_FREEP(struct wim_resource, wim_resource_free)

#define ROW_BYTES     50
#define ROWS_AT_ONCE  64
#define TABLE_MAX     (UINT64_C(256) << 20)
#define SOLID_MARK    (UINT64_C(1) << 32) /* as an unpacked size: this row is the resource */
#define RUN_PARTS_MAX 64                  /* solid resources of one run */

struct row {
    struct wim_resource_header where;
    uint16_t part;
    uint8_t sha1[WIM_SHA1_BYTES];
};

struct table {
    struct wim *wim;
    struct wim_resource *resource;
    uint64_t count, next;
    uint8_t bytes[ROWS_AT_ONCE * ROW_BYTES];
    uint64_t held; /* the first row in `bytes`, of held_count */
    size_t held_count;
};

static int open_table(struct wim *wim, struct table *table)
{
    *table = (struct table){ .wim = wim };
    if (wim->blobs.original_size > TABLE_MAX)
        return wim_refuse(wim, WIM_HEADER);
    int r = wim_resource_open(wim, &wim->blobs, &table->resource);
    if (r == 0)
        table->count = wim_resource_size(table->resource) / ROW_BYTES;
    return r;
}

static int load_rows(struct table *table, uint64_t first)
{
    uint64_t left = table->count - first;
    size_t count = left < ROWS_AT_ONCE ? (size_t)left : ROWS_AT_ONCE;
    int r = wim_resource_read(table->resource, first * ROW_BYTES, table->bytes, count * ROW_BYTES);
    table->held = first;
    table->held_count = r == 0 ? count : 0;
    return r;
}

static bool is_solid(const struct row *row)
{
    return row->where.flags & WIM_RESOURCE_SOLID;
}

/* Row `number` of table->count. A blob of a solid resource has no place in the file, so only others
 * are held against its length. */
static int read_row(struct table *table, uint64_t number, struct row *out)
{
    struct wim *wim = table->wim;
    bool is_held = number >= table->held && number - table->held < table->held_count;
    int r = is_held ? 0 : load_rows(table, number);
    if (r < 0)
        return r;
    struct span all = span_of(table->bytes, sizeof table->bytes);
    struct reader at =
        reader_over(span_slice(all, (size_t)(number - table->held) * ROW_BYTES, ROW_BYTES));
    bool is_inside = wim_resource_header_decode(reader_take(&at, 24), wim->file_size, &out->where);
    out->part = reader_le16(&at);
    reader_skip(&at, 4);
    struct span sha1 = reader_take(&at, WIM_SHA1_BYTES);
    if (at.failed)
        return wim_refuse(wim, WIM_OUTSIDE);
    memcpy(out->sha1, sha1.data, sizeof out->sha1);
    bool is_within_solid = is_solid(out) && out->where.original_size != SOLID_MARK;
    if (!is_inside && !is_within_solid && out->part == wim->part)
        return wim_refuse(wim, WIM_OUTSIDE);
    return 0;
}

int wim_blobs_find_names(struct wim *wim, uint32_t number, struct wim_resource_header *ret)
{
    struct table table;
    struct row row;
    uint32_t seen = 0;

    if (number == 0 || number > wim->image_count)
        return wim_refuse(wim, WIM_NO_IMAGE);
    int r = open_table(wim, &table);
    for (uint64_t i = 0; r == 0 && i < table.count; i++) {
        r = read_row(&table, i, &row);
        if (r < 0 || !(row.where.flags & WIM_RESOURCE_METADATA) || ++seen != number)
            continue;
        *ret = row.where;
        if (row.part != wim->part)
            r = wim_refuse(wim, WIM_OTHER_PART);
        break;
    }
    wim_resource_free(table.resource);
    if (r == 0 && seen != number)
        r = wim_refuse(wim, wim->parts > 1 ? WIM_OTHER_PART : WIM_NO_IMAGE);
    return r;
}

/* The solid resource that holds byte *offset of the run which row `number` belongs to, and where in
 * it; the resource is to be freed. */
static int open_run(struct table *table, uint64_t number, uint64_t *offset,
                    struct wim_resource **ret)
{
    struct row row;
    unsigned parts = 0;

    for (; number > 0; number--) {
        int r = read_row(table, number - 1, &row);
        if (r < 0)
            return r;
        if (!is_solid(&row))
            break;
    }
    for (; number < table->count && parts < RUN_PARTS_MAX; number++) {
        int r = read_row(table, number, &row);
        if (r < 0)
            return r;
        if (!is_solid(&row))
            break;
        if (row.where.original_size != SOLID_MARK)
            continue;
        parts++;
        r = wim_resource_open(table->wim, &row.where, ret);
        if (r < 0)
            return r;
        if (*offset < wim_resource_size(*ret))
            return 0;
        *offset -= wim_resource_size(*ret);
        wim_resource_free(*ret);
    }
    *ret = NULL;
    return wim_refuse(table->wim, WIM_BLOCKS);
}

static int open_blob(struct table *table, uint64_t number, const struct row *row, size_t cap,
                     uint64_t *ret_offset, uint64_t *ret_len, struct wim_resource **ret)
{
    *ret = NULL;
    *ret_offset = is_solid(row) ? row->where.offset : 0;
    *ret_len = is_solid(row) ? row->where.size : row->where.original_size;
    if (row->part != table->wim->part)
        return wim_refuse(table->wim, WIM_OTHER_PART);
    if (*ret_len > cap)
        return wim_refuse(table->wim, WIM_TOO_LARGE);
    return is_solid(row) ? open_run(table, number, ret_offset, ret)
                         : wim_resource_open(table->wim, &row->where, ret);
}

static int read_blob(struct table *table, uint64_t number, const struct row *row, size_t cap,
                     uint8_t **ret_data, size_t *ret_len)
{
    autoclean(wim_resource_freep) struct wim_resource *resource = NULL;
    struct digest digest;
    uint64_t offset, len;

    int r = open_blob(table, number, row, cap, &offset, &len, &resource);
    if (r < 0)
        return r;
    uint8_t *data = malloc(len > 0 ? (size_t)len : 1);
    if (!data)
        return -ENOMEM;
    r = wim_resource_read(resource, offset, data, (size_t)len);
    if (r == 0 && digest_of(DIGEST_SHA1, span_of(data, (size_t)len), &digest) < 0)
        r = -ENOMEM;
    if (r == 0 && memcmp(digest.bytes, row->sha1, WIM_SHA1_BYTES) != 0)
        r = wim_refuse(table->wim, WIM_DIGEST);
    if (r < 0) {
        free(data);
        return r;
    }
    *ret_data = data;
    *ret_len = (size_t)len;
    return 0;
}

int wim_blobs_read(struct wim *wim, const uint8_t sha1[WIM_SHA1_BYTES], size_t cap,
                   uint8_t **ret_data, size_t *ret_len)
{
    static const uint8_t none[WIM_SHA1_BYTES];
    struct table table;
    struct row row;

    *ret_data = NULL;
    *ret_len = 0;
    if (memcmp(sha1, none, WIM_SHA1_BYTES) == 0) /* an empty file has no blob */
        return 0;
    int r = open_table(wim, &table);
    bool found = false;
    for (uint64_t i = 0; r == 0 && !found && i < table.count; i++) {
        r = read_row(&table, i, &row);
        bool is_resource = is_solid(&row) && row.where.original_size == SOLID_MARK;
        found = r == 0 && !is_resource && memcmp(row.sha1, sha1, WIM_SHA1_BYTES) == 0;
        if (found)
            r = read_blob(&table, i, &row, cap, ret_data, ret_len);
    }
    wim_resource_free(table.resource);
    if (r == 0 && !found)
        r = wim_refuse(wim, wim->parts > 1 ? WIM_OTHER_PART : WIM_TREE);
    return r;
}
