/* See body.h. Pieces are walked from the front: there are dozens at most, and each walk is followed
 * by the sending of many bytes. */
#include "model/body.h"

const struct body_piece *body_find_piece(const struct body *body, uint64_t offset,
                                         uint64_t *ret_within)
{
    for (uint32_t i = 0; i < body->piece_count; i++) {
        const struct body_piece *piece = body_piece_at(body, i);
        if (offset < piece->length) {
            *ret_within = offset;
            return piece;
        }
        offset -= piece->length;
    }
    return NULL;
}

static void make_zeros(const void *context, uint64_t at, uint8_t *out, size_t size)
{
    (void)context;
    (void)at;
    memset(out, 0, size);
}

struct body_piece body_zeros(uint64_t length)
{
    return (struct body_piece){ .fd = -1, .length = length, .make = make_zeros };
}
