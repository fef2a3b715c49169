/* What is remembered of chains: which one started a machine and which did not, and which started
 * other machines of the same firmware. A table of fixed size in the caller's memory, fed with what
 * was given and with the events of a boot, asked when the next boot begins. */
#ifndef BOOT_MEMORY_H
#define BOOT_MEMORY_H

#include "base/event.h"
#include "base/siphash.h"

#include "model/chain_result.h"
#include "model/client.h"

#define MEMORY_CHAINS_MAX    8 /* of one machine; more than an architecture has that can start */
#define MEMORY_ELSEWHERE_MAX 4

/* What is known when a machine asks anew. Zero: nothing. */
struct recollection {
    struct chain_result chains[MEMORY_CHAINS_MAX]; /* of this machine; .chain is never NULL */
    uint8_t count;
    const char
        *elsewhere[MEMORY_ELSEWHERE_MAX]; /* started machines of its firmware, latest first */
    uint8_t elsewhere_count;
    const char
        *came_back;    /* the chain whose try just ended in vain, and nobody was told; or NULL */
    bool is_under_way; /* it was told what to start, and is expected to fetch it */
};

/* Whoever remembers, asked by the cores of DHCP: it fills *out, and never blocks. */
struct recall_source {
    void (*recall)(void *context, const struct client *client, struct recollection *out);
    void *context;
};

/* The result of this chain, or NULL. */
const struct chain_result *recollection_find(const struct recollection *r, const char *chain);

#endif
