/* What the mirror's process tells the daemon: a message each. The daemon trusts no byte of it. */
#ifndef SERVE_MIRROR_WIRE_H
#define SERVE_MIRROR_WIRE_H

#include "base/checked.h"
#include "base/span.h"

#define MIRROR_MESSAGE_MAX 2048
#define MIRROR_TEXT_MAX    512

enum mirror_word {
    MIRROR_SERVES,  /* name: the port's number */
    MIRROR_FAILS,   /* why */
    MIRROR_FETCHED, /* name, bytes */
    MIRROR_NOT_HAD, /* name, why */
    MIRROR_OFFLINE, /* name of the upstream, why */
    MIRROR_BACK,    /* name of the upstream */
    MIRROR_LET_GO,  /* bytes; count */
    MIRROR_RESTARTED,
    MIRROR_WORDS,
};

struct mirror_news {
    enum mirror_word word;
    char name[MIRROR_TEXT_MAX], why[MIRROR_TEXT_MAX]; /* printable ASCII */
    uint64_t bytes;
    uint32_t count;
};

/* `out` of MIRROR_MESSAGE_MAX bytes: how many were written. Other bytes than printable ASCII become
 * "?"; texts are cut. */
size_t mirror_news_encode(const struct mirror_news *news, uint8_t *out);
/* False when it is not a message of this kind. */
must_check bool mirror_news_decode(struct span message, struct mirror_news *out);

#endif
