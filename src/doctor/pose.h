/* The clients the doctor poses as, and what they send: a DISCOVER as real firmware sends it, and
 * the question to port 4011 that PXE firmware asks of a boot server. */
#ifndef DOCTOR_POSE_H
#define DOCTOR_POSE_H

#include "base/writer.h"

#include "model/addr.h"
#include "model/mac.h"

#define POSE_MESSAGE_MAX 512

enum pose {
#define POSE(id, ...) POSE_##id,
#include "doctor/pose.def"
#undef POSE
    POSE_COUNT
};

struct pose_row {
    const char *name, *title;
    uint16_t arch;
    const char *vendor_class, *user_class;
    bool secure;
};

const struct pose_row *pose_row(enum pose pose);

/* The number that tells the answers to this pose from others': `seed` is the caller's, random. All
 * poses have one hardware address, mac_of_doctor(), so that a server that first tries out an
 * address does so once, and sets one aside. */
uint32_t pose_xid(enum pose pose, uint32_t seed);

/* Which pose an answer with this hardware address and number is for; false when it is for none. */
bool pose_find(struct mac mac, uint32_t xid, uint32_t seed, enum pose *ret_pose);

/* Append a DISCOVER (RFC 2131 4.4.1, RFC 4578, RFC 5970) that asks for answers by broadcast. */
void pose_write_discover(struct writer *w, enum pose pose, uint32_t seed);

/* Append the REQUEST that PXE firmware sends to port 4011 of a boot server (PXE 2.1 2.2.3), from
 * the address `own`, where the answer goes. */
void pose_write_boot_request(struct writer *w, enum pose pose, uint32_t seed, struct ipv4 own);

#endif
