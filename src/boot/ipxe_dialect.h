/* What the iPXE that reads a script can do, as far as its version tells. A script for an unknown
 * version uses what iPXE had in 2019, and says what is newer so that an older one goes on. */
#ifndef BOOT_IPXE_DIALECT_H
#define BOOT_IPXE_DIALECT_H

#include "model/client.h"

struct ipxe_dialect {
    bool shim; /* may know the `shim` command; a build that does not prints a line and goes on */
};

/* Read ${version}: "2.0.0", "1.21.1+ (g3ddbd)". False on anything else. */
bool ipxe_version_parse(struct span text, struct ipxe_version *ret_version);

/* Broadcom's signed build: made of 1.21.1 (secure boot of third parties, 2022). */
extern const struct ipxe_version ipxe_version_broadcom;

struct ipxe_dialect ipxe_dialect_of(const struct client *client);

#endif
