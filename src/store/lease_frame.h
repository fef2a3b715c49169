/* The bytes of the lease log: changes of leases, a frame for those that became durable together.
 *
 *     frame    checksum u64, magic u32, length u32 (of the changes), sequence u64, count u32,
 * changes change   1 put: address u32, status u8, MAC 6, since i64, expires i64 (ms), client id and
 *              host name (u8 length, bytes each)
 *              2 remove: address u32
 *
 * Numbers are big-endian. The checksum is a SipHash of all behind it under the database's own key:
 * neither a torn write nor another database's log nor a name a client chose passes for a frame.
 * Frames are numbered through; a number never comes twice. */
#ifndef STORE_LEASE_FRAME_H
#define STORE_LEASE_FRAME_H

#include "base/checked.h"
#include "base/reader.h"
#include "base/siphash.h"
#include "base/writer.h"

#include "model/change.h"

#define LEASE_FRAME_HEAD 28
/* The most bytes one change takes. */
#define LEASE_CHANGE_BYTES_MAX (1 + 4 + 1 + 6 + 8 + 8 + 64 + 64)

struct lease_frame {
    uint64_t sequence;
    uint32_t count;
    struct span changes;
};

/* One change of a lease: the lease as it is now, or that there is none at lease.address. */
struct lease_change {
    bool removes;
    struct lease lease;
};

/* Leave room for the head of a frame; changes are written behind it, then it is sealed. */
void lease_frame_begin(struct writer *w);
/* The change must be CHANGE_LEASE_PUT or CHANGE_LEASE_REMOVE. */
void lease_frame_add(struct writer *w, const struct change *change);
/* Fill in the head; nothing when the writer has failed. */
void lease_frame_seal(struct writer *w, uint64_t sequence, uint32_t count,
                      const struct hash_key *key);

/* The frame these bytes begin with; false when it is none, cut or torn. Its span lies in `bytes`.
 */
bool lease_frame_open(struct span bytes, const struct hash_key *key, struct lease_frame *ret_frame);
/* The next change of an opened frame; false when it is ill-formed, which none of ours is. */
bool lease_frame_next(struct reader *changes, struct lease_change *ret_change);

#endif
