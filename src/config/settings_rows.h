/* Lists of maps in the configuration (subnets, hosts, groups, interfaces) row by row, as they stand
 * in the file, and what a row may say: for the page, which edits them. */
#ifndef CONFIG_SETTINGS_ROWS_H
#define CONFIG_SETTINGS_ROWS_H

#include "config/settings.h"

/* The scope whose keys a row of this key has; false when it is no list of maps. */
bool settings_row_scope(const struct schema_key *key, enum schema_scope *ret_scope);

/* The next key of a row, after `after` (NULL: the first); NULL behind the last. Maps of secrets are
 * left out: nobody is shown what they are. */
const struct schema_key *settings_row_key(enum schema_scope scope, const struct schema_key *after);

/* A value of a row. Of a map (variables) there is one for each of its entries, called
 * "variables.NAME". Texts die with the call that shows them. */
struct settings_row_value {
    struct span key, text; /* of a single text the text itself, else as it stands in the file */
};

struct settings_row {
    uint32_t index, line; /* in the list, from 0; in the file */
    bool is_plain;        /* a text and no map */
    const struct settings_row_value *values;
    size_t value_count;
};

#define SETTINGS_ROW_VALUES_MAX 64

/* Call `row` for each entry of the list at `key` in the file's text from `first` on, until it
 * returns false. An entry that is a text and no map (an interface's name) has the one value "name".
 * 0 or -ENOMEM; a text that is no YAML has no rows. */
must_check int settings_each_row(struct span text, const struct schema_key *key, uint32_t first,
                                 bool (*row)(void *context, const struct settings_row *row),
                                 void *context);

#endif
