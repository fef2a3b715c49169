/* Reading the words of a recipe; for family_read.c and family_clues.c alone. All faults are told
 * and counted; what a function returns after one is harmless. */
#ifndef IMAGE_FAMILY_WORDS_H
#define IMAGE_FAMILY_WORDS_H

#include "image/family.h"

/* What is being filled in; `clue` and `entry` are those of the map at hand. */
struct reading {
    const struct yaml_fault_sink *faults;
    unsigned fault_count;
    struct family *family;
    struct clue *clue;
    struct family_entry *entry;
};

struct key {
    const char *name;
    void (*read)(struct reading *r, const struct yaml_node *node);
};

#define WORDS_KEYS_MAX 32

/* A fault of the reading in `context`, and one at a value. */
void words_count_fault(void *context, uint32_t line, uint32_t column, const char *text);
void words_fault(struct reading *r, const struct yaml_node *node, const char *text);

/* Each key of a map by its row; at most WORDS_KEYS_MAX rows. */
void words_read_map(struct reading *r, const struct yaml_node *map, const struct key *keys,
                    size_t count);

/* The members of a list, or the one value that stands in its place. */
const struct yaml_node *words_first(const struct yaml_node *node);
const struct yaml_node *words_next(const struct yaml_node *list, const struct yaml_node *n);

/* A text on one line, which belongs to the tree. */
const char *words_take_text(struct reading *r, const struct yaml_node *node, size_t most);

/* A path within the image, with captures and at most one `*`; several of them. */
const char *words_take_path(struct reading *r, const struct yaml_node *node);
void words_take_paths(struct reading *r, const struct yaml_node *node, const char **paths,
                      uint8_t most, uint8_t *count);

/* Digits; false, and nothing told, when it is no number up to `most`. */
bool words_take_number(const struct yaml_node *node, uint32_t most, uint32_t *ret);
bool words_take_bool(struct reading *r, const struct yaml_node *node);
const char *words_take_name(struct reading *r, const struct yaml_node *node);
const char *words_take_pattern(struct reading *r, const struct yaml_node *node);

/* family_clues.c: a list of clues, added to the family's. */
void words_read_clues(struct reading *r, const struct yaml_node *node);

#endif
