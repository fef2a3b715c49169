/* See held_container.h. The worker's table is believed as far as image_index_open() has looked at
 * it, and its seals keep it so. */
#include "serve/held_container.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/memory_file.h"

int held_container_new(int fd, const struct file_facts *facts, int answer_fd,
                       struct held_container **ret_held)
{
    struct held_container *held = calloc(1, sizeof *held);
    int r = held ? 0 : -ENOMEM;

    if (r == 0)
        r = answer_fd >= 0 ? memory_file_map(answer_fd, IMAGE_INDEX_SIZE_MAX, &held->block)
                           : -EBADMSG;
    if (r == 0 && !image_index_open(held->block, facts->size, &held->index))
        r = -EBADMSG;
    if (answer_fd >= 0)
        close(answer_fd);
    if (r < 0) {
        close(fd);
        if (held)
            memory_file_unmap(held->block);
        free(held);
        return r;
    }
    held->references = 1;
    held->fd = fd;
    held->facts = *facts;
    file_write_tag(facts, held->tag);
    *ret_held = held;
    return 0;
}

struct held_container *held_container_ref(struct held_container *held)
{
    __atomic_add_fetch(&held->references, 1, __ATOMIC_RELAXED);
    return held;
}

void held_container_unref(struct held_container *held)
{
    if (!held || __atomic_sub_fetch(&held->references, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    close(held->fd);
    memory_file_unmap(held->block);
    free(held);
}

bool held_container_is_whole(const struct held_container *held)
{
    struct file_facts now;
    return file_facts_of(held->fd, &now) == 0 && file_facts_same(&now, &held->facts);
}
