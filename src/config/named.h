/* Keys whose value is a map of names the operator chooses: variables and secrets of a host or a
 * group, upstreams of the mirror. Inside config/ only. */
#ifndef CONFIG_NAMED_H
#define CONFIG_NAMED_H

#include "config/reading.h"

void named_read_variables(struct reading *r, const struct schema_key *key,
                          const struct yaml_node *node, struct host_variable *variables,
                          uint8_t *count);
void named_read_upstreams(struct reading *r, const struct schema_key *key,
                          const struct yaml_node *node);
void named_read_secrets(struct reading *r, const struct schema_key *key,
                        const struct yaml_node *node, struct named_secret *secrets, uint8_t *count);

#endif
