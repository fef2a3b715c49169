/* The bump allocator behind every request. Alignment is that of max_align_t; memory is zeroed on
 * hand-out, not on reset, so an unused tail costs nothing. */
#include "base/arena.h"

#include <stdalign.h>

#include "base/checked.h"

void *arena_alloc(struct arena *a, size_t size)
{
    const size_t align = alignof(max_align_t);
    uintptr_t at = (uintptr_t)a->data + a->used;
    size_t pad = (size_t)(-at & (align - 1));
    size_t need;

    if (!a->data || !checked_add(size, pad, &need) || need > a->cap - a->used)
        return NULL;
    void *block = a->data + a->used + pad;
    a->used += need;
    memset(block, 0, size);
    return block;
}

void *arena_alloc_array(struct arena *a, size_t count, size_t size)
{
    size_t bytes;
    return checked_mul(count, size, &bytes) ? arena_alloc(a, bytes) : NULL;
}

struct span arena_copy(struct arena *a, struct span s)
{
    uint8_t *copy = arena_alloc(a, s.len);
    if (!copy)
        return (struct span){ 0 };
    if (s.len > 0)
        memcpy(copy, s.data, s.len);
    return span_of(copy, s.len);
}

const char *arena_text(struct arena *a, const char *text)
{
    return text ? (const char *)arena_copy(a, span_of(text, strlen(text) + 1)).data : NULL;
}
