/* See gunzip.h. zlib does the work; here are the bounds, since a small file can hold a large one.
 */
#include "image/gunzip.h"

#include <errno.h>
#include <stdlib.h>
#define ZLIB_CONST /* next_in is read only */
#include <zlib.h>

#define OUT_BYTES 65536

struct gunzip {
    z_stream stream;
    bool (*out)(void *context, struct span bytes);
    void *context;
    uint64_t left;
    enum gunzip_flaw flaw;
    bool ended;
    uint8_t bytes[OUT_BYTES];
};

int gunzip_new(uint64_t most, bool (*out)(void *context, struct span bytes), void *context,
               struct gunzip **ret_gunzip)
{
    struct gunzip *g = calloc(1, sizeof *g);
    if (!g)
        return -ENOMEM;
    g->out = out;
    g->context = context;
    g->left = most;
    /* 15: the largest window; + 16: a gzip header and nothing else */
    if (inflateInit2(&g->stream, 15 + 16) != Z_OK) {
        free(g);
        return -ENOMEM;
    }
    *ret_gunzip = g;
    return 0;
}

void gunzip_free(struct gunzip *g)
{
    if (!g)
        return;
    inflateEnd(&g->stream);
    free(g);
}

static void hand_over(struct gunzip *g, size_t n)
{
    if (n > g->left)
        g->flaw = GUNZIP_TOO_LARGE;
    else if (n > 0 && !g->out(g->context, span_of(g->bytes, n)))
        g->flaw = GUNZIP_STOPPED;
    g->left -= n > g->left ? g->left : n;
}

enum gunzip_flaw gunzip_feed(struct gunzip *g, struct span bytes)
{
    while (g->flaw == GUNZIP_SOUND && !g->ended) {
        uint32_t portion;
        if (!narrow_u32(min_size(bytes.len, OUT_BYTES), &portion))
            break;
        g->stream.next_in = bytes.data;
        g->stream.avail_in = portion;
        g->stream.next_out = g->bytes;
        g->stream.avail_out = OUT_BYTES;
        int r = inflate(&g->stream, Z_NO_FLUSH);
        if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
            g->flaw = GUNZIP_BAD;
        else
            hand_over(g, OUT_BYTES - g->stream.avail_out);
        g->ended = r == Z_STREAM_END;
        bytes = span_from(bytes, portion - g->stream.avail_in);
        if (bytes.len == 0 && g->stream.avail_out > 0)
            break;
    }
    return g->flaw;
}

enum gunzip_flaw gunzip_finish(const struct gunzip *g)
{
    return g->flaw == GUNZIP_SOUND && !g->ended ? GUNZIP_CUT : g->flaw;
}

const char *gunzip_flaw_text(enum gunzip_flaw flaw)
{
    static const char *const texts[] = {
        [GUNZIP_SOUND] = "it is sound",
        [GUNZIP_BAD] = "it is no gzip file, or it is damaged",
        [GUNZIP_CUT] = "it is cut off",
        [GUNZIP_TOO_LARGE] = "far more comes out of it than it may hold",
        [GUNZIP_STOPPED] = "what is in it could not be kept",
    };
    return texts[flaw];
}
