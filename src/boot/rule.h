/* Rules of this site: which host a client is, which group it belongs to, and what the two say about
 * it. A host's own word comes first, then its group's, then that group's parents. */
#ifndef BOOT_RULE_H
#define BOOT_RULE_H

#include "boot/catalog.h"

#define RULE_GROUPS_MAX    8 /* a group, its parent, and so on */
#define RULE_VARIABLES_MAX 64

/* One word of the settings and who said it ("host node1", "group lab", "" = nobody). */
struct rule_word {
    const char *value; /* NULL when nobody said anything */
    const char *kind;  /* "host", "group" or "the configuration" */
    const char *by;
};

/* What is in force for one client. Pointers are into the catalog. */
struct rule_settings {
    const struct host *host;                          /* NULL when none matched */
    const struct host_group *groups[RULE_GROUPS_MAX]; /* nearest first */
    uint8_t group_count;
    struct rule_word boot, loader, chains, https, answers;
    /* Argument templates in the order they are appended: farthest group first, host last. */
    const char *arguments[RULE_GROUPS_MAX + 1];
    uint8_t argument_count;
    uint32_t disk_max_mib; /* the largest boot disk; 0 when nobody said anything */
    struct host_variable variables[RULE_VARIABLES_MAX]; /* nearest first; first of a name counts */
    uint8_t variable_count;
};

/* The words of the match that count for people: "its MAC", "its UUID", ... */
const char *rule_match_text(const struct host_match *match);

void rule_settings_of(const struct catalog *catalog, const struct client *client,
                      struct rule_settings *out);

/* The same for a machine that is in no list. */
void rule_settings_of_anybody(const struct catalog *catalog, struct rule_settings *out);

/* The variable's value, or NULL. */
const char *rule_find_variable(const struct rule_settings *settings, struct span name);

#endif
