/* Digests of images, kept beside them, so that damage on the disk is noticed: bytes that changed
 * although nobody wrote to their file. A record per image, below DIGEST_FOLDER of the images
 * folder, in the form of sha256sum, with size and time of each file as a comment before it;
 * `sha256sum --check` reads it, too. Reads every byte: for commands and threads of their own. */
#ifndef SERVE_IMAGE_DIGEST_H
#define SERVE_IMAGE_DIGEST_H

#include "base/checked.h"
#include "base/text.h"

#define IMAGE_DIGEST_FOLDER  ".digests"
#define IMAGE_DIGEST_ENDING  ".sha256"
#define IMAGE_DIGEST_FILES   200000 /* of an image, at most */
#define IMAGE_DIGEST_HEX     64
#define IMAGE_DIGEST_WHY_MAX 400

enum image_digest_verdict {
    IMAGE_DIGEST_INTACT,
    IMAGE_DIGEST_NEW,        /* there was no record of it; there is now */
    IMAGE_DIGEST_DAMAGED,    /* other bytes, though size and time are those recorded */
    IMAGE_DIGEST_CHANGED,    /* written to since, and other bytes */
    IMAGE_DIGEST_GONE,       /* recorded, and not there any more */
    IMAGE_DIGEST_UNREADABLE, /* it is there and cannot be read */
};

/* "intact", "DAMAGED", ...: as names in JSON and on screens. */
const char *image_digest_name(enum image_digest_verdict verdict);

struct image_digest_check {
    const char *images; /* the folder */
    const char *entry;  /* the image's folder or file in it */
    bool accept;        /* what was changed or is gone is right: record it as it is */
    /* Read no file and write no record: judge by size and time alone. New are files without a
     * record then, changed those that were written to since. */
    bool only_looks;
    int64_t now_s; /* when this is, in seconds since 1970, for the record */
    /* Told of each file that is not intact; `path` begins with the entry's name. */
    void (*row)(void *context, const char *path, enum image_digest_verdict verdict);
    /* Told now and then; non-zero stops, and is returned. May be NULL. */
    int (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;
};

struct image_digest_sums {
    uint32_t files, bad; /* bad: all but intact and new */
    uint32_t fresh;      /* of which there was no record */
    int64_t newest_s;    /* when a file was last written to, in seconds since 1970 */
    uint64_t mark;       /* of a look: another when a file came, went or was written to; never 0 */
    uint64_t bytes;
};

/* Read all files of an image and compare them with its record; what is new is recorded. Damage
 * stays in the record as it was, and is found again. 0, or a negative errno and a sentence in
 * `why`. */
must_check int image_digest_run(const struct image_digest_check *check,
                                struct image_digest_sums *ret_sums, char why[IMAGE_DIGEST_WHY_MAX]);

/* Forget what was recorded of it: the image is another one from now on, or is no more. */
void image_digest_forget(const char *images, const char *entry);

/* One line of a record taken apart, for who reads it: 64 digits, two spaces, a path without line
 * ends. False when it is none. */
bool image_digest_line(struct span line, char hex[IMAGE_DIGEST_HEX + 1], struct span *ret_path);

#endif
