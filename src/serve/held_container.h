/* A container that is open, with the table of what lies in it: counted, since catalogs of several
 * threads use it. Nothing in it changes. */
#ifndef SERVE_HELD_CONTAINER_H
#define SERVE_HELD_CONTAINER_H

#include "model/image_index.h"
#include "net/file.h"

struct held_container {
    uint32_t references; /* by held_container_ref() and _unref() alone */
    int fd;
    struct file_facts facts; /* of the file when its table was made */
    char tag[FILE_TAG_MAX];
    struct image_index index;
    struct span block; /* what `index` points into */
};

/* Put a file and the worker's answer about it together, with one reference: both descriptors are
 * taken over, also on failure. -EBADMSG when the answer is no sound table; -ENOMEM; another
 * negative errno. */
must_check int held_container_new(int fd, const struct file_facts *facts, int answer_fd,
                                  struct held_container **ret_held);

/* From any thread. NULL is fine. */
struct held_container *held_container_ref(struct held_container *held);
void held_container_unref(struct held_container *held);

/* Is the file still what its table was made of? */
bool held_container_is_whole(const struct held_container *held);

/* How a catalog comes to containers: the shelf of the daemon, which has them read in the
 * background, or a command's reader, which waits. */
enum container_state {
    CONTAINER_READY,
    CONTAINER_AWAITED, /* it is being read or written; there will be news */
    CONTAINER_REFUSED, /* it is none, or broken: `why` says how */
    CONTAINER_UNREAD,  /* there is nobody to read it */
};

#define CONTAINER_FINDER_WHY_MAX 256

struct container_finder {
    /* Ask for the container behind `fd`, which stays the caller's. With CONTAINER_READY *ret_held
     * is a reference of the caller's; `why` is filled in the other cases. */
    enum container_state (*find)(void *context, int fd, const struct file_facts *facts,
                                 struct held_container **ret_held,
                                 char why[CONTAINER_FINDER_WHY_MAX]);
    void *context;
};

#endif
