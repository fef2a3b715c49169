/* A boot catalog of any bytes, and images behind it. The first entry's sum is set right. What is
 * listed lies within. */
#include <stdlib.h>

#include "container_check.h"
#include "image/eltorito.h"
#include "image/iso_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void set_sum(uint8_t *entry)
{
    unsigned sum = 0;
    entry[28] = entry[29] = 0;
    for (size_t i = 0; i < 32; i += 2)
        sum += entry[i] | (unsigned)entry[i + 1] << 8;
    entry[28] = (uint8_t)(0U - sum);
    entry[29] = (uint8_t)((0U - sum) >> 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct iso_volumes volumes = { .has_catalog = true, .block_bytes = ISO_SECTOR };
    const struct index_facts facts = { .tree = IMAGE_TREE_ISO9660 };
    struct index_result result = { .block = NULL };
    struct image_index index;
    uint8_t *copy = malloc(size > 32 ? size : 32);
    struct index_builder *b = index_builder_new(size);

    if (copy && b && size > 32) {
        memcpy(copy, data, size);
        set_sum(copy);
        struct span bytes = span_of(copy, size);
        const struct image_source source = image_source_over(&bytes);
        struct view *view = view_new(&source, "");
        if (view) {
            (void)eltorito_read(view, &volumes, b, INDEX_TOP);
            assert(index_builder_finish(b, &facts, &result) == 0);
            assert(result.verdict == INDEX_SOUND);
            assert(image_index_open(span_of(result.block, result.block_len), size, &index));
        }
        view_free(view);
    }
    free(result.block);
    index_builder_free(b);
    free(copy);
    return 0;
}
