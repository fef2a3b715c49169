/* See slim_iso_write.h. ECMA-119 (its sections are cited), with Rock Ridge names: SUSP IEEE P1281
 * 5, RRIP IEEE P1282 4. Plain names are numbers, which are unique and sorted in the order they are
 * given in; no time is told, so that the bytes depend on nothing else. */
#include "boot/slim_iso_write.h"

#include <assert.h>

#include "base/checked.h"
#include "base/writer.h"

#define EXTENT_BYTES_MAX 0xfffff800U /* of one record: ECMA-119 6.4.2, to whole sectors */

#define FLAG_FOLDER 0x02
#define FLAG_MORE   0x80 /* the file goes on in the next record */

#define MODE_FOLDER 0040555U
#define MODE_FILE   0100444U

#define PX_BYTES 36U
#define SP_BYTES 7U
#define ER_BYTES 18U

/* One record of a folder. */
struct record {
    const char *plain; /* "" stands for the folder itself, "\1" for the one it lies in */
    struct span name;  /* Rock Ridge's; empty for these two */
    uint32_t sector, size;
    uint8_t flags;
    bool is_top; /* it tells that Rock Ridge is in use */
};

static void put_both32(struct writer *w, uint32_t v)
{
    writer_le32(w, v);
    writer_be32(w, v);
}

static void put_both16(struct writer *w, uint16_t v)
{
    writer_le16(w, v);
    writer_be16(w, v);
}

static void put_filler(struct writer *w, uint8_t byte, size_t count)
{
    while (count-- > 0)
        writer_u8(w, byte);
}

static size_t plain_length(const struct record *r)
{
    return r->name.len == 0 ? 1 : strlen(r->plain);
}

/* ECMA-119 9.1: the fields, the name, a byte to an even length; then what SUSP adds. */
static size_t record_length(const struct record *r)
{
    size_t fields = 33 + plain_length(r);
    size_t length = fields + fields % 2 + PX_BYTES;
    if (r->name.len > 0)
        length += 5 + r->name.len;
    if (r->is_top)
        length += SP_BYTES + ER_BYTES;
    return length + length % 2;
}

static void put_signature(struct writer *w, const char *signature, size_t length)
{
    writer_text(w, signature);
    writer_u8(w, (uint8_t)length);
    writer_u8(w, 1);
}

static void put_system_use(struct writer *w, const struct record *r)
{
    if (r->is_top) {
        put_signature(w, "SP", SP_BYTES);
        writer_be16(w, 0xbeef);
        writer_u8(w, 0);
    }
    put_signature(w, "PX", PX_BYTES);
    put_both32(w, r->flags & FLAG_FOLDER ? MODE_FOLDER : MODE_FILE);
    put_both32(w, r->flags & FLAG_FOLDER ? 2 : 1);
    put_both32(w, 0);
    put_both32(w, 0);
    if (r->name.len > 0) {
        put_signature(w, "NM", 5 + r->name.len);
        writer_u8(w, 0);
        writer_bytes(w, r->name);
    }
    if (r->is_top) {
        static const char id[] = "RRIP_1991A";
        put_signature(w, "ER", ER_BYTES);
        writer_u8(w, sizeof id - 1);
        writer_u8(w, 0);
        writer_u8(w, 0);
        writer_u8(w, 1);
        writer_text(w, id);
    }
}

/* ECMA-119 9.1, without what SUSP adds. */
static void put_fields(struct writer *w, const struct record *r, size_t length)
{
    size_t name = plain_length(r);
    writer_u8(w, (uint8_t)length);
    writer_u8(w, 0);
    put_both32(w, r->sector);
    put_both32(w, r->size);
    put_filler(w, 0, 7); /* no time */
    writer_u8(w, r->flags);
    put_filler(w, 0, 2); /* not interleaved */
    put_both16(w, 1);
    writer_u8(w, (uint8_t)name);
    writer_bytes(w, span_of(r->plain, name));
    if (name % 2 == 0)
        writer_u8(w, 0);
}

/* Where a record of this length begins that comes next: none crosses the border of a sector. */
static size_t place_record(size_t at, size_t length)
{
    size_t left = SLIM_ISO_SECTOR - at % SLIM_ISO_SECTOR;
    return length > left ? at + left : at;
}

struct folder_writer {
    struct writer *w; /* NULL: only measured */
    size_t start;     /* of the folder in `w` */
    size_t at;        /* in the folder */
};

static void put_record(struct folder_writer *f, const struct record *r)
{
    size_t length = record_length(r);
    assert(length <= 254);
    f->at = place_record(f->at, length);
    if (f->w) {
        put_filler(f->w, 0, f->start + f->at - f->w->len);
        size_t before = f->w->len;
        put_fields(f->w, r, length);
        put_system_use(f->w, r);
        put_filler(f->w, 0, before + length - f->w->len);
    }
    f->at += length;
}

static void put_folder_record(struct folder_writer *f, const struct slim_iso *iso, uint32_t node,
                              const char *plain, struct span name, bool is_top)
{
    const struct slim_node *folder = &iso->nodes[node];
    const struct record r = { .plain = plain,
                              .name = name,
                              .sector = folder->sector,
                              .size = (uint32_t)folder->size,
                              .flags = FLAG_FOLDER,
                              .is_top = is_top };
    put_record(f, &r);
}

static void put_file_records(struct folder_writer *f, const struct slim_node *file,
                             const char *plain)
{
    uint64_t left = file->entry->size;
    uint32_t sector = file->sector;
    for (;;) {
        uint32_t size = left > EXTENT_BYTES_MAX ? EXTENT_BYTES_MAX : (uint32_t)left;
        left -= size;
        const struct record r = { .plain = plain,
                                  .name = file->name,
                                  .sector = sector,
                                  .size = size,
                                  .flags = left > 0 ? FLAG_MORE : 0 };
        put_record(f, &r);
        if (left == 0)
            return;
        sector += size / SLIM_ISO_SECTOR;
    }
}

/* "00000017" for folders, "00000017.;1" for files. */
static void write_plain(const struct slim_iso *iso, uint32_t node, char out[16])
{
    struct text text = text_over(out, 16);
    text_add_padded(&text, node, 8);
    if (!iso->nodes[node].entry->is_folder)
        text_add(&text, ".;1");
}

static void put_folder(struct folder_writer *f, const struct slim_iso *iso, uint32_t node)
{
    const struct slim_node *folder = &iso->nodes[node];
    char plain[16];

    put_folder_record(f, iso, node, "", (struct span){ 0 }, node == 0);
    put_folder_record(f, iso, folder->parent, "\1", (struct span){ 0 }, false);
    for (uint32_t i = folder->first_child; i != SLIM_ISO_NONE; i = iso->nodes[i].next) {
        const struct slim_node *child = &iso->nodes[i];
        write_plain(iso, i, plain);
        if (child->entry->is_folder)
            put_folder_record(f, iso, i, plain, child->name, false);
        else
            put_file_records(f, child, plain);
    }
}

static size_t to_sectors(size_t bytes)
{
    return (bytes + SLIM_ISO_SECTOR - 1) / SLIM_ISO_SECTOR * SLIM_ISO_SECTOR;
}

uint32_t slim_iso_folder_bytes(const struct slim_iso *iso, uint32_t folder)
{
    struct folder_writer f = { 0 };
    put_folder(&f, iso, folder);
    return (uint32_t)to_sectors(f.at);
}

/* ECMA-119 9.4. */
static size_t table_name_length(uint32_t node)
{
    return node == 0 ? 1 : 8;
}

uint32_t slim_iso_table_bytes(const struct slim_iso *iso)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < iso->folder_count; i++) {
        size_t name = table_name_length(iso->folders[i]);
        bytes += 8 + name + name % 2;
    }
    return (uint32_t)bytes;
}

static void put_table(struct writer *w, const struct slim_iso *iso, bool is_big_endian)
{
    size_t start = w->len;
    char plain[16] = "";

    for (uint32_t i = 0; i < iso->folder_count; i++) {
        const struct slim_node *folder = &iso->nodes[iso->folders[i]];
        size_t name = table_name_length(iso->folders[i]);
        uint16_t parent = (uint16_t)iso->nodes[folder->parent].number;
        if (i > 0)
            write_plain(iso, iso->folders[i], plain);
        writer_u8(w, (uint8_t)name);
        writer_u8(w, 0);
        if (is_big_endian) {
            writer_be32(w, folder->sector);
            writer_be16(w, parent);
        } else {
            writer_le32(w, folder->sector);
            writer_le16(w, parent);
        }
        writer_bytes(w, span_of(plain, name));
        put_filler(w, 0, name % 2);
    }
    put_filler(w, 0, to_sectors(w->len - start) - (w->len - start));
}

/* Text to a fixed length, as ECMA-119 fills it up. */
static void put_text(struct writer *w, const char *text, size_t length)
{
    struct span s = span_slice(span_text(text), 0, length);
    writer_bytes(w, s);
    put_filler(w, ' ', length - s.len);
}

static void put_no_time(struct writer *w)
{
    put_filler(w, '0', 16);
    writer_u8(w, 0);
}

/* ECMA-119 8.4. */
static void put_primary(struct writer *w, const struct slim_iso *iso)
{
    const uint32_t table_sectors = (uint32_t)(to_sectors(iso->table_bytes) / SLIM_ISO_SECTOR);
    const struct record top = { .plain = "",
                                .sector = iso->nodes[0].sector,
                                .size = (uint32_t)iso->nodes[0].size,
                                .flags = FLAG_FOLDER };
    size_t start = w->len;

    writer_u8(w, 1);
    writer_text(w, "CD001");
    writer_u8(w, 1);
    writer_u8(w, 0);
    put_text(w, "LINUX", 32);
    put_text(w, iso->index->volume, 32);
    put_filler(w, 0, 8);
    put_both32(w, iso->sectors);
    put_filler(w, 0, 32);
    put_both16(w, 1);
    put_both16(w, 1);
    put_both16(w, SLIM_ISO_SECTOR);
    put_both32(w, iso->table_bytes);
    writer_le32(w, SLIM_ISO_TABLES_AT);
    writer_le32(w, 0);
    writer_be32(w, SLIM_ISO_TABLES_AT + table_sectors);
    writer_be32(w, 0);
    put_fields(w, &top, 34);
    put_text(w, "", 128);
    put_text(w, "", 128);
    put_text(w, "", 128);
    put_text(w, "TUGBOOT", 128);
    put_text(w, "", 37 * 3);
    for (int i = 0; i < 4; i++)
        put_no_time(w);
    writer_u8(w, 1);
    put_filler(w, 0, start + SLIM_ISO_SECTOR - w->len);
}

static void put_terminator(struct writer *w)
{
    writer_u8(w, 255);
    writer_text(w, "CD001");
    writer_u8(w, 1);
    put_filler(w, 0, SLIM_ISO_SECTOR - 7);
}

void slim_iso_write(const struct slim_iso *iso, uint8_t *out, size_t size)
{
    struct writer w = writer_over(out, size);

    put_primary(&w, iso);
    put_terminator(&w);
    put_table(&w, iso, false);
    put_table(&w, iso, true);
    for (uint32_t i = 0; i < iso->folder_count; i++) {
        struct folder_writer f = { .w = &w, .start = w.len };
        put_folder(&f, iso, iso->folders[i]);
        put_filler(&w, 0, f.start + iso->nodes[iso->folders[i]].size - w.len);
    }
    assert(!w.failed && w.len == size);
}
