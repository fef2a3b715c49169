/* Where machines reach the tugboot of this machine, for what is decided without a daemon. */
#ifndef CLI_REACH_HERE_H
#define CLI_REACH_HERE_H

#include "boot/choose.h"
#include "config/config.h"

/* Our address on the first interface that is served, 0.0.0.0 when there is none, and the ports of
 * the configuration. */
struct reach reach_here(const struct config *config);

#endif
