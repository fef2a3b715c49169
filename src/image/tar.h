/* Members of a tar archive (POSIX ustar, GNU's long names), read from bytes as they come: nothing
 * is kept but one header. Only plain files have contents here; links, devices and folders are
 * passed over. For archives whose digest is known, and safe on those whose is not. */
#ifndef IMAGE_TAR_H
#define IMAGE_TAR_H

#include "base/span.h"

#define TAR_BLOCK    512
#define TAR_NAME_MAX 256 /* longer names are of members nobody asks for: passed over */

enum tar_flaw {
    TAR_SOUND,
    TAR_BAD_HEADER, /* the checksum of a header is not that of its bytes */
    TAR_BAD_NUMBER, /* a size that is no octal number */
    TAR_CUT,        /* it ends within a member */
    TAR_STOPPED,    /* the sink did not want to go on */
};

/* Where plain files go. */
struct tar_sink {
    /* A file begins. True = its bytes are wanted: `data` until all `size` have come, then `end`. */
    bool (*begin)(void *context, const char *name, uint64_t size);
    bool (*data)(void *context, struct span bytes); /* false = stop */
    bool (*end)(void *context);
    void *context;
};

struct tar {
    struct tar_sink sink;
    enum tar_flaw flaw;
    uint8_t block[TAR_BLOCK]; /* of a header, or of a long name */
    size_t block_len;
    uint64_t left, padding;  /* of the contents under way */
    char name[TAR_NAME_MAX]; /* of the long-name record before the next member; "" = none */
    size_t name_len;         /* counted beyond the room, to know that it does not fit */
    bool is_wanted, is_name; /* what the contents under way are */
    bool ended;              /* the block of zeros came; the rest is ignored */
};

struct tar tar_begin(const struct tar_sink *sink);

/* Take in the next bytes, in portions of any size. A flaw stays. */
enum tar_flaw tar_feed(struct tar *tar, struct span bytes);

/* No more bytes come. An archive without its closing zeros, but whole, is sound. */
enum tar_flaw tar_finish(const struct tar *tar);

/* "it is cut off within a file", ...: a phrase. */
const char *tar_flaw_text(enum tar_flaw flaw);

#endif
