/* See rock_ridge.h. An entry is a signature of two letters, its length, a version, and what it
 * says; CE leads to a continuation elsewhere on the disc. */
#include "image/rock_ridge.h"

#include "image/disc_time.h"

#define AREAS_MAX      64 /* continuations of one record */
#define AREA_BYTES_MAX 32768

#define MODE_KIND   0170000
#define MODE_LINK   0120000
#define MODE_FILE   0100000
#define MODE_FOLDER 0040000

enum {
    NAME_CONTINUES = 1,
    NAME_SELF = 2,
    NAME_PARENT = 4,
    LINK_CONTINUES = 1,
    PART_CONTINUES = 1,
    PART_SELF = 2,
    PART_PARENT = 4,
    PART_TOP = 8,
    TIME_LONG = 0x80,
    TIME_MODIFIED = 2, /* behind that of creation */
};

/* The walk over one record's entries. */
struct walk {
    struct rock_ridge *out;
    bool name_ended, is_part_open, has_sp, has_rock_ridge;
    uint8_t skip;
    uint32_t block, offset, length; /* where CE leads; length 0 = nowhere */
};

static void take_mode(struct walk *w, struct reader *in)
{
    bool differs = false;
    uint32_t mode = iso_both32(in, &differs);
    if (in->failed)
        return;
    w->has_rock_ridge = true;
    switch (mode & MODE_KIND) {
    case MODE_LINK:
        w->out->kind = ROCK_RIDGE_LINK;
        break;
    case MODE_FILE:
        w->out->kind = ROCK_RIDGE_FILE;
        break;
    case MODE_FOLDER:
        w->out->kind = ROCK_RIDGE_FOLDER;
        break;
    default:
        w->out->kind = ROCK_RIDGE_OTHER;
    }
}

static void take_name(struct walk *w, struct reader *in)
{
    uint8_t flags = reader_u8(in);
    w->has_rock_ridge = true;
    if (w->name_ended || (flags & (NAME_SELF | NAME_PARENT)))
        return;
    text_add_span(&w->out->name, reader_rest(in));
    w->name_ended = !(flags & NAME_CONTINUES);
}

/* SL: parts of the path, each of which may go on in the next entry. */
static void take_link(struct walk *w, struct reader *in)
{
    struct text *target = &w->out->target;

    w->has_rock_ridge = true;
    (void)reader_u8(in); /* whether another SL follows: they are taken as they come */
    while (reader_left(in) > 0) {
        uint8_t flags = reader_u8(in);
        struct span part = reader_take(in, reader_u8(in));
        if (in->failed)
            return;
        bool is_first = target->len == 0 || target->data[target->len - 1] == '/';
        if (!w->is_part_open && !is_first)
            text_add_char(target, '/');
        if (flags & PART_TOP)
            text_add_char(target, '/');
        else if (flags & PART_PARENT)
            text_add(target, "..");
        else if (flags & PART_SELF)
            text_add_char(target, '.');
        else
            text_add_span(target, part);
        w->is_part_open = flags & PART_CONTINUES;
    }
}

/* TF: the times that its flags name, in the order of the flags. */
static void take_times(struct walk *w, struct reader *in)
{
    uint8_t flags = reader_u8(in);
    bool is_long = flags & TIME_LONG;

    w->has_rock_ridge = true;
    if (!(flags & TIME_MODIFIED))
        return;
    if (flags & 1)
        reader_skip(in, is_long ? 17 : 7);
    w->out->modified_s = is_long ? disc_time_iso_long(in) : disc_time_iso_short(in);
}

static void take_continuation(struct walk *w, struct reader *in)
{
    bool differs = false;
    w->block = iso_both32(in, &differs);
    w->offset = iso_both32(in, &differs);
    w->length = iso_both32(in, &differs);
    if (in->failed)
        w->length = 0;
}

static void take_child(struct walk *w, struct reader *in)
{
    bool differs = false;
    w->out->child = iso_both32(in, &differs);
    w->out->has_child = !in->failed;
    w->has_rock_ridge = true;
}

static void take_sharing(struct walk *w, struct reader *in)
{
    if (reader_be16(in) != 0xbeef)
        return;
    w->skip = reader_u8(in);
    w->has_sp = !in->failed;
}

static void take_relocated(struct walk *w, struct reader *in)
{
    (void)in;
    w->has_rock_ridge = true;
    w->out->is_relocated = true;
}

static void take_compressed(struct walk *w, struct reader *in)
{
    (void)in;
    w->out->is_compressed = true;
}

/* RR, of old writers: which entries there are. */
static void take_presence(struct walk *w, struct reader *in)
{
    (void)in;
    w->has_rock_ridge = true;
}

static const struct {
    char signature[3];
    void (*take)(struct walk *w, struct reader *in);
} entries[] = {
    { "PX", take_mode },     { "NM", take_name },         { "SL", take_link },
    { "TF", take_times },    { "CE", take_continuation }, { "CL", take_child },
    { "SP", take_sharing },  { "RE", take_relocated },    { "ZF", take_compressed },
    { "RR", take_presence },
};

/* The entries of one area, up to its end or ST. What is too short to be one is padding. */
static void take_area(struct walk *w, struct span area)
{
    struct reader r = reader_over(area);

    while (reader_left(&r) >= 4) {
        struct span signature = reader_take(&r, 2);
        uint8_t length = reader_u8(&r);
        if (length < 4 || span_is(signature, "ST"))
            return;
        struct span body = reader_take(&r, length - 3U);
        struct reader in = reader_over(span_from(body, 1));
        for (size_t i = 0; i < sizeof entries / sizeof entries[0] && !r.failed; i++)
            if (span_is(signature, entries[i].signature))
                entries[i].take(w, &in);
    }
}

static bool follow(struct view *view, uint32_t block_bytes, struct walk *w)
{
    uint8_t area[ISO_SECTOR];
    uint32_t bytes = 0;

    for (unsigned i = 0; w->length > 0; i++) {
        uint64_t offset = (uint64_t)w->block * block_bytes + w->offset;
        size_t length = w->length;
        w->length = 0;
        bytes += (uint32_t)length;
        if (i == AREAS_MAX || length > sizeof area || bytes > AREA_BYTES_MAX ||
            !view_read(view, offset, area, length))
            return false;
        take_area(w, span_of(area, length));
    }
    return true;
}

static bool walk_entries(struct view *view, uint32_t block_bytes, struct span system_use,
                         struct walk *w)
{
    struct rock_ridge *out = w->out;
    out->kind = ROCK_RIDGE_UNTOLD;
    out->modified_s = 0;
    out->is_relocated = out->has_child = out->is_compressed = false;
    out->name = text_over(out->name_data, sizeof out->name_data);
    out->target = text_over(out->target_data, sizeof out->target_data);
    take_area(w, system_use);
    return follow(view, block_bytes, w);
}

bool rock_ridge_probe(struct view *view, uint32_t block_bytes, struct span system_use,
                      uint8_t *ret_skip)
{
    struct rock_ridge out;
    struct walk w = { .out = &out };

    /* CD-ROM XA puts 14 bytes before it (SUSP 5.3: SP itself is found there). */
    if (!span_starts_with(system_use, "SP"))
        system_use = span_from(system_use, 14);
    if (!walk_entries(view, block_bytes, system_use, &w) || !w.has_sp || !w.has_rock_ridge)
        return false;
    *ret_skip = w.skip;
    return true;
}

bool rock_ridge_read(struct view *view, uint32_t block_bytes, struct span system_use, uint8_t skip,
                     struct rock_ridge *out)
{
    struct walk w = { .out = out };
    return walk_entries(view, block_bytes, span_from(system_use, skip), &w);
}
