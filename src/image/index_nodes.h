/* What an index_builder is made of, for its own files: the names as they came (index_builder.c),
 * the links (index_links.c), the block (index_block.c). */
#ifndef IMAGE_INDEX_NODES_H
#define IMAGE_INDEX_NODES_H

#include "base/siphash.h"
#include "base/text.h"

#include "image/index_builder.h"
#include "model/safe_path.h"

#define INDEX_NOTE_MAX    1024
#define INDEX_TARGET_MAX  1024 /* bytes of what a link leads to */
#define INDEX_EXAMPLE_MAX 64

enum index_kind {
    INDEX_FOLDER,
    INDEX_FILE,
    INDEX_LINK,    /* not yet resolved; a dead one stays so */
    INDEX_DROPPED, /* taken back */
};

struct index_node {
    uint64_t size;
    int64_t modified_s;
    uint32_t path; /* where it begins in the texts */
    uint32_t target;
    uint32_t extents, extent_count; /* the links of a file share them */
    uint16_t path_len, target_len;
    uint8_t kind; /* enum index_kind */
};

/* Why a name was passed over. */
enum index_flaw {
    INDEX_NAME_EMPTY,
    INDEX_NAME_CLIMBS,
    INDEX_NAME_SLASH,
    INDEX_NAME_CONTROL,
    INDEX_NAME_LONG,
    INDEX_NAME_TWICE,
    INDEX_LINK_DEAD,
    INDEX_FLAWS,
};

struct index_flaw_seen {
    uint32_t count;
    char example[INDEX_EXAMPLE_MAX]; /* the first of them */
};

struct index_builder {
    uint64_t container_size;
    uint64_t needed; /* bytes the container would have to have, when that is more */
    struct index_node *nodes;
    uint32_t count, cap;
    uint32_t *slots; /* by the hash of the path: the number of a node + 1; a power of two of them */
    uint32_t slot_count;
    struct image_extent *extents;
    uint32_t extent_count, extent_cap;
    char *texts;
    uint32_t texts_len, texts_cap;
    struct hash_key key;
    uint32_t open; /* the file that extents are added to, or INDEX_NOWHERE */
    bool is_full, is_out_of_memory;
    struct index_flaw_seen flaws[INDEX_FLAWS];
    char note[INDEX_NOTE_MAX];
    size_t note_len;
};

static inline struct span index_node_path(const struct index_builder *b,
                                          const struct index_node *node)
{
    return span_of(b->texts + node->path, node->path_len);
}

/* It is a file or a folder, and comes into the index. */
static inline bool index_node_is_real(const struct index_node *node)
{
    return node->kind == INDEX_FILE || node->kind == INDEX_FOLDER;
}

/* Another node at that path: its number, or INDEX_NOWHERE when one is there or nothing fits. */
uint32_t index_node_add(struct index_builder *b, struct span path, const struct index_node *like);

/* The node at that path, links too. */
uint32_t index_node_find(const struct index_builder *b, struct span path);

void index_flaw_add(struct index_builder *b, enum index_flaw flaw, struct span name);

/* Make files and folders of all links, as far as they lead to some. */
void index_links_resolve(struct index_builder *b);

#endif
