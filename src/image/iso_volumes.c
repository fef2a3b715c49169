/* The volume descriptors of a disc: ECMA-119 8, El Torito's boot record (its specification 1.0,
 * figure 7), and whether ECMA-167's recognition sequence stands behind them. */
#include "image/iso9660.h"
#include "image/iso_record.h"
#include "image/joliet.h"
#include "image/rock_ridge.h"

#define FIRST_SECTOR 16
#define SECTORS_MAX  64

enum {
    KIND_BOOT = 0,
    KIND_PRIMARY = 1,
    KIND_SUPPLEMENTARY = 2,
    KIND_END = 255,
};

static void keep_label(struct iso_label *label, struct span field)
{
    struct span part = span_slice(field, 0, sizeof label->data);
    label->len = part.len;
    if (part.len > 0)
        memcpy(label->data, part.data, part.len);
}

/* The numbers of a volume, from behind the identifiers of system (32 bytes, from 8) and volume
 * (32): unused 8, space 8, escape sequences 32, set size 4, sequence number 4, block size 4, path
 * tables 24, the top folder's record 34, set 128, publisher 128, preparer 128, application 128. */
struct volume {
    struct span system, label, escapes, application;
    uint64_t blocks;
    uint16_t block_bytes;
    struct iso_record top;
};

static bool read_volume(struct span sector, struct volume *ret)
{
    struct reader r = reader_over(span_from(sector, 8));
    bool differs = false;

    ret->system = reader_take(&r, 32);
    ret->label = reader_take(&r, 32);
    reader_skip(&r, 8);
    ret->blocks = iso_both32(&r, &differs);
    ret->escapes = reader_take(&r, 32);
    reader_skip(&r, 8);
    ret->block_bytes = iso_both16(&r, &differs);
    reader_skip(&r, 24);
    bool has_top = iso_record_decode(&r, &ret->top);
    reader_skip(&r, 128 * 3);
    ret->application = reader_take(&r, 128);
    bool is_size = ret->block_bytes == 512 || ret->block_bytes == 1024 || ret->block_bytes == 2048;
    return !r.failed && has_top && is_size && (ret->top.flags & ISO_FLAG_FOLDER);
}

static bool take_primary(struct span sector, struct iso_volumes *out)
{
    struct volume volume;
    if (out->has_primary) /* a second one is a copy of the first */
        return true;
    if (!read_volume(sector, &volume))
        return false;
    out->has_primary = true;
    out->block_bytes = volume.block_bytes;
    out->bytes = volume.blocks * volume.block_bytes;
    out->primary = (struct iso_folder){ volume.top.extent, volume.top.length };
    keep_label(&out->label, volume.label);
    bool has_application = volume.application.len > 0 && volume.application.data[0] > ' ';
    keep_label(&out->system, has_application ? volume.application : volume.system);
    return true;
}

/* A supplementary volume that makes no sense is passed over: the primary one has the same files. */
static void take_supplementary(struct span sector, struct iso_volumes *out)
{
    struct volume volume;
    if (!read_volume(sector, &volume) || volume.block_bytes != out->block_bytes)
        return;
    if (sector.data[6] == 2) { /* version 2: an enhanced volume */
        out->has_enhanced = true;
    } else if (joliet_is_named(volume.escapes) && !out->has_joliet) {
        out->has_joliet = true;
        out->joliet = (struct iso_folder){ volume.top.extent, volume.top.length };
    }
}

static void take_boot(struct span sector, struct iso_volumes *out)
{
    struct reader r = reader_over(span_from(sector, 7));
    struct span system = reader_take(&r, 32);
    reader_skip(&r, 32);
    if (out->has_catalog || !span_starts_with(system, "EL TORITO SPECIFICATION"))
        return;
    out->catalog = reader_le32(&r);
    out->has_catalog = true;
}

/* The "." record of the top folder. */
static void look_for_rock_ridge(struct view *view, struct iso_volumes *out)
{
    uint8_t sector[ISO_SECTOR];
    struct iso_record record;
    uint64_t offset = (uint64_t)out->primary.extent * out->block_bytes;

    if (!view_read(view, offset, sector, sizeof sector))
        return;
    struct reader r = reader_over(span_of(sector, sizeof sector));
    if (iso_record_decode(&r, &record) && iso_record_is_self(&record))
        out->has_rock_ridge =
            rock_ridge_probe(view, out->block_bytes, record.system_use, &out->susp_skip);
}

enum tree_flaw iso9660_probe(struct view *view, struct iso_volumes *ret)
{
    uint8_t data[ISO_SECTOR];
    struct span sector = span_of(data, sizeof data);
    bool is_iso = true;

    *ret = (struct iso_volumes){ .block_bytes = ISO_SECTOR };
    for (unsigned i = FIRST_SECTOR; i < FIRST_SECTOR + SECTORS_MAX; i++) {
        if ((i + 1) * (uint64_t)ISO_SECTOR > view_size(view))
            break;
        if (!view_read(view, i * (uint64_t)ISO_SECTOR, data, sizeof data))
            return TREE_UNREADABLE;
        struct span name = span_slice(sector, 1, 5);
        if (span_is(name, "NSR02") || span_is(name, "NSR03")) {
            ret->has_udf = true;
        } else if (span_is(name, "CD001") && is_iso) {
            if (data[0] == KIND_PRIMARY && !take_primary(sector, ret))
                return TREE_DAMAGED;
            if (data[0] == KIND_SUPPLEMENTARY && ret->has_primary)
                take_supplementary(sector, ret);
            if (data[0] == KIND_BOOT)
                take_boot(sector, ret);
            is_iso = data[0] != KIND_END;
        } else if (!span_is(name, "BEA01") && !span_is(name, "TEA01") && !span_is(name, "BOOT2") &&
                   !span_is(name, "CD001")) {
            break;
        }
    }
    if (ret->has_primary)
        look_for_rock_ridge(view, ret);
    return ret->has_primary || ret->has_udf ? TREE_SOUND : TREE_ABSENT;
}
