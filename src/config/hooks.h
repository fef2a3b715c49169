/* The keys about webhooks. Inside config/ only. */
#ifndef CONFIG_HOOKS_H
#define CONFIG_HOOKS_H

#include "config/reading.h"

void hooks_read_all(struct reading *r, const struct schema_key *key, const struct yaml_node *node);
void hooks_read_events(struct reading *r, const struct schema_key *key,
                       const struct yaml_node *node, struct config_webhook *webhook);

#endif
