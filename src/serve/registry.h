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

/* Take in what was remembered of a machine in a former run, the one seen last at the end; what this
 * run has seen already stays. Its address belongs to that run, and is not taken. */
void registry_restore(struct registry *registry, const struct client_seen *seen);

/* The next machine from row *row on that was seen since it was last handed over here; *row is then
 * behind it. False when there is none. */
bool registry_take_news(struct registry *registry, uint32_t *row, struct client_seen *ret_seen);

/* The machine that has this IPv4 address; false when nobody is known to. */
bool registry_find_address(struct registry *registry, struct ipv4 address,
                           struct client *ret_client);
bool registry_find_mac(struct registry *registry, struct mac mac, struct client *ret_client);

#define REGISTRY_FOLDER_MAX 128
#define REGISTRY_LOADER_MAX 64

/* The loader a machine last fetched whole: what it asks for next is asked by that one, and firmware
 * and shim lose folders and names on the way (boot/shim_name). */
struct last_loader {
    char
        folder[REGISTRY_FOLDER_MAX]; /* where it was asked for, without slashes around; "" = root */
    char name[REGISTRY_LOADER_MAX];  /* its wire name; "" when it is none of the catalog's */
};

/* What is too long is not remembered. */
void registry_set_loader(struct registry *registry, struct mac mac, struct span folder,
                         const char *name);
/* Both empty when nothing is known. */
struct last_loader registry_get_loader(struct registry *registry, struct mac mac);

/* Machines, in no order: row 0, 1, ... until false. */
bool registry_at(struct registry *registry, uint32_t row, struct client *ret_client,
                 struct calendar *ret_first, struct calendar *ret_last);
uint32_t registry_count(struct registry *registry);

#endif
