/* What the courier is to send to one webhook, as one block: where, and the messages in their order.
 * The daemon writes it, the courier reads it. */
#ifndef SERVE_POST_BLOCK_H
#define SERVE_POST_BLOCK_H

#include "base/checked.h"
#include "base/span.h"

#define POST_BLOCK_MESSAGES_MAX 32
#define POST_BLOCK_MAX          (1U << 20)
#define POST_BLOCK_CA_MAX       (256U << 10)

struct post_message {
    struct span id, timestamp, signature, body;
};

struct post_block {
    struct span url, ca;
    struct post_message messages[POST_BLOCK_MESSAGES_MAX];
    uint32_t count;
};

/* Into `out` of POST_BLOCK_MAX bytes: how many were written, 0 when it does not fit. */
size_t post_block_encode(const struct post_block *block, uint8_t *out);

/* Spans point into `bytes`. False when it is no such block. */
must_check bool post_block_decode(struct span bytes, struct post_block *out);

#endif
