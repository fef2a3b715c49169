/* A smaller disc of whatever an index may hold: it comes out whole, or with a flaw. */
#include <assert.h>
#include <stdlib.h>

#include "boot/slim_iso.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct part_plan *plan)
{
    assert(plan->count >= 3 && plan->parts[0].kind == PART_ZEROS);
    assert(plan->parts[1].kind == PART_TEXT && plan->parts[1].text.len % 2048 == 0);
    for (uint16_t i = 2; i + 1 < plan->count; i++)
        assert(plan->parts[i].kind == PART_INSIDE && !plan->parts[i].entry->is_folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* malloc() aligns as an index must be. */
    uint8_t *block = malloc(size + 1), *memory = malloc(262144);
    struct image_index index;
    uint64_t container_size = 0;
    assert(block && memory);
    if (size > 0)
        memcpy(block, data, size);
    if (size >= 16)
        memcpy(&container_size, block + 8, sizeof container_size);
    if (image_index_open(span_of(block, size), container_size, &index)) {
        const struct image_container container = { .index = &index, .file = "x.iso" };
        for (uint32_t i = 0; i < index.entry_count && i < 16; i++) {
            const char *paths[] = { index.texts + index.entries[i].path };
            struct arena arena = arena_over(memory, 262144);
            struct part_plan plan;
            if (slim_iso_plan(&container, paths, 1, &arena, &plan) == SLIM_ISO_SOUND)
                check(&plan);
        }
    }
    free(memory);
    free(block);
    return 0;
}
