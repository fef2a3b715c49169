/* "What would this machine get, and why": both decisions of a boot for a client put together from
 * words, as JSON. The same for the daemon and for `tugboot explain` without one. */
#ifndef API_EXPLAIN_H
#define API_EXPLAIN_H

#include "base/json_write.h"

#include "boot/choose.h"

/* Add to *client what a query says ("mac=...&arch=efi-x64&serial=..."), coded as in a URL. Keys:
 * mac, arch (a name, or the number of DHCP option 93), kind (pxe, http, ipxe, ...), uuid, serial,
 * asset, product, manufacturer, vendor (option 60), user_class, hostname, memory, address, relay.
 * An architecture of HTTP Boot makes it an HTTP client. False on a value that cannot be, with a
 * sentence; *client is then in part changed. */
bool explain_client_from_query(struct span query, struct client *client, char *sentence,
                               size_t sentence_cap);

/* Decide and write: client, host, firmware (what DHCP would tell it to load) and boot (what it
 * starts in the end), each with the trail of rules. A client of unknown architecture is taken as
 * efi-x64, and "assumed_arch" says so. */
void explain_write(const struct catalog *catalog, const struct client *client,
                   const struct reach *reach, struct json_writer *out);

#endif
