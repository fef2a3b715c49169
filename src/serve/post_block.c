/* See post_block.h. Texts with their length before them; both ends are the same program, so there
 * is no version. */
#include "serve/post_block.h"

#include "base/reader.h"
#include "base/writer.h"

static void put(struct writer *w, struct span bytes)
{
    writer_le32(w, (uint32_t)bytes.len);
    writer_bytes(w, bytes);
}

static struct span take(struct reader *r)
{
    return reader_take(r, reader_le32(r));
}

size_t post_block_encode(const struct post_block *block, uint8_t *out)
{
    struct writer w = writer_over(out, POST_BLOCK_MAX);

    put(&w, block->url);
    put(&w, block->ca);
    writer_le32(&w, block->count);
    for (uint32_t i = 0; i < block->count; i++) {
        put(&w, block->messages[i].id);
        put(&w, block->messages[i].timestamp);
        put(&w, block->messages[i].signature);
        put(&w, block->messages[i].body);
    }
    return w.failed ? 0 : w.len;
}

bool post_block_decode(struct span bytes, struct post_block *out)
{
    struct reader r = reader_over(bytes);

    *out = (struct post_block){ .url = take(&r), .ca = (struct span){ 0 } };
    out->ca = take(&r);
    out->count = reader_le32(&r);
    if (r.failed || out->count == 0 || out->count > POST_BLOCK_MESSAGES_MAX)
        return false;
    for (uint32_t i = 0; i < out->count; i++) {
        out->messages[i].id = take(&r);
        out->messages[i].timestamp = take(&r);
        out->messages[i].signature = take(&r);
        out->messages[i].body = take(&r);
    }
    return !r.failed && reader_left(&r) == 0;
}
