/* See index_builder.h. Nodes are found by a hash of their path, so that what comes twice is seen at
 * once. The first failure stays: everything after it is a quiet no. */
#include "image/index_builder.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "image/index_nodes.h"

#define TEXTS_MAX   (IMAGE_INDEX_SIZE_MAX / 2)
#define EXTENTS_MAX (IMAGE_INDEX_SIZE_MAX / 2 / (uint32_t)sizeof(struct image_extent))

struct index_builder *index_builder_new(uint64_t container_size)
{
    struct index_builder *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->container_size = container_size;
    b->open = INDEX_NOWHERE;
    /* Where the block lies is nothing that the maker of a container knows. */
    b->key = (struct hash_key){ (uintptr_t)b, container_size };
    return b;
}

void index_builder_free(struct index_builder *b)
{
    if (!b)
        return;
    free(b->nodes);
    free(b->slots);
    free(b->extents);
    free(b->texts);
    free(b);
}

/* Room for `more` elements behind `count`, twice as much at a time, never above `most`. */
static bool grow(struct index_builder *b, void **data, uint32_t count, uint32_t *cap, uint32_t more,
                 uint32_t most, size_t size)
{
    if (b->is_full || b->is_out_of_memory)
        return false;
    if (more <= *cap - count)
        return true;
    if (more > most - count) {
        b->is_full = true;
        return false;
    }
    uint32_t wanted = *cap < most / 2 ? *cap * 2 : most;
    if (wanted < count + more)
        wanted = count + more;
    if (wanted < 64 && most >= 64)
        wanted = 64;
    void *larger = realloc(*data, (size_t)wanted * size);
    if (!larger) {
        b->is_out_of_memory = true;
        return false;
    }
    *data = larger;
    *cap = wanted;
    return true;
}

/* --- nodes by path ------------------------------------------------------------------------ */

/* The slot of that path: the one that has it, or the empty one where it would be. */
static uint32_t slot_of(const struct index_builder *b, struct span path)
{
    uint32_t at = (uint32_t)siphash(&b->key, path) & (b->slot_count - 1);

    while (b->slots[at] != 0 && !span_equals(index_node_path(b, &b->nodes[b->slots[at] - 1]), path))
        at = (at + 1) & (b->slot_count - 1);
    return at;
}

uint32_t index_node_find(const struct index_builder *b, struct span path)
{
    if (b->slot_count == 0)
        return INDEX_NOWHERE;
    uint32_t slot = slot_of(b, path);
    return b->slots[slot] == 0 ? INDEX_NOWHERE : b->slots[slot] - 1;
}

/* At least every second slot stays empty. */
static bool grow_slots(struct index_builder *b)
{
    if (b->count < b->slot_count / 2)
        return true;
    uint32_t *old = b->slots;
    uint32_t count = b->slot_count > 0 ? b->slot_count * 2 : 256;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots) {
        b->is_out_of_memory = true;
        return false;
    }
    b->slots = slots;
    b->slot_count = count;
    for (uint32_t i = 0; i < b->count; i++)
        slots[slot_of(b, index_node_path(b, &b->nodes[i]))] = i + 1;
    free(old);
    return true;
}

/* A copy of it with a NUL behind, or UINT32_MAX. */
static uint32_t keep_text(struct index_builder *b, struct span s)
{
    void *data = b->texts;
    if (!grow(b, &data, b->texts_len, &b->texts_cap, (uint32_t)s.len + 1, TEXTS_MAX, 1))
        return UINT32_MAX;
    b->texts = data;
    uint32_t at = b->texts_len;
    if (s.len > 0)
        memcpy(b->texts + at, s.data, s.len);
    b->texts[at + s.len] = 0;
    b->texts_len += (uint32_t)s.len + 1;
    return at;
}

uint32_t index_node_add(struct index_builder *b, struct span path, const struct index_node *like)
{
    void *data = b->nodes;

    if (!grow(b, &data, b->count, &b->cap, 1, IMAGE_INDEX_ENTRIES_MAX, sizeof *b->nodes))
        return INDEX_NOWHERE;
    b->nodes = data;
    if (!grow_slots(b))
        return INDEX_NOWHERE;
    uint32_t slot = slot_of(b, path);
    if (b->slots[slot] != 0)
        return INDEX_NOWHERE;
    uint32_t text = keep_text(b, path);
    if (text == UINT32_MAX)
        return INDEX_NOWHERE;
    uint32_t number = b->count++;
    b->nodes[number] = *like;
    b->nodes[number].path = text;
    b->nodes[number].path_len = (uint16_t)path.len;
    b->slots[slot] = number + 1;
    return number;
}

/* --- names -------------------------------------------------------------------------------- */

void index_flaw_add(struct index_builder *b, enum index_flaw flaw, struct span name)
{
    struct index_flaw_seen *seen = &b->flaws[flaw];
    if (seen->count++ > 0)
        return;
    struct text t = text_over(seen->example, sizeof seen->example);
    text_add_escaped(&t, name);
}

/* What makes a path with it no safe path, or one that means another file. */
static bool has_flaw(struct span name, enum index_flaw *flaw)
{
    if (name.len == 0) {
        *flaw = INDEX_NAME_EMPTY;
        return true;
    }
    if (span_is(name, ".") || span_is(name, "..")) {
        *flaw = INDEX_NAME_CLIMBS;
        return true;
    }
    for (size_t i = 0; i < name.len; i++) {
        bool is_slash = name.data[i] == '/' || name.data[i] == '\\';
        if (!is_slash && name.data[i] >= 0x20 && name.data[i] != 0x7f)
            continue;
        *flaw = is_slash ? INDEX_NAME_SLASH : INDEX_NAME_CONTROL;
        return true;
    }
    return false;
}

/* The path of that name in that folder; false when it is passed over. */
static bool compose(struct index_builder *b, uint32_t parent, struct span name,
                    struct safe_path *path)
{
    struct span folder = { 0 };
    enum index_flaw flaw;

    if (parent == INDEX_NOWHERE)
        return false;
    if (has_flaw(name, &flaw)) {
        index_flaw_add(b, flaw, name);
        return false;
    }
    if (parent != INDEX_TOP)
        folder = index_node_path(b, &b->nodes[parent]);
    struct text t = text_over(path->text, sizeof path->text);
    text_add_span(&t, folder);
    if (folder.len > 0)
        text_add_char(&t, '/');
    text_add_span(&t, name);
    path->len = (uint16_t)t.len;
    if (t.failed)
        index_flaw_add(b, INDEX_NAME_LONG, name);
    return !t.failed;
}

static bool is_working(const struct index_builder *b)
{
    return !b->is_full && !b->is_out_of_memory;
}

static bool add(struct index_builder *b, uint32_t parent, struct span name,
                const struct index_node *like, uint32_t *ret_number)
{
    struct safe_path path;

    b->open = INDEX_NOWHERE;
    *ret_number = INDEX_NOWHERE;
    if (!compose(b, parent, name, &path))
        return is_working(b);
    uint32_t there = index_node_find(b, safe_path_span(&path));
    if (there == INDEX_NOWHERE)
        *ret_number = index_node_add(b, safe_path_span(&path), like);
    else if (like->kind == INDEX_FOLDER && b->nodes[there].kind == INDEX_FOLDER)
        *ret_number = there;
    else
        index_flaw_add(b, INDEX_NAME_TWICE, safe_path_span(&path));
    return is_working(b);
}

bool index_builder_add_folder(struct index_builder *b, uint32_t parent, struct span name,
                              int64_t modified_s, uint32_t *ret_number)
{
    const struct index_node like = { .kind = INDEX_FOLDER, .modified_s = modified_s };
    return add(b, parent, name, &like, ret_number);
}

bool index_builder_add_file(struct index_builder *b, uint32_t parent, struct span name,
                            int64_t modified_s, uint32_t *ret_number)
{
    const struct index_node like = { .kind = INDEX_FILE,
                                     .modified_s = modified_s,
                                     .extents = b->extent_count };
    bool works = add(b, parent, name, &like, ret_number);
    b->open = *ret_number;
    return works;
}

bool index_builder_add_link(struct index_builder *b, uint32_t parent, struct span name,
                            struct span target)
{
    struct index_node like = { .kind = INDEX_LINK };
    uint32_t number;

    if (target.len > INDEX_TARGET_MAX || span_find(target, 0) < target.len) {
        index_flaw_add(b, INDEX_LINK_DEAD, name);
        return is_working(b);
    }
    like.target = keep_text(b, target);
    like.target_len = (uint16_t)target.len;
    return like.target != UINT32_MAX && add(b, parent, name, &like, &number);
}

/* --- extents ------------------------------------------------------------------------------ */

static bool follows(const struct image_extent *last, uint64_t offset)
{
    if (last->offset == IMAGE_EXTENT_HOLE || offset == IMAGE_EXTENT_HOLE)
        return last->offset == offset;
    return last->offset + last->length == offset;
}

bool index_builder_add_extent(struct index_builder *b, uint64_t offset, uint64_t length)
{
    uint64_t end;

    if (b->open == INDEX_NOWHERE || length == 0)
        return is_working(b);
    struct index_node *node = &b->nodes[b->open];
    if (length > INT64_MAX - node->size) {
        b->is_full = true;
        return false;
    }
    if (offset != IMAGE_EXTENT_HOLE) {
        if (!checked_add_u64(offset, length, &end))
            end = UINT64_MAX;
        if (end > b->container_size) {
            b->needed = end > b->needed ? end : b->needed;
            return is_working(b);
        }
    }
    node->size += length;
    if (node->extent_count > 0 && follows(&b->extents[b->extent_count - 1], offset)) {
        b->extents[b->extent_count - 1].length += length;
        return true;
    }
    void *data = b->extents;
    if (!grow(b, &data, b->extent_count, &b->extent_cap, 1, EXTENTS_MAX, sizeof *b->extents))
        return false;
    b->extents = data;
    b->extents[b->extent_count++] = (struct image_extent){ offset, length };
    node->extent_count++;
    return true;
}

void index_builder_drop_file(struct index_builder *b)
{
    if (b->open != INDEX_NOWHERE)
        b->nodes[b->open].kind = INDEX_DROPPED;
    b->open = INDEX_NOWHERE;
}

uint64_t index_builder_size_of(const struct index_builder *b, uint32_t number)
{
    return number < b->count ? b->nodes[number].size : 0;
}

size_t index_builder_extents_of(const struct index_builder *b, uint32_t number,
                                struct image_extent *extents, size_t most)
{
    if (number >= b->count)
        return 0;
    const struct index_node *node = &b->nodes[number];
    for (size_t i = 0; i < node->extent_count && i < most; i++)
        extents[i] = b->extents[node->extents + i];
    return node->extent_count;
}

/* --- what there is ------------------------------------------------------------------------ */

struct span index_builder_path_of(const struct index_builder *b, uint32_t number)
{
    return number < b->count ? index_node_path(b, &b->nodes[number]) : (struct span){ 0 };
}

uint32_t index_builder_count(const struct index_builder *b)
{
    return b->count;
}

bool index_builder_is_file(const struct index_builder *b, uint32_t number)
{
    return number < b->count && b->nodes[number].kind == INDEX_FILE;
}

bool index_builder_is_full(const struct index_builder *b)
{
    return b->is_full;
}

void index_builder_note(struct index_builder *b, const char *format, ...)
{
    char phrase[256];
    va_list arguments;

    va_start(arguments, format);
    int n = vsnprintf(phrase, sizeof phrase, format, arguments);
    va_end(arguments);
    if (n < 0)
        return;
    struct text t = text_over(b->note + b->note_len, sizeof b->note - b->note_len);
    if (b->note_len > 0)
        text_add(&t, "; ");
    for (const char *c = phrase; *c; c++)
        text_add_char(&t, *c >= ' ' && *c <= '~' ? *c : '?');
    b->note_len += t.len;
}
