/* Rate limits per client: a bounded table of token buckets, by MAC. Firmware sends a few messages a
 * second at its wildest; who sends more is paused until his bucket has filled again. */
#ifndef DHCP_LIMIT_H
#define DHCP_LIMIT_H

#include "base/clock.h"
#include "base/siphash.h"

#include "model/mac.h"

/* Firmware, iPXE and an operating system may all ask within seconds: a burst of this many... */
#define LIMIT_BURST 24
/* ...and then one message in so many milliseconds. */
#define LIMIT_REFILL_MS 200

struct limit;

enum limit_verdict {
    LIMIT_ALLOWED,
    LIMIT_JUST_PAUSED, /* the first that is over: worth an event */
    LIMIT_PAUSED,
};

/* Bytes for a table of `clients` buckets; more clients than that push out the longest known. */
size_t limit_memory(uint32_t clients);

/* A table in the caller's memory (zeroed, aligned for any type). */
struct limit *limit_init(void *memory, uint32_t clients, struct hash_key key);

/* Count one message of this client. */
enum limit_verdict limit_take(struct limit *limit, struct mac mac, struct instant now);

#endif
