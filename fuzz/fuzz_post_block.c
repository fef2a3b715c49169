/* Blocks of messages for the courier, of any bytes: every span lies within them, and what is
 * decoded, encoded again, is the same block. */
#include <assert.h>
#include <stdlib.h>

#include "serve/post_block.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_within(struct span part, const uint8_t *data, size_t size)
{
    assert(part.len <= size);
    assert(part.len == 0 || (part.data >= data && part.data + part.len <= data + size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct post_block block, again;
    static uint8_t out[POST_BLOCK_MAX];

    if (!post_block_decode(span_of(data, size), &block))
        return 0;
    assert(block.count > 0 && block.count <= POST_BLOCK_MESSAGES_MAX);
    check_within(block.url, data, size);
    check_within(block.ca, data, size);
    for (uint32_t i = 0; i < block.count; i++)
        check_within(block.messages[i].body, data, size);
    size_t len = post_block_encode(&block, out);
    assert(len == size || size > sizeof out);
    if (len > 0)
        assert(memcmp(out, data, size) == 0 && post_block_decode(span_of(out, len), &again));
    return 0;
}
