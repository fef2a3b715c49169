/* The source that is a run of bytes in memory: a file that was just fetched or is about to be
 * written, and the inputs of tests. */
#include "image/source.h"

static int64_t read_bytes(void *context, const char *path, uint64_t offset, void *data, size_t len)
{
    const struct span *bytes = context;
    struct span part = offset > SIZE_MAX ? (struct span){ 0 } : span_slice(*bytes, offset, len);
    (void)path;
    if (part.len > 0)
        memcpy(data, part.data, part.len);
    return (int64_t)part.len;
}

static int64_t size_of(void *context, const char *path)
{
    const struct span *bytes = context;
    (void)path;
    return (int64_t)bytes->len;
}

struct image_source image_source_over(const struct span *bytes)
{
    /* The callbacks only read through it. */
    union {
        const struct span *in;
        void *out;
    } context = { .in = bytes };
    return (struct image_source){
        .read = read_bytes, .size = size_of, .context = context.out, .file = ""
    };
}

bool image_source_read_all(const struct image_source *source, const char *path, uint64_t offset,
                           void *data, size_t len)
{
    return source->read(source->context, path, offset, data, len) == (int64_t)len;
}
