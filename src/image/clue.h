/* One thing a recipe looks at: a file that is there or not, words in a file, a key of an ini file,
 * the volume's label. A clue that holds may leave captures. */
#ifndef IMAGE_CLUE_H
#define IMAGE_CLUE_H

#include "image/captures.h"
#include "image/source.h"

#define CLUE_PATHS_MAX 8
#define CLUE_SETS_MAX  4
#define CLUE_TEXT_MAX  16384 /* bytes of a file that are looked at */

enum clue_kind {
    CLUE_FILE,   /* one of the paths is there; one ending in "/" is a folder */
    CLUE_ABSENT, /* none of them is */
    CLUE_TEXT,   /* a line of one of the files is like the pattern */
    CLUE_INI,    /* a key of one of the files has a value like the pattern */
    CLUE_LABEL,  /* the volume's label is like the pattern */
    CLUE_NAME,   /* the name of the file or container is like the pattern */
    CLUE_PATH,   /* the pattern is one part of the path the image came from */
    CLUE_ANY,    /* one of the `any_count` clues that follow holds */
};

/* Texts belong to the recipe's file. */
struct clue {
    enum clue_kind kind;
    uint8_t path_count, set_count, any_count;
    const char *paths[CLUE_PATHS_MAX];
    const char *pattern; /* of CLUE_INI: NULL takes any value */
    const char *section, *key;
    const char *as;   /* FILE: name for the path; INI: for the value; or NULL */
    const char *part; /* FILE: name for what `*` stands for; or NULL */
    struct {
        const char *name, *value; /* captured when the clue holds; the value is a template */
    } sets[CLUE_SETS_MAX];
};

/* Does it hold? Adds to `captures` only if so. Not for CLUE_ANY. */
bool clue_holds(const struct clue *clue, const struct image_source *source,
                struct captures *captures);

/* Is that file (or folder, with a "/" at its end) there? At most one `*` in it stands for any text
 * within one name: the last match in byte order is taken. ret_path and ret_part may be NULL. */
bool clue_find_file(const struct image_source *source, const char *path,
                    char ret_path[CAPTURE_VALUE_MAX], char ret_part[CAPTURE_VALUE_MAX]);

/* What it looks for, a phrase: "the file boot/vmlinuz". */
void clue_describe(const struct clue *clue, struct text *out);

#endif
