/* What the readers of a configuration share while one text is being read: the result so far and
 * the faults found. Inside config/ only. */
#ifndef CONFIG_READING_H
#define CONFIG_READING_H

#include "base/arena.h"

#include "config/config.h"
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

/* What no single value can show: how the values fit together. */
void checks_run(struct reading *r);

#endif
