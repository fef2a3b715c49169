/* See udf.h. libudfread finds the folders and the places of files. Its block input is ours, and has
 * a bound on what it reads, since some loops of the library end only when reading fails. The block
 * input also keeps the descriptor that was read last: the library tells neither a file's time, nor
 * where a file is that lies in its descriptor, nor that a folder in several pieces is cut. */
#include "image/udf.h"

#include <stdlib.h>
#include <udfread/blockinput.h>
#include <udfread/udfread.h>

#include "base/reader.h"

#include "image/place_set.h"
#include "image/udf_entry.h"
#include "image/utf16.h"

#define BLOCKS_READ_MAX (1U << 22) /* by the library, of 2 KiB each */
#define NAME_UNITS_MAX  512
#define NAME_BYTES_MAX  (NAME_UNITS_MAX * 3 + 1)

struct input {
    struct udfread_block_input base; /* what the library is given */
    struct view *view;
    uint32_t blocks_left;
    bool has_entry; /* a descriptor was read since it was last asked for */
    uint32_t entry_block;
    struct udf_entry entry;
};

struct queued {
    UDFDIR *folder;
    uint32_t number;
};

struct walk {
    struct input input;
    struct index_builder *b;
    struct queued *queue;
    size_t next, count, cap;
    struct place_set places;
    uint64_t budget; /* blocks of files that may still be asked for */
    uint32_t unreadable, others, repeated, cut;
};

static int read_blocks(udfread_block_input *base, uint32_t block, void *data, uint32_t count,
                       int flags)
{
    struct input *input = (struct input *)base; /* its first member */
    (void)flags;
    if (count > input->blocks_left)
        return -1;
    input->blocks_left -= count;
    if (!view_read(input->view, (uint64_t)block * UDF_SECTOR, data, (size_t)count * UDF_SECTOR))
        return -1;
    if (!input->has_entry && udf_entry_decode(span_of(data, UDF_SECTOR), &input->entry)) {
        input->has_entry = true;
        input->entry_block = block;
    }
    return (int)count;
}

static uint32_t size_in_blocks(udfread_block_input *base)
{
    const struct input *input = (const struct input *)base;
    uint64_t blocks = view_size(input->view) / UDF_SECTOR;
    return blocks < UINT32_MAX ? (uint32_t)blocks : UINT32_MAX;
}

/* The library's names have each UTF-16 unit for itself as one to three bytes. */
static void add_name(struct text *t, const char *name)
{
    struct reader r = reader_over(span_text(name));
    uint16_t units[NAME_UNITS_MAX];
    size_t count = 0;

    while (reader_left(&r) > 0 && count < NAME_UNITS_MAX) {
        uint32_t unit = reader_u8(&r);
        if (unit >= 0xe0) {
            unit = (unit & 15) << 12 | (reader_u8(&r) & 0x3fU) << 6;
            unit |= reader_u8(&r) & 0x3fU;
        } else if (unit >= 0xc0) {
            unit = (unit & 31) << 6 | (reader_u8(&r) & 0x3fU);
        }
        units[count++] = (uint16_t)unit;
    }
    utf16_add(t, units, count);
}

/* The folder becomes the queue's in any case. */
static enum tree_flaw queue_folder(struct walk *w, UDFDIR *folder, uint32_t number)
{
    if (w->count == w->cap) {
        size_t cap = w->cap > 0 ? w->cap * 2 : 64;
        void *larger = realloc(w->queue, cap * sizeof *w->queue);
        if (!larger) {
            udfread_closedir(folder);
            return TREE_FULL;
        }
        w->queue = larger;
        w->cap = cap;
    }
    w->queue[w->count++] = (struct queued){ folder, number };
    return TREE_SOUND;
}

static enum tree_flaw take_folder(struct walk *w, const struct queued *in, const char *raw,
                                  struct span name)
{
    uint32_t number;

    UDFDIR *folder = udfread_opendir_at(in->folder, raw);
    if (!folder || !w->input.has_entry) {
        udfread_closedir(folder);
        w->unreadable++;
        return TREE_SOUND;
    }
    enum place_answer answer = place_set_add(&w->places, w->input.entry_block);
    if (answer != PLACE_NEW) {
        w->repeated += answer == PLACE_SEEN;
        udfread_closedir(folder);
        return answer == PLACE_SEEN ? TREE_SOUND : TREE_FULL;
    }
    w->cut += w->input.entry.pieces > 1;
    if (!index_builder_add_folder(w->b, in->number, name, w->input.entry.modified_s, &number) ||
        number == INDEX_NOWHERE) {
        udfread_closedir(folder);
        return number == INDEX_NOWHERE ? TREE_SOUND : TREE_FULL;
    }
    return queue_folder(w, folder, number);
}

static enum tree_flaw add_blocks(struct walk *w, UDFFILE *file)
{
    uint64_t left = w->input.entry.length;
    uint64_t blocks = left / UDF_SECTOR + (left % UDF_SECTOR != 0);

    if (blocks > UINT32_MAX || blocks > w->budget)
        return TREE_ENDLESS;
    w->budget -= blocks;
    for (uint32_t i = 0; i < blocks; i++) {
        uint32_t block = udfread_file_lba(file, i);
        uint64_t part = left < UDF_SECTOR ? left : UDF_SECTOR;
        bool works = block == 0
                         ? index_builder_add_extent(w->b, IMAGE_EXTENT_HOLE, part)
                         : view_add_extent(w->input.view, w->b, (uint64_t)block * UDF_SECTOR, part);
        if (!works)
            return TREE_FULL;
        left -= part;
    }
    return TREE_SOUND;
}

static enum tree_flaw take_file(struct walk *w, const struct queued *in, const char *raw,
                                struct span name)
{
    enum tree_flaw flaw = TREE_SOUND;
    uint32_t number;

    UDFFILE *file = udfread_file_openat(in->folder, raw);
    if (!file || !w->input.has_entry) {
        udfread_file_close(file);
        w->unreadable++;
        return TREE_SOUND;
    }
    const struct udf_entry *entry = &w->input.entry;
    if (entry->kind != UDF_FILE)
        w->others++;
    else if (!index_builder_add_file(w->b, in->number, name, entry->modified_s, &number))
        flaw = TREE_FULL;
    else if (!entry->is_inside)
        flaw = add_blocks(w, file);
    else if (!view_add_extent(w->input.view, w->b,
                              (uint64_t)w->input.entry_block * UDF_SECTOR + entry->inside,
                              entry->length))
        flaw = TREE_FULL;
    udfread_file_close(file);
    return flaw;
}

static enum tree_flaw read_folder(struct walk *w, const struct queued *in)
{
    struct udfread_dirent entry;
    enum tree_flaw flaw = TREE_SOUND;

    while (flaw == TREE_SOUND && udfread_readdir(in->folder, &entry)) {
        char data[NAME_BYTES_MAX];
        struct text name = text_over(data, sizeof data);
        add_name(&name, entry.d_name);
        w->input.has_entry = false;
        flaw = entry.d_type == UDF_DT_DIR ? take_folder(w, in, entry.d_name, text_span(&name))
                                          : take_file(w, in, entry.d_name, text_span(&name));
    }
    return flaw;
}

static void tell(struct walk *w)
{
    if (w->unreadable > 0)
        index_builder_note(w->b, "%u names in it lead to nothing that can be read",
                           (unsigned)w->unreadable);
    if (w->others > 0)
        index_builder_note(w->b, "%u names in it are links or devices, and are left out",
                           (unsigned)w->others);
    if (w->repeated > 0)
        index_builder_note(w->b, "%u folders in it are others again, and are left out",
                           (unsigned)w->repeated);
    if (w->cut > 0)
        index_builder_note(w->b, "%u folders in it lie in several pieces: names may be left out",
                           (unsigned)w->cut);
}

static void keep_label(const char *volume, struct iso_label *label)
{
    struct span text = span_slice(span_text(volume), 0, sizeof label->data);
    label->len = text.len;
    if (text.len > 0)
        memcpy(label->data, text.data, text.len);
}

static enum tree_flaw walk_volume(struct walk *w, udfread *udf, uint32_t parent)
{
    UDFDIR *top = udfread_opendir(udf, "/");
    if (!top)
        return TREE_DAMAGED;
    enum tree_flaw flaw = queue_folder(w, top, parent);
    while (flaw == TREE_SOUND && w->next < w->count) {
        struct queued folder = w->queue[w->next];
        flaw = read_folder(w, &folder);
        udfread_closedir(folder.folder);
        w->next++;
    }
    for (; w->next < w->count; w->next++)
        udfread_closedir(w->queue[w->next].folder);
    return flaw;
}

enum tree_flaw udf_read_tree(struct view *view, struct index_builder *b, uint32_t parent,
                             struct iso_label *label)
{
    struct walk *w = calloc(1, sizeof *w);
    udfread *udf = udfread_init();
    enum tree_flaw flaw = TREE_FULL;

    *label = (struct iso_label){ .len = 0 };
    if (w && udf) {
        uint64_t blocks = view_size(view) / UDF_SECTOR;
        *w = (struct walk){
            .input = { .base = { .read = read_blocks, .size = size_in_blocks },
                       .view = view,
                       .blocks_left = blocks < BLOCKS_READ_MAX / 4 ? 4 * (uint32_t)blocks + 1000
                                                                   : BLOCKS_READ_MAX },
            .b = b,
            .budget = 16 * blocks + 1000000,
        };
        flaw = udfread_open_input(udf, &w->input.base) < 0 ? TREE_DAMAGED
                                                           : walk_volume(w, udf, parent);
        if (flaw == TREE_SOUND)
            keep_label(udfread_get_volume_id(udf), label);
        tell(w);
        place_set_done(&w->places);
        free(w->queue);
    }
    udfread_close(udf);
    free(w);
    return flaw;
}
