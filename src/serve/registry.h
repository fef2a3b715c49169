/* Who is who: the machines seen on the wire, by hardware address and by the IPv4 address they have
 * now. DHCP writes it; the lanes ask it when a file is requested, since TFTP and HTTP name nobody.
 * The one table threads share; a lock is held for the copy of one row, never across a call. */
#ifndef SERVE_REGISTRY_H
#define SERVE_REGISTRY_H

#include "base/checked.h"
#include "base/clock.h"

#include "model/client.h"
#include "model/safe_path.h"

struct registry;

/* Room for `machines_max` machines; the one not seen for longest makes room for a new one. */
must_check int registry_new(uint32_t machines_max, struct registry **ret_registry);
void registry_free(struct registry *registry);

/* Take in what a packet told. Facts that this packet does not have (uuid, product, ...) are kept
 * from earlier ones; kind and architecture are those of the newest. An address moves to its new
 * owner. Ignored when the MAC is zero. */
void registry_note(struct registry *registry, const struct client *client, struct now now);

/* The machine that has this IPv4 address; false when nobody is known to. */
bool registry_find_address(struct registry *registry, struct ipv4 address,
                           struct client *ret_client);
bool registry_find_mac(struct registry *registry, struct mac mac, struct client *ret_client);

/* The folder a machine last fetched from, for names asked without one (shim#649). */
void registry_set_folder(struct registry *registry, struct mac mac, struct span folder);
size_t registry_get_folder(struct registry *registry, struct mac mac, char *out, size_t cap);

/* Machines, in no order: row 0, 1, ... until false. */
bool registry_at(struct registry *registry, uint32_t row, struct client *ret_client,
                 struct calendar *ret_first, struct calendar *ret_last);
uint32_t registry_count(struct registry *registry);

#endif
