/* The menu as an iPXE script: what this machine can boot, grouped, on an 80x25 console. */
#ifndef BOOT_MENU_H
#define BOOT_MENU_H

#include "boot/choose.h"

/* Write the menu for this client. Only images its architecture and memory can boot are listed.
 * `notice` is a sentence shown under the facts, "" = none. */
void menu_write_ipxe(struct text *out, const struct catalog *catalog, const struct client *client,
                     const struct host *host, const struct reach *reach, struct span notice);

/* The page that tells what is known of the machine, here and by iPXE; a key leads to the menu. */
void menu_write_facts(struct text *out, const struct client *client, const struct host *host,
                      const struct reach *reach);

#endif
