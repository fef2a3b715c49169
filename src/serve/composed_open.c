/* See composed_open.h. What a text is changed to depends on the machine, so its entity tag is made
 * of the bytes that come out. */
#include "serve/composed_open.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "serve/body_read.h"

#define FORMAT    1
#define GROWS_MAX ((size_t)16 << 10) /* bytes that an edit adds to a text, at most */

static void close_pieces(const struct body *body)
{
    for (uint32_t i = 0; i < body->piece_count; i++) {
        const struct body_piece *piece = body_piece_at(body, i);
        if (piece->fd >= 0 && !piece->is_lent)
            close(piece->fd);
    }
}

int composed_open(const struct part_plan *plan, const struct part_places *places,
                  struct arena *arena, struct body *out, struct text *why)
{
    struct part_opened opened;
    int r = part_open(plan->parts, plan->count, places, arena, &opened, why);
    if (r < 0)
        return r;
    struct body body = { .chain = opened.pieces,
                         .piece_count = opened.count,
                         .size = opened.size,
                         .modified_s = opened.modified_s };
    body_tag_write(&opened.tag, "parts", body.etag);
    *out = body;
    return 0;
}

/* What comes out is copied into the arena; a longer text than fits there is refused. */
static int edit_bytes(const struct edit *edit, struct span source, struct arena *arena,
                      struct body *out, struct text *why)
{
    size_t cap = source.len * 2 + GROWS_MAX;
    char *data = malloc(cap);
    if (!data) {
        text_add(why, "there is no memory to change it");
        return -ENOMEM;
    }
    struct text text = text_over(data, cap);

    edit_apply(edit, source, &text);
    struct span copy = text.failed ? (struct span){ 0 } : arena_copy(arena, text_span(&text));
    free(data);
    if (!copy.data) {
        text_add(why, "the changed text does not fit into the request's memory");
        return -EFBIG;
    }
    struct body_tag tag = body_tag_begin(FORMAT);
    body_tag_add(&tag, copy);
    *out = (struct body){ .pieces = { { .fd = -1, .memory = copy.data, .length = copy.len } },
                          .piece_count = 1,
                          .size = copy.len };
    body_tag_write(&tag, "edited", out->etag);
    return 0;
}

int edited_open(const struct edit *edit, const struct part *part, const struct part_places *places,
                struct arena *arena, struct body *out, struct text *why)
{
    const struct part_plan plan = { .parts = part, .count = 1 };
    struct body source;
    int r = composed_open(&plan, places, arena, &source, why);
    if (r < 0)
        return r;
    if (source.size > EDIT_SOURCE_MAX) {
        close_pieces(&source);
        text_add(why, "it is larger than a text that is changed on its way may be (256 KiB)");
        return -EFBIG;
    }
    uint8_t *data = malloc((size_t)source.size + 1);
    struct iovec all = { .iov_base = data, .iov_len = (size_t)source.size };
    r = data ? body_read(&source, 0, &all, 1) : -ENOMEM;
    close_pieces(&source);
    if (r < 0)
        text_addf(why, "it cannot be read: %s", strerror(-r));
    else
        r = edit_bytes(edit, span_of(data, (size_t)source.size), arena, out, why);
    free(data);
    return r;
}
