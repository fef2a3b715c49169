/* The memory of chains (boot/memory) for all threads: DHCP asks it and says what it gave, the
 * recorder tells what happened, and what is learned goes to the store. A lock is held for one
 * machine's row, never across a call; nobody waits for the disk. */
#ifndef SERVE_RECALL_H
#define SERVE_RECALL_H

#include "boot/memory.h"
#include "serve/store_thread.h"

struct recall;

/* A memory for `machines_max` machines with what the store has of them; `from` is read within the
 * call. */
must_check int recall_new(uint32_t machines_max, struct store *from, struct recall **ret_recall);
void recall_free(struct recall *recall);

/* Keep what is learned from now on there; NULL ends that. */
void recall_set_store(struct recall *recall, struct store_thread *store);

/* For the cores of DHCP, from their thread. */
const struct recall_source *recall_source(struct recall *recall);

/* The machine was answered, and told client->chain if it is not NULL. */
void recall_give(struct recall *recall, const struct client *client, struct instant now);

void recall_note(struct recall *recall, const struct event *event, struct now now);
void recall_settle(struct recall *recall, struct now now);

/* What would be recalled, for showing it. */
void recall_look(struct recall *recall, const struct client *client, struct recollection *out);

/* False when nothing was known. */
bool recall_forget(struct recall *recall, struct mac mac);

#endif
