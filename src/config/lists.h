/* Keys whose value is a list: each function reads one kind of entry, and says what is wrong with
 * those that are none. For some, a single value counts as a list of one. Inside config/ only. */
#ifndef CONFIG_LISTS_H
#define CONFIG_LISTS_H

#include "config/reading.h"

/* The entries of a list; of some keys a single value counts as a list of one. NULL when there are
 * none. */
const struct yaml_node *lists_entries(struct reading *r, const struct schema_key *key,
                                      const struct yaml_node *node, uint32_t *ret_count);

void lists_read_interfaces(struct reading *r, const struct schema_key *key,
                           const struct yaml_node *node);
void lists_read_paths(struct reading *r, const struct schema_key *key,
                      const struct yaml_node *node);
void lists_read_host_names(struct reading *r, const struct schema_key *key,
                           const struct yaml_node *node, char (*names)[128], uint8_t *name_count);
void lists_read_proxies(struct reading *r, const struct schema_key *key,
                        const struct yaml_node *node);
void lists_read_group_names(struct reading *r, const struct schema_key *key,
                            const struct yaml_node *node, void *base);
void lists_read_areas(struct reading *r, const struct schema_key *key,
                      const struct yaml_node *node);
void lists_read_subnets(struct reading *r, const struct schema_key *key,
                        const struct yaml_node *node);
void lists_read_pools(struct reading *r, const struct schema_key *key, const struct yaml_node *node,
                      struct subnet *subnet);
void lists_read_addresses(struct reading *r, const struct schema_key *key,
                          const struct yaml_node *node, struct subnet *subnet);
void lists_read_hosts(struct reading *r, const struct schema_key *key,
                      const struct yaml_node *node);
void lists_read_groups(struct reading *r, const struct schema_key *key,
                       const struct yaml_node *node);
void lists_read_chains(struct reading *r, const struct schema_key *key,
                       const struct yaml_node *node, void *base);

#endif
