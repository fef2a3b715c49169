/* The bytes behind a name, as both protocols send them: a chain of pieces, each a slice of an open
 * file or a text in memory. Made by the shell from a resolution (boot/resolve); the cores only know
 * its size. */
#ifndef MODEL_BODY_H
#define MODEL_BODY_H

#include "base/span.h"

#define BODY_PIECES_MAX 16
#define BODY_ETAG_MAX   48

struct body_piece {
    int fd;          /* >= 0: a file slice; -1: memory */
    uint64_t offset; /* in the file */
    uint64_t length;
    const uint8_t *memory;
};

struct body {
    struct body_piece pieces[BODY_PIECES_MAX];
    uint8_t piece_count;
    uint64_t size;            /* sum of the pieces */
    int64_t modified_s;       /* seconds since 1970, 0 = not known (generated) */
    char etag[BODY_ETAG_MAX]; /* quoted, strong; "" = none */
    const char *media_type;
};

#endif
