/* Decompress a gzip file (RFC 1952) that comes in portions. */
#ifndef IMAGE_GUNZIP_H
#define IMAGE_GUNZIP_H

#include "base/checked.h"
#include "base/span.h"

struct gunzip;

enum gunzip_flaw {
    GUNZIP_SOUND,
    GUNZIP_BAD,       /* no gzip file, or damaged */
    GUNZIP_CUT,       /* it ends too early */
    GUNZIP_TOO_LARGE, /* more than the bound comes out of it */
    GUNZIP_STOPPED,   /* `out` returned false */
};

/* What comes out goes to `out`, at most `most` bytes of it altogether. 0 or -ENOMEM. */
must_check int gunzip_new(uint64_t most, bool (*out)(void *context, struct span bytes),
                          void *context, struct gunzip **ret_gunzip);
void gunzip_free(struct gunzip *gunzip);

/* A flaw stays. What follows the compressed data is ignored. */
enum gunzip_flaw gunzip_feed(struct gunzip *gunzip, struct span bytes);
enum gunzip_flaw gunzip_finish(const struct gunzip *gunzip);

const char *gunzip_flaw_text(enum gunzip_flaw flaw);

#endif
