/* Collects what a container holds, name by name as a parser comes upon it, and makes the block of
 * an index (model/image_index.h) of it. It knows no format: names, bounds, links and the order are
 * its matter. Names that no client could ask for are passed over, and the index's note tells of
 * them. */
#ifndef IMAGE_INDEX_BUILDER_H
#define IMAGE_INDEX_BUILDER_H

#include "base/checked.h"
#include "base/span.h"

#include "model/image_index.h"

#define INDEX_TOP     UINT32_MAX       /* the folder that all others are in */
#define INDEX_NOWHERE (UINT32_MAX - 1) /* in place of one that was passed over */

struct index_builder;

enum index_verdict {
    INDEX_SOUND,
    INDEX_CUT,  /* a file lies behind the container's end */
    INDEX_FULL, /* more names, texts or extents than an index has room for */
};

struct index_facts {
    enum image_tree tree;
    struct span volume, system; /* foreign text: what is not printable ASCII becomes '?' */
};

struct index_result {
    enum index_verdict verdict;
    uint64_t needed; /* INDEX_CUT: bytes that the container would have to have */
    uint8_t *block;  /* INDEX_SOUND: to be given to free() */
    size_t block_len;
};

/* NULL when memory is out. */
struct index_builder *index_builder_new(uint64_t container_size);
void index_builder_free(struct index_builder *b);

/* Each adds one name to the folder `parent` (INDEX_TOP, or the number of a folder or of a file that
 * is a container itself) and tells its number, or INDEX_NOWHERE when it was passed over; what is
 * added to that is passed over as well. A folder that is there already is taken again; of other
 * names that come twice the first stays. modified_s: seconds since 1970, 0 = not told. False, from
 * then on, when nothing more fits or memory is out: the parser may as well stop. */
must_check bool index_builder_add_folder(struct index_builder *b, uint32_t parent, struct span name,
                                         int64_t modified_s, uint32_t *ret_number);
/* An empty file, which index_builder_add_extent() then makes longer. */
must_check bool index_builder_add_file(struct index_builder *b, uint32_t parent, struct span name,
                                       int64_t modified_s, uint32_t *ret_number);
/* A symbolic link: what it leads to gets another name when the index is finished, a folder with all
 * it holds. `target` is a path with '/', from the top when it begins with one. */
must_check bool index_builder_add_link(struct index_builder *b, uint32_t parent, struct span name,
                                       struct span target);

/* The next run of bytes of the file that was added last. Runs that follow each other become one, a
 * length of 0 is nothing. What lies behind the container's end is remembered for the verdict. */
must_check bool index_builder_add_extent(struct index_builder *b, uint64_t offset, uint64_t length);

/* Take the file that was added last back again: its bytes are not all there. */
void index_builder_drop_file(struct index_builder *b);

/* What index_builder_add_extent() came to for the file or folder of that number. */
uint64_t index_builder_size_of(const struct index_builder *b, uint32_t number);

/* Where the bytes of a file lie, to read in a container within the container: at most `most`
 * extents. Returns how many there are altogether. */
size_t index_builder_extents_of(const struct index_builder *b, uint32_t number,
                                struct image_extent *extents, size_t most);

/* The path of that number; valid until the next name is added. */
struct span index_builder_path_of(const struct index_builder *b, uint32_t number);

/* How many names there are: their numbers are below. */
uint32_t index_builder_count(const struct index_builder *b);
bool index_builder_is_file(const struct index_builder *b, uint32_t number);

/* It takes no more because an index has no room for it (and not because memory is out). */
bool index_builder_is_full(const struct index_builder *b);

/* A phrase for the index's note, which is cut when it becomes too long. Foreign text in it is to be
 * escaped before; what is still not printable ASCII becomes '?'. */
void index_builder_note(struct index_builder *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Resolve the links, sort, and write the block. 0, with *ret filled, or -ENOMEM. */
must_check int index_builder_finish(struct index_builder *b, const struct index_facts *facts,
                                    struct index_result *ret);

#endif
