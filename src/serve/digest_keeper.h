/* Reads the bytes of images that are new or were written to, in the background, so that damage on
 * the disk can be told later, and tells what is not as it was recorded. One thread of the lowest
 * priority, one image at a time; an image is on the menu long before. Records lie beside the images
 * (serve/image_digest), and outlive the daemon. */
#ifndef SERVE_DIGEST_KEEPER_H
#define SERVE_DIGEST_KEEPER_H

#include "base/event.h"

#include "boot/catalog.h"
#include "serve/digest_state.h"

/* A file that was written to in these last seconds may still be on its way: it has to wait. */
#define DIGEST_KEEPER_QUIET_S 10
/* How often records are looked at that somebody else has written (image verify, by its timer). */
#define DIGEST_KEEPER_LOOK_S 60

enum digest_keeping {
    DIGEST_WAITING, /* its turn has not come */
    DIGEST_READING,
    DIGEST_KEPT,   /* its record is about what lies there; `last` says whether that is well */
    DIGEST_FAILED, /* it could not be read or recorded; `why` */
};

struct digest_keeper_facts {
    enum digest_keeping keeping;
    uint64_t done, total; /* bytes, while it is read */
    struct digest_state last;
    char why[IMAGE_DIGEST_WHY_MAX];
};

struct digest_keeper;

/* Starts the thread. `events` is emitted into from it. 0 or a negative errno. */
must_check int digest_keeper_new(struct event_sink events, struct digest_keeper **ret_keeper);
/* Ends within a piece of a file. NULL is fine. */
void digest_keeper_free(struct digest_keeper *keeper);

/* These are the images now, in this folder: look at those that changed. Copies what it needs. */
void digest_keeper_look(struct digest_keeper *keeper, const char *images,
                        const struct catalog *catalog);

/* What is known of an image; false = nothing is kept of it. From any thread. */
bool digest_keeper_find(struct digest_keeper *keeper, const struct image *image,
                        struct digest_keeper_facts *ret_facts);

#endif
