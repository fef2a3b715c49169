/* See part_open.h. Descriptors of containers are lent by their catalog; those of plain files are
 * opened here. */
#include "serve/part_open.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "boot/cpio_parts.h"

#define FORMAT 1 /* of the layout: another one must not have the same entity tags */

struct opening {
    const struct part_places *places;
    struct arena *arena;
    struct part_opened *out;
    uint32_t room;
    uint32_t number; /* of the next member of an archive */
    bool has_text;   /* made for this request: no time of change is known */
    struct text *why;
};

static int refuse(struct text *why, int error, const char *what, const char *phrase)
{
    text_addf(why, "%s%s%s", what, what[0] ? ": " : "", phrase);
    return error;
}

static int no_memory(struct text *why)
{
    return refuse(why, -ENOMEM, "", "it does not fit into the request's memory");
}

/* Room for `count` more pieces, in a new place when the old one is too small. */
static int make_room(struct opening *o, uint32_t count)
{
    struct part_opened *out = o->out;
    if (o->room - out->count >= count)
        return 0;
    uint32_t room = 2 * (out->count + count);
    struct body_piece *pieces = arena_array(o->arena, struct body_piece, room);
    if (!pieces)
        return no_memory(o->why);
    if (out->count > 0)
        memcpy(pieces, out->pieces, out->count * sizeof *pieces);
    out->pieces = pieces;
    o->room = room;
    return 0;
}

static int add_piece(struct opening *o, struct body_piece piece)
{
    int r = make_room(o, 1);
    if (r < 0)
        return r;
    if (!checked_add_u64(o->out->size, piece.length, &o->out->size))
        return refuse(o->why, -EFBIG, "", "all together it is too large");
    o->out->pieces[o->out->count++] = piece;
    return 0;
}

static int add_zeros(struct opening *o, uint64_t length)
{
    return length > 0 ? add_piece(o, body_zeros(length)) : 0;
}

static int add_memory(struct opening *o, struct span bytes)
{
    return add_piece(o, (struct body_piece){ .fd = -1, .memory = bytes.data, .length = bytes.len });
}

/* Containers. */

static struct body_piece piece_of(const struct held_container *held,
                                  const struct image_extent *extent)
{
    if (extent->offset == IMAGE_EXTENT_HOLE)
        return body_zeros(extent->length);
    return (struct body_piece){
        .fd = held->fd, .is_lent = true, .offset = extent->offset, .length = extent->length
    };
}

static const char *const changed = "it has just changed: try again in a moment";

static int add_inside(struct opening *o, const struct held_container *held,
                      const struct image_index_entry *entry)
{
    const struct image_extent all = { .offset = 0, .length = held->facts.size };
    const struct image_extent *extents = entry ? held->index.extents + entry->extents : &all;
    uint32_t count = entry ? entry->extent_count : held->facts.size > 0;

    if (!held_container_is_whole(held))
        return refuse(o->why, -ENOENT, "", changed);
    body_tag_add(&o->out->tag, span_text(held->tag));
    body_tag_add_number(&o->out->tag, count);
    int r = make_room(o, count);
    for (uint32_t i = 0; i < count && r == 0; i++) {
        body_tag_add_number(&o->out->tag, extents[i].offset);
        body_tag_add_number(&o->out->tag, extents[i].length);
        r = add_piece(o, piece_of(held, &extents[i]));
    }
    if (held->facts.modified_s > o->out->modified_s)
        o->out->modified_s = held->facts.modified_s;
    return r;
}

/* Folders. */

static int add_file(struct opening *o, const struct part *part, bool any_case)
{
    int fd = -1, root_fd = o->places->root_fds[part->root];
    char tag[FILE_TAG_MAX];
    struct safe_path path;
    struct file_facts facts;

    if (root_fd < 0 || safe_path_parse(span_text(part->path), &path) != PATH_SOUND)
        return refuse(o->why, -ENOENT, "", file_verdict_text(FILE_ABSENT));
    enum file_verdict verdict = file_open_beneath(root_fd, &path, any_case, &fd, &facts);
    if (verdict != FILE_OPENED)
        return refuse(o->why, file_verdict_errno(verdict, &facts), "", file_verdict_text(verdict));
    int r = add_piece(o, (struct body_piece){ .fd = fd, .length = facts.size });
    if (r < 0) {
        close(fd);
        return r;
    }
    file_write_tag(&facts, tag);
    body_tag_add(&o->out->tag, span_text(tag));
    if (facts.modified_s > o->out->modified_s)
        o->out->modified_s = facts.modified_s;
    return 0;
}

static int add_hidden(struct opening *o, const struct part *part)
{
    size_t said = o->why->len;
    if (part->path) {
        int r = add_file(o, part, false);
        if (r != -ENOENT)
            return r;
        o->why->data[o->why->len = said] = 0;
    }
    return add_inside(o, o->places->containers[part->container->number], part->entry);
}

static int add_bytes(struct opening *o, const struct part *part)
{
    switch (part->kind) {
    case PART_FILE:
        return add_file(o, part, part->any_case);
    case PART_INSIDE:
        return add_hidden(o, part);
    case PART_TEXT:
        o->has_text = true;
        body_tag_add(&o->out->tag, part->text);
        return add_memory(o, part->text);
    case PART_ZEROS:
        return add_zeros(o, part->length);
    }
    return 0;
}

/* A member of an archive. How large it is, is known when its bytes are laid out; its header has its
 * place before them. */
static int add_member(struct opening *o, const struct part *part)
{
    int r = add_memory(o, (struct span){ 0 });
    if (r < 0)
        return r;
    uint32_t at = o->out->count - 1;
    uint64_t before = o->out->size;
    r = add_bytes(o, part);
    if (r < 0)
        return r;
    uint64_t size = o->out->size - before;
    struct span header = cpio_header(o->arena, part->cpio_name, size, o->number, &o->number);
    if (!header.data)
        return size > UINT32_MAX ? refuse(o->why, -EFBIG, "",
                                          "a file of 4 GiB or more does not go "
                                          "into an initrd")
                                 : no_memory(o->why);
    o->out->pieces[at].memory = header.data;
    o->out->pieces[at].length = header.len;
    o->out->size += header.len;
    return add_zeros(o, cpio_padding(size));
}

static int add_part(struct opening *o, const struct part *part)
{
    uint32_t align = part->align;
    body_tag_add_number(&o->out->tag, (uint64_t)part->kind << 32 | align);
    body_tag_add(&o->out->tag, span_text(part->cpio_name));
    int r = align > 0 ? add_zeros(o, (align - o->out->size % align) % align) : 0;
    if (r < 0)
        return r;
    return part->cpio_name ? add_member(o, part) : add_bytes(o, part);
}

static void close_all(const struct part_opened *opened)
{
    for (uint32_t i = 0; i < opened->count; i++)
        if (opened->pieces[i].fd >= 0 && !opened->pieces[i].is_lent)
            close(opened->pieces[i].fd);
}

int part_open(const struct part *parts, uint16_t count, const struct part_places *places,
              struct arena *arena, struct part_opened *out, struct text *why)
{
    struct part_opened opened = { .tag = body_tag_begin(FORMAT) };
    struct opening o = {
        .places = places, .arena = arena, .out = &opened, .number = 1, .why = why
    };
    int r = 0;

    for (uint16_t i = 0; i < count && r == 0; i++) {
        r = add_part(&o, &parts[i]);
        bool is_last = i + 1 == count || !parts[i + 1].cpio_name;
        if (r == 0 && parts[i].cpio_name && is_last)
            r = add_memory(&o, cpio_trailer());
    }
    if (o.has_text)
        opened.modified_s = 0;
    if (r < 0)
        close_all(&opened);
    else
        *out = opened;
    return r;
}

int part_open_inside(const struct held_container *held, const struct image_index_entry *entry,
                     struct arena *arena, struct body *out, struct text *why)
{
    struct body body = { 0 };
    struct part_opened opened = { .pieces = body.pieces, .tag = body_tag_begin(FORMAT) };
    struct opening o = { .arena = arena, .out = &opened, .room = BODY_PIECES_INLINE, .why = why };
    int r = add_inside(&o, held, entry);
    if (r < 0)
        return r;
    body.chain = opened.pieces == body.pieces ? NULL : opened.pieces;
    body.piece_count = opened.count;
    body.size = opened.size;
    body.modified_s = opened.modified_s;
    body_tag_write(&opened.tag, "in", body.etag);
    *out = body;
    return 0;
}
