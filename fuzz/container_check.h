/* For the targets that take a container apart: what is said of it hangs together. */
#ifndef FUZZ_CONTAINER_CHECK_H
#define FUZZ_CONTAINER_CHECK_H

#include <assert.h>

#include "image/container.h"
#include "model/image_index.h"

static inline void check_refusal(const struct container *container)
{
    assert(!container->block && container->why[0] != 0);
    for (const char *c = container->why; *c; c++)
        assert(*c >= ' ' && *c <= '~');
}

/* Read the container; what comes out is a sound index, or a sentence. */
static inline void check_container(const struct image_source *source)
{
    struct container container;
    struct image_index index;
    int64_t size = source->size(source->context, "");

    if (container_read(source, "", &container) < 0)
        return;
    if (container.verdict != CONTAINER_SOUND)
        check_refusal(&container);
    else
        assert(image_index_open(span_of(container.block, container.block_len), (uint64_t)size,
                                &index));
    container_done(&container);
}

#endif
