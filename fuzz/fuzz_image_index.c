/* A block of any bytes taken for an index: what opens can be walked, and nothing in it reaches
 * beyond the container. */
#include <assert.h>
#include <stdlib.h>

#include "model/image_index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    const struct image_index *index;
    uint32_t names;
};

static int see(void *context, struct span name, const struct image_index_entry *what)
{
    struct seen *seen = context;
    struct span path = image_index_path(seen->index, what);
    assert(name.len > 0 && span_find(name, '/') == name.len);
    assert(span_equals(span_from(path, path.len - name.len), name));
    seen->names++;
    return 0;
}

static void walk(const struct image_index *index)
{
    struct seen seen = { index, 0 };

    assert(image_index_list(index, (struct span){ 0 }, see, &seen));
    for (uint32_t i = 0; i < index->entry_count; i++) {
        const struct image_index_entry *entry = &index->entries[i];
        struct span path = image_index_path(index, entry);
        uint64_t size = 0;
        assert(image_index_find(index, path, false) == entry);
        assert(image_index_find(index, path, true) == entry);
        for (uint32_t j = 0; j < entry->extent_count; j++) {
            const struct image_extent *extent = &index->extents[entry->extents + j];
            size += extent->length;
            assert(extent->offset == IMAGE_EXTENT_HOLE ||
                   extent->offset + extent->length <= index->container_size);
        }
        assert(size == entry->size);
        bool is_listed = image_index_list(index, path, see, &seen);
        assert(is_listed || !entry->is_folder);
    }
    /* each is in exactly one folder */
    assert(seen.names == index->entry_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *block = malloc(size > 0 ? size : 1); /* aligned */
    struct image_index index;
    uint64_t container_size = 0;

    if (!block)
        return 0;
    if (size > 0)
        memcpy(block, data, size);
    if (size >= 16)
        memcpy(&container_size, block + 8, sizeof container_size);
    if (image_index_open(span_of(block, size), container_size, &index))
        walk(&index);
    free(block);
    return 0;
}
