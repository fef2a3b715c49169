/* The part of a catalog that is copied from what is known: hosts, groups, secrets, installations.
 */
#ifndef SERVE_CATALOG_HOSTS_H
#define SERVE_CATALOG_HOSTS_H

#include "base/arena.h"

#include "serve/catalog_load.h"

/* Into *catalog, all of it copied to the arena; after catalog_hosts_add_records(), whose notes the
 * hosts show. Hosts of the configuration win over those of the
 * store with the same name, but take over their one-shot boot. False when the arena is used up. */
must_check bool catalog_hosts_add(const struct catalog_sources *from, struct arena *arena,
                                  struct catalog *catalog);

/* The records of the store, which other parts of the catalog are read from. False when the arena is
 * used up. */
must_check bool catalog_hosts_add_records(const struct catalog_sources *from, struct arena *arena,
                                          struct catalog *catalog);

/* How much of an arena both take, at most. */
size_t catalog_hosts_room(const struct catalog_sources *from);

#endif
