/* A disc of any bytes behind its system area: ISO 9660 with Rock Ridge, Joliet, El Torito, and what
 * is in images inside. What comes out is a sound index. */
#include "container_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SYSTEM_AREA 32768 /* zeros */

static int64_t size_of(void *context, const char *path)
{
    const struct span *bytes = context;
    (void)path;
    return (int64_t)(SYSTEM_AREA + bytes->len);
}

static int64_t read_bytes(void *context, const char *path, uint64_t offset, void *data, size_t len)
{
    const struct span *bytes = context;
    uint8_t *out = data;
    size_t n = 0;

    (void)path;
    for (; n < len && offset + n < SYSTEM_AREA + bytes->len; n++)
        out[n] = offset + n < SYSTEM_AREA ? 0 : bytes->data[offset + n - SYSTEM_AREA];
    return (int64_t)n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_of(data, size);
    const struct image_source source = {
        .read = read_bytes, .size = size_of, .context = &bytes, .file = ""
    };
    check_container(&source);
    return 0;
}
