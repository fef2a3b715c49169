/* What the readers of a configuration share while one text is being read: the result so far and
 * the faults found. Inside config/ only. */
#ifndef CONFIG_READING_H
#define CONFIG_READING_H

#include "base/arena.h"

#include "config/config.h"
#include "config/schema.h"
#include "yaml/yaml_tree.h"

struct reading {
    struct config *config;
    struct config_faults *faults;
    struct arena arena;           /* lives in config->memory */
    const struct yaml_node *root; /* for the cross-checks */
    bool no_memory;
};

/* Note a fault; kept sorted by place when the text is done. */
void reading_fault(struct reading *r, uint32_t line, uint32_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A foreign text for a sentence: short, and harmless to a terminal. */
const char *reading_shown(struct span s, char buffer[96]);

/* The value of `key` is not of its type; `hint` is said behind it ("" = nothing more). */
void reading_wrong_value(struct reading *r, const struct schema_key *key,
                         const struct yaml_node *node, const char *hint);

/* An entry of the list of `key` is not what is `expected`, a phrase. */
void reading_wrong_entry(struct reading *r, const struct schema_key *key,
                         const struct yaml_node *node, const char *expected);

/* A copy that lives as long as the configuration; NULL, and noted, when memory ran out. */
const char *reading_keep(struct reading *r, struct span text);

/* By their places. */
void reading_sort_faults(struct config_faults *faults);

/* What no single value can show: how the values fit together. */
void checks_run(struct reading *r);

#endif
