/* What Secure Boot lets an iPXE start. iPXE hands a program to the firmware, which asks its own
 * keys; with the `shim` command a distribution's shim is put in between, which knows one more. */
#ifndef BOOT_IPXE_SECURE_H
#define BOOT_IPXE_SECURE_H

#include "boot/catalog.h"

/* Append where the shim that vouches for the image's kernel lies on this server; nothing when none
 * is known, or the iPXE that runs has no use for it. */
void ipxe_secure_add_shim(const struct catalog *catalog, const struct client *client,
                          const struct image *image, struct text *out);

/* Why a machine with Secure Boot on refuses this image behind iPXE: a phrase, or NULL when it runs
 * as far as is known. */
const char *ipxe_secure_refusal(const struct catalog *catalog, const struct client *client,
                                const struct image *image);

#endif
