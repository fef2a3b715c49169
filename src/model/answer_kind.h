/* The kinds of answers installers take, and the templates they are made of. Rows: answer_kind.def.
 */
#ifndef MODEL_ANSWER_KIND_H
#define MODEL_ANSWER_KIND_H

#include <stdbool.h>

#include "base/span.h"

enum answer_kind {
    ANSWER_NONE,
#define ANSWER_KIND(id, name, arguments, inside, text) ANSWER_##id,
#define ANSWER_FILE(kind, wire, suffix, media_type, format)
#include "model/answer_kind.def"
#undef ANSWER_KIND
#undef ANSWER_FILE
    ANSWER_KIND_COUNT
};

enum answer_format {
    ANSWER_FORMAT_TEXT,
    ANSWER_FORMAT_JSON,
};

/* One file of a kind. */
struct answer_file {
    enum answer_kind kind;
    const char *wire;   /* its name below /answers/<token>/ */
    const char *suffix; /* <name>.<suffix> is a template of it */
    const char *media_type;
    enum answer_format format;
};

/* A template as it stands in the catalog. */
struct answer_template {
    const char *name; /* without the suffix */
    const struct answer_file *file;
    struct span text;
    bool built_in;
};

#define ANSWER_TEMPLATE_NAME_MAX 64           /* with the NUL, without the suffix */
#define ANSWER_TEMPLATE_MAX      (256U << 10) /* bytes of one */
#define ANSWER_DEFAULT           "default"    /* the name of those that are built in */

/* "preseed", ...; "none". */
const char *answer_kind_name(enum answer_kind kind);
bool answer_kind_parse(struct span name, enum answer_kind *ret_kind);
/* The kernel arguments it adds, a template; "" = none. */
const char *answer_kind_arguments(enum answer_kind kind);
/* The same where the answer lies in the initramfs. */
const char *answer_kind_inside_arguments(enum answer_kind kind);
/* Whose it is, for people. */
const char *answer_kind_text(enum answer_kind kind);

/* All files, kind by kind, the main one of a kind first. */
const struct answer_file *answer_files(size_t *ret_count);
/* The main file of a kind; NULL for ANSWER_NONE. */
const struct answer_file *answer_kind_main_file(enum answer_kind kind);
/* By what follows the last dot of a template's name; NULL when it is none. */
const struct answer_file *answer_file_by_suffix(struct span suffix);
/* By its name on the wire; NULL when it is none. */
const struct answer_file *answer_file_by_wire(struct span wire);

/* May a template be called so: letters, digits, "-", "_" and ".", shorter than
 * ANSWER_TEMPLATE_NAME_MAX, not beginning with a dot or dash. */
bool answer_template_name_is_sound(struct span name);

#endif
