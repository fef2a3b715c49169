/* See container.h. Which tree is taken: UDF where it has more than the ISO 9660 volume beside it
 * (on Windows' discs that holds a readme alone), else Rock Ridge, Joliet, plain names. A tree is
 * read twice where another could take its place: first to see that it is whole, then for good. */
#include "image/container.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

#include "image/disk_tree.h"
#include "image/eltorito.h"
#include "image/fat_tree.h"
#include "image/index_builder.h"
#include "image/iso9660.h"
#include "image/udf.h"

#define LEVELS      2    /* of containers within the container */
#define INSIDE_MAX  64   /* of them altogether */
#define INSIDE_SIZE 4096 /* bytes below which there is nothing to find */

/* What is in one container, before any of it is listed. */
struct contents {
    enum image_tree tree; /* IMAGE_TREE_NONE: nothing that we know */
    struct iso_volumes volumes;
    struct fat_volume fat;
    struct partitions disk; /* none, when it is not a disk with partitions */
    uint64_t bytes;         /* that it says it has; 0 = it does not */
    struct iso_label label, system;
};

static void refuse(struct container *c, enum container_verdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void refuse(struct container *c, enum container_verdict verdict, const char *format, ...)
{
    va_list arguments;
    c->verdict = verdict;
    va_start(arguments, format);
    if (vsnprintf(c->why, sizeof c->why, format, arguments) < 0)
        c->why[0] = 0;
    va_end(arguments);
}

/* --- one tree ----------------------------------------------------------------------------- */

static enum tree_flaw read_tree(struct view *view, struct contents *contents, enum image_tree tree,
                                struct index_builder *b, uint32_t parent)
{
    struct iso_label label;

    switch (tree) {
    case IMAGE_TREE_NONE:
        break;
    case IMAGE_TREE_UDF: {
        enum tree_flaw flaw = udf_read_tree(view, b, parent, &label);
        if (flaw == TREE_SOUND && label.len > 0)
            contents->label = label;
        return flaw;
    }
    case IMAGE_TREE_ROCK_RIDGE:
    case IMAGE_TREE_JOLIET:
    case IMAGE_TREE_ISO9660:
        return iso9660_read_tree(view, &contents->volumes, tree, b, parent);
    case IMAGE_TREE_FAT:
        if (contents->disk.count > 0)
            return disk_tree_read(view, &contents->disk, b, parent);
        return fat_tree_read(view, &contents->fat, b, parent);
    }
    return TREE_ABSENT;
}

/* TREE_FULL can mean either. */
static enum tree_flaw tell_apart(enum tree_flaw flaw, const struct index_builder *b)
{
    return flaw == TREE_FULL && !index_builder_is_full(b) ? TREE_NO_MEMORY : flaw;
}

static bool is_out_of_room(enum tree_flaw flaw)
{
    return flaw == TREE_FULL || flaw == TREE_NO_MEMORY;
}

/* Read it for nothing but to see whether it is whole. How many names it has, 0 when it is not. */
static enum tree_flaw try_tree(struct view *view, struct contents *contents, enum image_tree tree,
                               uint32_t *ret_names)
{
    struct index_builder *b = index_builder_new(UINT64_MAX);
    if (!b)
        return TREE_NO_MEMORY;
    enum tree_flaw flaw = tell_apart(read_tree(view, contents, tree, b, INDEX_TOP), b);
    *ret_names = flaw == TREE_SOUND ? index_builder_count(b) : 0;
    index_builder_free(b);
    return flaw;
}

static enum image_tree best_iso_tree(const struct iso_volumes *volumes)
{
    if (!volumes->has_primary)
        return IMAGE_TREE_NONE;
    if (volumes->has_rock_ridge)
        return IMAGE_TREE_ROCK_RIDGE;
    return volumes->has_joliet ? IMAGE_TREE_JOLIET : IMAGE_TREE_ISO9660;
}

/* UDF or what is beside it: the one with more names. Rock Ridge has links too, so it is taken when
 * there are as many. */
static enum tree_flaw choose(struct view *view, struct contents *contents, bool *udf_failed)
{
    enum image_tree beside = best_iso_tree(&contents->volumes);
    uint32_t udf_names = 0, names = 0;

    contents->tree = beside;
    if (!contents->volumes.has_udf)
        return TREE_SOUND;
    enum tree_flaw flaw = try_tree(view, contents, IMAGE_TREE_UDF, &udf_names);
    if (is_out_of_room(flaw) || view_is_unreadable(view))
        return flaw;
    *udf_failed = flaw != TREE_SOUND;
    if (*udf_failed)
        return beside == IMAGE_TREE_NONE ? flaw : TREE_SOUND;
    flaw = beside == IMAGE_TREE_NONE ? TREE_ABSENT : try_tree(view, contents, beside, &names);
    if (is_out_of_room(flaw))
        return flaw;
    if (names < udf_names || (names == udf_names && beside != IMAGE_TREE_ROCK_RIDGE))
        contents->tree = IMAGE_TREE_UDF;
    return TREE_SOUND;
}

/* TREE_ABSENT when it is nothing that we know. */
static enum tree_flaw probe(struct view *view, struct contents *contents, bool *udf_failed)
{
    struct fat_label label;

    *udf_failed = false;
    *contents = (struct contents){ .tree = IMAGE_TREE_NONE };
    enum tree_flaw flaw = iso9660_probe(view, &contents->volumes);
    if (flaw == TREE_SOUND) {
        contents->bytes = contents->volumes.bytes;
        contents->label = contents->volumes.label;
        contents->system = contents->volumes.system;
        return choose(view, contents, udf_failed);
    }
    if (flaw != TREE_ABSENT)
        return flaw;
    flaw = fat_tree_probe(view, &contents->fat, &label);
    if (flaw == TREE_ABSENT) {
        flaw = disk_tree_probe(view, &contents->disk);
        contents->tree = flaw == TREE_SOUND ? IMAGE_TREE_FAT : IMAGE_TREE_NONE;
        return flaw;
    }
    if (flaw != TREE_SOUND)
        return flaw;
    contents->tree = IMAGE_TREE_FAT;
    contents->bytes = contents->fat.bytes;
    contents->label.len = label.len;
    memcpy(contents->label.data, label.data, label.len);
    return TREE_SOUND;
}

static enum tree_flaw list(struct view *view, struct contents *contents, struct index_builder *b,
                           uint32_t parent)
{
    enum tree_flaw flaw = read_tree(view, contents, contents->tree, b, parent);
    if (flaw == TREE_SOUND && contents->volumes.has_catalog &&
        eltorito_read(view, &contents->volumes, b, parent) == TREE_FULL)
        flaw = TREE_FULL;
    return tell_apart(flaw, b);
}

/* --- containers within the container ------------------------------------------------------ */

static bool may_hold_a_tree(const struct index_builder *b, uint32_t number)
{
    struct span path = index_builder_path_of(b, number);
    if (!index_builder_is_file(b, number) || path.len < 5 ||
        index_builder_size_of(b, number) < INSIDE_SIZE ||
        index_builder_extents_of(b, number, NULL, 0) > VIEW_RUNS_MAX)
        return false;
    struct span ending = span_from(path, path.len - 4);
    return span_is_nocase(ending, ".img") || span_is_nocase(ending, ".iso");
}

static struct view *view_of(const struct view *outer, const struct index_builder *b,
                            uint32_t number)
{
    size_t count = index_builder_extents_of(b, number, NULL, 0);
    struct image_extent *extents = malloc(count * sizeof *extents);
    if (!extents)
        return NULL;
    (void)index_builder_extents_of(b, number, extents, count);
    struct view *view = view_new_inside(outer, extents, count);
    free(extents);
    return view;
}

/* List what is in that file, when it is a sound container. *opened counts those. */
static enum tree_flaw list_inside(const struct view *outer, struct index_builder *b,
                                  uint32_t number, unsigned *opened)
{
    struct contents contents;
    uint32_t names;
    bool udf_failed;
    char data[128];
    struct text path = text_over(data, sizeof data);
    struct view *view = view_of(outer, b, number);

    if (!view)
        return TREE_NO_MEMORY;
    enum tree_flaw flaw = probe(view, &contents, &udf_failed);
    if (flaw == TREE_SOUND) {
        flaw = try_tree(view, &contents, contents.tree, &names);
        if (flaw == TREE_SOUND && view_needed(view) == 0) {
            ++*opened;
            flaw = list(view, &contents, b, number);
        } else if (!is_out_of_room(flaw)) {
            text_add_escaped(&path, index_builder_path_of(b, number));
            index_builder_note(b, "\"%s\" in it is damaged, and is not opened", data);
        }
    }
    view_free(view);
    return is_out_of_room(flaw) ? flaw : TREE_SOUND;
}

static enum tree_flaw list_all_inside(const struct view *view, struct index_builder *b)
{
    uint32_t first = 0;
    unsigned opened = 0;
    enum tree_flaw flaw = TREE_SOUND;

    for (unsigned level = 0; level < LEVELS; level++) {
        uint32_t end = index_builder_count(b);
        for (uint32_t i = first; i < end && flaw == TREE_SOUND && opened < INSIDE_MAX; i++)
            if (may_hold_a_tree(b, i))
                flaw = list_inside(view, b, i, &opened);
        first = end;
    }
    return flaw;
}

/* --- the whole ---------------------------------------------------------------------------- */

static void refuse_cut(const struct view *view, uint64_t needed, struct container *c)
{
    char data[2][32];
    struct text is = text_over(data[0], sizeof data[0]), wants = text_over(data[1], sizeof data[1]);

    text_add_bytes(&is, view_size(view));
    text_add_bytes(&wants, needed);
    if (strcmp(data[0], data[1]) == 0) {
        refuse(c, CONTAINER_CUT,
               "the file ends %" PRIu64 " bytes before what its directory speaks of: the download "
               "was cut short",
               needed - view_size(view));
        return;
    }
    refuse(c, CONTAINER_CUT,
           "the file ends at %s but its directory speaks of %s: the download was cut short",
           data[0], data[1]);
}

/* What a flaw of the whole means for people; the view knows of some. */
static void refuse_flaw(const struct view *view, const struct contents *contents,
                        enum tree_flaw flaw, struct container *c)
{
    uint64_t needed = view_needed(view);

    if (view_is_unreadable(view)) {
        refuse(c, CONTAINER_UNREADABLE, "the file cannot be read: look at the disk it lies on");
        return;
    }
    if (needed > 0) {
        refuse_cut(view, contents->bytes > needed ? contents->bytes : needed, c);
        return;
    }
    switch (flaw) {
    case TREE_SOUND:
    case TREE_UNREADABLE:
    case TREE_DAMAGED:
        refuse(c, CONTAINER_BROKEN,
               "a folder in it makes no sense: the file is damaged, get it "
               "anew and compare its checksum");
        return;
    case TREE_ENDLESS:
        refuse(c, CONTAINER_BROKEN,
               "what is in it lies in itself, without an end: the file is "
               "damaged, get it anew and compare its checksum");
        return;
    case TREE_ABSENT:
        refuse(c, CONTAINER_NONE,
               "it is no ISO 9660, UDF or FAT image, and no disk with FAT in it");
        return;
    case TREE_NO_MEMORY:
    case TREE_FULL:
        refuse(c, CONTAINER_TOO_LARGE, "it has more files than tugboot can list (%u)",
               IMAGE_INDEX_ENTRIES_MAX);
        return;
    }
}

static int finish(const struct view *view, const struct contents *contents, struct index_builder *b,
                  struct container *c)
{
    const struct index_facts facts = {
        .tree = contents->tree,
        .volume = span_of(contents->label.data, contents->label.len),
        .system = span_of(contents->system.data, contents->system.len),
    };
    struct index_result result;
    int r = index_builder_finish(b, &facts, &result);
    if (r < 0)
        return r;
    switch (result.verdict) {
    case INDEX_SOUND:
        c->verdict = CONTAINER_SOUND;
        c->block = result.block;
        c->block_len = result.block_len;
        break;
    case INDEX_CUT:
        refuse_cut(view, contents->bytes > result.needed ? contents->bytes : result.needed, c);
        break;
    case INDEX_FULL:
        refuse_flaw(view, contents, TREE_FULL, c);
        break;
    }
    return 0;
}

static int read_whole(struct view *view, struct index_builder *b, struct container *c)
{
    struct contents contents;
    bool udf_failed;

    enum tree_flaw flaw = probe(view, &contents, &udf_failed);
    if (flaw == TREE_SOUND)
        flaw = list(view, &contents, b, INDEX_TOP);
    if (flaw == TREE_SOUND && udf_failed)
        index_builder_note(b, "its UDF part is damaged: the names are those of ISO 9660");
    if (flaw == TREE_SOUND && view_needed(view) == 0)
        flaw = list_all_inside(view, b);
    if (flaw == TREE_NO_MEMORY)
        return -ENOMEM;
    if (flaw == TREE_SOUND && view_needed(view) == 0)
        return finish(view, &contents, b, c);
    refuse_flaw(view, &contents, flaw, c);
    return 0;
}

int container_read(const struct image_source *source, const char *path, struct container *ret)
{
    struct view *view = view_open(source, path);
    struct index_builder *b = view ? index_builder_new(view_size(view)) : NULL;
    int r = -ENOMEM;

    *ret = (struct container){ .verdict = CONTAINER_NONE };
    if (view && view_is_unreadable(view)) {
        refuse(ret, CONTAINER_UNREADABLE, "the file cannot be read");
        r = 0;
    } else if (b) {
        r = read_whole(view, b, ret);
    }
    index_builder_free(b);
    view_free(view);
    return r;
}

void container_done(struct container *container)
{
    free(container->block);
    *container = (struct container){ .verdict = CONTAINER_NONE };
}
