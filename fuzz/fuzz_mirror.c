/* What the mirror reads: the block before a file of its folder, a name that is asked for, and news
 * of its process. What is taken comes back the same; names lead nowhere. */
#include <assert.h>

#include "mirror/mirror_header.h"
#include "serve/mirror_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(struct span bytes)
{
    struct span key, upstream, path;
    if (!mirror_name_split(bytes, &key, &upstream, &path))
        return;
    assert(key.len < MIRROR_KEY_MAX && upstream.len + 1 + path.len == key.len && path.len > 0);
    assert(span_find(upstream, '/') == upstream.len && !span_is(upstream, ".."));
    assert(path.data[0] != '/' && path.data[path.len - 1] != '/');
    (void)mirror_kind_of(path);
}

static void check_header(struct span bytes)
{
    static uint8_t block[MIRROR_HEADER_BYTES], again[MIRROR_HEADER_BYTES];
    struct mirror_header header, same;
    memset(block, 0, sizeof block);
    if (bytes.len > 0)
        memcpy(block, bytes.data, bytes.len < sizeof block ? bytes.len : sizeof block);
    if (!mirror_header_decode(span_of(block, sizeof block), &header))
        return;
    mirror_header_encode(&header, again);
    assert(mirror_header_decode(span_of(again, sizeof again), &same));
    assert(strcmp(header.key, same.key) == 0 && header.size == same.size &&
           strcmp(header.etag, same.etag) == 0);
}

static void check_news(struct span bytes)
{
    uint8_t message[MIRROR_MESSAGE_MAX];
    struct mirror_news news, same;
    if (!mirror_news_decode(bytes, &news))
        return;
    size_t len = mirror_news_encode(&news, message);
    assert(len <= sizeof message && mirror_news_decode(span_of(message, len), &same));
    assert(news.word == same.word && news.bytes == same.bytes && news.count == same.count);
    assert(strcmp(news.name, same.name) == 0 && strcmp(news.why, same.why) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_of(data, size);
    check_name(bytes);
    check_header(bytes);
    check_news(bytes);
    return 0;
}
