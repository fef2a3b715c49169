/* The story language: any text is a story or has faults, each with its line; never both. */
#include <assert.h>
#include <stdlib.h>

#include "story/story.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t block[1 << 20];
    struct arena memory = arena_over(block, sizeof block);
    struct story_faults faults = { .count = 0 };
    const struct story *story = story_parse(span_of(data, size), &memory, &faults);

    assert((story != NULL) == (faults.count == 0));
    assert(!story || (story->name.len > 0 && story->interface_count > 0));
    return 0;
}
