/* The bytes behind a name, as both protocols send them: a chain of pieces, each a slice of an open
 * file, a text in memory, or bytes that are made when they are asked for. Made by the shell from a
 * resolution (boot/resolve); the cores only know its size and take ranges of it. */
#ifndef MODEL_BODY_H
#define MODEL_BODY_H

#include "base/span.h"

#define BODY_PIECES_INLINE 4
#define BODY_ETAG_MAX      64

struct body_piece {
    int fd;          /* >= 0: a file slice; -1: memory, or made */
    bool is_lent;    /* somebody else closes fd, after the body's end */
    uint64_t offset; /* in the file */
    uint64_t length;
    const uint8_t *memory;
    /* Bytes that are a function of their place: fill `out` with `size` of them from `at` of the
     * piece (at + size <= length). Set only where fd is -1 and memory NULL. */
    void (*make)(const void *context, uint64_t at, uint8_t *out, size_t size);
    const void *context; /* of make; lives as long as the body */
};

struct body {
    struct body_piece pieces[BODY_PIECES_INLINE]; /* when there are few */
    const struct body_piece *chain; /* else all of them, somebody else's memory; or NULL */
    uint32_t piece_count;
    uint64_t size;            /* sum of the pieces */
    int64_t modified_s;       /* seconds since 1970, 0 = not known (generated) */
    char etag[BODY_ETAG_MAX]; /* quoted, strong; "" = none */
    const char *media_type;
};

/* Piece `i` of body->piece_count. */
static inline const struct body_piece *body_piece_at(const struct body *body, uint32_t i)
{
    return body->chain ? &body->chain[i] : &body->pieces[i];
}

/* The piece that holds byte `offset`, and where in it; NULL behind the end. */
const struct body_piece *body_find_piece(const struct body *body, uint64_t offset,
                                         uint64_t *ret_within);

/* `length` zero bytes. */
struct body_piece body_zeros(uint64_t length);

#endif
