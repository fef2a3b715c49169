/* See disk_open.h. A plan that is too large is given up at the file that passes its limit. */
#include "serve/disk_open.h"

#include <errno.h>
#include <unistd.h>

#include "boot/bootdisk.h"
#include "net/file.h"

struct opening {
    const struct part_places *places;
    struct arena *arena;
    struct bootdisk_file *files;
    size_t count;
    uint64_t bytes_left, bytes; /* bytes: of the last file */
    struct text *why;
};

static int refuse(struct opening *o, int error, const char *path, const char *phrase)
{
    text_addf(o->why, "its boot disk: %s%s%s", path, path[0] ? ": " : "", phrase);
    return error;
}

/* Texts are told apart by their bytes, files by what they are on their disk. */
static int add_file(struct opening *o, const struct disk_part *part)
{
    char phrase[160];
    struct text why = text_over(phrase, sizeof phrase);
    struct part_opened opened;
    char *tag = arena_alloc(o->arena, BODY_ETAG_MAX);

    if (!tag)
        return refuse(o, -ENOMEM, "", bootdisk_flaw_text(BOOTDISK_NO_MEMORY));
    int r = part_open(&part->source, 1, o->places, o->arena, &opened, &why);
    if (r < 0)
        return refuse(o, r, r == -ENOMEM ? "" : part->path, phrase);
    if (part->source.kind != PART_TEXT)
        body_tag_write(&opened.tag, "part", tag);
    struct bootdisk_file *file = &o->files[o->count++];
    *file = (struct bootdisk_file){ .path = part->path, .identity = tag, .source = { .fd = -1 } };
    if (opened.count > 0) {
        file->source = opened.pieces[0];
        file->more = opened.pieces + 1;
        file->more_count = opened.count - 1;
    }
    o->bytes = opened.size;
    return 0;
}

static int add_part(struct opening *o, const struct disk_part *part)
{
    int r = add_file(o, part);
    if (r < 0)
        return r;
    if (o->bytes > o->bytes_left)
        return refuse(o, -EFBIG, "",
                      "it would be larger than 'bootdisk' in the configuration allows");
    o->bytes_left -= o->bytes;
    return 0;
}

static void close_piece(const struct body_piece *piece)
{
    if (piece->fd >= 0 && !piece->is_lent)
        close(piece->fd);
}

static void close_all(struct opening *o)
{
    for (size_t i = 0; i < o->count; i++) {
        close_piece(&o->files[i].source);
        for (uint32_t m = 0; m < o->files[i].more_count; m++)
            close_piece(&o->files[i].more[m]);
    }
}

int disk_open(const struct disk_plan *plan, const struct part_places *places, struct arena *arena,
              struct body *out, struct text *why)
{
    struct opening o = { .places = places,
                         .arena = arena,
                         .files = arena_array(arena, struct bootdisk_file, plan->count),
                         .bytes_left = plan->bytes_max,
                         .why = why };
    int r = o.files ? 0 : refuse(&o, -ENOMEM, "", bootdisk_flaw_text(BOOTDISK_NO_MEMORY));

    for (uint16_t i = 0; i < plan->count && r == 0; i++)
        r = add_part(&o, &plan->parts[i]);
    if (r == 0) {
        enum bootdisk_flaw flaw = bootdisk_lay_out(o.files, o.count, arena, out);
        if (flaw != BOOTDISK_SOUND)
            r = refuse(&o, flaw == BOOTDISK_NO_MEMORY ? -ENOMEM : -EFBIG, "",
                       bootdisk_flaw_text(flaw));
    }
    if (r < 0)
        close_all(&o);
    return r;
}
