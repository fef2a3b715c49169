/* A lane: one thread with a loop, its own TFTP and HTTP sockets (the kernel spreads clients over
 * the lanes) and its own provider. Lanes share nothing but the view and the registry. */
#ifndef SERVE_LANE_H
#define SERVE_LANE_H

#include "serve/boot_provider.h"

struct lane_settings {
    struct boot_provider_settings boot; /* inet_fd is set by the lane: a socket of its own */
    int tftp_fd;                        /* bound UDP socket; -1 = no TFTP */
    int http_fd;                        /* listening socket; -1 = no HTTP */
    int altiris_fd;                     /* the same on Broadcom's port; -1 = not served */
    int https_fd;                       /* the same for HTTPS; -1 = not served */
    uint32_t lanes;                     /* how many share the limits */
};

struct lane;

/* Start the thread. Takes over the descriptors on success. */
must_check int lane_new(const struct lane_settings *settings, struct lane **ret_lane);

/* End its loop and wait for the thread; transfers under way are cut. */
void lane_stop(struct lane *lane);
/* After lane_stop(); NULL is fine. */
void lane_free(struct lane *lane);

#endif
