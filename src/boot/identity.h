/* What an iPXE tells of its machine in the query of a URL (script_add_identity_url writes it). */
#ifndef BOOT_IDENTITY_H
#define BOOT_IDENTITY_H

#include "model/client.h"

/* Does the query say who asks: has it one of mac, uuid, serial, even empty? */
bool identity_is_told(struct span query);

/* Take the facts of the query into *client; what is absent, empty or senseless stays as it was.
 * With identity told, the client is iPXE. */
void identity_take(struct span query, struct client *client);

/* The same of a build whose parameters have other names (Broadcom's): a value that is a hardware
 * address or a UUID is one whatever its name, the rest go by words in their names. The client is
 * iPXE. */
void identity_take_any(struct span query, struct client *client);

#endif
