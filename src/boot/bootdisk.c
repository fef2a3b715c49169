/* See bootdisk.h. In order: the tree of folders out of the paths, short names, places, bytes. What
 * a folder or table looks like is fat_name's and fat_volume's; here is only what lies where:
 *
 *     boot sectors | table | table | root folder (FAT16) | folders | files, each to whole clusters
 */
#include "boot/bootdisk.h"

#include <assert.h>

#include "base/checked.h"

#include "boot/fat_name.h"
#include "boot/fat_volume.h"
#include "model/body_tag.h"

#define NONE               UINT32_MAX
#define FILE_BYTES_MAX     UINT32_MAX
#define FOLDER_ENTRIES_MAX 65535
#define FORMAT             1 /* of the layout: another one must not have the same entity tags */

/* A folder or file. Node 0 is the root folder. */
struct node {
    struct span name;
    struct fat_short alias;
    bool has_alias;
    uint32_t parent, first_child, last_child, next;
    const struct bootdisk_file *file; /* NULL = a folder */
    uint32_t entries;                 /* of a folder: how many 32-byte entries it has */
    uint64_t size;
    uint32_t cluster;
};

struct layout {
    const struct bootdisk_file *files;
    size_t file_count;
    struct arena *arena;
    struct node *nodes;
    uint32_t node_count, node_cap;
    struct fat_volume *volume;
    struct body_piece *pieces;
    uint32_t piece_count;
};

const char *bootdisk_flaw_text(enum bootdisk_flaw flaw)
{
    static const char *const texts[] = {
        [BOOTDISK_SOUND] = "sound",
        [BOOTDISK_TOO_MANY] = "it would have too many files",
        [BOOTDISK_BAD_NAME] = "a file's name cannot stand on a FAT disk",
        [BOOTDISK_NAME_TAKEN] = "two files would have the same name on it",
        [BOOTDISK_FOLDER_FULL] = "a folder would have too many files",
        [BOOTDISK_FILE_TOO_LARGE] = "a file of 4 GiB or more does not go on a FAT disk",
        [BOOTDISK_TOO_LARGE] = "it would be larger than a FAT disk can be",
        [BOOTDISK_NO_MEMORY] = "it does not fit into the request's memory",
    };
    static_assert(sizeof texts / sizeof texts[0] == BOOTDISK_NO_MEMORY + 1, "a text for each flaw");
    return texts[flaw];
}

/* The tree. */

static uint32_t count_parts(const char *path)
{
    uint32_t parts = 1;
    for (; *path; path++)
        parts += *path == '/';
    return parts;
}

static uint32_t find_child(const struct layout *l, uint32_t folder, struct span name)
{
    for (uint32_t i = l->nodes[folder].first_child; i != NONE; i = l->nodes[i].next)
        if (span_equals_nocase(l->nodes[i].name, name))
            return i;
    return NONE;
}

static uint32_t add_node(struct layout *l, uint32_t parent, struct span name)
{
    uint32_t at = l->node_count++;
    struct node *node = &l->nodes[at];

    *node = (struct node){
        .name = name, .parent = parent, .first_child = NONE, .last_child = NONE, .next = NONE
    };
    if (parent == NONE)
        return at;
    struct node *folder = &l->nodes[parent];
    if (folder->last_child == NONE)
        folder->first_child = at;
    else
        l->nodes[folder->last_child].next = at;
    folder->last_child = at;
    return at;
}

/* At most a little more than FILE_BYTES_MAX, when it is too large anyway. */
static uint64_t size_of(const struct bootdisk_file *file)
{
    uint64_t size = file->source.length;
    for (uint32_t i = 0; i < file->more_count && size <= FILE_BYTES_MAX; i++)
        if (!checked_add_u64(size, file->more[i].length, &size))
            size = UINT64_MAX;
    return size;
}

static enum bootdisk_flaw add_file(struct layout *l, const struct bootdisk_file *file)
{
    struct span rest = span_text(file->path);
    uint32_t folder = 0;

    if (size_of(file) > FILE_BYTES_MAX)
        return BOOTDISK_FILE_TOO_LARGE;
    for (;;) {
        size_t slash = span_find(rest, '/');
        bool is_last = slash == rest.len;
        struct span name = span_slice(rest, 0, slash);
        if (!fat_name_is_sound(name))
            return BOOTDISK_BAD_NAME;
        uint32_t child = find_child(l, folder, name);
        if (child != NONE && (is_last || l->nodes[child].file))
            return BOOTDISK_NAME_TAKEN;
        if (child == NONE)
            child = add_node(l, folder, name);
        if (is_last) {
            l->nodes[child].file = file;
            l->nodes[child].size = size_of(file);
            return BOOTDISK_SOUND;
        }
        folder = child;
        rest = span_from(rest, slash + 1);
    }
}

static enum bootdisk_flaw make_tree(struct layout *l)
{
    l->node_cap = 1;
    for (size_t i = 0; i < l->file_count; i++)
        l->node_cap += count_parts(l->files[i].path);
    l->nodes = arena_array(l->arena, struct node, l->node_cap);
    if (!l->nodes)
        return BOOTDISK_NO_MEMORY;
    add_node(l, NONE, (struct span){ 0 });
    for (size_t i = 0; i < l->file_count; i++) {
        enum bootdisk_flaw flaw = add_file(l, &l->files[i]);
        if (flaw != BOOTDISK_SOUND)
            return flaw;
    }
    return BOOTDISK_SOUND;
}

/* Short names. */

static bool is_free(const struct layout *l, uint32_t folder, const struct fat_short *alias)
{
    for (uint32_t i = l->nodes[folder].first_child; i != NONE; i = l->nodes[i].next)
        if (l->nodes[i].has_alias &&
            memcmp(l->nodes[i].alias.text, alias->text, FAT_SHORT_LEN) == 0)
            return false;
    return true;
}

static bool give_alias(struct layout *l, struct node *node, uint32_t number)
{
    struct fat_short alias;

    if (fat_name_alias(node->name, 0, &alias) && is_free(l, node->parent, &alias)) {
        node->alias = alias;
        return node->has_alias = true;
    }
    /* The number among its siblings is rarely taken; of that many attempts one is free. */
    for (uint32_t i = 0; i <= l->node_count && !node->has_alias; i++) {
        if (!fat_name_alias(node->name, number + i, &alias))
            return false;
        node->has_alias = is_free(l, node->parent, &alias);
        node->alias = alias;
    }
    return node->has_alias;
}

/* Names that are their own alias have it first: nobody else may take it. */
static bool name_children(struct layout *l, uint32_t folder)
{
    uint32_t number = 1;

    for (uint32_t i = l->nodes[folder].first_child; i != NONE; i = l->nodes[i].next)
        if (fat_name_is_short(l->nodes[i].name, &l->nodes[i].alias))
            l->nodes[i].has_alias = true;
    for (uint32_t i = l->nodes[folder].first_child; i != NONE; i = l->nodes[i].next, number++)
        if (!l->nodes[i].has_alias && !give_alias(l, &l->nodes[i], number))
            return false;
    return true;
}

/* The size of each folder: its label or its two dots, and its children's entries. */
static enum bootdisk_flaw measure_folders(struct layout *l)
{
    for (uint32_t f = 0; f < l->node_count; f++) {
        struct node *folder = &l->nodes[f];
        if (folder->file)
            continue;
        if (!name_children(l, f))
            return BOOTDISK_FOLDER_FULL;
        folder->entries = f == 0 ? 1 : 2;
        for (uint32_t i = folder->first_child; i != NONE; i = l->nodes[i].next)
            folder->entries += fat_name_entries(l->nodes[i].name);
        if (folder->entries > FOLDER_ENTRIES_MAX)
            return BOOTDISK_FOLDER_FULL;
        folder->size = (uint64_t)folder->entries * FAT_ENTRY_BYTES;
    }
    return BOOTDISK_SOUND;
}

/* Places. */

/* Has this node a run of clusters, on a volume of that kind? */
static bool has_clusters(const struct layout *l, uint32_t node, enum fat_kind kind)
{
    return l->nodes[node].size > 0 && (node > 0 || kind == FAT_32);
}

/* The nodes that have clusters, in the order they lie in: folders first, so that a reader finds all
 * of them at the disk's beginning. Returns how many. */
static uint32_t order_nodes(const struct layout *l, enum fat_kind kind, uint32_t *order)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < l->node_count; i++)
        if (!l->nodes[i].file && has_clusters(l, i, kind))
            order[count++] = i;
    for (uint32_t i = 0; i < l->node_count; i++)
        if (l->nodes[i].file && has_clusters(l, i, kind))
            order[count++] = i;
    return count;
}

static enum bootdisk_flaw place(struct layout *l, uint32_t **ret_order, uint32_t *ret_count)
{
    uint32_t *order = arena_array(l->arena, uint32_t, l->node_count);
    uint64_t *sizes = arena_array(l->arena, uint64_t, l->node_count);
    struct fat_run *runs = arena_array(l->arena, struct fat_run, l->node_count);
    struct fat_needs needs = { .sizes = sizes };
    uint32_t next = 2;

    l->volume = arena_new(l->arena, struct fat_volume);
    if (!order || !sizes || !runs || !l->volume)
        return BOOTDISK_NO_MEMORY;
    for (uint32_t i = 0; i < l->node_count; i++)
        needs.total += l->nodes[i].size; /* BOOTDISK_FILES_MAX times 4 GiB at most */
    needs.count = order_nodes(l, fat_volume_kind(needs.total), order);
    for (uint32_t i = 0; i < needs.count; i++)
        sizes[i] = l->nodes[order[i]].size;
    if (!fat_volume_plan(&needs, l->volume))
        return BOOTDISK_TOO_LARGE;
    if (l->volume->kind == FAT_16 && l->nodes[0].entries > FAT_16_ROOT_ENTRIES)
        return BOOTDISK_FOLDER_FULL;
    for (uint32_t i = 0; i < needs.count; i++) {
        runs[i] = (struct fat_run){ next, fat_volume_clusters_of(l->volume, sizes[i]) };
        l->nodes[order[i]].cluster = next;
        next += runs[i].count;
    }
    l->volume->runs = runs;
    l->volume->run_count = needs.count;
    l->volume->clusters_used = next - 2;
    l->volume->root_cluster = l->nodes[0].cluster;
    *ret_order = order;
    *ret_count = needs.count;
    return BOOTDISK_SOUND;
}

/* Which disk is this? */
static struct body_tag identify(const struct layout *l)
{
    struct body_tag tag = body_tag_begin(FORMAT);
    for (size_t i = 0; i < l->file_count; i++) {
        const struct bootdisk_file *file = &l->files[i];
        const struct body_piece *source = &file->source;
        body_tag_add(&tag, span_text(file->path));
        body_tag_add_number(&tag, size_of(file));
        body_tag_add_number(&tag, source->offset);
        body_tag_add(&tag, span_text(file->identity));
        if (source->memory)
            body_tag_add(&tag, span_of(source->memory, (size_t)source->length));
    }
    return tag;
}

/* Bytes. */

static void add_piece(struct layout *l, struct body_piece piece)
{
    l->pieces[l->piece_count++] = piece;
}

static void add_padding(struct layout *l, uint64_t length)
{
    if (length > 0)
        add_piece(l, body_zeros(length));
}

static bool add_memory(struct layout *l, size_t length, uint8_t **ret_bytes)
{
    *ret_bytes = arena_alloc(l->arena, length);
    if (*ret_bytes)
        add_piece(l, (struct body_piece){ .fd = -1, .memory = *ret_bytes, .length = length });
    return *ret_bytes != NULL;
}

static void write_folder(const struct layout *l, uint32_t at, uint8_t *out)
{
    const struct node *folder = &l->nodes[at];
    struct writer w = writer_over(out, (size_t)folder->size);

    if (at == 0) {
        fat_name_write_short(&w, "TUGBOOT    ", FAT_VOLUME_LABEL, 0);
    } else {
        /* FAT specification 6.5: the root is 0 here, wherever it lies. */
        fat_name_write_short(&w, ".          ", FAT_FOLDER, folder->cluster);
        fat_name_write_short(&w, "..         ", FAT_FOLDER,
                             folder->parent == 0 ? 0 : l->nodes[folder->parent].cluster);
    }
    for (uint32_t i = folder->first_child; i != NONE; i = l->nodes[i].next) {
        const struct node *child = &l->nodes[i];
        fat_name_write(&w, child->name, &child->alias, child->file ? FAT_READ_ONLY : FAT_FOLDER,
                       child->cluster, child->file ? (uint32_t)child->size : 0);
    }
    assert(!w.failed && w.len == folder->size);
}

static bool add_folder(struct layout *l, uint32_t node, uint64_t room)
{
    uint8_t *bytes;

    if (!add_memory(l, (size_t)l->nodes[node].size, &bytes))
        return false;
    write_folder(l, node, bytes);
    add_padding(l, room - l->nodes[node].size);
    return true;
}

/* What lies before the first cluster. */
static bool add_head(struct layout *l)
{
    const struct fat_volume *v = l->volume;
    uint8_t *boot;

    if (!add_memory(l, (size_t)v->reserved_sectors * FAT_SECTOR_BYTES, &boot))
        return false;
    fat_volume_write_boot(v, boot);
    for (unsigned i = 0; i < FAT_COPIES; i++)
        add_piece(l, (struct body_piece){ .fd = -1,
                                          .length = (uint64_t)v->table_sectors * FAT_SECTOR_BYTES,
                                          .make = fat_volume_make_table,
                                          .context = v });
    return v->kind == FAT_32 || add_folder(l, 0, (uint64_t)v->root_sectors * FAT_SECTOR_BYTES);
}

static bool add_clusters(struct layout *l, const uint32_t *order, uint32_t count)
{
    const struct fat_volume *v = l->volume;

    for (uint32_t i = 0; i < count; i++) {
        const struct node *node = &l->nodes[order[i]];
        uint64_t room = (uint64_t)v->runs[i].count * v->cluster_bytes;
        if (!node->file) {
            if (!add_folder(l, order[i], room))
                return false;
            continue;
        }
        add_piece(l, node->file->source);
        for (uint32_t m = 0; m < node->file->more_count; m++)
            add_piece(l, node->file->more[m]);
        add_padding(l, room - node->size);
    }
    add_padding(l, (uint64_t)(v->clusters - v->clusters_used) * v->cluster_bytes);
    /* Empty files have no place, but their descriptors go where the others go. */
    for (size_t i = 0; i < l->file_count; i++)
        if (size_of(&l->files[i]) == 0)
            add_piece(l, l->files[i].source);
    return true;
}

enum bootdisk_flaw bootdisk_lay_out(const struct bootdisk_file *files, size_t count,
                                    struct arena *arena, struct body *out)
{
    struct layout l = { .files = files, .file_count = count, .arena = arena };
    uint32_t *order, ordered;
    size_t more = 0;

    if (count > BOOTDISK_FILES_MAX)
        return BOOTDISK_TOO_MANY;
    enum bootdisk_flaw flaw = make_tree(&l);
    if (flaw == BOOTDISK_SOUND)
        flaw = measure_folders(&l);
    if (flaw == BOOTDISK_SOUND)
        flaw = place(&l, &order, &ordered);
    if (flaw != BOOTDISK_SOUND)
        return flaw;
    const struct body_tag tag = identify(&l);
    l.volume->serial = (uint32_t)tag.hash[0];
    for (size_t i = 0; i < count; i++)
        more += files[i].more_count;
    /* Boot sectors, tables, root, the free end; each node and its padding. */
    l.pieces = arena_array(arena, struct body_piece, 8 + 2 * (size_t)l.node_count + more);
    if (!l.pieces || !add_head(&l) || !add_clusters(&l, order, ordered))
        return BOOTDISK_NO_MEMORY;
    struct body body = {
        .chain = l.pieces,
        .piece_count = l.piece_count,
        .size = (uint64_t)l.volume->sectors * FAT_SECTOR_BYTES,
        .media_type = "application/vnd.efi-img",
    };
    body_tag_write(&tag, "disk", body.etag);
    *out = body;
    return BOOTDISK_SOUND;
}
