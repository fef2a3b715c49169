/* The walk through a configuration's tree by the schema. A fault never ends it. Inside config/
 * only. */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include "config/reading.h"

/* Every default of this scope, into `base`, its struct. */
void keys_apply_defaults(struct reading *r, enum schema_scope scope, void *base);

/* The whole text: its keys, and the sections below them. */
void keys_read_top(struct reading *r);

/* An entry of a list: a map with the keys of `scope`, into `base`, its struct. */
void keys_read_map(struct reading *r, const struct schema_key *key, enum schema_scope scope,
                   const struct yaml_node *node, void *base);

#endif
