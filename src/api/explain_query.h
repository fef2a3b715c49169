/* A client put together from words, for "what would this machine get, and why": the same spelling
 * for the daemon and for `tugboot explain` without one. */
#ifndef API_EXPLAIN_QUERY_H
#define API_EXPLAIN_QUERY_H

#include "base/span.h"

#include "model/client.h"

/* Add to *client what a query says ("mac=...&arch=efi-x64&serial=..."), coded as in a URL. Keys:
 * mac, arch (a name, or the number of DHCP option 93), kind (pxe, http, ipxe, ...), uuid, serial,
 * asset, product, manufacturer, vendor (option 60), user_class, hostname, memory, address, relay.
 * An architecture of HTTP Boot makes it an HTTP client. False on a value that cannot be, with a
 * sentence; *client is then in part changed. */
bool explain_client_from_query(struct span query, struct client *client, char *sentence,
                               size_t sentence_cap);

#endif
