/* Gives recognition what lies in a container, with what its owner has put beside it: a file of the
 * folder hides one of that name inside. */
#ifndef SERVE_CONTAINER_SOURCE_H
#define SERVE_CONTAINER_SOURCE_H

#include "image/source.h"
#include "serve/held_container.h"

/* All of it stays the caller's and must outlive the source. */
struct container_source {
    const struct held_container *held;
    const char *file; /* the container's own name: its bytes are the container's */
    int folder_fd;    /* the folder it lies in; -1 = what lies beside it does not count */
};

struct image_source container_source_over(const struct container_source *source);

#endif
