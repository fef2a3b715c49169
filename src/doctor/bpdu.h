/* A switch that runs spanning tree says so every two seconds: the configuration BPDU. */
#ifndef DOCTOR_BPDU_H
#define DOCTOR_BPDU_H

#include "base/span.h"

#include "model/mac.h"

struct bpdu {
    bool is_rapid; /* version 2 or 3: ports without "edge" wait for an agreement or as long */
    struct mac bridge;
    uint32_t forward_delay_s; /* listening, and learning, each */
};

/* Read the payload of an 802.2 frame. False when it is no configuration BPDU (IEEE 802.1D-2004
 * 9.3.1, 9.3.3). */
bool bpdu_read(struct span payload, struct bpdu *ret_bpdu);

#endif
