/* Keeps what lies inside the containers on offer, by what a file is on its disk, so that none is
 * read twice until it changes. What it does not know yet it has the image worker read in the
 * background, one after another; a file that is still being written is left until it rests. Lives
 * on the control thread. */
#ifndef SERVE_CONTAINER_SHELF_H
#define SERVE_CONTAINER_SHELF_H

#include "serve/held_container.h"
#include "serve/image_worker.h"

/* A file that was written to within the last moments may still grow. */
#define CONTAINER_SETTLE_MS 2000
/* One that looks cut may, for somewhat longer: a slow copy. */
#define CONTAINER_CUT_SETTLE_MS 10000

struct container_shelf;

struct container_shelf_settings {
    struct loop *loop;
    struct image_worker *worker; /* attached to the loop; not used by container_shelf_free() */
    /* One that was awaited is there, refused, or worth another look. */
    void (*news)(void *context);
    void *context;
};

must_check int container_shelf_new(const struct container_shelf_settings *settings,
                                   struct container_shelf **ret_shelf);
/* After the worker was freed, which forgets what was under way. NULL is fine. */
void container_shelf_free(struct container_shelf *shelf);

/* For catalog_load(); valid as long as the shelf. */
struct container_finder container_shelf_finder(struct container_shelf *shelf);

/* Around a walk over all containers: those that nobody asked for between the two are let go of. */
void container_shelf_begin(struct container_shelf *shelf);
void container_shelf_end(struct container_shelf *shelf);

#endif
