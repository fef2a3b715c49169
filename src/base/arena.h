/* Memory for one packet or request: a block the caller owns, handed out front to back and reset as
 * a whole. Cores allocate from nothing else. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

struct arena {
    uint8_t *data;
    size_t used, cap;
};

static inline struct arena arena_over(void *data, size_t cap)
{
    return (struct arena){ .data = data, .cap = cap };
}

static inline void arena_reset(struct arena *a)
{
    a->used = 0;
}

/* `size` zeroed bytes, aligned for any type, valid until the reset; NULL when the block is used
 * up, which every caller must expect. */
void *arena_alloc(struct arena *a, size_t size);

/* A copy of `s` in the arena; an empty span with data NULL when it does not fit. */
struct span arena_copy(struct arena *a, struct span s);

/* A copy of the text with its NUL; NULL for NULL, and when it does not fit. */
const char *arena_text(struct arena *a, const char *text);

#define arena_new(a, type)          ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, count) ((type *)arena_alloc_array((a), (count), sizeof(type)))

/* `count` zeroed elements of `size` bytes; NULL when it does not fit or the product overflows. */
void *arena_alloc_array(struct arena *a, size_t count, size_t size);

#endif
