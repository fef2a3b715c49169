/* How the block of an index lies in memory, for the one who writes it (image/index_builder) and the
 * one who takes it apart (model/image_index): a head, then entries, extents and texts, each right
 * behind the other, to the last byte. */
#ifndef MODEL_IMAGE_INDEX_BLOCK_H
#define MODEL_IMAGE_INDEX_BLOCK_H

#include <stdint.h>

#define IMAGE_INDEX_MAGIC 0x3158444e49424754U /* "TGBINDX1" where the low byte comes first */

struct image_index_head {
    uint64_t magic;
    uint64_t container_size;
    uint32_t entry_count, extent_count, texts_len;
    uint32_t tree;                 /* enum image_tree */
    uint32_t volume, system, note; /* where each begins in the texts */
    uint32_t reserved;             /* 0 */
};

#endif
