/* The settings one by one: what is in force and where it came from; and changes of the
 * configuration's text that leave all else in it as it is. For the page and the API. */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include "config/config.h"
#include "config/schema.h"

#define SETTINGS_CHANGES_MAX 32
#define SETTINGS_WHY_MAX     320

/* How a value is best asked for. */
enum setting_form {
    SETTING_TEXT,   /* one line */
    SETTING_SWITCH, /* true or false */
    SETTING_NUMBER,
    SETTING_CHOICE, /* one of a few words: see setting_choices() */
    SETTING_TEXTS,  /* a list of such */
    SETTING_BLOCK,  /* lists of maps, and maps: YAML */
};

struct setting {
    const struct schema_key *key;
    enum setting_form form;
    struct span value;   /* in force, as YAML; of a single text the text itself. Empty = not set */
    uint32_t line;       /* in the file, 0 = it does not stand there: the default */
    struct span written; /* what stands there; empty = nothing */
};

/* "switch", ... */
const char *setting_form_name(enum setting_form form);
/* The words of a choice, with blanks between them; "" = it is none. */
const char *setting_choices(const struct schema_key *key);
/* The form a key of a row is asked for in; of the top scope's see struct setting. */
enum setting_form setting_form_of(const struct schema_key *key);
/* Why this key is changed in the file alone, a sentence's part; NULL = it may be changed here. What
 * says as whom the daemon runs and where its folders are is for who may write the file itself. */
const char *setting_refusal(const char *path);
/* A sentence's part: what the value must be. */
void setting_add_expected(struct text *out, const struct schema_key *key);

/* Call `row` for each key of the top scope, in the schema's order, until it returns false. `text`
 * is the file's, "" when there is none; secrets in it are not shown. 0 or -ENOMEM. */
must_check int settings_each(const struct config *config, struct span text,
                             bool (*row)(void *context, const struct setting *setting),
                             void *context);

/* Append the text with every secret in it replaced by dots; nothing when it is no YAML. */
void settings_hide_secrets(struct span text, struct text *out);

/* One change: see yaml_edit(). An empty value takes the key away. */
struct settings_change {
    const char *path;
    struct span value;
};

/* Append the text after all changes, and hold the whole against the schema. 0; -EINVAL with faults
 * of the new text, or with none and a sentence about a change that cannot be made; -ENOMEM. What
 * says as whom the daemon runs and where its folders are (user, state, control, files) is refused:
 * it is for who may write the file itself. */
must_check int settings_apply(struct span text, const struct settings_change *changes, size_t count,
                              struct text *out, struct config_faults *faults,
                              char why[SETTINGS_WHY_MAX]);

/* Does a comment before the first key say that another program writes this file? The line, or an
 * empty span. */
struct span settings_find_manager(struct span text);

#endif
