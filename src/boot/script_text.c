/* See script_text.h. */
#include "boot/script_text.h"

#include "base/checked.h"

bool script_text_begin(struct arena *arena, struct text *ret_text)
{
    size_t left = arena->cap > arena->used ? arena->cap - arena->used : 0;
    size_t cap = min_size(left > 64 ? left - 64 : 0, SCRIPT_BYTES_MAX);
    char *data = cap > 0 ? arena_alloc(arena, cap) : NULL;

    if (!data)
        return false;
    *ret_text = text_over(data, cap);
    return true;
}

bool script_text_end(struct arena *arena, struct text *text, enum served_as as,
                     struct candidate *out)
{
    if (text->failed)
        return false;
    arena->used -= text->cap - text->len - 1;
    out->kind = CANDIDATE_TEXT;
    out->served_as = as;
    out->text = text_span(text);
    out->media_type = "text/plain";
    return true;
}
