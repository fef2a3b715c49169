/* A recipe: how images of one family of operating systems are recognised and booted. Read from a
 * YAML file (recipes/ in the source tree, and the user's folder of recipes); applied to a source it
 * gives one or several entries of the menu. */
#ifndef IMAGE_FAMILY_H
#define IMAGE_FAMILY_H

#include "base/checked.h"

#include "image/clue.h"
#include "image/recipe.h"
#include "yaml/yaml_tree.h"

#define FAMILY_YAML_MAX     (64U << 10)
#define FAMILY_CLUES_MAX    48
#define FAMILY_NEEDS_MAX    8
#define FAMILY_DEFAULTS_MAX 16

/* One entry, or what all entries of the family share. NULL and false: not said. */
struct family_entry {
    const char *variant; /* "" for the first */
    const char *label;   /* behind the family's title */
    bool has_kind;
    enum image_kind kind;
    const char *kernel;
    bool has_initrds;
    uint8_t initrd_count;
    struct {
        const char *path; /* NULL: the container itself */
        const char *as;   /* its name inside the initramfs, or NULL */
        bool is_optional;
    } initrds[IMAGE_INITRDS_MAX];
    const char *arguments, *more;
    bool has_memory;
    uint32_t memory_mib, memory_percent; /* fixed, and of the container's size */
    bool has_answers;
    enum answer_kind answers;
    const char *answer_arguments;
    const char *answer_inside, *answer_inside_arguments; /* where it lies in the initramfs */
    uint32_t arches;
    bool is_untested;
    uint8_t need_count;
    const char *needs[FAMILY_NEEDS_MAX];
};

struct family {
    char file_name[48]; /* its name when it does not say so itself */
    const char *name, *title, *group, *image_name, *notes, *signed_by;
    const char *refuse;              /* it cannot be booted: what to do instead */
    int32_t priority;                /* of several that match, the highest wins */
    bool is_own;                     /* from the user's folder */
    uint8_t match_count, clue_count; /* clues: those of match, then those of facts */
    struct clue *clues;
    uint8_t default_count;
    struct {
        const char *name, *value;
    } defaults[FAMILY_DEFAULTS_MAX];
    uint8_t edit_count;
    struct {
        const char *path, *add;
        enum image_edit_kind kind;
    } edits[IMAGE_EDITS_MAX]; /* files of all entries that are changed on their way */
    uint8_t slim_count;
    const char *slim[IMAGE_SLIM_MAX]; /* what ${slim} holds of the container */
    struct family_entry common;
    uint8_t entry_count;
    struct family_entry *entries;
    struct yaml_tree *tree; /* has all texts */
};

/* Read a recipe; `name` is what it is called when it does not say so itself. All faults are told to
 * `faults`. 0, -EINVAL or -ENOMEM. */
must_check int family_read(struct span yaml, const char *name, const struct yaml_fault_sink *faults,
                           struct family **ret_family);
void family_free(struct family *family);

/* What is wrong with it as a whole (names of variables, missing keys), told to `faults`: how many
 * faults there were. family_read() has called it. */
unsigned family_check(const struct family *family, const struct yaml_fault_sink *faults);

enum family_verdict {
    FAMILY_OTHER,      /* it is something else */
    FAMILY_INCOMPLETE, /* it is this family, but a file is missing */
    FAMILY_REFUSED,    /* it is this family, and cannot be booted like this */
    FAMILY_MATCHED,
};

/* Who is told of each clue that was looked at; may be NULL. */
struct family_trail {
    void (*step)(void *context, const struct family *family, const char *clue, bool holds);
    void *context;
};

/* Is it this family? On FAMILY_MATCHED *set has the entries; on INCOMPLETE and REFUSED a sentence
 * is in `why`. */
enum family_verdict family_match(const struct family *family, const struct image_source *source,
                                 const struct family_trail *trail, struct recipe_set *set,
                                 char why[RECIPE_WHY_MAX]);

#endif
