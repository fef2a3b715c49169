/* The messages between the daemon and its courier, the process that fetches files. The daemon
 * trusts no byte of what comes back: the courier speaks with foreign servers. */
#ifndef SERVE_COURIER_WIRE_H
#define SERVE_COURIER_WIRE_H

#include "base/checked.h"
#include "base/span.h"

#include "model/incoming.h"

#define COURIER_URL_MAX      INTAKE_URL_MAX
#define COURIER_SENTENCE_MAX 512
#define COURIER_MESSAGE_MAX  (COURIER_URL_MAX + 32)

enum courier_task {
    COURIER_FETCH,  /* with a descriptor to write to */
    COURIER_CANCEL, /* the fetch of this number */
    COURIER_POST,   /* with a descriptor of a block (serve/post_block.h) to send */
    COURIER_TASKS,
};

struct courier_order {
    enum courier_task task;
    uint32_t number;
    uint64_t most; /* bytes; a file that is larger is refused */
    char url[COURIER_URL_MAX];
};

/* Numbers of posts have this bit, those of fetches have not. */
#define COURIER_POSTS 0x80000000U

/* How a fetch stands, or how it ended. Of posts: each message that was sent, as it was. */
struct courier_news {
    uint32_t number;
    bool has_ended, is_whole;            /* ended, and the file is there */
    uint64_t have, whole;                /* bytes; whole 0 = the server does not say */
    uint16_t status;                     /* of a post: what was answered, 0 = nothing */
    uint32_t retry_after_s, took_ms;     /* the same */
    char sentence[COURIER_SENTENCE_MAX]; /* when it failed; printable ASCII */
};

/* `out` of COURIER_MESSAGE_MAX bytes: how many were written. */
size_t courier_order_encode(const struct courier_order *order, uint8_t *out);
/* False when it is not a message of this kind. */
must_check bool courier_order_decode(struct span message, struct courier_order *out);
size_t courier_news_encode(const struct courier_news *news, uint8_t *out);
must_check bool courier_news_decode(struct span message, struct courier_news *out);

#endif
