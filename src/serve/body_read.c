/* See body_read.h. A range within one file piece, which is the usual case, is one system call. A
 * file that has become shorter than it was when the body was made is an error, never a short
 * answer. */
#include "serve/body_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int read_piece(const struct body_piece *piece, uint64_t within, uint8_t *out, size_t size)
{
    if (piece->make) {
        piece->make(piece->context, within, out, size);
        return 0;
    }
    if (piece->fd < 0) {
        memcpy(out, piece->memory + within, size);
        return 0;
    }
    size_t have = 0;
    while (have < size) {
        ssize_t n =
            pread(piece->fd, out + have, size - have, (off_t)(piece->offset + within + have));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -ENODATA;
        have += (size_t)n;
    }
    return 0;
}

static int read_range(const struct body *body, uint64_t offset, uint8_t *out, size_t size)
{
    size_t have = 0;
    while (have < size) {
        uint64_t within = 0;
        const struct body_piece *piece = body_find_piece(body, offset + have, &within);
        if (!piece)
            return -ENODATA;
        uint64_t left = piece->length - within;
        size_t part = left < size - have ? (size_t)left : size - have;
        int r = read_piece(piece, within, out + have, part);
        if (r < 0)
            return r;
        have += part;
    }
    return 0;
}

static bool read_at_once(const struct body *body, uint64_t offset, const struct iovec *vectors,
                         size_t count, size_t total)
{
    uint64_t within = 0;
    const struct body_piece *piece = body_find_piece(body, offset, &within);
    if (!piece || piece->fd < 0 || total > piece->length - within)
        return false;
    return preadv(piece->fd, vectors, (int)count, (off_t)(piece->offset + within)) ==
           (ssize_t)total;
}

int body_read(const struct body *body, uint64_t offset, struct iovec *vectors, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += vectors[i].iov_len;
    if (total == 0)
        return 0;
    if (count > 1 && read_at_once(body, offset, vectors, count, total))
        return 0;
    for (size_t i = 0; i < count; i++) {
        int r = read_range(body, offset, vectors[i].iov_base, vectors[i].iov_len);
        if (r < 0)
            return r;
        offset += vectors[i].iov_len;
    }
    return 0;
}

static bool is_within(const struct body_ahead *ahead, uint64_t offset, size_t size)
{
    return ahead->length >= size && offset >= ahead->start &&
           offset - ahead->start <= ahead->length - size;
}

int body_read_ahead(const struct body *body, struct body_ahead *ahead, uint64_t offset, void *out,
                    size_t size)
{
    if (!is_within(ahead, offset, size)) {
        uint64_t left = offset < body->size ? body->size - offset : 0;
        size_t want = left < BODY_AHEAD_BYTES ? (size_t)left : BODY_AHEAD_BYTES;
        ahead->length = 0;
        if (want >= 2 * size && !ahead->memory)
            ahead->memory = malloc(BODY_AHEAD_BYTES);
        /* what lies ahead may be gone while the range itself is still there */
        if (want < 2 * size || !ahead->memory || read_range(body, offset, ahead->memory, want) < 0)
            return read_range(body, offset, out, size);
        ahead->start = offset;
        ahead->length = want;
    }
    if (size > 0)
        memcpy(out, ahead->memory + (offset - ahead->start), size);
    return 0;
}

void body_ahead_done(struct body_ahead *ahead)
{
    free(ahead->memory);
    *ahead = (struct body_ahead){ 0 };
}
