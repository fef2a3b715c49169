/* SipHash-2-4 (Aumasson, Bernstein 2012): the keyed hash of every table that foreign bytes index,
 * so that nobody on the wire can choose collisions. */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include "base/span.h"

struct hash_key {
    uint64_t k0, k1;
};

uint64_t siphash(const struct hash_key *key, struct span s);

#endif
