/* What the intake's thread does to one file. Nothing here is called from the loop's thread but
 * where it says so. */
#ifndef SERVE_INTAKE_DISK_H
#define SERVE_INTAKE_DISK_H

#include <stdatomic.h>

#include "crypto/digest.h"
#include "serve/intake.h"

#define INTAKE_HIDDEN_MAX 256

struct intake_disk {
    int images, fd;
    char hidden[INTAKE_HIDDEN_MAX]; /* the folder that holds the file */
    struct digest_stream *digest;
    uint64_t hashed;
    atomic_bool is_cancelled; /* set by the loop's thread: leave off */
    int error;
    char why[INTAKE_SENTENCE_MAX]; /* of the first error */
};

/* In the loop's thread: open the file, and tell how much of it there is. 0 or a negative errno and
 * a sentence. */
must_check int intake_disk_open(struct intake_disk *disk, const struct intake_wish *wish,
                                uint64_t *ret_have, char why[INTAKE_SENTENCE_MAX]);
/* In the loop's thread, when the other is done with it. `is_kept`: what there is of
 * the file stays. */
void intake_disk_close(struct intake_disk *disk, bool is_kept);

/* Take what is there into the digest, up to `have`. */
void intake_disk_hash(struct intake_disk *disk, uint64_t have);
/* Write a piece. */
void intake_disk_write(struct intake_disk *disk, uint64_t offset, struct span bytes);
/* Make it durable, compare the digest, give it its name; wish->sha256 becomes what was found. */
void intake_disk_land(struct intake_disk *disk, struct intake_wish *wish);

/* Remove what nobody has gone on with for a week, and what removals left. */
void intake_disk_sweep(int images);

#endif
