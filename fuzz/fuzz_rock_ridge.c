/* The system use of a record, of any bytes, whose continuations lie in the same bytes. */
#include <assert.h>
#include <stdlib.h>

#include "image/rock_ridge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span bytes = span_of(data, size);
    const struct image_source source = image_source_over(&bytes);
    struct view *view = view_open(&source, "");
    struct rock_ridge *out = malloc(sizeof *out);
    uint8_t skip = 0;

    if (view && out) {
        struct span system_use = span_slice(bytes, 0, 222); /* as long as it can be */
        (void)rock_ridge_probe(view, 16, system_use, &skip);
        bool is_whole = rock_ridge_read(view, 16, system_use, skip, out);
        assert(is_whole || system_use.len > 0); /* nothing has no continuation */
        assert(out->name.len < ROCK_RIDGE_NAME_MAX && out->target.len < ROCK_RIDGE_TARGET_MAX);
        assert(out->name.data[out->name.len] == 0 && out->target.data[out->target.len] == 0);
        assert(view_bytes_read(view) < 1 << 20);
    }
    free(out);
    view_free(view);
    return 0;
}
