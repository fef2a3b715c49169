/* SipHash-2-4 after the authors' paper, section 2; reads bytes only through shifts, so it is the
 * same on any byte order. */
#include "base/siphash.h"

static inline uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void round_once(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static uint64_t word_at(struct span s, size_t at)
{
    uint64_t w = 0;
    for (size_t i = 0; i < 8 && at + i < s.len; i++)
        w |= (uint64_t)s.data[at + i] << (8 * i);
    return w;
}

uint64_t siphash(const struct hash_key *key, struct span s)
{
    uint64_t v[4] = { key->k0 ^ 0x736f6d6570736575, key->k1 ^ 0x646f72616e646f6d,
                      key->k0 ^ 0x6c7967656e657261, key->k1 ^ 0x7465646279746573 };
    size_t whole = s.len / 8 * 8;

    for (size_t at = 0; at < whole; at += 8) {
        uint64_t m = word_at(s, at);
        v[3] ^= m;
        round_once(v);
        round_once(v);
        v[0] ^= m;
    }
    uint64_t last = word_at(s, whole) | (uint64_t)(s.len & 0xff) << 56;
    v[3] ^= last;
    round_once(v);
    round_once(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        round_once(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
